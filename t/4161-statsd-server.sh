#!/bin/sh
# SPDX-License-Identifier: ISC
# A real StatsD, Etsy's, from npm: its gauges are what the aggregator has
# published.  It is kept in the build directory.
. "$(dirname "$0")/lib.sh"
. "$top_srcdir/t/published.sh"
prereq node python3

modules=$top_builddir/t/npm/node_modules
port=
install_statsd () {
	test -f "$modules/statsd/stats.js" && return
	command -v npm >/dev/null || skip_all 'needs npm, to install statsd'
	timeout 60 npm install --prefix "$top_builddir/t/npm" --no-audit \
		--no-fund --omit=optional statsd@0.9.0 >npm.log 2>&1 </dev/null &&
		test -f "$modules/statsd/stats.js" && return
	grep -m 1 'error' npm.log | sed 's/^/# /'
	skip_all 'npm could not install statsd: is its registry there?'
}
install_statsd

free_port () {
	python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}
start_statsd () {
	rm -f gauges && cat >statsd.js <<-EOF &&
	{ port: $port, flushInterval: 200, gaugesFile: "$scratch/gauges",
	  address: "127.0.0.1", mgmt_address: "127.0.0.1", mgmt_port: 0,
	  deleteIdleStats: false,
	  backends: ["$top_srcdir/t/bin/statsd-gauges.js"],
	  servers: [{ server: "./servers/udp", address: "127.0.0.1",
	    port: $port }] }
	EOF
	spawn_raw statsd sh -c "cd \"$modules/statsd\" && exec node stats.js \
		\"$scratch/statsd.js\"" &&
	wait_for "test -s gauges"
}
all_is_there () {
	python3 "$top_srcdir/t/bin/check-statsd-server.py" published gauges
}
sink () {
	spawn sink cheapster-sink-statsd --name="$1" \
		"udp://127.0.0.1:$port?batchdelay=20ms"
}

expect_success 'frames are published' '
	spawn aggregator cheapster-aggregator &&
	spawn tap cheapster-tap --json --replay && ln -s tap.out published &&
	cheapster-pub <"$top_srcdir/t/data/tools/frames.txt" &&
	wait_for "is_published 1"
'
expect_success 'StatsD has a gauge for every point' '
	port=$(free_port) && start_statsd &&
	cheapster-sink-statsd --check "127.0.0.1:$port" && sink real &&
	wait_for "all_is_there >/dev/null" && all_is_there &&
	stop sink && log_is_clean sink
'
expect_success 'also when it comes later' '
	stop statsd && sink late &&
	wait_for "grep -q \"warning write_failed.*refused\" sink.log" &&
	start_statsd && wait_for "all_is_there >/dev/null" && all_is_there &&
	stop sink && log_is_clean sink write_failed
'
expect_success 'all of it ends in peace' '
	stop tap && stop aggregator && log_is_clean aggregator && stop statsd
'
done_testing
