#!/bin/sh
# SPDX-License-Identifier: ISC
# A genuine kube-apiserver and kubelet, replayed, with all that a cluster may
# refuse before it answers: what comes out is what they said.
. "$(dirname "$0")/lib.sh"
prereq python3 jq curl

data=$top_srcdir/t/data
resolution=${slowness}s

# life FILTER: of the newest frame, about the pod whose life is watched.
life () {
	grep "\"kind\":\"node\"" frames | tail -n 1 >newest
	test -s newest &&
	jq -e ".node.pods[] | select(.name == \"life\") | $1" newest
}

expect_success 'refusals, broken pages and forgotten versions are got over' '
	spawn_raw cluster python3 "$top_srcdir/t/bin/replay-cluster.py" \
		"$data" "$scratch/port" &&
	wait_for "test -s $scratch/port" &&
	api=http://127.0.0.1:$(cat port) && : >frames &&
	spawn agg cheapster-aggregator &&
	spawn sink cheapster-sink-exec "$top_srcdir/t/bin/keep-frames.py" \
		"$scratch/frames" &&
	spawn col cheapster-collector --metric-resolution=$resolution \
		--kubelet-via=proxy \
		"--source=kubernetes:$api?inClusterConfig=false" &&
	patience=$((40 * slowness)) &&
	wait_for "life \".labels == \\\"app:life,extra:yes\\\"\" &&
		jq -n -e \"[inputs] | last | .kind == \\\"rollup\\\"\" frames"
'
expect_success 'each was said once' '
	for what in kube_forbidden kube_list_failed kube_watch_expired; do
		grep "$what" col.log || return
	done &&
	test "$(grep -c kube_recovered col.log)" -ge 3
'
expect_success 'every kind of set has the metrics that it should have' '
	python3 "$top_srcdir/t/bin/check-replay.py" metrics frames "$data"
'
expect_success 'what does not grow is what the kubelet said' '
	python3 "$top_srcdir/t/bin/check-replay.py" values frames "$data"
'
expect_success 'what grows has its rate' '
	python3 "$top_srcdir/t/bin/check-replay.py" rates frames "$data"
'
expect_success 'pods are what the kube-apiserver says' '
	python3 "$top_srcdir/t/bin/check-replay.py" pods frames "$data"
'
expect_success 'and so is the node' '
	python3 "$top_srcdir/t/bin/check-replay.py" node frames "$data"
'
expect_success 'a pod that is deleted is known no more' '
	curl -sf -X POST "$api/go" >out &&
	wait_for "life \"(.labels // \\\"\\\") == \\\"\\\"\""
'
expect_success 'all ends in peace' '
	stop col && stop agg && stop sink && kill9 cluster
'
done_testing
