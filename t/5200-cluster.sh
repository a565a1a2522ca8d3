#!/bin/sh
# SPDX-License-Identifier: ISC
# A cluster that never rests, whose kubelets sample less often than they are
# asked: every rate that is published is exactly what the simulator's model
# says, none is missing, and none is there without a newer sample.
# WINDOWS=200 for the long run.
. "$(dirname "$0")/lib.sh"
prereq python3 jq curl
test -z "$CHEAPSTER_VALGRIND" || skip_all 'its moments are those of real time'

windows=${WINDOWS:-20}
resolution_s=2
test "$slowness" -eq 1 || resolution_s=3
bin=$top_srcdir/t/bin

# tell VERB=VALUE: something happens to the cluster.
tell () {
	curl -sSf -X POST "http://127.0.0.1:$port/kubesim?$1"
}
rollups () {
	grep -c '"kind":"rollup"' "$scratch/frames"
}
# until_window N: that many have been closed.
until_window () {
	patience=$((windows * resolution_s + 30 * slowness))
	wait_for "test \$(rollups) -ge $1"
}
port=0

expect_success 'the pipeline watches a cluster of 50 nodes with 30 pods each' '
	: >frames &&
	spawn sim "$top_builddir/contrib/kubesim/kubesim" --ready-fd=9 \
		--port-file="$scratch/port" --truth="$scratch/truth" \
		--nodes=50 --pods=30 --churn=120 --restart-rate=60 \
		--reset-rate=60 --error-rate=5 --missing=5 --newer \
		--sampling=$((resolution_s * 1500))ms &&
	port=$(cat port) &&
	spawn aggregator cheapster-aggregator &&
	spawn sink cheapster-sink-exec "$bin/keep-frames.py" "$scratch/frames" &&
	spawn collector cheapster-collector --metric-resolution="${resolution_s}s" \
		--source="kubernetes:http://127.0.0.1:$port?inClusterConfig=false&kubeletHttps=false" &&
	until_window 2
'
expect_success 'its watches are cut, and its API is out of order for a while' '
	tell cut=1 && until_window 4 && tell "expire=1&cut=1" &&
	until_window 5 && tell "status=503&cut=1" && until_window 7 &&
	tell status=200
'
expect_success 'a node dies, another no longer answers, both come back' '
	tell down=node-7 && tell hang=node-11 && until_window 12 &&
	tell up=node-7 && tell up=node-11
'
expect_success "$windows windows pass" '
	until_window $windows && tell error-rate=0 &&
	until_window $((windows + 2)) && tell "churn=0&restart-rate=0" &&
	until_window $((windows + 3)) && tell "" >cost
'
expect_success 'all end in peace, and nothing is lost on the way' '
	stop collector && stop aggregator && stop sink && stop sim &&
	test "$(log_value collector scrapes_ok)" -eq \
		"$(grep -c "\"kind\":\"node\"" frames)"
'
expect_success 'things have happened' '
	jq -e ".replaced > 0 and .restarted > 0 and .reset > 0 and
		.errors_injected > 0 and .watches == 3" cost
'
expect_success 'every rate is that of the model, every sum that of its parts' '
	python3 "$bin/check-cluster.py" frames truth "$windows"
'
done_testing
