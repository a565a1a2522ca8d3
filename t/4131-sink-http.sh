#!/bin/sh
# SPDX-License-Identifier: ISC
# A server that takes points may do whatever it likes: each point arrives, or
# it is said why not, and the sink neither hangs nor shows a secret.
. "$(dirname "$0")/lib.sh"
prereq python3 openssl

# sink NAME [OPTIONS]: it sends what the aggregator has to the server.
sink () {
	spawn sink cheapster-sink-influxdb --name="$1" \
		"$scheme://127.0.0.1:$(cat port)?pw=secret&batchdelay=20ms&$2"
}
mode () {
	echo "$*" >mode.new && mv mode.new mode
}
# is_taken: all lines that there are, once each.
is_taken () {
	test -s taken && sort taken >got && cmp -s want got
}
again () {
	rm -f taken asked begun
}
# Who was killed may have left a slow request.
is_idle () {
	test "$(wc -l <begun)" -eq "$(wc -l <asked)"
}
# asked N STATUS: at least N requests with points had that answer.
asked () {
	test -s asked && test "$(grep -c " /write.* $2 " asked)" -ge "$1"
}
scheme=http

expect_success 'five frames are on the bus, and a server' '
	spawn aggregator cheapster-aggregator &&
	cheapster-pub <"$top_srcdir/t/data/tools/frames.txt" &&
	spawn_raw server python3 "$top_srcdir/t/bin/fake-receiver.py" \
		"$scratch/port" "$scratch" &&
	wait_for "test -s port"
'
# The database is asked for first, so the first request stands for all.
expect_success 'all of them are in one request' '
	mode ok && sink ok && wait_for "asked 1 204" && stop sink &&
	log_is_clean sink && sort taken >want && test "$(wc -l <want)" -gt 20 &&
	test "$(uniq -d want)" = ""
'
expect_success 'or in many, when they are to be small' '
	again && sink small "batch=3" && wait_for is_taken && stop sink &&
	log_is_clean sink && asked 5 204 &&
	test "$(log_value sink points_sent)" -eq "$(wc -l <want)" &&
	test "$(log_value sink requests_sent)" -eq "$(grep -c /write asked)"
'
# Counters are in the log a moment after they were asked for.
has_held () {
	kill -USR1 "$(pid sink)" && sleep 0.02 &&
	test "$(log_value sink frames_held)" = "$1"
}
expect_success 'a frame waits for others, but not when it ends' '
	again && spawn sink cheapster-sink-influxdb --name=waiting \
		"$scheme://127.0.0.1:$(cat port)?pw=secret&batchdelay=1h" &&
	wait_for has_held 5 &&
	! test -e taken && stop sink && is_taken && log_is_clean sink
'
expect_success 'they can be compressed' '
	again && sink gzip "gzip=1" && wait_for is_taken && stop sink
'
expect_success 'a request that is too large is cut until it is not' '
	again && mode large 2000 && sink large && wait_for is_taken &&
	asked 1 413 && stop sink && log_is_clean sink
'

# comes_again MODE ERROR [OPTIONS]: the points come when the server is well.
comes_again () {
	_args=$1
	_error=$2
	_options=$3
	expect_success "$1: \"$2\" is said once, and the points come later" '
		again && mode $_args && sink "$(echo "$_args" | tr -c a-z0-9 -)" \
			"$_options" && wait_for asked 2 "[a-z0-9-]*" &&
		wait_for "grep -q \"warning write_failed attempts=1 .*$_error\" \
			sink.log" &&
		mode ok && wait_for is_taken &&
		wait_for "grep -q \"info write_succeeded\" sink.log" &&
		stop sink && ! grep secret sink.log &&
		test "$(grep -c write_failed sink.log)" -eq 1 &&
		test "$(log_value sink requests_failed)" -ge 1 &&
		log_is_clean sink write_failed
	'
}
comes_again 'status 500 out of order' 'HTTP status 500: out of order'
comes_again 'status 503' 'HTTP status 503'
comes_again 'status 429' 'HTTP status 429'
comes_again 'status 401 {"error":"no"}' 'HTTP status 401: no'
comes_again 'status 404 {"error":"database not found"}' 'database not found'
comes_again 'moved https://h/login?token=secret' \
	'HTTP status 307: it wants https://h/login to be asked'
comes_again 'hang' 'timed out' 'timeout=300ms'
comes_again 'reset' 'write: '
comes_again 'close' 'mpty reply'
comes_again 'truncated' 'write: '
comes_again 'garbage' 'write: '

# Each request is answered, but five of them would take 20 s each.
expect_success 'an answer without an end is an answer' '
	again && mode endless && sink endless &&
	wait_for "test -s \"$STATE_DIRECTORY/sink-endless.cursor\"" &&
	stop sink && log_is_clean sink && test "$(grep -c /write asked)" -eq 1
'
expect_success 'slow is no failure' '
	again && mode slow 0.5 && sink slow && wait_for is_taken && stop sink &&
	log_is_clean sink
'
expect_success 'Retry-After is kept to' '
	again && mode retry-after 2 && sink patient && wait_for "asked 1 retry-after" &&
	mode ok && wait_for is_taken && stop sink &&
	awk "/write/ { if (n++) exit \$1 - last < 1.9; last = \$1 }" asked
'
expect_success 'also where it is a date' '
	again && mode retry-date 1 && sink dated &&
	wait_for "asked 1 retry-date" && mode ok && wait_for is_taken &&
	stop sink &&
	awk "/write/ { if (n++) exit \$1 - last < 0.9; last = \$1 }" asked
'
expect_success 'what is refused is given up, with the reason, once' '
	again && mode status 400 "{\"error\":\"bad point\"}" &&
	sink refused "batch=3" &&
	wait_for "test -s \"$STATE_DIRECTORY/sink-refused.cursor\"" &&
	mode ok && stop sink && test ! -e taken &&
	test "$(grep -c "request_refused.*bad point" sink.log)" -eq 1 &&
	test "$(log_value sink points_refused)" -eq "$(wc -l <want)" &&
	test "$(log_value sink frames_dropped)" -eq 0
'
expect_success 'after --retry-max attempts they are given up' '
	again && mode status 500 &&
	spawn sink cheapster-sink-influxdb --name=tried --retry-max=2 \
		"http://127.0.0.1:$(cat port)" &&
	wait_for "grep -q \"warning frames_dropped frames=.*status 500\" \
		sink.log" && stop sink &&
	test "$(log_value sink frames_dropped)" -ge 5
'
expect_success 'a sink whose server hangs ends when told to' '
	again && mode hang && sink hung && wait_for "asked 1 hang" &&
	stop sink && ! test -e taken
'
expect_success 'and the next one has it all' '
	mode ok && sink hung && wait_for is_taken && stop sink
'
expect_success 'one that has many slow requests before it ends, too' '
	again && mode slow 1 && sink many "batch=1" &&
	wait_for "asked 1 204" && stop sink && log_is_clean sink
'
expect_success 'killed while it sends it loses nothing' '
	again && mode slow 0.3 && sink killed "batch=3" &&
	wait_for "asked 1 204" && kill9 sink && mode ok && sink killed &&
	wait_for "sort -u taken | cmp -s want -" && stop sink &&
	wait_for is_idle
'
expect_success 'a token is sent, and not shown' '
	again && TOKEN=geheim && export TOKEN &&
	sink token "pw=&token-env=TOKEN&org=o%20o&bucket=b" &&
	wait_for is_taken && stop sink && cat asked &&
	grep "/api/v2/write?org=o%20o&bucket=b&precision=ns.*Token geheim" \
		asked && ! grep geheim sink.log
'
expect_success 'one that cannot be decoded is said, and not shown' '
	must_fail 69 cheapster-sink-influxdb --check \
		"http://127.0.0.1:1?pw=geheim100%&timeout=1s" 2>err && cat err &&
	grep "warning option_undecodable.*%25" err && ! grep geheim err
'
expect_success 'and cannot bring headers of its own' '
	for bad in "token=a%0d%0aX-A:%20b" "pw=a%0ab" "token-env=TOKEN"; do
		TOKEN=$(printf "a\nX-A: b") must_fail 78 cheapster-sink-influxdb \
			--check "http://127.0.0.1:1?$bad" 2>err && cat err &&
		grep "check_failed.*line break" err && ! grep "X-A" err ||
		return
	done
'

expect_success 'a server with a certificate of its own' '
	openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem \
		-out cert.pem -days 2 -subj /CN=receiver \
		-addext subjectAltName=DNS:receiver.example 2>openssl.log &&
	stop server 143 && rm port &&
	spawn_raw server python3 "$top_srcdir/t/bin/fake-receiver.py" \
		"$scratch/port" "$scratch" cert.pem key.pem &&
	wait_for "test -s port" && scheme=https
'
expect_success 'is not believed' '
	must_fail 69 cheapster-sink-influxdb --check \
		"https://127.0.0.1:$(cat port)" 2>err && cat err &&
	grep "check_failed.*certificate" err
'
expect_success 'unless its CA and its name are given' '
	again && mode ok &&
	sink tls "ca=$scratch/cert.pem&servername=receiver.example" &&
	wait_for is_taken && stop sink && log_is_clean sink
'
expect_success 'or nobody cares' '
	again && sink insecure "insecuressl=true" && wait_for is_taken &&
	stop sink && log_is_clean sink
'
expect_success 'a proxy that is not there is not passed by' '
	must_fail 69 cheapster-sink-influxdb --check \
		"http://127.0.0.1:$(cat port)?proxy=http://127.0.0.1:1" 2>err &&
	grep "check_failed.*onnect" err
'
expect_success 'one that is there is used' '
	stop server 143 && rm port && scheme=http && again &&
	spawn_raw server python3 "$top_srcdir/t/bin/fake-receiver.py" \
		"$scratch/port" "$scratch" && wait_for "test -s port" &&
	proxy=http://127.0.0.1:$(cat port) &&
	spawn sink cheapster-sink-influxdb --name=proxied \
		"http://nowhere.invalid:8086?pw=secret&proxy=$proxy" &&
	wait_for is_taken && stop sink && log_is_clean sink &&
	grep " http://nowhere.invalid:8086/write" asked
'
expect_success 'also from the environment, but for who needs none' '
	again && http_proxy=$proxy && export http_proxy &&
	spawn sink cheapster-sink-influxdb --name=environment \
		"http://nowhere.invalid:8086" &&
	wait_for is_taken && stop sink && log_is_clean sink &&
	grep " http://nowhere.invalid:8086/write" asked && again &&
	http_proxy=http://127.0.0.1:1 no_proxy=127.0.0.1 && export no_proxy &&
	sink direct && wait_for is_taken && stop sink && log_is_clean sink &&
	unset http_proxy no_proxy
'
expect_success 'a server that wants to know who we are' '
	stop server 143 && rm port && scheme=https && again &&
	openssl req -x509 -newkey rsa:2048 -nodes -keyout client.key \
		-out client.pem -days 2 -subj /CN=sink 2>openssl.log &&
	spawn_raw server python3 "$top_srcdir/t/bin/fake-receiver.py" \
		"$scratch/port" "$scratch" cert.pem key.pem client.pem &&
	wait_for "test -s port" && tls="ca=$scratch/cert.pem" &&
	tls="$tls&servername=receiver.example" &&
	must_fail 69 cheapster-sink-influxdb --check \
		"https://127.0.0.1:$(cat port)?$tls" 2>err &&
	grep check_failed err &&
	sink mutual "$tls&cert=$scratch/client.pem&key=$scratch/client.key" &&
	wait_for is_taken && stop sink && log_is_clean sink
'
expect_success 'how many windows it is behind is counted' '
	behind=$((($(date +%s) - 1700000001) - 60)) &&
	test "$(log_value sink lag_windows)" -gt $behind
'
expect_success 'all of it ends in peace' '
	stop aggregator && log_is_clean aggregator && stop server 143
'
done_testing
