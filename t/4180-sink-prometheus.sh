#!/bin/sh
# SPDX-License-Identifier: ISC
# Whoever asks for metrics gets the newest of each node, and the real
# Prometheus, which comes for them or is sent them, has what was published.
. "$(dirname "$0")/lib.sh"
. "$top_srcdir/t/published.sh"
prereq curl jq python3

# frames N...: of two windows, N seconds from the first one on.
begin=$(($(date +%s) - 20))
frames () {
	for n in "$@"; do
		sed "s/1700000000/$((begin + n))/g
			s/1700000001/$((begin + n + 1))/g" \
			"$top_srcdir/t/data/tools/frames.txt"
	done
}
publish () {
	frames "$@" | cheapster-pub
}
# sink [OPTIONS]: its address is $address then.
sink () {
	spawn sink cheapster-sink-prometheus \
		"?listen=127.0.0.1:0&stale=1h&$1" &&
	address=$(address_of sink prometheus_listening)
}
# shellcheck disable=SC2120
ask () {
	http_get "$@" "http://$address/metrics"
}
open_metrics='Accept: application/openmetrics-text;version=1.0.0,*/*;q=0.1'
# has N: all points of the window N.
has () {
	ask >body &&
	grep -q "^heapster_memory_usage_bytes{type=\"cluster\"} 110 $((begin +
		$1))000\$" body &&
	grep -q "^heapster_memory_usage_bytes{.*type=\"node\"} 1100 $((begin +
		$1))000\$" body
}

expect_success 'frames are published' '
	spawn aggregator cheapster-aggregator &&
	spawn tap cheapster-tap --json --replay && ln -s tap.out published &&
	sink && ask >body && test ! -s body && publish 0 &&
	wait_for "is_published 2"
'
expect_success 'the newest of them are there, as text' '
	wait_for "has 1" && cat body && test "$(grep -vc "^#" body)" -eq 14 &&
	grep "^# TYPE heapster_cpu_usage_seconds_total counter" body &&
	test "$(sort body | uniq -d)" = ""
'
expect_success 'or as OpenMetrics, to the same' '
	ask -H "$open_metrics" >open && tail -n 1 open | grep -x "# EOF" &&
	grep "^# TYPE heapster_cpu_usage_seconds counter" open &&
	grep "^# UNIT heapster_cpu_usage_seconds seconds" open &&
	grep -v "^#" body | sed "s/000\$//" >want &&
	grep -v "^#" open | cmp - want
'
expect_success 'compressed, or to an old client' '
	ask -H "Accept-Encoding: gzip" >packed && ! cmp -s packed body &&
	gzip -dc <packed | cmp - body && ask -0 | cmp - body &&
	ask -I >head && grep -i "^content-type: text/plain; version=0.0.4" head &&
	test "$(http_code "http://$address/")" = 404 &&
	test "$(http_code -X POST "http://$address/metrics")" = 405
'
expect_success 'many may ask at once' '
	curl -sS --fail --noproxy "*" --parallel --parallel-max 20 \
		--output "all-#1" "http://$address/metrics?[1-40]" 2>err &&
	for copy in all-*; do
		cmp body "$copy" || return
	done && test -e all-40
'
# It looks for whom to ask every five seconds, so it is started early.
if command -v prometheus >/dev/null; then
	# It takes no port 0: one that is free now.
	url=http://127.0.0.1:$(python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
	expect_success 'a Prometheus is told of a second one' '
		spawn pulled cheapster-sink-prometheus --name=pulled \
			"?listen=127.0.0.1:0&stale=1h" &&
		cat >config.yml <<-X &&
		global: {scrape_interval: 500ms, scrape_timeout: 500ms}
		scrape_configs:
		- job_name: cheapster
		  static_configs:
		  - targets: ["$(address_of pulled prometheus_listening)"]
		X
		spawn_raw prometheus prometheus --config.file=config.yml \
			--storage.tsdb.path="$scratch/data" \
			--web.listen-address="${url#http://}" \
			--web.enable-remote-write-receiver \
			--scrape.discovery-reload-interval=50ms
	'
fi
if command -v promtool >/dev/null; then
	expect_success 'promtool finds nothing to say about it' '
		promtool check metrics <body >out 2>&1 && cat out &&
		test ! -s out
	'
else
	skip 'promtool finds nothing to say about it' 'needs promtool'
fi
expect_success 'after kill -9 it soon has them again' '
	publish 2 4 6 8 && wait_for "has 9" && mv body want &&
	wait_for "grep -q . \"$STATE_DIRECTORY/sink-prometheus.cursor\"" &&
	kill9 sink && sink && wait_for "has 9" && cmp body want &&
	stop sink && log_is_clean sink
'
# shows REGEX: a line of the answer.
shows () {
	ask >body && grep -q "$1" body
}
expect_success 'filters, further labels, no timestamps, another path' '
	rm "$STATE_DIRECTORY/sink-prometheus.cursor" &&
	sink "timestamps=false&metrics=memory/usage&types=pod&cluster=c&labels=uid" &&
	wait_for "shows pod" && grep -v "^#" body >got &&
	echo "heapster_memory_usage_bytes{cluster=\"c\",label_team=\"x\",namespace=\"default\",node=\"n1\",pod=\"web\",type=\"pod\",uid=\"u1\"} 110" |
		cmp - got &&
	stop sink && log_is_clean sink
'
expect_success 'a node that says no more disappears' '
	rm -f "$STATE_DIRECTORY/sink-prometheus.cursor" &&
	spawn sink cheapster-sink-prometheus "?listen=127.0.0.1:0&stale=$((3 * slowness))s" &&
	address=$(address_of sink prometheus_listening) &&
	begin=$(date +%s) && publish 0 && wait_for "shows ^heapster" &&
	wait_for "ask >body && test ! -s body" && stop sink
'
expect_success 'what would take more memory than it may is not shown' '
	rm -f "$STATE_DIRECTORY/sink-prometheus.cursor" &&
	sink "memory=1000" &&
	wait_for "grep -q \"warning frame_dropped.*memory\" sink.log" &&
	wait_for "shows cluster" && ! grep node= body && stop sink
'
expect_success 'who asks for nothing is sent away' '
	sink "timeout=500ms" && python3 -c "
import socket, sys
host, port = sys.argv[1].split(\":\")
all = [socket.create_connection((host, int(port))) for i in range(40)]
assert all[0].recv(1) == b\"\"" "$address" && ask && stop sink
'
expect_success 'forty who say nothing, or ask and stay, keep nobody out' '
	sink && python3 - "$address" <<-X &&
	import socket, sys, time
	host, port = sys.argv[1].split(":")
	ask = b"GET /metrics HTTP/1.0\r\n\r\n"
	def connect():
	    return socket.create_connection((host, int(port)), timeout=20)
	silent = [connect() for i in range(20)]
	staying = [connect() for i in range(20)]
	for s in staying:
	    s.sendall(ask)
	began = time.monotonic()
	s = connect()
	s.sendall(ask)
	assert b"memory" in s.recv(1000)
	print(time.monotonic() - began)
	X
	stop sink
'
expect_success 'who has asked may close his side' '
	sink && python3 - "$address" <<-X >got &&
	import socket, sys
	host, port = sys.argv[1].split(":")
	s = socket.create_connection((host, int(port)))
	s.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
	s.shutdown(socket.SHUT_WR)
	sys.stdout.write(s.makefile().read())
	X
	ask >want && sed "1,/^\r*\$/d" got | cmp - want && stop sink
'
expect_success 'what cannot work is said' '
	for bad in "?timestamps=maybe" "?labels=node" "?memory=x" "ftp://h" \
		"?timeout=0s" "?listen=9102"; do
		must_fail 78 cheapster-sink-prometheus --check "$bad" 2>err &&
		cat err && grep -q check_failed err || return
	done &&
	sink && must_fail 69 cheapster-sink-prometheus --check "$address" 2>err &&
	grep "check_failed.*in use" err && stop sink &&
	cheapster-sink-prometheus --check "$address"
'

if ! command -v prometheus >/dev/null; then
	skip 'a Prometheus has what it was sent' 'needs prometheus'
	skip 'and what it has come for' 'needs prometheus'
	skip 'and what comes later, with odd names, both ways' \
		'needs prometheus'
else
has_all () {
	python3 "$top_srcdir/t/bin/check-prometheus.py" published "$url" "$1"
}
expect_success 'a Prometheus has what it was sent' '
	wait_for "test \"\$(http_code $url/-/ready)\" = 200" &&
	cheapster-sink-remote-write --check "$url?cluster=pushed" &&
	spawn remote cheapster-sink-remote-write \
		"$url?cluster=pushed&batchdelay=20ms" &&
	wait_for "has_all pushed >/dev/null" && has_all pushed
'
expect_success 'and what it has come for' '
	wait_for "has_all pulled >/dev/null" && has_all pulled
'
# With all that names may have in them.
odd_names () {
	python3 -c 'import json, sys
for line in sys.stdin:
    frame = json.loads(line)
    for pod in frame["node"].get("pods", []):
        pod["name"] += "\\ \n\" {x=1},# \u2603./" + 220 * "0"
        pod["stored"] = {"a.b/\u2603": "\n\\n\"", "labels": "\t"}
    print(json.dumps(frame))'
}
expect_success 'and what comes later, with odd names, both ways' '
	n=$(grep -c "\"kind\":\"rollup\"" published) &&
	frames 2 | odd_names | cheapster-pub &&
	wait_for "is_published $((n + 2))" &&
	wait_for "has_all pushed >/dev/null" && has_all pushed &&
	wait_for "has_all pulled >/dev/null" && has_all pulled &&
	stop remote && log_is_clean remote && stop pulled &&
	log_is_clean pulled && stop prometheus
'
fi
expect_success 'all of it ends in peace' '
	stop tap && stop aggregator && log_is_clean aggregator
'
done_testing
