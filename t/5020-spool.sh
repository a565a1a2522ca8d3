#!/bin/sh
# SPDX-License-Identifier: ISC
# A sink that is away for long, and an aggregator that is killed meanwhile: the
# spool has all of it, once.
. "$(dirname "$0")/lib.sh"
prereq python3 jq

# pub: what publish() writes to, as long as it lives.
pub () {
	spawn_raw pub sh -c "exec cheapster-pub <$scratch/in" && exec 8>in
}
# publish FIRST LAST: windows of two nodes, a second each.
publish () {
	python3 - "$1" "$2" >&8 <<'PYTHON'
import json, sys
for window in range(int(sys.argv[1]), int(sys.argv[2]) + 1):
    head = {"v": 1, "window_us": (1700000000 + window) * 1000000,
            "resolution_us": 1000000, "collector": "c1"}
    print(json.dumps(dict(head, kind="roster", nodes=["n1", "n2"])))
    for name in "n1", "n2":
        print(json.dumps(dict(head, kind="node", metrics=["memory/usage"],
                              node={"name": name, "values": [window],
                                    "pods": [], "labels": "x" * 2000})))
PYTHON
}
aggregator () {
	spawn aggregator cheapster-aggregator --metrics-listen=127.0.0.1:0 \
		--spool="$scratch/a/spool" "$@"
}
sink () {
	spawn sink cheapster-sink-exec "$top_srcdir/t/bin/keep-frames.py" \
		"$scratch/frames"
}
windows_of () {
	jq -r "select(.kind == \"rollup\") | .window_us / 1000000 - 1700000000" \
		"$1"
}
# has_windows FIRST LAST: all of them and in order.
has_windows () {
	test -s frames && windows_of frames >got 2>/dev/null &&
	seq "$1" "$2" | cmp -s - got
}
nodes_are_there_once () {
	jq -r "select(.kind == \"node\") |
		[.window_us / 1000000 - 1700000000, .node.name] | @tsv" \
		frames >got &&
	for _w in $(seq "$1" "$2"); do
		printf "%s\tn1\n%s\tn2\n" "$_w" "$_w"
	done >want && sort got >got.sorted && sort want | cmp - got.sorted
}
is_published () {
	test "$(counter lines_published_total)" -eq "$1"
}
counter () {
	http_get "http://$(address_of aggregator metrics_listening)/metrics" |
	sed -n "s/^cheapster_aggregator_$1 //p"
}

expect_success 'the spool is for us alone' '
	must_fail 64 cheapster-aggregator --check --spool=x --spool-bytes=1 \
		2>err && grep "spool-bytes" err &&
	mkfifo in && pub && aggregator && sink && publish 1 3 && wait_for "has_windows 1 3" &&
	test "$(stat -c %a a a/spool)" = "$(printf "700\n700")" &&
	test "$(stat -c %a a/spool/* | sort -u)" = 600 &&
	test ! -e "$STATE_DIRECTORY/out.journal.0"
'
expect_success 'another aggregator may not use it' '
	must_fail 69 env RUNTIME_DIRECTORY="$scratch/other" cheapster-aggregator \
		--spool="$scratch/a/spool" 2>err &&
	grep "out.spool.0: in use by another process" err
'
expect_success 'the sink is away, the aggregator is killed and comes back' '
	stop sink && publish 4 40 && kill9 aggregator && aggregator &&
	publish 41 80 && kill9 aggregator && aggregator && publish 81 90 &&
	stop aggregator && aggregator && publish 91 100
'
expect_success 'every window is there, once, and no node is missing' '
	sink && wait_for "has_windows 1 100" && nodes_are_there_once 1 100 &&
	log_is_clean sink && log_is_clean aggregator
'
expect_success 'half a line at its end is cut off, and said' '
	stop sink && kill9 aggregator &&
	printf CEJL >>"$(ls -t a/spool/* | head -n 1)" && aggregator &&
	grep "info journal_cut path=.*/out.spool bytes=4 " aggregator.log &&
	publish 101 110 && sink && wait_for "has_windows 1 110"
'
expect_success 'a file that is not ours is set aside, and all goes on' '
	stop aggregator && echo mine >a/spool/out.spool.9 && aggregator &&
	grep "warning journal_set_aside .*out.spool.9.foreign" aggregator.log &&
	echo mine | cmp - a/spool/out.spool.9.foreign &&
	publish 111 120 && wait_for "has_windows 1 120"
'
expect_success 'what falls off is counted and said by who missed it' '
	stop sink && stop aggregator && aggregator --spool-bytes=1Mi &&
	publish 121 700 && wait_for is_published $((580 * 3)) &&
	spawn_raw sink cheapster-sink-exec \
		"$top_srcdir/t/bin/keep-frames.py" "$scratch/late" &&
	wait_for "windows_of late 2>late.err | tail -n 1 | grep -x 700" &&
	stop sink && grep "warning lines_lost n=" sink.log &&
	n=$(log_value sink lines_lost) && test "$n" -gt 100 &&
	test "$n" -eq $((580 * 3 - $(wc -l <late)))
'
expect_success 'a full disk stops nothing: it is said and counted' '
	stop pub && pub && stop aggregator && rm -r a/spool frames &&
	cat >limited <<-EOF && chmod +x limited &&
	#!/bin/sh
	ulimit -f 32
	exec cheapster-aggregator --metrics-listen=127.0.0.1:0 \
		--spool="$scratch/a/spool" --ready-fd=9
	EOF
	spawn aggregator "$scratch/limited" && sink &&
	for _n in 1020 1040 1060 1080 1100 1120 1140; do
		publish $((_n - 19)) $_n && wait_for "has_windows 1001 $_n" ||
			return
	done &&
	grep "warning journal_shortened lines=.*no space" aggregator.log &&
	test "$(counter journal_lines_given_up_total)" -gt 50 &&
	test "$(counter journal_errors_total)" -eq 0
'
expect_success 'lines that are damaged stop nothing either' '
	stop pub && pub && stop aggregator && python3 - a/spool <<-"PYTHON" &&
	import os, sys
	names = [os.path.join(sys.argv[1], n) for n in os.listdir(sys.argv[1])]
	with open(max(names, key=os.path.getsize), "r+b") as f:
	    f.seek(1000)
	    f.write(b"\\0")
	PYTHON
	aggregator && grep "error journal_not_read .*given up" aggregator.log &&
	test "$(ls a/spool/*.damaged | wc -l)" -eq 1 &&
	publish 1141 1145 && wait_for "has_windows 1001 1145"
'
expect_success 'all ends in peace' '
	stop sink && stop pub && stop aggregator && log_is_clean sink &&
	log_is_clean aggregator journal_not_read && log_is_clean pub
'
done_testing
