#!/bin/sh
# SPDX-License-Identifier: ISC
# The connection to the kube-apiserver fails in every way, and heals: frames go
# on, with what is known, and lists are rare.
. "$(dirname "$0")/lib.sh"
prereq curl jq

resolution_s=$slowness

# tell VERB=VALUE: something happens; what it has come to is in the file cost.
tell () {
	curl -sSf -X POST "http://127.0.0.1:$control/kubesim?$1" >cost
}
# cost FILTER: of what it has come to by now.
cost () {
	tell "" && jq -e "$1" cost
}
start_sim () {
	spawn sim "$top_builddir/contrib/kubesim/kubesim" --ready-fd=9 \
		--port-file="$scratch/port" --nodes=4 --pods=6 \
		--control-port-file="$scratch/control-port" "$@" &&
	port=$(cat port) && control=$(cat control-port)
}
start_pipeline () {
	: >frames &&
	spawn agg cheapster-aggregator &&
	spawn sink cheapster-sink-exec "$top_srcdir/t/bin/keep-frames.py" \
		"$scratch/frames"
}
start_collector () {
	spawn col cheapster-collector --metric-resolution="${resolution_s}s" \
		--source="kubernetes:http://127.0.0.1:$port?inClusterConfig=false&kubeletHttps=false" \
		"$@"
}
rollups () {
	grep -c '"kind":"rollup"' "$scratch/frames"
}
# more [N]: three windows, or N, more than there are now.
more () {
	_want=$(($(rollups) + ${1:-3}))
	wait_for "test \$(rollups) -ge $_want"
}
# Windows that lack a node, or the labels of a pod; the last is not over.
bad_windows () {
	jq -s -c "[.[] | select(.kind == \"node\")] | group_by(.window_us) |
		map({window: .[0].window_us, nodes: length, bare: [.[] |
		.node.pods[] | select((.labels // \"\") == \"\")] | length}) |
		.[:-1] | .[] | select(.nodes != 4 or .bare > 0)" frames
}
no_window_lacks () {
	! grep "\"kind\":\"failed\"" frames && bad_windows >bad &&
	cat bad && test ! -s bad
}
# A pod is known by its labels.
all_known () {
	for node in 0 1 2 3; do
		grep "\"kind\":\"node\".*\"node\":{\"name\":\"node-$node\"" \
			frames | tail -n 1
	done >newest &&
	jq -s -e "length == 4 and all(.[].node.pods[]; (.labels // \"\")
		!= \"\")" newest
}

expect_success 'a cluster is watched' '
	start_sim && start_pipeline && start_collector && more &&
	cost ".lists == 3 and .watches == 3"
'
expect_success 'an outage of some seconds ends where it began' '
	tell api=down && more 4 && cost ".watches == 0" &&
	tell "churn=0&api=up" && patience=$((60 * slowness)) &&
	wait_for "cost \".watches == 3\"" && cost ".lists == 3" &&
	patience=$((10 * slowness)) && more && no_window_lacks
'
expect_success 'so does one in which it is ill' '
	tell "status=503&cut=1" && more 4 && tell status=200 &&
	patience=$((60 * slowness)) && wait_for "cost \".watches == 3\"" &&
	cost ".lists == 3" && no_window_lacks &&
	grep "kube_watch_failed .*error=\"HTTP status 503: no\"" col.log
'
expect_success 'and one of watches alone' '
	tell "watch-status=429&cut=1" && more 4 && tell watch-status=200 &&
	wait_for "cost \".watches == 3\"" && cost ".lists == 3" &&
	no_window_lacks
'
# Pods come and go while it is away, and it knows nothing of that afterwards.
expect_success 'it is restarted: what it knows by then is listed' '
	patience=$((10 * slowness)) && tell api=down && tell churn=600 &&
	more 3 && tell churn=0 && tell "api=up&expire=1" &&
	patience=$((60 * slowness)) &&
	wait_for "cost \".watches == 3\"" && more 2 && wait_for all_known &&
	cost ".lists == 6 and .lists_at_hand == 6 and .replaced > 0" &&
	test "$(grep -c "kube_watch_expired" col.log)" -eq 3 &&
	! grep "\"kind\":\"failed\"" frames
'
expect_success 'nothing else was said' '
	stop col && stop sink && stop agg && stop sim &&
	log_is_clean col "kube_watch_failed"
'

# The role has list, and not watch.
expect_success 'where watch is forbidden lists stay rare' '
	start_sim --churn=60 && tell watch-status=403 && start_pipeline &&
	start_collector && wait_for "cost \".watches_begun >= 9\"" &&
	cost ".lists == 3"
'
expect_success 'and that is said once of each kind' '
	grep "kube_forbidden verb=watch" col.log >said &&
	test "$(wc -l <said)" -eq 3 &&
	test "$(grep -c "every 60 s (HTTP status 403: no watches" said)" -eq 3
'
expect_success 'once it is allowed everything is watched' '
	tell "watch-status=200&churn=0" && patience=$((60 * slowness)) &&
	wait_for "cost \".watches == 3\"" && cost ".lists == 3" &&
	wait_for "test \$(grep -c kube_recovered col.log) -eq 3" &&
	more 2 && all_known && stop col && stop sink && stop agg && stop sim
'

# About 60 KB of pods.
expect_success 'a list that is slow is read as it comes' '
	start_sim --nodes=4 --pods=24 && tell slow=20000 && start_pipeline &&
	start_collector && wait_for "cost \".watches == 3\"" &&
	cost ".lists == 3 and .lists_at_hand == 3" && more && all_known
'
expect_success 'slow watches lose nothing' '
	tell churn=600 && more 3 && tell churn=0 &&
	more 2 && wait_for all_known && cost ".lists == 3" && stop col
'
expect_success 'a list that breaks off is asked for again in pages' '
	start_sim --nodes=4 --pods=24 && tell slow=4000 && start_collector &&
	wait_for "cost \".watches == 2\"" && tell cut=1 && tell slow=0 &&
	patience=$((60 * slowness)) && wait_for "cost \".watches == 3\"" &&
	cost ".lists == 4 and .lists_at_hand == 3" && more 3 && all_known &&
	grep kube_list_failed col.log && stop col
'

expect_success 'nodes are selected by their labels' '
	: >frames && tell cut=1 && start_collector \
		--node-selector="topology.kubernetes.io/zone!=z0" && more 3 &&
	jq -r "select(.kind == \"node\") | .node.name" frames | sort -u >names &&
	printf "node-1\nnode-2\n" | cmp names - && log_is_clean col
'
expect_success 'also while they are watched' '
	tell cut=1 && more 3 &&
	jq -r "select(.kind == \"node\") | .node.name" frames | sort -u >names &&
	printf "node-1\nnode-2\n" | cmp names - && stop col
'
expect_success 'what the kube-apiserver refuses is said in its words' '
	tell status=400 && start_collector &&
	wait_for "grep \"kube_list_failed .*error=.HTTP status 400: no\" \
		col.log" && stop col
'
expect_success 'all ends in peace' '
	stop sink && stop agg && stop sim
'
done_testing
