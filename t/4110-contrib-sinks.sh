#!/bin/sh
# SPDX-License-Identifier: ISC
# The custom sinks in contrib/ work as they are, with pods that are known:
# t/bin/fake-kubelet.py.
. "$(dirname "$0")/lib.sh"
prereq jq python3
contrib=$top_srcdir/contrib

expect_success 'the pipeline runs' '
	spawn_raw kubelet python3 "$top_srcdir/t/bin/fake-kubelet.py" \
		--port-file port 1 &&
	wait_for "test -s port" &&
	spawn aggregator cheapster-aggregator &&
	spawn collector cheapster-collector --metric-resolution=500ms \
		--source="kubelet:http://127.0.0.1:$(cat port)/n0/stats/summary"
'

# rates_in_tsv: the CPU of every pod in the newest window of pods.tsv.
rates_in_tsv () {
	awk -F '\t' '$4 != "" { rate[$2 "/" $3] = $4 }
		END { for (pod in rate) print pod, rate[pod] }' pods.tsv |
	sort >rates && test "$(wc -l <rates)" -eq 4
}

expect_success 'shell: one line for each pod and window' '
	spawn sh cheapster-sink-exec --name=pods \
		"$contrib/sink-sh/sink" pods.tsv &&
	wait_for rates_in_tsv && cat rates
'
expect_success 'and its rates are those of the kubelet' '
	cut -d " " -f 2 rates | sort -n | paste -s -d " " >got &&
	python3 -c "
import sys
sys.path.insert(0, sys.argv[1])
fake = __import__(\"fake-kubelet\")
print(*sorted(sum(fake.rate_milli(0, pod, container)
                  for container in range(fake.CONTAINERS))
              for pod in range(fake.PODS)))
" "$top_srcdir/t/bin" >want && cmp got want
'

expect_success 'Python: the newest of every node in a file' '
	spawn py cheapster-sink-exec --name=nodes \
		"$contrib/sink-python/sink.py" nodes.json &&
	wait_for "jq -e \".n0.cpu_millicores > 0\" nodes.json" &&
	jq -e ".n0.memory_bytes > 0 and .n0.window_us > 0" nodes.json
'

if command -v "${CC:-cc}" >/dev/null && test -f "$top_builddir/libcommon.a"
then
	expect_success 'C: compiled as its first lines say' '
		${CC:-cc} $TEST_CFLAGS -I "$top_srcdir" -I "$top_builddir" \
			-o cheapster-sink-cluster "$contrib/sink-c/sink.c" \
			"$top_builddir/libcommon.a" \
			-lnng -levent_extra -levent_core -lz
	'
	expect_success 'it prints the CPU of the cluster once a window' '
		spawn c ./cheapster-sink-cluster --prefix=all &&
		wait_for "test \"\$(wc -l <c.out)\" -ge 2" &&
		test -z "$(cut -d " " -f 1,3 c.out | sort -u | sed 1d)" &&
		grep -qxE "all [0-9]+ [1-9][0-9]*m" c.out && stop c
	'
else
	skip 'C: compiled as its first lines say' 'needs a compiler'
fi

expect_success 'all of it ends in peace' '
	stop collector && stop aggregator && stop sh && stop py &&
	kill9 kubelet && log_is_clean collector &&
	log_is_clean sh "a request to stop" &&
	log_is_clean py "a request to stop"
'
done_testing
