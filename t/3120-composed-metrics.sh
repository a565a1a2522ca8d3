#!/bin/sh
# SPDX-License-Identifier: ISC
# Accelerators, custom metrics and requests of any resource, from kubelets and
# the kube-apiserver through all programs: under Heapster's names.
. "$(dirname "$0")/lib.sh"
prereq curl jq python3

model=/api/v1/model/namespaces/ns0/pods/p0-0

# is PATH FILTER VALUE: of the newest point or the list at that path
is () {
	curl -sS --noproxy '*' --max-time "$patience" -o body \
		"http://$(address_of api http_listening)$model$1" &&
	{ test "$(jq -c "$2" body)" = "$3" || { cat body; false; }; }
}
# start_collector KEY
start_collector () {
	_api=http://127.0.0.1:$(cat "$scratch/port") &&
	spawn col cheapster-collector --metric-resolution=${slowness}s \
		"--source=$1:$_api?inClusterConfig=false&kubeletHttps=false"
}
last='.metrics | last | .floatValue // .value'
gpu='labels=make:nvidia,model:x,accelerator_id'

expect_success 'a cluster with accelerators is collected' '
	spawn_raw cluster python3 "$top_srcdir/t/bin/fake-cluster.py" \
		"$scratch/port" 1 &&
	wait_for "test -s $scratch/port" &&
	spawn agg cheapster-aggregator &&
	spawn api cheapster-apiserver --listen=127.0.0.1:0 &&
	spawn_raw text cheapster-sink-log &&
	spawn_raw tap cheapster-tap --type=pod --pod=p0-0 --metric=custom/ \
		--metric=nvidia.com/ &&
	start_collector kubernetes &&
	wait_for "is /metrics/custom/queue_length \"$last\" 2"
'
expect_success 'requests of other resources are summed into pods' '
	is /metrics/nvidia.com/gpu/request "$last" 3 &&
	is /containers/c0/metrics/nvidia.com/gpu/request "$last" 1 &&
	is /containers/c1/metrics/nvidia.com/gpu/request "$last" 2
'
expect_success 'and so are custom metrics' '
	is /containers/c0/metrics/custom/queue_length "$last" 0.5 &&
	is /containers/c1/metrics/custom/queue_length "$last" 1.5
'
expect_success 'both are in lists' '
	for part in "" /containers/c0; do
		is "$part/metrics" "map(select(test(\"custom|nvidia\")))" \
			"[\"custom/queue_length\",\"nvidia.com/gpu/request\"]" ||
			return
	done
'
expect_success 'other pods have none' '
	model=/api/v1/model/namespaces/ns1/pods/p1-0 &&
	is /metrics "map(select(test(\"custom|nvidia\")))" "[]" &&
	is /metrics/nvidia.com/gpu/request .metrics "[]" &&
	model=/api/v1/model/namespaces/ns0/pods/p0-0
'
expect_success 'an accelerator is that of its container' '
	is "/containers/c0/metrics/accelerator/memory_used?$gpu:GPU-0" \
		"$last" 100 &&
	is "/containers/c0/metrics/accelerator/duty_cycle?$gpu:GPU-0" \
		"$last" 10 &&
	is "/containers/c1/metrics/accelerator/duty_cycle?$gpu:GPU-0" \
		.metrics "[]"
'
expect_success 'the text of the log sink has them as Heapster had' '
	wait_for "grep -qx \"      custom/queue_length = 2.000000\" text.out" &&
	for line in "      nvidia.com/gpu/request = 3" \
		"      custom/queue_length = 0.500000" \
		"      accelerator/memory_total = 1000" \
		"         accelerator_id = GPU-0"; do
		grep -qx "$line" text.out || return
	done &&
	! grep -E "resource/request|custom/value" text.out
'
expect_success 'and so have lines for people' '
	wait_for "test -s tap.out" && head -n 1 tap.out >line &&
	jq -e ".metrics == {\"nvidia.com/gpu/request\": 3,
		\"custom/queue_length\": 2} and .resources == null" line
'
expect_success 'what cAdvisor says is no less' '
	stop col && start_collector kubernetes.cadvisor &&
	wait_for "is /metrics/custom/usage \"$last\" 1100" &&
	is /containers/c1/metrics/custom/usage "$last" 600 &&
	is /metrics/nvidia.com/gpu/request "$last" 3 &&
	is "/containers/c1/metrics/accelerator/memory_used?$gpu:GPU" \
		"$last" 600
'
expect_success 'all ends in peace' '
	stop col && stop tap && stop text && stop api && stop agg
'
done_testing
