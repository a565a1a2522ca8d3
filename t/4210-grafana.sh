#!/bin/sh
# SPDX-License-Identifier: ISC
# Every query of our dashboards, and of Heapster's own, has values in a real
# InfluxDB and a VictoriaMetrics that the pipeline has written to.
. "$(dirname "$0")/lib.sh"
. "$top_srcdir/t/published.sh"
prereq curl influxd jq python3 victoria-metrics
test -z "$CHEAPSTER_VALGRIND" || skip_all 'its moments are those of real time'

boards=$top_srcdir/contrib/grafana
node=
namespace=
pod=

start_influxd () {
	cat >influxd.conf <<-EOF &&
	reporting-disabled = true
	bind-address = "127.0.0.1:0"
	[meta]
	  dir = "$scratch/$1/meta"
	[data]
	  dir = "$scratch/$1/data"
	  wal-dir = "$scratch/$1/wal"
	[http]
	  bind-address = "127.0.0.1:0"
	  log-enabled = false
	[monitor]
	  store-enabled = false
	EOF
	spawn_raw "$1" influxd -config "$scratch/influxd.conf" &&
	wait_for "grep -q \"Listening on HTTP\" $1.log" &&
	server=http://$(sed -n \
		"s/.*Listening on HTTP.*addr=\([0-9.:]*\).*/\1/p" "$1.log") &&
	wait_for "http_get $server/ping"
}
# queries KIND: of all its dashboards, one per line.
queries () {
	jq -r '.templating.list[] | select(.type == "query").query' \
		"$boards/$1"/*.json &&
	jq -r '.panels[].targets[] | .query // .expr' "$boards/$1"/*.json
}
# answers KIND URL QUERIES: with the names of things that are there.
answers () {
	python3 "$top_srcdir/t/bin/check-grafana.py" "$@" node="$node" \
		nodename="$node" namespace="$namespace" pod="$pod" podname="$pod"
}
is_published () {
	test "$(grep -c '"kind":"rollup"' tap.out)" -ge "$1"
}
first () {
	jq -r "select(.kind == \"node\") | .node | $1" tap.out | head -n 1
}

expect_success 'the dashboards are what they are made from' '
	python3 "$boards/make-dashboards" made &&
	for kind in influxdb influxdb-fields prometheus; do
		diff -r "made/$kind" "$boards/$kind" || return
	done
'
expect_success 'a cluster is watched for some windows' '
	spawn sim "$top_builddir/contrib/kubesim/kubesim" --ready-fd=9 \
		--port-file="$scratch/port" --nodes=2 --pods=3 --namespaces=2 &&
	spawn aggregator cheapster-aggregator &&
	spawn tap cheapster-tap --json --replay &&
	spawn collector cheapster-collector --metric-resolution=1s \
		--source="kubernetes:http://127.0.0.1:$(cat port)?inClusterConfig=false&kubeletHttps=false" &&
	wait_for "is_published 4" && stop collector && node=$(first .name) &&
	namespace=$(first ".pods[0].namespace") && pod=$(first ".pods[0].name") &&
	echo "$node $namespace $pod"
'
# shows KIND WITHFIELDS HEAPSTER'S
shows () {
	_kind=$1
	_fields=$2
	_heapster=$top_srcdir/t/data/heapster-grafana/$3.queries
	expect_success "$_kind: every query has values" '
		start_influxd "db_$_fields" &&
		spawn sink cheapster-sink-influxdb --name="$_fields" \
			"$server?withfields=$_fields&batchdelay=20ms" &&
		queries "$_kind" >ours &&
		wait_for "answers influxdb $server ours >/dev/null" &&
		answers influxdb "$server" ours
	'
	expect_success 'and so have those of the dashboards of Heapster' '
		answers influxdb "$server" "$_heapster" &&
		echo "SELECT \"no\" FROM \"cpu/none\"" >none &&
		must_fail 1 answers influxdb "$server" none && stop sink &&
		log_is_clean sink && stop "db_$_fields"
	'
}
shows influxdb false plain
shows influxdb-fields true withfields

expect_success 'prometheus: every query has values' '
	port=$(free_ports 1) &&
	spawn_raw victoria victoria-metrics -search.latencyOffset=0s \
		-storageDataPath="$scratch/victoria" \
		-httpListenAddr="127.0.0.1:$port" &&
	server=http://127.0.0.1:$port &&
	wait_for "test \"\$(http_code $server/health)\" = 200" &&
	spawn sink cheapster-sink-remote-write "$server?batchdelay=20ms" &&
	queries prometheus >ours &&
	wait_for "answers prometheus $server ours >/dev/null" &&
	answers prometheus "$server" ours && echo "sum(none)" >none &&
	must_fail 1 answers prometheus "$server" none && stop sink && log_is_clean sink &&
	stop victoria
'
expect_success 'all of it ends in peace' '
	stop tap && stop aggregator && log_is_clean aggregator && stop sim
'
done_testing
