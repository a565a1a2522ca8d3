#!/bin/sh
# SPDX-License-Identifier: ISC
# Events in a Riemann, all of them, whatever it does.  No Riemann is to be had:
# the server is a fake.
. "$(dirname "$0")/lib.sh"
prereq python3 openssl

# sink NAME [OPTIONS]
sink () {
	spawn sink cheapster-sink-riemann --name="$1" \
		"$scheme://127.0.0.1:$(cat port)?batchdelay=20ms&host=machine&$2"
}
mode () {
	echo "$*" >mode
}
again () {
	rm -f events asked
}
# start_server [CERT KEY]
start_server () {
	rm -f port && spawn_raw server python3 \
		"$top_srcdir/t/bin/fake-riemann.py" "$scratch/port" \
		"$scratch" "$@" && wait_for "test -s port"
}
all_is_there () {
	test -s events && python3 "$top_srcdir/t/bin/check-riemann.py" \
		published events
}
# is_whole: the events are those that were found to be right, once each.
is_whole () {
	test -s events && sort events >got && cmp -s want got
}
scheme=tcp

expect_success 'what cannot work is said' '
	for bad in "tcp://h?ttl=x" "tcp://h?ttl=-1" "tcp://h?batchsize=x" \
		"tcp://h?batchsize=0" "tcp://h?timeout=0s" "tls://h?cert=x" \
		"tcp://h?micros=maybe" "tcp://h?insecure=x" \
		"tcp://h?giveup=x"
	do
		must_fail 78 cheapster-sink-riemann --check "$bad" 2>err &&
		cat err && grep -q check_failed err || return
	done &&
	must_fail 69 cheapster-sink-riemann --check tcp://127.0.0.1:1 2>err &&
	cat err && grep "check_failed.*127.0.0.1:1.*onnect" err
'
expect_success 'frames are on the bus, and a server' '
	mode ok && start_server &&
	spawn aggregator cheapster-aggregator &&
	spawn tap cheapster-tap --json --replay && ln -s tap.out published &&
	cheapster-pub <"$top_srcdir/t/data/tools/frames.txt" &&
	wait_for "grep -q rollup published" &&
	cheapster --bin-dir="$top_builddir" --source=local: --check \
		--sink="riemann:http://127.0.0.1:$(cat port)?ttl=120&tags=a" \
		2>err && grep "check_ok name=sink-riemann" err
'
expect_success 'all points are there, in few messages' '
	again && sink ok && wait_for "all_is_there >/dev/null" &&
	all_is_there && stop sink && log_is_clean sink &&
	test "$(wc -l <asked)" -le 5 && sort events >want &&
	test "$(log_value sink points_sent)" -eq "$(wc -l <want)"
'
expect_success 'or in many; state, ttl and tags go along' '
	again && sink small "batchsize=7&ttl=1.5&state=ok&tags=a&tags=b,c&micros=1" &&
	wait_for "all_is_there >/dev/null" && stop sink && log_is_clean sink &&
	test "$(wc -l <asked)" -gt 5 && ! grep -v "^ok [1-7]\$" asked &&
	! grep -v "\"state\": \"ok\", \"tags\": \[\"a\", \"b,c\"\], .*\"ttl\": 1.5" \
		events && grep "\"micros\": 1700000000000000" events
'
expect_success 'the ttl is a minute, the tag heapster, or nothing' '
	! grep -v "\"tags\": \[\"heapster\"\], .*\"ttl\": 60.0" want &&
	again && sink bare "ttl=0" && wait_for "all_is_there >/dev/null" &&
	stop sink && ! grep "ttl\|state\|micros" events
'

# comes_again MODE ERROR [OPTIONS]: the points come when the server is well.
comes_again () {
	_args=$1
	_error=$2
	_options=$3
	expect_success "$1: \"$2\" is said, and the points come later" '
		again && mode $_args && sink "$(echo "$scheme $_args" | tr -c a-z0-9 -)" \
			"$_options" &&
		wait_for "grep -q \"warning write_failed attempts=1 .*$_error\" \
			sink.log" &&
		mode ok && wait_for is_whole &&
		wait_for "grep -q \"info write_succeeded\" sink.log" &&
		stop sink && log_is_clean sink write_failed
	'
}
comes_again 'close' 'closed the connection'
comes_again 'cut' 'closed the connection'
comes_again 'reset' '127.0.0.1'
comes_again 'hang' 'timed out without an answer' 'timeout=200ms'
comes_again 'garbage' 'none of Riemann'
comes_again 'huge' 'none of Riemann'
comes_again 'once error queue is full' 'write: queue is full'

expect_success 'an error that stays for a while costs no point' '
	again && mode error its back end is away && sink away &&
	wait_for "test -s asked && test \$(grep -c error asked) -ge 5" &&
	mode ok && wait_for is_whole &&
	wait_for "grep -q \"info write_succeeded\" sink.log" &&
	stop sink && log_is_clean sink write_failed
'

expect_success 'or is given up after three times, once' '
	again && mode error bad stream &&
	sink refused "batchsize=20&giveup=0s" &&
	wait_for "grep -q \"request_refused.*bad stream\" sink.log" &&
	mode ok && stop sink &&
	test "$(grep -c "request_refused" sink.log)" -eq 1 &&
	test "$(log_value sink points_refused)" -ge 1 &&
	test "$(log_value sink frames_dropped)" -eq 0 &&
	log_is_clean sink "write_failed|request_refused"
'
expect_success 'slow is no failure' '
	again && mode slow 0.3 && sink slow && wait_for is_whole && stop sink &&
	log_is_clean sink
'
expect_success 'a sink whose server hangs ends when told to' '
	again && mode hang && sink hung && wait_for "test -s asked" &&
	stop sink && ! test -e events
'
expect_success 'killed while it sends it loses nothing' '
	again && mode slow 0.2 && sink killed "batchsize=10" &&
	wait_for "test -s events" && kill9 sink && mode ok && sink killed &&
	wait_for "all_is_there >/dev/null" && stop sink
'
expect_success 'a server that was started anew is noticed before it is written to' '
	again && mode ok && sink anew &&
	wait_for "all_is_there >/dev/null" &&
	PORT=$(cat port) && export PORT && stop server 143 && start_server &&
	unset PORT && sed "s/170000000/170000010/g" \
		"$top_srcdir/t/data/tools/frames.txt" | cheapster-pub &&
	wait_for "test \$(grep -c rollup published) -ge 3" &&
	wait_for "all_is_there >/dev/null" && all_is_there && stop sink &&
	log_is_clean sink && test "$(log_value sink connections)" -eq 2 &&
	sort -u events >want
'

expect_success 'a server with a certificate of its own' '
	openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem \
		-out cert.pem -days 2 -subj /CN=receiver \
		-addext subjectAltName=DNS:receiver.example 2>openssl.log &&
	stop server 143 && start_server cert.pem key.pem && scheme=tls
'
expect_success 'is not believed' '
	must_fail 69 cheapster-sink-riemann --check \
		"tls://127.0.0.1:$(cat port)" 2>err && cat err &&
	grep "check_failed.*certificate" err
'
expect_success 'unless its CA and its name are given' '
	again && mode ok &&
	sink tls "ca=$scratch/cert.pem&servername=receiver.example" &&
	wait_for is_whole && stop sink && log_is_clean sink
'
comes_again 'close' 'closed the connection' 'insecure=1'
comes_again 'hang' 'timed out without an answer' 'insecure=1&timeout=200ms'
expect_success 'all of it ends in peace' '
	stop tap && stop aggregator && log_is_clean aggregator &&
	stop server 143
'
done_testing
