#!/bin/sh
# SPDX-License-Identifier: ISC
# Heapster's clients: the very calls that each of them makes, through all
# programs, and what each of them expects.
. "$(dirname "$0")/lib.sh"
prereq curl jq python3

# get PATH [CURL-OPTION...]: the body of a 200.
get () {
	_path=$1
	shift
	_status=$(curl -sS --noproxy '*' --max-time "$patience" -g -o body \
		-D head -w '%{http_code}' "$@" \
		"http://$(address_of api http_listening)$_path") &&
	test "$_status" = 200 || { echo "status $_status"; cat body; false; }
}
# has FILTER: the body answers it with true.
has () {
	jq -e "$1" body >/dev/null || { cat body; false; }
}
tell () {
	curl -sS --noproxy '*' -X POST \
		"http://127.0.0.1:$(cat "$scratch/port")/control?$1"
}
apis=/apis/metrics/v1alpha1
model=/api/v1/model

expect_success 'a cluster is collected' '
	spawn_raw cluster python3 "$top_srcdir/t/bin/fake-cluster.py" \
		"$scratch/port" 2 &&
	wait_for "test -s $scratch/port" &&
	cluster=http://127.0.0.1:$(cat "$scratch/port") &&
	tell "pod=p2-0&node=0&labels=app:web,tier:front" &&
	tell "pod=p2-1&node=1&labels=app:web,tier:back" &&
	spawn agg cheapster-aggregator --metrics-listen=127.0.0.1:0 &&
	spawn api cheapster-apiserver --listen=127.0.0.1:0 &&
	spawn_raw text cheapster-sink-log --metrics-listen=127.0.0.1:0 &&
	spawn col cheapster-collector --metric-resolution=${slowness}s \
		--metrics-listen=127.0.0.1:0 \
		"--source=kubernetes:$cluster?inClusterConfig=false&kubeletHttps=false" &&
	wait_for "get $apis/pods && has \".items | length == 8\""
'
expect_success 'kubectl top node: all of them, with a slash at the end' '
	get "$apis/nodes/?labelSelector=" &&
	has ".metadata == {} and ([.items[].metadata.name] == [\"n0\", \"n1\"])" &&
	has "all(.items[]; (.timestamp | fromdate) <= now and .window == \"1m0s\"
		and (.usage | has(\"cpu\") and has(\"memory\")))"
'
expect_success 'kubectl top node NAME' '
	get "$apis/nodes/n1?labelSelector=" &&
	has ".metadata.name == \"n1\" and .usage.cpu == \"2\""
'
expect_success 'kubectl top node -l' '
	get "$apis/nodes/?labelSelector=zone%3Dz1" &&
	has "[.items[].metadata.name] == [\"n1\"]" &&
	get "$apis/nodes/?labelSelector=zone+notin+(z0,z1)" &&
	has ".items == null"
'
expect_success 'kubectl top pod --all-namespaces' '
	get "$apis/pods?labelSelector=" &&
	has "[.items[].metadata | .namespace + \"/\" + .name] ==
		[\"ns0/p0-0\", \"ns0/p0-1\", \"ns0/p2-0\", \"ns0/p2-1\",
		\"ns1/p1-0\", \"ns1/p1-1\", \"ns1/p3-0\", \"ns1/p3-1\"]"
'
expect_success 'kubectl top pod of a namespace, with a slash at the end' '
	get "$apis/namespaces/ns0/pods/?labelSelector=" &&
	has ".items | length == 4" &&
	has ".items[3].containers == [
		{name: \"c0\", usage: {cpu: \"221m\", memory: \"9999000\"}},
		{name: \"c1\", usage: {cpu: \"222m\", memory: \"19999000\"}}]" &&
	get "$apis/namespaces/nosuch/pods/?labelSelector=" && has ".items == null"
'
expect_success 'kubectl top pod NAME' '
	get "$apis/namespaces/ns0/pods/p2-0?labelSelector=" &&
	has ".metadata.name == \"p2-0\" and .metadata.namespace == \"ns0\" and
		([.containers[].name] == [\"c0\", \"c1\"])"
'
expect_success 'the autoscaler: CPU of the pods that a selector selects' '
	for group in metrics metrics.k8s.io; do
		get "/apis/$group/v1alpha1/namespaces/ns0/pods?labelSelector=app%3Dweb%2Ctier+in+(front,back)" &&
		has "[.items[] | [.containers[].usage.cpu | rtrimstr(\"m\") |
			tonumber] | add] == [243, 443]" &&
		has ".items[0].timestamp | fromdate > now - 60" || return
	done &&
	get "$apis/namespaces/ns0/pods?labelSelector=app%3Dnosuch" &&
	has ".items == null"
'
expect_success 'the autoscaler: a custom metric of some pods' '
	start=$(date -u -d "5 minutes ago" +%Y-%m-%dT%H:%M:%SZ) &&
	get "$model/namespaces/ns0/pod-list/p0-1,gone,p0-0,p0-1/metrics/custom/queue_length?start=$start" &&
	has ".items | length == 4 and .[1].metrics == [] and
		([.[0, 2, 3].metrics[-1].floatValue] == [2, 2, 2])" &&
	has ".items | .[0] == .[3] and
		(.[0].latestTimestamp == .[0].metrics[-1].timestamp)"
'
expect_success 'the dashboard: graphs of pods and nodes, and health' '
	get $model/namespaces/ns0/pod-list/p2-0,p2-1/metrics/cpu/usage_rate &&
	has "[.items[].metrics[-1].value] == [243, 443]" &&
	get $model/namespaces/ns0/pod-list/p2-0/metrics/memory/usage &&
	has "[.items[].metrics[-1].value] == [30000000]" &&
	get $model/nodes/n0/metrics/cpu/usage_rate &&
	has ".metrics[-1].value == 1000" &&
	get $model/nodes/n0/metrics/memory/usage && has ".metrics | length > 0" &&
	get /healthz && test "$(cat body)" = ok && get /
'
expect_success 'GKE: everything, every two minutes' '
	get /api/v1/metric-export &&
	has "map(.labels.container_name) | unique ==
		[\"/pod\", \"c0\", \"c1\", \"kubelet\", \"machine\"]" &&
	has "[.[] | select(.labels.pod_name == \"p2-1\")] | length == 3 and
		all(.[]; .labels.labels == \"app:web,tier:back\" and
		.labels.nodename == \"n1\" and (.metrics |
		has(\"memory/working_set\")))" &&
	get /api/v1/metric-export-schema &&
	has "(.metrics | length) == 26 and (.common_labels | length) == 5"
'
expect_success 'people: an index, for eyes and for programs' '
	get / && has ".paths | has(\"/api/v1/model/nodes/{node}/metrics\")" &&
	get / -H "Accept: text/html" && grep -qi "^content-type: text/html" head &&
	get /openapi/v3 && has ".openapi == \"3.0.0\""
'
expect_success 'Prometheus: names that Heapster had' '
	get /metrics &&
	for line in "http_requests_total{code=\"200\",handler=\"podListMetric\",method=\"get\"} 3" \
		"http_request_duration_microseconds_count{handler=\"podListMetric\"} 3" \
		"# TYPE heapster_exporter_duration_milliseconds summary" \
		"# TYPE process_start_time_seconds gauge"; do
		grep -qxF "$line" body || { cat body; return 1; }
	done &&
	grep -q "^heapster_exporter_duration_milliseconds_count{exporter=\"Metric Sink\"} [1-9]" body &&
	start=$(sed -n "s/^process_start_time_seconds //p" body) &&
	test "${start%.*}" -gt $(($(date +%s) - 600)) &&
	test "${start%.*}" -le "$(date +%s)"
'
expect_success 'Prometheus: what other processes know' '
	metric () {
		curl -sS --noproxy "*" --max-time "$patience" \
			"http://$(address_of "$1" metrics_listening)/metrics" >body &&
		grep -q "^heapster_$2 [1-9]" body || { cat body; false; }
	} &&
	metric col "scraper_duration_microseconds_count{source=\"kubelet_summary:127.0.0.1:[0-9]*\"}" &&
	metric col "scraper_last_time_seconds{source=\"kubelet_summary:127.0.0.1:[0-9]*\"}" &&
	metric col "kubelet_summary_request_duration_microseconds_sum{node=\"n1\"}" &&
	metric agg "processor_duration_microseconds_count{processor=\"all\"}" &&
	metric text "exporter_duration_milliseconds_count{exporter=\"Log Sink\"}" &&
	metric text "exporter_last_time_seconds{exporter=\"Log Sink\"}"
'
expect_success 'exports can be switched off' '
	stop api && spawn api cheapster-apiserver --listen=127.0.0.1:0 \
		--disable-export &&
	get /api/v1/metric-export && test "$(cat body)" = "[]" &&
	get /api/v1/metric-export-schema
'
expect_success 'all ends in peace' '
	stop col && stop text && stop api && stop agg
'
done_testing
