#!/bin/sh
# SPDX-License-Identifier: ISC
# The API: paths, parameters, errors and what a restart brings back.
. "$(dirname "$0")/lib.sh"
prereq curl jq python3

api () {
	echo "http://$(address_of api http_listening)$1"
}
# says STATUS PATH [CURL-OPTION...]: status and body of an answer.
says () {
	want=$1
	target=$(api "$2")
	shift 2
	got=$(curl -sS --noproxy '*' --max-time "$patience" -o body -D head \
		-w '%{http_code}' "$@" "$target") &&
	{ test "$got" = "$want" || { echo "status $got"; cat body; false; }; }
}
body_is () {
	printf "$1" >expected && { cmp expected body || { cat body; false; }; }
}
empty='{\n  "metrics": [],\n  "latestTimestamp": "0001-01-01T00:00:00Z"\n }'
m=/api/v1/model

expect_success 'it starts without anybody to listen to' '
	spawn api cheapster-apiserver --listen=127.0.0.1:0
'
expect_success 'before the first frame lists are empty and health is bad' '
	says 200 $m/nodes/ && body_is "[]" &&
	says 200 $m/metrics/ && body_is "[]" &&
	says 200 $m/metrics/cpu/usage_rate && body_is "$empty" &&
	says 500 /healthz &&
	body_is "[-]healthz failed: could not get the latest data batch\nhealthz check failed\n"
'
expect_success 'a pipeline fills it' '
	spawn_raw kubelet python3 "$top_srcdir/t/bin/fake-kubelet.py" \
		--port-file "$scratch/port" 2 &&
	wait_for "test -s $scratch/port" &&
	url=http://127.0.0.1:$(cat "$scratch/port") &&
	spawn agg cheapster-aggregator &&
	spawn col cheapster-collector --metric-resolution=1s \
		--source=kubelet:$url/n0/stats/summary \
		--source=kubelet:$url/n1/stats/summary &&
	wait_for "says 200 $m/metrics/cpu/usage_rate &&
		jq -e \".metrics | length > 1\" body"
'
expect_success 'names are sorted' '
	says 200 $m/nodes/ && body_is "[\n  \"n0\",\n  \"n1\"\n ]" &&
	says 200 $m/namespaces && body_is "[\n  \"ns0\",\n  \"ns1\"\n ]" &&
	says 200 $m/namespaces/ns1/pods/ && body_is "[\n  \"p1\",\n  \"p3\"\n ]" &&
	says 200 $m/namespaces/ns1/pods/p1/containers/ &&
	body_is "[\n  \"c0\",\n  \"c1\"\n ]" &&
	says 200 $m/nodes/n0/freecontainers/ && body_is "[\n  \"kubelet\"\n ]" &&
	says 200 $m/namespaces/ns1/metrics/ &&
	body_is "[\n  \"cpu/usage_rate\",\n  \"memory/usage\"\n ]"
'
expect_success 'series of every kind of set are right' '
	check () {
		says 200 "$m/$1" &&
		{ jq -e "([.metrics[].value] | unique) == [$2] and
			.latestTimestamp == .metrics[-1].timestamp" body ||
		{ cat body; false; }; }
	} &&
	check nodes/n1/metrics/cpu/usage_rate 2000 &&
	check nodes/n0/freecontainers/kubelet/metrics/cpu-usage 7 &&
	check namespaces/ns1/metrics/memory/usage 120000000 &&
	check namespaces/ns1/pods/p3/containers/c1/metrics/memory/working_set 19999000 &&
	check metrics/memory-usage 240000000 &&
	says 200 "$m/nodes/n0/metrics/network/rx_rate" &&
	jq -e ".metrics[-1].floatValue == 3000000" body
'
expect_success 'what is unknown is empty, not an error' '
	for path in nodes/nosuch/metrics/cpu/usage_rate nodes/n0/metrics/no/such \
		namespaces/x/pods/y/metrics/memory/usage \
		nodes/n0/metrics/filesystem/usage \
		"nodes/n0/metrics/cpu/usage_rate?start=2036-01-01T00:00:00Z"; do
		says 200 "$m/$path" && body_is "$empty" || return 1
	done &&
	says 200 $m/namespaces/nosuch/pods/ && body_is "[]"
'
expect_success 'errors have the words that clients know' '
	t="timestamp argument cannot be parsed: parsing time" &&
	says 400 "$m/metrics/cpu/usage_rate?start=yesterday" &&
	body_is "$t \"yesterday\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"yesterday\" as \"2006\"" &&
	says 400 "$m/metrics/cpu/usage_rate?end=1234567890" &&
	body_is "$t \"1234567890\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"567890\" as \"-\"" &&
	says 400 "$m/nodes/n0/metrics/filesystem/usage?labels=nocolon" &&
	body_is "invalid label pair \"nocolon\"" &&
	says 404 $m/nosuch/ && body_is "404: Page Not Found" &&
	says 404 /nope && body_is "404 page not found\n" &&
	grep -qi "^x-content-type-options: nosniff" head &&
	says 404 /healthz/ && says 404 /api/v1/modelx/nodes &&
	says 405 $m/nodes/ -X POST -d x && body_is "405: Method Not Allowed" &&
	says 406 $m/nodes/ -H "Accept: text/html" && body_is "406: Not Acceptable"
'
expect_success 'a path that is not clean is sent to the one that is' '
	says 301 "$m//nodes/./x/../?a=b" --path-as-is &&
	grep -qi "^location: $m/nodes/?a=b.\$" head &&
	says 200 "$m//nodes/./x/../" --path-as-is -L && body_is "[\n  \"n0\",\n  \"n1\"\n ]" &&
	says 301 "//example.com/.." --path-as-is && grep -qi "^location: /.\$" head
'
expect_success 'names are decoded after the path is cut' '
	says 200 "$m/nodes/n%30/metrics/cpu/usage_rate" -g &&
	says 200 "$m/nodes/%6e0/metrics/cpu%2Fusage_rate" &&
	says 400 "$m/nodes/%zz/metrics/cpu/usage_rate"
'
expect_success 'start and end cut a series, in any zone' '
	says 200 $m/metrics/cpu/usage_rate &&
	at=$(jq -r ".metrics[1].timestamp" body) &&
	says 200 "$m/metrics/cpu/usage_rate?start=$at&end=$at" &&
	jq -e ".metrics | length == 1" body &&
	there=$(date -u -d "$at + 2 hours" +%Y-%m-%dT%H:%M:%S.0000%%2B02:00) &&
	says 200 "$m/metrics/cpu/usage_rate?start=$there&end=$there" &&
	jq -e ".metrics | length == 1" body
'
expect_success 'gzip and deflate are what they say' '
	says 200 $m/nodes/n0/metrics/ && cp body plain &&
	says 200 $m/nodes/n0/metrics/ -H "Accept-Encoding: gzip" &&
	grep -qi "^content-encoding: gzip" head && gunzip <body | cmp - plain &&
	says 200 $m/nodes/n0/metrics/ --compressed -H "Accept-Encoding: deflate, gzip" &&
	grep -qi "^content-encoding: deflate" head && cmp body plain
'
expect_success 'it counts what it does' '
	says 200 /metrics && grep -q "^cheapster_apiserver_frames_stored_total [1-9]" body &&
	grep -q "^cheapster_apiserver_http_errors_total [1-9]" body
'
expect_success 'a request that is too large or not HTTP harms nobody' '
	long=$(head -c 100000 /dev/zero | tr "\\0" a) &&
	says 414 "$m/$long" && says 431 $m/ -H "X: $(head -c 70000 /dev/zero |
		tr "\\0" a)" &&
	head -c 70000 /dev/zero >large && says 413 $m/ --data-binary @large &&
	printf "\\001\\002 garbage\\r\\n\\r\\n" |
		python3 -c "import socket,sys
s = socket.create_connection(sys.argv[1].rsplit(\":\", 1))
s.sendall(sys.stdin.buffer.read()); s.settimeout(5); s.recv(1000)" \
		"$(address_of api http_listening)" &&
	says 400 $m/nodes/ -H "Content-Length: 0" -H "Content-Length: 0" &&
	says 200 $m/nodes/
'
expect_success 'killed with -9 it has everything again, before any frame' '
	stop col && stop agg &&
	says 200 $m/nodes/n1/metrics/cpu/usage_rate && cp body before &&
	kill9 api && spawn api cheapster-apiserver --listen=127.0.0.1:0 &&
	says 200 $m/nodes/n1/metrics/cpu/usage_rate && cmp before body &&
	says 200 $m/nodes/ && body_is "[\n  \"n0\",\n  \"n1\"\n ]"
'
expect_success 'what was published meanwhile comes after it' '
	spawn agg cheapster-aggregator &&
	spawn col cheapster-collector --metric-resolution=1s \
		--source=kubelet:$url/n0/stats/summary \
		--source=kubelet:$url/n1/stats/summary &&
	n=$(jq ".metrics | length" before) &&
	wait_for "says 200 $m/nodes/n1/metrics/cpu/usage_rate &&
		jq -e \".metrics | length > $n\" body" &&
	stop col && stop agg && stop api && log_is_clean api
'
done_testing
