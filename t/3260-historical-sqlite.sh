#!/bin/sh
# SPDX-License-Identifier: ISC
# What the model API says now, history says for ever: from a file that a sink
# writes, for every kind of set and each of its metrics.
. "$(dirname "$0")/lib.sh"
prereq curl jq python3

grep -q "^#define HAVE_SQLITE 1" "$top_builddir/config.h" ||
	skip_all 'built without SQLite'

start_api () {
	spawn api cheapster-apiserver --listen=127.0.0.1:0 "$@" \
		--historical-source="sqlite:$scratch/history.db"
}
# get PATH: into the file body, with status 200
get () {
	curl -sS --noproxy '*' --max-time "$patience" -o body -w '%{http_code}' \
		"http://$(address_of api http_listening)/api/v1/$1" >status &&
	test "$(cat status)" = 200
}
# same SET: names and series of both APIs are the same.  Labelled metrics are
# in no list.
same () {
	get "model/$1metrics/" && jq -r '.[]' body >names &&
	test -s names &&
	get "historical/$1metrics/" && jq -r '.[]' body >old_names &&
	{ comm -23 names old_names | tee missing; } &&
	test ! -s missing &&
	while IFS= read -r name; do
		get "model/$1metrics/$name?$range" && jq -S . body >now &&
		get "historical/$1metrics/$name?$range" && jq -S . body >old &&
		cmp now old || { echo "$1 $name"; cat now old; return 1; }
	done <names
}
range=start=2000-01-01T00:00:00Z
usage=nodes/n0/metrics/cpu/usage_rate

expect_success 'windows of a node are kept by both' '
	spawn_raw kubelet python3 "$top_srcdir/t/bin/fake-kubelet.py" \
		--port-file "$scratch/port" 1 &&
	wait_for "test -s $scratch/port" &&
	kubelet=http://127.0.0.1:$(cat port) &&
	spawn agg cheapster-aggregator && start_api &&
	spawn sink cheapster-sink-sqlite history.db &&
	spawn col cheapster-collector --metric-resolution=${slowness}s \
		"--source=kubelet:$kubelet/n0/stats/summary" &&
	wait_for "get model/$usage && test \$(jq \".metrics | length\" body) -ge 5" &&
	stop col
'
expect_success 'all that was published has arrived' '
	get "model/metrics/cpu/usage_rate?$range" && jq -S . body >now &&
	wait_for "get historical/metrics/cpu/usage_rate?$range &&
		jq -S . body | cmp -s - now" &&
	get "model/$usage?$range" && jq -S . body >now &&
	wait_for "get historical/$usage?$range && jq -S . body | cmp -s - now"
'
expect_success 'lists are the same' '
	for list in nodes/ namespaces/ namespaces/ns0/pods/ \
		namespaces/ns0/pods/p0/containers/ nodes/n0/freecontainers/; do
		get "model/$list" && jq -S . body >now &&
		get "historical/$list" && jq -S . body | cmp - now || return
	done
'
for set in "" nodes/n0/ namespaces/ns0/ namespaces/ns0/pods/p0/ \
	namespaces/ns0/pods/p0/containers/c1/ nodes/n0/freecontainers/kubelet/
do
	expect_success "and each metric of ${set:-the cluster}" "same '$set'"
done
expect_success 'so are labelled metrics' '
	path=namespaces/ns0/pods/p0/containers/c0/metrics/accelerator/duty_cycle &&
	path="$path?labels=make:nvidia,model:x,accelerator_id:GPU-0&$range" &&
	get "model/$path" && jq -S . body >now &&
	jq -e ".metrics | length > 3" now >/dev/null &&
	get "historical/$path" && jq -S . body | cmp - now
'
expect_success 'and lists of pods, with those that are not there' '
	path="namespaces/ns0/pod-list/p0,none,p0/metrics/memory/usage?$range" &&
	get "model/$path" && jq -S . body >now &&
	jq -e ".items | map(.metrics | length > 0) == [true, false, true]" now \
		>/dev/null &&
	get "historical/$path" && jq -S . body | cmp - now
'
expect_success 'aggregations are those of the series' '
	get "model/$usage?$range" && jq "[.metrics[].value]" body >values &&
	get "historical/nodes/n0/metrics-aggregated/max,min,average,count/cpu/usage_rate?$range" &&
	jq -e --slurpfile v values "
		(.buckets | length) == 1 and (.buckets[0] |
		.count == (\$v[0] | length) and
		.maximum.intValue == (\$v[0] | max) and
		.minimum.intValue == (\$v[0] | min) and
		(.average.floatValue - (\$v[0] | add / length) | fabs) < 1e-6)
		" body
'
expect_success 'an API server that knows nothing has all of it' '
	get "model/$usage?$range" && jq -S . body >now &&
	stop api && stop agg && rm -r state/store && start_api &&
	get "model/$usage?$range" && jq -e ".metrics == []" body &&
	get "historical/$usage?$range" && jq -S . body | cmp - now
'
expect_success 'a file that is gone is told of, to clients and in the log' '
	mv history.db gone.db && ! get "historical/nodes/" &&
	test "$(cat status)" = 500 && grep -q "No such file" body &&
	grep -q "history_failed seen=1 .*No such file" api.log &&
	mv gone.db history.db && get "historical/nodes/" &&
	grep -q history_answers api.log
'
expect_success 'all of it ends in peace' '
	stop sink && stop api && log_is_clean agg &&
	log_is_clean sink "bus_unreachable" &&
	log_is_clean api "bus_unreachable|history_failed"
'
done_testing
