#!/bin/sh
# SPDX-License-Identifier: ISC
# When the Metrics API has a value: after one scrape what the kubelet says,
# after two what was used between them, and the last one for a while longer.
. "$(dirname "$0")/lib.sh"
prereq curl jq openssl

expect_success 'there is a cluster, and somebody who may ask' '
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout root.key -out root.crt -days 2 \
		-subj /O=system:masters/CN=root \
		-addext basicConstraints=critical,CA:TRUE 2>err &&
	spawn sim "$top_builddir/contrib/kubesim/kubesim" --ready-fd=9 \
		--port-file="$scratch/port" --nodes=1 --pods=2
'
# start RESOLUTION [FLAG]: a pipeline
start () {
	spawn agg cheapster-aggregator &&
	spawn api cheapster-apiserver --listen=127.0.0.1:0 \
		--secure-listen=127.0.0.1:0 --cert-dir=made $2 \
		--kube-server="http://127.0.0.1:$(cat port)" \
		--authentication-skip-lookup --client-ca-file=root.crt &&
	spawn col cheapster-collector --metric-resolution="$1" \
		--source="kubernetes:http://127.0.0.1:$(cat port)?inClusterConfig=false&kubeletHttps=false"
}
# ask PATH: below the group's version; the answer is in said.
ask () {
	http_get -k --cert root.crt --key root.key -o said \
		"https://$(address_of api secure_listening)/apis/metrics.k8s.io/v1/$1"
}
# has N RESOURCE [CONDITION]: so many items; all that they use is so.
has () {
	ask "$2" && jq -e ".items | length == $1 and
		all(.[]; . as \$item | .usage // .containers[].usage |
		(\$item.timestamp | fromdate) as \$at | ${3:-true})" said
}
# self NAME: the value of what metrics-server has under that name; of several
# the first.
self () {
	http_get -k --cert root.crt --key root.key \
		"https://$(address_of api secure_listening)/metrics" |
	sed -n "s/^metrics_server_$1.* //p" | sed q
}
now () {
	date +%s
}

# There are minutes until the next one.
expect_success 'one scrape is enough' '
	began=$(now) && start 10m && wait_for has 1 nodes && has 2 pods &&
	ended=$(now) && cp said first &&
	test "$(http_get "http://$(address_of api http_listening)/metrics" |
		sed -n "s/^cheapster_apiserver_frames_stored_total //p")" -le 2
'
expect_success 'its time is true, and its window what a kubelet may wait' '
	for what in "1 nodes" "2 pods"; do
		has $what "\$at >= $began - 1 and \$at <= $ended and
			\$item.window == \"15s\" and (.memory | test(\"i$\")) and
			.cpu != \"0\"" || return
	done
'
expect_success 'as metrics-server it says so of itself' '
	test "$(self "kubelet_request_total{success=\"true\"}")" -eq 1 &&
	test "$(self "kubelet_request_total{success=\"false\"}")" -eq 0 &&
	test "$(self "kubelet_request_duration_seconds_count{node=\"node-0\"}")" \
		-eq 1 &&
	at=$(self "kubelet_last_request_time_seconds{node=\"node-0\"}") &&
	test "$at" -ge $((began - 1)) && test "$at" -le "$ended" &&
	test "$(self "storage_points{type=\"node\"}")" -eq 1 &&
	test "$(self "storage_points{type=\"container\"}")" -eq 4 &&
	wait_for "test \$(self manager_tick_duration_seconds_count) -eq 1" &&
	test "$(self api_metric_freshness_seconds_count)" -ge 3
'
expect_success 'with two, it is what was used between them' '
	stop col && stop api && stop agg && rm -rf state/* && start 1s --max-age=5s &&
	two="\$item.window | test(\"^[0-9.]+m?s$\") and . != \"15s\"" &&
	wait_for has 1 nodes "$two" && wait_for has 2 pods "$two"
'
expect_success 'to what the kubelet had said' '
	cpu="[.items[] | [.metadata.name, (.containers[] | [.name, .usage.cpu])]]" &&
	jq "$cpu" first >want && jq "$cpu" said >got && diff -u want got
'
tell () {
	http_get -X POST "http://127.0.0.1:$(cat port)/kubesim?$1" >told
}
expect_success 'a node that fails keeps what it had, for --max-age' '
	tell down=node-0 &&
	wait_for "test \"\$(grep -c scrape_failed col.log)\" -ge 1" &&
	has 1 nodes && has 2 pods && cp said kept &&
	wait_for "test \$(self kubelet_request_total.success=.false) -ge 1" &&
	wait_for has 0 nodes && has 0 pods &&
	jq -e ".items[0].timestamp | fromdate >= $(now) - 60" kept
'
expect_success 'and has something again with the first answer' '
	tell up=node-0 && wait_for has 1 nodes && wait_for has 2 pods
'
expect_success 'nobody has complained of anything else' '
	stop col && stop api && stop agg && stop sim && log_is_clean agg &&
	log_is_clean api && log_is_clean col scrape_failed
'
done_testing
