#!/bin/sh
# SPDX-License-Identifier: ISC
# Sinks killed with -9 while they write to real servers: afterwards these have
# exactly the points that were published, each once.
. "$(dirname "$0")/lib.sh"
prereq curl python3

n_kills=3
windows=0

free_ports () {
	python3 -c 'import socket
all = [socket.socket() for i in range(3)]
for s in all:
    s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in all))'
}
# publish N: so many windows more, a second each.
publish () {
	windows=$((windows + $1)) &&
	python3 - $((windows - $1)) "$1" >&8 <<'PYTHON'
import json, sys
first, n = int(sys.argv[1]), int(sys.argv[2])
for window in range(first, first + n):
    head = {"v": 1, "window_us": (1700000000 + window) * 1000000,
            "resolution_us": 1000000, "collector": "c1"}
    print(json.dumps(dict(head, kind="roster", nodes=["n1", "n2"])))
    for name in "n1", "n2":
        pods = [{"namespace": "default", "name": "p%d-%s" % (i, name),
                 "uid": "u%d" % i, "namespace_id": "d",
                 "values": [window * 1000000, window + i], "containers": []}
                for i in range(8)]
        print(json.dumps(dict(head, kind="node",
                              metrics=["cpu/usage", "memory/usage"],
                              node={"name": name, "pods": pods,
                                    "values": [window * 3000000, window]})))
PYTHON
}
has_rollups () {
	test "$(grep -c '"kind":"rollup"' tap.out)" -eq "$windows"
}
# killed COMMAND...: in the middle of what is published, again and again.
killed () {
	for _i in $(seq $n_kills); do
		spawn sink "$@" && publish 6 || return
		# Any moment will do; a little later each time.
		sleep "0.0$_i" && kill9 sink || return
	done
	spawn sink "$@" && wait_for has_rollups
}

expect_success 'a pipeline' '
	mkfifo in && spawn_raw pub sh -c "exec cheapster-pub <$scratch/in" &&
	exec 8>in &&
	spawn aggregator cheapster-aggregator --spool="$scratch/spool" &&
	spawn tap cheapster-tap --json --replay
'

if command -v influxd >/dev/null; then
	influxd_starts () {
		cat >influxd.conf <<-EOF &&
		reporting-disabled = true
		bind-address = "127.0.0.1:0"
		[meta]
		  dir = "$scratch/influx/meta"
		[data]
		  dir = "$scratch/influx/data"
		  wal-dir = "$scratch/influx/wal"
		[http]
		  bind-address = "${influxd:-127.0.0.1:0}"
		  log-enabled = false
		[monitor]
		  store-enabled = false
		EOF
		spawn_raw influxd influxd -config "$scratch/influxd.conf" &&
		wait_for "grep -q \"Listening on HTTP\" influxd.log" &&
		influxd=$(sed -n \
		    "s/.*Listening on HTTP.*addr=\([0-9.:]*\).*/\1/p" influxd.log)
	}
	influxd_has_all () {
		python3 "$top_srcdir/t/bin/check-influxdb.py" tap.out \
			"http://$influxd" u p k8s
	}
	expect_success "InfluxDB: the sink is killed $n_kills times" '
		influxd_starts && killed cheapster-sink-influxdb \
			"http://$influxd?batch=20&batchdelay=5ms" &&
		wait_for "influxd_has_all >/dev/null" && influxd_has_all
	'
	expect_success 'InfluxDB: and so is the server, in mid-batch' '
		for _i in 1 2; do
			publish 10 && kill9 influxd && publish 10 &&
			wait_for has_rollups && influxd_starts || return
		done && wait_for "influxd_has_all >/dev/null" &&
		influxd_has_all && stop sink &&
		log_is_clean sink write_failed && kill9 influxd
	'
else
	skip 'InfluxDB' 'needs influxd'
fi

# victoria KIND PROGRAM URI: the same for VictoriaMetrics, which keeps a sample
# that comes again once if told so.
victoria () {
	kind=$1
	program=$2
	uri=$3
	expect_success "$1 to VictoriaMetrics: the sink is killed $n_kills times" '
		spawn_raw victoria victoria-metrics \
			-storageDataPath="$scratch/$kind" -retentionPeriod=100y \
			-search.latencyOffset=0s -dedup.minScrapeInterval=1ms \
			-httpListenAddr="127.0.0.1:$http" \
			-graphiteListenAddr="127.0.0.1:$graphite" \
			-opentsdbHTTPListenAddr="127.0.0.1:$opentsdb" &&
		wait_for "test \"\$(http_code http://127.0.0.1:$http/health)\" = 200" &&
		killed "$program" --name="$kind" "$uri" &&
		wait_for "victoria_has_all >/dev/null" && victoria_has_all &&
		stop sink && log_is_clean sink && stop victoria
	'
}
victoria_has_all () {
	python3 "$top_srcdir/t/bin/check-victoria.py" tap.out \
		"http://127.0.0.1:$http" "$kind"
}

if command -v victoria-metrics >/dev/null; then
	read -r http graphite opentsdb <<-EOF
	$(free_ports)
	EOF
	victoria opentsdb cheapster-sink-opentsdb \
		"http://127.0.0.1:$opentsdb?batch=20&batchdelay=5ms"
	victoria prometheus cheapster-sink-remote-write \
		"http://127.0.0.1:$http?rates=true&cluster=c&$(
		)labels=host,uid,image&batch=20&batchdelay=5ms"
	victoria graphite cheapster-sink-graphite \
		"tcp://127.0.0.1:$graphite?tags=true&batchdelay=5ms"
else
	skip 'VictoriaMetrics' 'needs victoria-metrics'
fi

expect_success 'all ends in peace' '
	stop tap && stop pub && stop aggregator && log_is_clean aggregator
'
done_testing
