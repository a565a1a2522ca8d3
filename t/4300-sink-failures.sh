#!/bin/sh
# SPDX-License-Identifier: ISC
# Whatever a back end does, each sink loses nothing, sends no other point than
# it was given, and shows no secret; of influxdb 4131 shows that.
. "$(dirname "$0")/lib.sh"
prereq python3

export PASSWORD=geheim
n_nodes=2
each=12		# points of a window: 2 nodes with 5 pods
windows=0	# published
refused=0	# windows that the server refused

# pub: what publish() writes to, as long as it lives.
pub () {
	spawn_raw pub sh -c "exec cheapster-pub <$scratch/in" && exec 8>in
}
# publish N [BYTES]: so many windows more, with labels of so many bytes.
publish () {
	windows=$((windows + $1)) &&
	python3 - $((windows - $1)) "$1" "${2:-1}" $n_nodes >&8 <<'PYTHON'
import json, sys
first, n, size, n_nodes = (int(a) for a in sys.argv[1:])
for window in range(first, first + n):
    head = {"v": 1, "window_us": (1700000000 + window) * 1000000,
            "resolution_us": 1000000, "collector": "c1"}
    names = ["n%d" % i for i in range(n_nodes)]
    print(json.dumps(dict(head, kind="roster", nodes=names)))
    for name in names:
        pods = [{"namespace": "default", "name": "p%d" % i, "uid": "u%d" % i,
                 "namespace_id": "d", "values": [window + i], "containers": []}
                for i in range(5)]
        print(json.dumps(dict(head, kind="node", metrics=["memory/usage"],
                              node={"name": name, "values": [window],
                                    "pods": pods, "labels": "x" * size})))
PYTHON
}
server () {
	spawn_raw server python3 "$top_srcdir/t/bin/$receiver" \
		"$scratch/port" "$scratch" && wait_for "test -s port"
}
mode () {
	echo "$*" >mode.new && mv mode.new mode
}
# sink: with a password, in small requests.
sink () {
	spawn sink "$program" --name="$name" -v \
		"$scheme://127.0.0.1:$(cat port)?pw=topsecret&batch=5&types=node,pod&$(
		)batchdelay=20ms&timeout=400ms$more"
}
n_taken () {
	sort -u taken 2>/dev/null | wc -l
}
# is_all_taken: each point of each window, but for what was refused.
is_all_taken () {
	test "$(n_taken)" -eq $((each * (windows - refused)))
}
n_asked () {
	{ grep -c " $1 " asked || true; } 2>/dev/null
}
is_asked () {
	test "$(n_asked "$1")" -gt "$2"
}
is_said () {
	grep -q "warning write_failed" sink.log
}
# Counters are in the log a moment after they were asked for.
is_refused () {
	kill -USR1 "$(pid sink)" && sleep 0.02 &&
	test "$(log_value sink points_refused)" = $each
}
shows_no_secret () {
	! grep "topsecret" sink.log sink.out &&
	! grep "topsecret" "/proc/$(pid sink)/cmdline"
}

# comes_later MODE...: a window that is published meanwhile.
comes_later () {
	expect_success "$name: $*: all of it comes later" "
		n=\$(n_asked '[a-z0-9-]*') && mode '$*' && publish 1 &&
		wait_for is_asked '[a-z0-9-]*' \$n && mode ok &&
		wait_for is_all_taken
	"
}

expect_success 'an aggregator, and somebody who publishes' '
	mkfifo in && pub && spawn aggregator cheapster-aggregator
'

# survives NAME PROGRAM RECEIVER SCHEME [OPTIONS]: all that HTTP can do to it.
survives () {
	name=$1
	program=$2
	receiver=$3
	scheme=$4
	more=$5
	refused=0
	rm -f taken asked port
	expect_success "$name: when all is well it has each point once" '
		mode ok && server && sink && publish 1 &&
		wait_for is_all_taken && test "$(sort taken | uniq -d)" = ""
	'
	for _mode in "status 500 broken" "status 503" "status 429" "status 401" \
		"retry-after 1" hang close reset truncated garbage "slow 0.2"; do
		comes_later "$_mode"
	done
	expect_success "$name: and nothing came twice" '
		test "$(sort taken | uniq -d)" = "" &&
		test "$(grep -c "warning write_failed" sink.log)" -ge 5
	'
	comes_later swallow
	expect_success "$name: what is refused is given up, once, and said" '
		mode status 400 "bad" && publish 1 && refused=1 &&
		wait_for is_refused && mode ok && publish 1 && wait_for is_all_taken &&
		test "$(grep -c "warning request_refused.*400" sink.log)" -eq 1 &&
		stop sink && sink
	'	# what was refused is behind the cursor now, whoever is killed
	dies
}

# dies: the server and the sink, each in mid-batch.
dies () {
	expect_success "$name: its server is killed and comes back" '
		kill9 server && publish 3 && wait_for is_said && server &&
		wait_for is_all_taken
	'
	expect_success "$name: it is killed in mid-batch" '
		for _i in 1 2 3; do
			n=$(n_asked 204) && mode slow 0.05 && publish 3 &&
			wait_for is_asked 204 $((n + _i)) && kill9 sink && sink ||
			return
		done && mode ok && wait_for is_all_taken
	'
	expect_success "$name: shows no secret, and ends with all of it" '
		shows_no_secret && stop sink && is_all_taken && stop server 143
	'
}

survives opentsdb cheapster-sink-opentsdb fake-receiver.py http '&user=u'
survives remote-write cheapster-sink-remote-write fake-receiver.py http '&user=u'

# Lines by TCP: nobody answers, so it is what the peer's kernel has taken.
name=graphite program=cheapster-sink-graphite receiver=fake-lines.py scheme=tcp
more="" refused=0
rm -f taken asked port
expect_success 'graphite: when all is well it has each point once' '
	mode ok && server && sink && publish 1 && wait_for is_all_taken &&
	test "$(sort taken | uniq -d)" = ""
'
expect_success 'graphite: slow is no failure' '
	mode slow && publish 20 && wait_for is_all_taken && mode ok &&
	! is_said && test "$(sort taken | uniq -d)" = ""
'
expect_success 'graphite: a peer that reads nothing is left, and gets it later' '
	mode hang && publish 1500 && wait_for is_said && mode ok &&
	wait_for is_all_taken && grep "write_failed.*takes no more" sink.log
'
expect_success 'graphite: its server is killed and comes back' '
	kill9 server && n=$(grep -c write_failed sink.log) && publish 3 &&
	wait_for "test \$(grep -c write_failed sink.log) -gt $n" && server &&
	wait_for is_all_taken
'
expect_success 'graphite: it is killed in mid-batch' '
	stop sink && sink && for _i in 1 2 3; do
		n=$(n_taken) && mode slow && publish 30 &&
		wait_for "test \$(n_taken) -gt $n" && kill9 sink && mode ok &&
		sink && wait_for is_all_taken || return
	done
'
expect_success 'graphite: and it ends with all of it' '
	shows_no_secret && stop sink && is_all_taken && stop server 143
'

# With a ring that is too small.
expect_success 'a back end that was away for longer than the ring lasts' '
	stop pub && stop aggregator && windows=0 && refused=0 &&
	rm -f taken asked port "$STATE_DIRECTORY"/* &&
	name=late program=cheapster-sink-opentsdb receiver=fake-receiver.py &&
	scheme=http && pub && mode ok && server &&
	spawn aggregator cheapster-aggregator --journal-bytes=64Ki &&
	sink && publish 1 && wait_for is_all_taken && stop sink &&
	mode status 503 && sink && publish 1 && wait_for is_said && kill9 sink &&
	publish 500
'
expect_success 'loses what has fallen off, which is said and counted' '
	wait_for "kill -USR1 $(pid aggregator) && sleep 0.02 &&
		test \"\$(log_value aggregator lines_published)\" = $((502 * 3))" &&
	mode ok && sink && wait_for "grep -q \" 1700000501,\" taken" &&
	stop sink && grep "warning lines_lost n=" sink.log &&
	lost=$(log_value sink lines_lost) && test "$lost" -gt 600 &&
	got=$(log_value sink lines_received) && echo "$lost + $got" &&
	had=$(($(log_value sink from_seq) - 1)) &&
	test $((had + lost + got)) -eq $((502 * 3))
'
expect_success 'a sink that waits does so in bounded memory' '
	mode status 503 && sink && publish 1 && wait_for is_said &&
	for _i in 1 2 3 4 5 6; do
		publish 400 20000
	done &&
	wait_for "kill -USR1 $(pid aggregator) && sleep 0.02 &&
		test \"\$(log_value aggregator lines_published)\" = \
			$((windows * 3))" &&
	grep -h VmHWM "/proc/$(pid sink)/status" \
		"/proc/$(pid aggregator)/status" &&
	{ test "$slowness" -gt 1 ||
		test "$(sed -n "s/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p" \
			"/proc/$(pid sink)/status")" -lt 100000; } &&
	mode ok && wait_for "grep -q \" $((1700000000 + windows - 1)),\" taken" &&
	stop sink && stop server 143
'

expect_success 'all ends in peace' '
	stop pub && stop aggregator && log_is_clean aggregator
'
done_testing
