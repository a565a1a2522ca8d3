#!/bin/sh
# SPDX-License-Identifier: ISC
# A kubelet that fails, whatever it says, costs only its own frame.
. "$(dirname "$0")/lib.sh"
prereq python3 jq

# source QUERY: node n0 with that misbehaviour.
# shellcheck disable=SC2154
source () {
	echo "--source=kubelet:$kubelet/n0/stats/summary?$1"
}
# frames KIND: how many the sink has kept.
frames () {
	grep -c "\"kind\":\"$1\"" "$scratch/frames"
}
# collect SOURCE...: a collector of these and of the healthy n1, until n1 has
# answered twice more.
collect () {
	: >"$scratch/frames" &&
	spawn col cheapster-collector --name=test --max-body=100000 \
		--metric-resolution=$((400 * slowness))ms \
		--scrape-timeout=$((300 * slowness))ms "$@" \
		"--source=kubelet:$kubelet/n1/stats/summary" &&
	wait_for 'test "$(frames node)" -ge 3' &&
	wait_for 'test "$(frames failed)" -ge 1' &&
	stop col
}

expect_success 'a pipeline runs' '
	spawn_raw kubelet python3 "$top_srcdir/t/bin/fake-kubelet.py" \
		--port-file "$scratch/port" 2 &&
	wait_for "test -s $scratch/port" &&
	kubelet=http://127.0.0.1:$(cat "$scratch/port") &&
	: >"$scratch/frames" &&
	spawn agg cheapster-aggregator &&
	spawn sink cheapster-sink-exec "$top_srcdir/t/bin/keep-frames.py" \
		"$scratch/frames"
'

# fails TITLE ERROR QUERY
fails () {
	_error=$2
	_query=$3
	expect_success "$1" '
		collect "$(source "$_query")" &&
		jq -n -e "[inputs | select(.kind == \"failed\").error |
			test(\"$_error\")] | all" frames &&
		jq -n -e "[inputs | select(.kind == \"node\").node.name] |
			unique == [\"n1\"]" frames &&
		test "$(grep -c "warning scrape_failed" col.log)" -eq 1 &&
		grep -q "scrape_failed node=.* error=" col.log &&
		failed=$(log_value col scrapes_failed) && test "$failed" -ge 1 &&
		log_is_clean col "scrape_failed"
	'
}
deep=$(python3 -c 'print("[" * 500)')
fails 'garbage' 'json: ' 'body=garbage'
fails 'nothing at all' 'json: ' 'truncate=0'
fails 'a truncated body' 'json: ' 'truncate=2000'
fails 'an oversized body' 'larger than 100000 bytes' 'pad=200000'
fails 'deep nesting' 'json: ' "body={\"node\":$deep"
fails 'wrong types' 'json: ' 'body={"node":{"cpu":{"time":7}}}'
fails 'an integer beyond 64 bits' 'json: ' \
	'body={"node":{"memory":{"usageBytes":18446744073709551616}}}'
fails 'invalid UTF-8' 'json: ' 'body={"node":{"nodeName":"%25ff"}}'
fails 'an escape that is none' 'json: ' 'body={"node":{"nodeName":"%255cx"}}'
fails 'a time that is none' 'time' \
	'body={"node":{"startTime":"yesterday"}}'
fails 'no node' 'node' 'body={}'
fails 'HTTP status 500' 'HTTP status 500' 'status=500'
fails 'an answer that does not come' 'imed? ?out|imeout' 'hang'
fails 'a connection that is closed' '.' 'refuse'

expect_success 'a refused connection' '
	collect --source=kubelet:http://127.0.0.1:1 &&
	grep -q "scrape_failed node=.*error=.*onnect" col.log
'
expect_success 'one that recovers is said to' '
	port=$(cat "$scratch/port") && kill9 kubelet &&
	: >frames &&
	spawn col cheapster-collector --metric-resolution=200ms \
		"--source=kubelet:$kubelet/n1/stats/summary" &&
	wait_for "grep -q scrape_failed col.log" &&
	sed "s/(\"127.0.0.1\", 0)/(\"127.0.0.1\", $port)/" \
		"$top_srcdir/t/bin/fake-kubelet.py" >again.py &&
	spawn_raw kubelet python3 again.py --port-file "$scratch/port" 2 &&
	wait_for "grep -q \"scrape_succeeded node=\" col.log" &&
	wait_for "test \$(frames node) -ge 1" &&
	stop col
'
expect_success 'five seconds are a resolution' '
	cheapster-collector --check --metric-resolution=5s \
		--source=kubelet:http://127.0.0.1:10255
'
expect_success 'bad flags are one line and exit 64' '
	for flag in --source=nonsense: --source=kubelet:ftp://x --source=local:x \
		--source=kubelet:http://host --source=kubelet:http:// \
		--metric-resolution=1 --metric-resolution=5ms --max-body=x \
		--nonsense operand; do
		must_fail 64 cheapster-collector $flag 2>err &&
		test "$(wc -l <err)" -eq 1 || { echo "$flag"; cat err; return 1; }
	done
'
expect_success 'everything stops' 'stop sink && stop agg'
done_testing
