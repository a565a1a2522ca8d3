#!/bin/sh
# SPDX-License-Identifier: ISC
# One real server, VictoriaMetrics, that takes points in several ways: what it
# is sent by each sink is what the aggregator has published.
. "$(dirname "$0")/lib.sh"
. "$top_srcdir/t/published.sh"
prereq curl python3 victoria-metrics

# It takes no port 0: ports that are free now.
# start_victoria: an empty one, or the one that there was.
start_victoria () {
	spawn_raw victoria victoria-metrics -storageDataPath="$scratch/$data" \
		-retentionPeriod=100y -search.latencyOffset=0s \
		-httpListenAddr="127.0.0.1:$http" \
		-graphiteListenAddr="127.0.0.1:$graphite" \
		-opentsdbHTTPListenAddr="127.0.0.1:$opentsdb" &&
	wait_for "test \"\$(http_code http://127.0.0.1:$http/health)\" = 200"
}
all_is_there () {
	python3 "$top_srcdir/t/bin/check-victoria.py" published \
		"http://127.0.0.1:$http" "$@"
}
# stores KIND PROGRAM URI: all of it, in an empty server.
stores () {
	data=$1
	_kind=$1
	_program=$2
	_uri=$3
	expect_success "$1: what the aggregator publishes is read back" '
		start_victoria && $_program --check "$_uri" &&
		spawn sink $_program --name="$_kind" "$_uri" &&
		wait_for "all_is_there $_kind >/dev/null" &&
		all_is_there $_kind && stop sink && log_is_clean sink &&
		stop victoria
	'
}

read -r http graphite opentsdb <<EOF
$(free_ports 3)
EOF

expect_success 'frames are published' '
	spawn aggregator cheapster-aggregator &&
	spawn tap cheapster-tap --json --replay && ln -s tap.out published &&
	publish 0 && wait_for "is_published 1"
'
stores opentsdb cheapster-sink-opentsdb "http://127.0.0.1:$opentsdb"
stores labelled cheapster-sink-opentsdb \
	"http://127.0.0.1:$opentsdb?labeledMetrics=true&gzip=true&batch=10"
stores influxdb cheapster-sink-influxdb \
	"http://127.0.0.1:$http?apiversion=2&bucket=k8s"
stores prometheus cheapster-sink-remote-write \
	"http://127.0.0.1:$http?rates=true&cluster=c&labels=host,uid,image"
stores graphite cheapster-sink-graphite "tcp://127.0.0.1:$graphite?tags=true"

is_failing () {
	grep -q "warning write_failed" sink.log
}
expect_success 'what is published while it is gone comes later' '
	data=gone && start_victoria && spawn sink cheapster-sink-opentsdb --name=gone \
		"http://127.0.0.1:$opentsdb?batchdelay=50ms" &&
	wait_for "all_is_there opentsdb >/dev/null" &&
	stop victoria && publish 10 && wait_for "is_published 3" &&
	wait_for is_failing && start_victoria &&
	wait_for "all_is_there opentsdb >/dev/null" && all_is_there opentsdb &&
	wait_for "grep -q \"info write_succeeded\" sink.log" && stop sink &&
	log_is_clean sink write_failed
'
expect_success 'what cannot work is said' '
	for bad in "http://h?labeledMetrics=maybe" "http://h?pw-file=/nowhere" \
		"http://h?cert=x"; do
		must_fail 78 cheapster-sink-opentsdb --check "$bad" 2>err &&
		cat err && grep -q check_failed err || return
	done &&
	must_fail 69 cheapster-sink-opentsdb --check http://127.0.0.1:1 2>err &&
	grep "check_failed.*onnect" err
'
expect_success 'nor can these be written to' '
	for bad in "/path" "ftp://h" "http://h?labels=node" \
		"http://h?token-file=/nowhere" "http://h?tenant=a%0ab"; do
		must_fail 78 cheapster-sink-remote-write --check "$bad" 2>err &&
		cat err && grep -q check_failed err || return
	done &&
	must_fail 64 cheapster-sink-remote-write --check 2>err &&
	must_fail 69 cheapster-sink-remote-write --check http://127.0.0.1:1 2>err &&
	grep "check_failed.*onnect" err
'
expect_success 'all of it ends in peace' '
	stop tap && stop aggregator && log_is_clean aggregator && stop victoria
'
done_testing
