#!/bin/sh
# SPDX-License-Identifier: ISC
# StatsD's lines of all points, in datagrams, to whoever listens.
. "$(dirname "$0")/lib.sh"
. "$top_srcdir/t/published.sh"
prereq python3

start_statsd () {
	rm -f port &&
	spawn_raw statsd python3 "$top_srcdir/t/bin/fake-statsd.py" \
		"$scratch/port" "$scratch/lines" "$@" &&
	wait_for "test -s port" && port=$(cat port)
}
sink () {
	spawn sink cheapster-sink-statsd --name="$1" \
		"udp://127.0.0.1:$port?batchdelay=20ms&$2"
}
all_is_there () {
	test -s lines &&
	python3 "$top_srcdir/t/bin/check-statsd.py" published lines
}

expect_success 'frames are published' '
	spawn aggregator cheapster-aggregator &&
	spawn tap cheapster-tap --json --replay && ln -s tap.out published &&
	cheapster-pub <"$top_srcdir/t/data/tools/frames.txt" &&
	wait_for "is_published 1"
'
expect_success 'all of them arrive' '
	start_statsd && cheapster-sink-statsd --check "127.0.0.1:$port" &&
	sink etsy && wait_for "all_is_there >/dev/null" && all_is_there &&
	stop sink && log_is_clean sink &&
	test "$(log_value sink points_sent)" -eq "$(wc -l <lines)"
'
expect_success 'five in a datagram, or as many as wanted' '
	grep "^5 " lines && rm -f lines && stop statsd 143 && start_statsd &&
	sink one "numMetricsPerMsg=1" && wait_for "all_is_there >/dev/null" &&
	stop sink && ! grep -v "^1 " lines
'
expect_success 'as tags, renamed, some of them' '
	rm -f lines && stop statsd 143 && start_statsd &&
	sink influx "prefix=k8s.&protocolType=InfluxStatsD&labelStyle=lowerCamelCase&renameLabels=type:k8s_type&allowedLabels=type,labels,container_name&metrics=memory/usage" &&
	wait_for "grep \"^[0-9]* k8s.memory/usage,app=web,containerName=nginx,k8sType=pod_container:100|g\" lines" &&
	wait_for "grep \"k8s.memory/usage,k8sType=cluster:\" lines" &&
	stop sink && log_is_clean sink && ! grep -v memory/usage lines
'
is_failing () {
	grep -q "warning write_failed.*refused" sink.log
}
expect_success 'where nobody listens they wait' '
	rm -f lines && stop statsd 143 && sink late && wait_for is_failing &&
	start_statsd "$port" && wait_for "all_is_there >/dev/null" &&
	wait_for "grep -q \"info write_succeeded\" sink.log" && stop sink &&
	log_is_clean sink write_failed
'
expect_success 'a line that no datagram can carry holds nothing up' '
	rm -f lines && stop statsd 143 && start_statsd &&
	long=$(printf "%070000d" 0) && {
		printf "{\"v\":1,\"kind\":\"node\",\"window_us\":1772600820000000,"
		printf "\"resolution_us\":60000000,\"collector\":\"pub\","
		printf "\"metrics\":[\"uptime\"],\"node\":{\"name\":\"n9\","
		printf "\"labels\":\"long:%s\",\"values\":[1],\"system\":[]," "$long"
		printf "\"pods\":[{\"namespace\":\"a\",\"name\":\"p\","
		printf "\"values\":[2],\"containers\":[]}]}}\n"
	} >long.txt && cheapster-pub <long.txt && sink long &&
	wait_for "grep -q \"n9.namespace.a.pod.p.uptime:2|g\" lines" &&
	stop sink && ! grep -q "n9.long" lines &&
	grep "warning points_refused points=1 " sink.log &&
	log_is_clean sink points_refused &&
	test "$(log_value sink points_refused)" -eq 1
'
expect_success 'what cannot work is said' '
	for bad in "//h?numMetricsPerMsg=0" "//h?protocolType=x" \
		"//h?renameLabels=a" "//h?labelStyle=x" "//h?sanitize=x"; do
		must_fail 78 cheapster-sink-statsd --check "$bad" 2>err &&
		cat err && grep -q "check_failed.*$(
			echo "$bad" | sed "s/.*?//; s/=.*//")" err || return
	done
'
expect_success 'all of it ends in peace' '
	stop tap && stop aggregator && log_is_clean aggregator &&
	stop statsd 143
'
done_testing
