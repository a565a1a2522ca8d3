#!/bin/sh
# SPDX-License-Identifier: ISC
# OTLP to a server that does as a Collector does, or does not.
. "$(dirname "$0")/lib.sh"
. "$top_srcdir/t/published.sh"
prereq python3

mode () {
	echo "$*" >mode
}
again () {
	rm -f taken asked headers
}
# sink NAME [OPTIONS]: it sends what the aggregator has to the server.
sink () {
	spawn sink cheapster-sink-otlp --name="$1" \
		"http://127.0.0.1:$(cat port)?batchdelay=20ms&$2"
}
# is_taken ENCODING: all points, once each.
is_taken () {
	test -s taken &&
	python3 "$top_srcdir/t/bin/check-otlp.py" published taken "$1"
}
# asked N WHAT: at least N requests with points had that answer.
asked () {
	test -s asked && test "$(grep -c "^[0-9.]* /v1/metrics $2 " asked)" -ge "$1"
}

expect_success 'frames are published, and a server' '
	spawn aggregator cheapster-aggregator &&
	spawn tap cheapster-tap --json --replay && ln -s tap.out published &&
	cheapster-pub <"$top_srcdir/t/data/tools/frames.txt" &&
	wait_for "is_published 2" &&
	spawn_raw server python3 "$top_srcdir/t/bin/fake-receiver.py" \
		"$scratch/port" "$scratch" && wait_for "test -s port" && mode ok
'
expect_success 'all points arrive as protobuf' '
	cheapster-sink-otlp --check "http://127.0.0.1:$(cat port)" && again &&
	sink proto && wait_for "is_taken proto >/dev/null" && is_taken proto &&
	stop sink && log_is_clean sink &&
	grep -i "^content-type: application/x-protobuf" headers &&
	test "$(log_value sink points_sent)" -eq "$(is_taken proto |
		sed -n "s/ points//p")"
'
expect_success 'or as JSON, compressed' '
	cheapster-sink-otlp --check \
		"http://127.0.0.1:$(cat port)?encoding=json" && again &&
	sink json "encoding=json&gzip=true" &&
	wait_for "is_taken json >/dev/null" && is_taken json &&
	stop sink && log_is_clean sink &&
	grep -i "^content-type: application/json" headers &&
	grep -i "^content-encoding: gzip" headers
'
expect_success 'in small requests, wherever they are cut' '
	again && sink small "batch=2" && wait_for "is_taken proto >/dev/null" &&
	is_taken proto && stop sink && asked 10 204 &&
	test "$(log_value sink requests_sent)" -eq "$(grep -c . asked)"
'
expect_success 'what is too large is cut until it is not' '
	again && mode large 2000 && sink large &&
	wait_for "is_taken proto >/dev/null" && is_taken proto && asked 1 413 &&
	stop sink && log_is_clean sink && mode ok
'
expect_success 'with headers from the environment, which nobody sees' '
	again && OTLP_HEADERS="api-key=geheim%20nis,x-team=a" &&
	export OTLP_HEADERS && sink headers "headers-env=OTLP_HEADERS" &&
	wait_for "is_taken proto >/dev/null" &&
	grep "^api-key: geheim nis" headers && grep "^x-team: a" headers &&
	! grep geheim sink.log && stop sink && ! grep geheim sink.log
'
expect_success 'or a token from a file, which may be a new one' '
	again && mode status 401 && echo old >token &&
	sink token "token-file=$scratch/token" && wait_for "asked 1 status" &&
	echo new >token && wait_for "grep \"Bearer new\" asked" && mode ok &&
	wait_for "is_taken proto >/dev/null" && stop sink &&
	! grep -E "old|new" sink.log
'
expect_success 'points that it rejects are counted, and said once' '
	again && mode status 200 "{\"partialSuccess\":{\"rejectedDataPoints\":\"1\",\"errorMessage\":\"too old\"}}" &&
	sink partial "encoding=json&batch=3" &&
	wait_for "test -s \"$STATE_DIRECTORY/sink-partial.cursor\"" &&
	stop sink && mode ok && n=$(grep -c . asked) && test "$n" -gt 3 &&
	test "$(grep -c "points_refused.*too old" sink.log)" -eq 1 &&
	test "$(log_value sink points_refused)" -eq "$n" &&
	test "$(log_value sink requests_failed)" -eq 0 &&
	log_is_clean sink points_refused
'
expect_success 'what it only warns of is said, and not counted' '
	again && mode status 200 "{\"partialSuccess\":{\"errorMessage\":\"odd unit\"}}" &&
	sink warning "encoding=json&batch=3" &&
	wait_for "test -s \"$STATE_DIRECTORY/sink-warning.cursor\"" &&
	stop sink && mode ok &&
	test "$(grep -c "server_warning.*odd unit" sink.log)" -eq 1 &&
	test "$(log_value sink points_refused)" -eq 0
'

# comes_again MODE ERROR: the points come when the server is well.
comes_again () {
	_args=$1
	_error=$2
	expect_success "$1: it is said once, and the points come later" '
		again && mode $_args && sink "$(echo "$_args" | tr -c a-z0-9 -)" &&
		wait_for asked 2 "[a-z-]*" &&
		wait_for "grep -q \"warning write_failed attempts=1 .*$_error\" \
			sink.log" &&
		mode ok && wait_for "is_taken proto >/dev/null" &&
		wait_for "grep -q \"info write_succeeded\" sink.log" &&
		stop sink && test "$(grep -c write_failed sink.log)" -eq 1 &&
		log_is_clean sink write_failed
	'
}
comes_again 'status 503' 'HTTP status 503'
comes_again 'status 429' 'HTTP status 429'
comes_again 'status 200 <html>' 'no answer to it'
comes_again 'reset' 'write: '

expect_success 'Retry-After is kept to' '
	again && mode retry-after 1 && sink patient &&
	wait_for "asked 1 retry-after" && mode ok &&
	wait_for "is_taken proto >/dev/null" && stop sink &&
	awk "{ if (n++) exit \$1 - last < 0.9; last = \$1 }" asked
'
for status in 400 404 500; do
	expect_success "status $status: they are given up, with the reason" '
		again && mode status $status "{\"message\":\"bad point\"}" &&
		sink "refused-$status" && wait_for "test -s \
			\"$STATE_DIRECTORY/sink-refused-$status.cursor\"" &&
		stop sink && mode ok &&
		grep "request_refused.*status $status: bad point" sink.log &&
		test "$(log_value sink points_refused)" -gt 20 &&
		test "$(log_value sink points_sent)" -eq 0
	'
done
expect_success 'what cannot work is said' '
	for bad in "ftp://h" "?encoding=xml" "?headers=x" "?headers=a=%25zz" \
		"?token-file=/nowhere" "?rates=maybe"; do
		must_fail 78 cheapster-sink-otlp --check "$bad" 2>err &&
		cat err && grep -q check_failed err || return
	done &&
	must_fail 69 cheapster-sink-otlp --check http://127.0.0.1:1 2>err &&
	grep "check_failed.*onnect" err && mode status 200 "<html>" &&
	must_fail 69 cheapster-sink-otlp --check \
		"http://127.0.0.1:$(cat port)" 2>err &&
	grep "check_failed.*does not speak OTLP" err
'
expect_success 'all of it ends in peace' '
	stop tap && stop aggregator && log_is_clean aggregator &&
	stop server 143
'
done_testing
