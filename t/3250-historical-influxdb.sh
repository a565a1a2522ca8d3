#!/bin/sh
# SPDX-License-Identifier: ISC
# The historical API over a real InfluxDB that has what Heapster's sink wrote,
# in both of its layouts: all kinds of routes, and an InfluxDB that hangs, is
# killed, and comes back.
. "$(dirname "$0")/lib.sh"
prereq curl jq influxd openssl

# influxd_at ADDRESS [CERTIFICATE]: with a password, and with TLS.
influxd_at () {
	tls=false
	test -z "$2" || tls=true
	cat >influxd.toml <<-EOF &&
	reporting-disabled = true
	bind-address = "127.0.0.1:0"
	[meta]
	  dir = "$scratch/influxdb/meta"
	[data]
	  dir = "$scratch/influxdb/data"
	  wal-dir = "$scratch/influxdb/wal"
	[http]
	  bind-address = "$1"
	  auth-enabled = true
	  https-enabled = $tls
	  https-certificate = "$scratch/$2.crt"
	  https-private-key = "$scratch/$2.key"
	[monitor]
	  store-enabled = false
	EOF
	spawn_raw influxd influxd -config influxd.toml &&
	wait_for "grep -q 'Listening on HTTP' influxd.log" &&
	influxdb=$(sed -n 's/.*Listening on HTTP.* addr=\([^ ]*\).*/\1/p' \
		influxd.log)
}
influxql () {
	http_get "http://$influxdb/query?u=root&p=s3cret" \
		--data-urlencode "q=$1"
}

# points FIELDS: in line protocol, twelve of each series, 10 s apart, each one
# more than the one before.  With FIELDS=1 "cpu/limit" is a field of cpu.
points () {
	awk -v fields="$1" '
	function series(tags, metric, first, step, type,    i, m, f) {
		m = metric
		f = "value"
		if (fields && (i = index(metric, "/")) > 0) {
			m = substr(metric, 1, i - 1)
			f = substr(metric, i + 1)
		}
		for (i = 0; i < 12; i++)
			printf "%s,%s %s=%s%s %d000000000\n", m, tags, f,
				first + step * i, type, 1772600760 + 10 * i
	}
	BEGIN {
		c = "cluster_name=c1"
		n1 = c ",nodename=n1,labels=app:web\\,tier:a\\ b"
		pod = n1 ",namespace_name=default,pod_name="
		web = pod "web-1,pod_id=uid-1"
		series(c ",type=cluster", "memory/usage", 1000, 1, "i")
		series(c ",type=ns,namespace_name=default", "cpu/usage_rate",
			10, 1, "i")
		series(n1 ",type=node", "cpu/usage_rate", 100, 1, "i")
		series(n1 ",type=node", "uptime", 0, 10000, "i")
		series(n1 ",type=node", "cpu/node_utilization", -0.25, 0.125,
			"")
		series(n1 ",type=node,resource_id=/", "filesystem/usage",
			5000, 1, "i")
		series(n1 ",type=node,resource_id=logs", "filesystem/usage",
			7000, 1, "i")
		series(c ",type=node,nodename=n2", "uptime", 0, 10000, "i")
		sys = ",type=sys_container," \
			"container_name=system.slice/docker.service"
		series(n1 sys, "memory/usage", 300, 1, "i")
		series(n1 sys, "uptime", 0, 10000, "i")
		series(web ",type=pod", "memory/usage", 400, 1, "i")
		series(web ",type=pod", "uptime", 0, 10000, "i")
		series(pod "db-0,pod_id=uid-2,type=pod", "memory/usage",
			500, 1, "i")
		series(pod "db-0,pod_id=uid-2,type=pod", "uptime",
			0, 10000, "i")
		nginx = web ",type=pod_container,container_name=nginx"
		series(nginx, "cpu/usage_rate", 20, 1, "i")
		series(nginx, "uptime", 0, 10000, "i")
		series(nginx ",make=nvidia,model=t4,accelerator_id=GPU-0",
			"accelerator/duty_cycle", 40, 1, "i")
		series(web ",type=pod_container,container_name=log",
			"uptime", 0, 10000, "i")
		c2 = "cluster_name=c2,type=node,nodename="
		series(c2 "n1", "cpu/usage_rate", 9000, 1, "i")
		series(c2 "n9", "uptime", 0, 10000, "i")
	}'
}
fill () {
	influxql "CREATE DATABASE \"$1\" WITH DURATION INF REPLICATION 1 NAME \"default\"" &&
	points "$2" >points &&
	db=$(echo "$1" | sed "s/ /%20/") &&
	http_get "http://$influxdb/write?db=$db&rp=default&u=root&p=s3cret" \
		--data-binary @points
}
root () {
	echo "http://$(address_of "$api" http_listening)"
}
history () {
	echo "$(root)/api/v1/historical$1"
}
# says STATUS PATH [CURL-OPTION...]: status and body of an answer.
says () {
	want=$1
	target=$(history "$2")
	shift 2
	got=$(curl -sS -g --noproxy '*' --max-time "$patience" -o body -D head \
		-w '%{http_code}' "$@" "$target") &&
	{ test "$got" = "$want" || { echo "$target: status $got"; cat body; false; }; }
}
body_is () {
	printf "$1" >expected && { cmp expected body || { cat body; false; }; }
}
# names PATH NAME...: the list is just that, sorted.
names () {
	path=$1
	shift
	says 200 "$path" && jq -c . body >got &&
	printf '"%s"\n' "$@" | jq -c -n "[inputs]" >expected &&
	{ cmp expected got || { cat got; false; }; }
}
# values PATH FIRST STEP N: the series begins so, and has N points.
values () {
	says 200 "$1?$from" && jq -e "[.metrics[] | .floatValue // .value] ==
		[range(0; $4) | $2 + $3 * .]" body >/dev/null ||
	{ echo "$1"; cat body; false; }
}
from=start=2026-03-04T05:06:00Z
empty='{\n  "metrics": [],\n  "latestTimestamp": "0001-01-01T00:00:00Z"\n }'
sys=/nodes/n1/freecontainers/system.slice%2Fdocker.service
pod=/namespaces/default/pods/web-1
INFLUXDB_PASSWORD=s3cret
export INFLUXDB_PASSWORD

expect_success 'InfluxDB has points of both layouts, and two clusters' '
	influxd_at 127.0.0.1:0 &&
	http_get "http://$influxdb/query" --data-urlencode \
		"q=CREATE USER root WITH PASSWORD '\''s3cret'\'' WITH ALL PRIVILEGES" &&
	fill k8s 0 && fill "with fields" 1
'
expect_success 'an API server for each of them' '
	echo s3cret >password &&
	spawn values cheapster-apiserver --verbose --listen=127.0.0.1:0 \
		--state-dir="$scratch/state/values" \
		--historical-source="influxdb:http://$influxdb?cluster_name=c1&pw=\$INFLUXDB_PASSWORD&retention=7d" &&
	spawn fields cheapster-apiserver --verbose --listen=127.0.0.1:0 \
		--state-dir="$scratch/state/fields" \
		--historical-source="influxdb:http://$influxdb?cluster_name=c1&db=with%20fields&withfields=true&pwFile=$scratch/password"
'

for api in values fields; do
expect_success "$api: nodes, namespaces, pods, containers are listed" '
	names /nodes/ n1 n2 &&
	names /namespaces default &&
	names /namespaces/default/pods/ db-0 web-1 &&
	names $pod/containers log nginx &&
	names /nodes/n1/freecontainers/ system.slice/docker.service &&
	says 200 /nodes/nosuch/freecontainers && body_is "[]" &&
	says 200 /namespaces/nosuch/pods && body_is "[]"
'
expect_success "$api: metrics of each kind of set are listed" '
	names /metrics memory/usage &&
	names /nodes/n1/metrics/ cpu/node_utilization cpu/usage_rate \
		filesystem/usage uptime &&
	names /nodes/n2/metrics uptime &&
	names $sys/metrics memory/usage uptime &&
	names /namespaces/default/metrics cpu/usage_rate &&
	names $pod/metrics memory/usage uptime &&
	names $pod/containers/nginx/metrics accelerator/duty_cycle \
		cpu/usage_rate uptime &&
	says 200 /nodes/nosuch/metrics && body_is "[]"
'
expect_success "$api: the series of each kind of set" '
	values /metrics/memory/usage 1000 1 12 &&
	values /nodes/n1/metrics/cpu/usage_rate 100 1 12 &&
	values /nodes/n1/metrics/cpu-usage 100 1 12 &&
	values /nodes/n1/metrics/uptime 0 10000 12 &&
	values $sys/metrics/memory-usage 300 1 12 &&
	values /namespaces/default/metrics/cpu/usage_rate 10 1 12 &&
	values $pod/metrics/memory/usage 400 1 12 &&
	values $pod/containers/nginx/metrics/cpu/usage_rate 20 1 12 &&
	values /pod-id/uid-1/metrics/memory/usage 400 1 12 &&
	values /pod-id/uid-1/containers/nginx/metrics/cpu/usage_rate 20 1 12
'
expect_success "$api: fractions, and less than nothing" '
	says 200 "/nodes/n1/metrics/cpu/node_utilization?$from" &&
	jq -e "[.metrics[].value] == [0,0,0,0,0,0,0,0,0,0,1,1] and
		[.metrics[].floatValue] == [range(0; 12) | . / 8 - 0.25]" body
'
expect_success "$api: labelled metrics are asked for with all of their labels" '
	fs=/nodes/n1/metrics/filesystem/usage &&
	gpu=$pod/containers/nginx/metrics/accelerator/duty_cycle &&
	l="labels=make:nvidia,model:t4" &&
	says 200 "$fs?$from&labels=resource_id:/" &&
	jq -e "[.metrics[].value] == [range(0; 12) | 5000 + .]" body &&
	says 200 "$fs?$from&labels=resource_id:logs" &&
	jq -e ".metrics[11].value == 7011" body &&
	says 200 "$gpu?$from&$l,accelerator_id:GPU-0" &&
	jq -e ".metrics[0].value == 40" body &&
	for q in "$fs?$from" "$gpu?$from&$l" "$fs?$from&labels=resource_id:x" \
		"$fs?$from&labels=resource_id:/,make:nvidia" \
		"$fs?$from&labels=resource_id:/,nodename:n1" \
		"/nodes/n1/metrics/cpu/usage_rate?$from&labels=nodename:n1"; do
		says 200 "$q" && body_is "$empty" || return 1
	done
'
expect_success "$api: bounds are inclusive, and finer than a second" '
	m=/nodes/n1/metrics/cpu/usage_rate &&
	says 200 "$m?start=2026-03-04T05:06:10Z&end=2026-03-04T05:06:20Z" &&
	body_is "{\n  \"metrics\": [\n   {\n    \"timestamp\": \"2026-03-04T05:06:10Z\",\n    \"value\": 101\n   },\n   {\n    \"timestamp\": \"2026-03-04T05:06:20Z\",\n    \"value\": 102\n   }\n  ],\n  \"latestTimestamp\": \"2026-03-04T05:06:20Z\"\n }" &&
	says 200 "$m?start=2026-03-04T05:06:10.000000001Z&end=2026-03-04T07:06:19.999999999%2B02:00" &&
	body_is "$empty" &&
	says 200 "$m?start=1500-01-01T00:00:00Z&end=9999-01-01T00:00:00Z" &&
	jq -e ".metrics | length == 12" body
'
expect_success "$api: a list keeps its order, and is not spoilt by one pod" '
	l="{\"metrics\":[{\"timestamp\":\"2026-03-04T05:06:00Z\",\"value\":500}],\"latestTimestamp\":\"2026-03-04T05:06:00Z\"}" &&
	w="{\"metrics\":[{\"timestamp\":\"2026-03-04T05:06:00Z\",\"value\":400}],\"latestTimestamp\":\"2026-03-04T05:06:00Z\"}" &&
	e="{\"metrics\":[],\"latestTimestamp\":\"0001-01-01T00:00:00Z\"}" &&
	to=end=2026-03-04T05:06:09Z &&
	says 200 "/namespaces/default/pod-list/db-0,nosuch,web-1,db-0/metrics/memory/usage?$from&$to" &&
	body_is "{\"items\":[$l,$e,$w,$l]}\n" &&
	says 200 "/pod-id-list/uid-1,uid-2,uid-3/metrics/memory/usage?$from&$to" &&
	body_is "{\"items\":[$w,$l,$e]}\n"
'
expect_success "$api: aggregations of everything there is" '
	all=average,max,min,median,count,50-perc,95-perc,99-perc &&
	says 200 "/nodes/n1/metrics-aggregated/$all/cpu/usage_rate?$from" &&
	jq -c -S . body >got &&
	echo "{\"bucketSize\":0,\"buckets\":[{\"average\":{\"floatValue\":105.5},\"count\":12,\"maximum\":{\"intValue\":111},\"median\":{\"floatValue\":105.5},\"minimum\":{\"intValue\":100},\"percentiles\":{\"50\":{\"intValue\":105},\"95\":{\"intValue\":110},\"99\":{\"intValue\":111}},\"timestamp\":\"2026-03-04T05:06:00Z\"}]}" >expected &&
	cmp expected got &&
	for set in "/metrics-aggregated 1011" \
		"$sys/metrics-aggregated 311" "$pod/metrics-aggregated 411" \
		"/pod-id/uid-2/metrics-aggregated 511"; do
		says 200 "${set% *}/max/memory/usage?$from" &&
		jq -e ".buckets[0].maximum.intValue == ${set#* }" body ||
		{ echo "$set"; return 1; }
	done &&
	for set in "/namespaces/default/metrics-aggregated 21" \
		"$pod/containers/nginx/metrics-aggregated 31" \
		"/pod-id/uid-1/containers/nginx/metrics-aggregated 31"; do
		says 200 "${set% *}/max/cpu/usage_rate?$from" &&
		jq -e ".buckets[0].maximum.intValue == ${set#* }" body ||
		{ echo "$set"; return 1; }
	done
'
expect_success "$api: aggregations in buckets, which begin at their multiples" '
	says 200 "/nodes/n1/metrics-aggregated/count,min,average/cpu/usage_rate?start=2026-03-04T05:06:10Z&bucket=1m" &&
	jq -c . body >got &&
	echo "{\"buckets\":[{\"timestamp\":\"2026-03-04T05:06:00Z\",\"count\":5,\"average\":{\"floatValue\":103},\"minimum\":{\"intValue\":101}},{\"timestamp\":\"2026-03-04T05:07:00Z\",\"count\":6,\"average\":{\"floatValue\":108.5},\"minimum\":{\"intValue\":106}}],\"bucketSize\":60000000000}" >expected &&
	cmp expected got &&
	says 200 "/nodes/n1/metrics-aggregated/max/cpu/usage_rate?$from&bucket=10ms" &&
	jq -e "[.buckets[].maximum.intValue] == [range(0; 12) | 100 + .] and
		.bucketSize == 10000000" body &&
	says 200 "/nodes/n1/metrics-aggregated/max/filesystem/usage?$from&bucket=1d&labels=resource_id:/" &&
	jq -e "[.buckets[] | .timestamp, .maximum.intValue] ==
		[\"2026-03-04T00:00:00Z\", 5011]" body
'
expect_success "$api: aggregations of lists" '
	d="{\"timestamp\":\"2026-03-04T05:06:00Z\",\"maximum\":{\"intValue\":511}}" &&
	w="{\"timestamp\":\"2026-03-04T05:06:00Z\",\"maximum\":{\"intValue\":411}}" &&
	say () { echo "{\"buckets\":[$1],\"bucketSize\":$2}"; } &&
	says 200 "/namespaces/default/pod-list/db-0,nosuch,web-1/metrics-aggregated/max/memory/usage?$from&bucket=1h" &&
	h=3600000000000 && at () { echo "$1" | sed "s/05:06/05:00/"; } &&
	body_is "{\"items\":[$(say "$(at "$d")" $h),$(say "" 0),$(say "$(at "$w")" $h)]}\n" &&
	says 200 "/pod-id-list/uid-1,uid-2/metrics-aggregated/max/memory/usage?$from" &&
	body_is "{\"items\":[$(say "$w" 0),$(say "$d" 0)]}\n"
'
expect_success "$api: what is unknown is empty, whatever its name" '
	for p in /nodes/n9/metrics/uptime /metrics/nosuch/metric \
		"/nodes/n1%27%20OR%20%27a%27=%27a/metrics/uptime" \
		"/nodes/%5C%27%22%0A%00%FF/metrics/uptime" \
		"/nodes/n1/metrics/a%22%20FROM%20%22uptime" \
		"/nodes/n1/metrics/x%22;DROP%20DATABASE%20k8s;%22/%5C%22"; do
		says 200 "$p?$from" && body_is "$empty" || return 1
	done &&
	says 200 "/nodes/n1/metrics/uptime?$from&labels=a%27b%22:c%5C%27d" &&
	body_is "$empty" &&
	values /nodes/n1/metrics/uptime 0 10000 12
'
expect_success "$api: errors have the words that clients know" '
	says 400 /nodes/n1/metrics/uptime &&
	body_is "no start time (or a start time of zero) provided" &&
	says 400 "/metrics-aggregated/max,foo/uptime?$from" &&
	body_is "Unknown aggregation \"foo\"" &&
	says 404 /nosuch && body_is "404: Page Not Found" &&
	says 405 /nodes -X POST -d x
'
done

expect_success 'while InfluxDB hangs, everybody else is answered' '
	api=values &&
	kill -STOP "$(pid influxd)" &&
	spawn_raw curl curl -sS --noproxy "*" "$(history /nodes)" &&
	spawn_raw gone curl -sS --noproxy "*" "$(history /namespaces)" &&
	for key in nodename namespace_name; do
		wait_for "tail -n 4 values.log |
			grep -q \"history_asked .*KEY = .*$key\"" || return 1
	done &&
	kill9 gone &&
	http_get "$(root)/api/v1/model/nodes" && http_get "$(root)/metrics" &&
	kill -CONT "$(pid influxd)" &&
	ends curl && jq -e "length == 2" curl.out
'
expect_success 'without InfluxDB the answer is why' '
	kill9 influxd &&
	says 500 /nodes && grep -q "^influxdb: .*onnect" body &&
	says 500 "/nodes/n1/metrics/uptime?$from" &&
	grep -q "warning history_failed .*error=\"influxdb: " values.log &&
	http_get "$(root)/metrics" >metrics &&
	grep -qx "cheapster_apiserver_history_failures_total 2" metrics &&
	grep -qx "cheapster_apiserver_history_waiting 0" metrics
'
expect_success 'and with it again as before' '
	influxd_at "$influxdb" && names /nodes n1 n2 &&
	grep -q "info history_answers" values.log
'
expect_success 'its own errors are told' '
	echo wrong >password && api=fields &&
	says 500 /nodes &&
	grep -qx "influxdb: HTTP status 401: authorization failed" body &&
	rm password && says 500 /nodes &&
	grep -qx "influxdb: pwFile $scratch/password: No such file or directory" body &&
	echo s3cret >password && names /nodes n1 n2 &&
	influxql "DROP DATABASE \"with fields\"" && says 500 /nodes &&
	grep -qx "influxdb: database not found: with fields" body
'
expect_success 'they end, and have told nobody the password' '
	stop values && stop fields &&
	log_is_clean values "history_failed|bus_unreachable" &&
	log_is_clean fields "history_failed|bus_unreachable" &&
	{ ! grep -q "s3cret\|wrong" values.log fields.log; } &&
	stop influxd
'
expect_success 'with TLS it is known who answers' '
	for name in server other; do
		openssl req -x509 -newkey ec -nodes -days 2 \
			-pkeyopt ec_paramgen_curve:P-256 -subj "/CN=$name" \
			-addext "subjectAltName=IP:127.0.0.1" \
			-keyout $name.key -out $name.crt || return 1
	done &&
	influxd_at 127.0.0.1:0 server &&
	asked_with () {
		api=secure &&
		spawn secure cheapster-apiserver --listen=127.0.0.1:0 \
			--historical-source="influxdb:$1&pw=s3cret&cluster_name=c1"
	} &&
	asked_with "https://$influxdb?caFile=$scratch/server.crt" &&
	names /nodes n1 n2 && stop secure &&
	asked_with "http://$influxdb?secure=true&insecuressl=true" &&
	names /nodes n1 n2 && stop secure &&
	asked_with "https://$influxdb?caFile=$scratch/other.crt" &&
	says 500 /nodes && grep -q "^influxdb: .*certificate" body &&
	stop secure && stop influxd
'
expect_success 'a source that cannot be is refused at once' '
	refuse () {
		must_fail $1 cheapster-apiserver --listen=127.0.0.1:0 \
			--historical-source="$2" 2>refused.log &&
		{ grep -qF -e "$3" refused.log || { cat refused.log; false; }; } &&
		{ ! grep -q s3cret refused.log; }
	} &&
	refuse 64 nosuch:x "--historical-source: neither influxdb:URL nor sqlite:PATH" &&
	refuse 64 "influxdb:localhost:8086?pw=s3cret" "--historical-source: expected http://HOST:PORT" &&
	refuse 64 "influxdb:?withfields=s&pw=s3cret" "failed to parse \`withfields\` flag" &&
	refuse 64 "influxdb:http://u:s3cret@h:1" "a user in a URL is not taken" &&
	refuse 69 "influxdb:?pwFile=/nosuch/s" "history in influxdb: pwFile /nosuch/s: No such file"
'
done_testing
