#!/bin/sh
# SPDX-License-Identifier: ISC
# The pipeline's points in a real InfluxDB 1.x: all of them, as they were
# published, whatever happens to the server.
. "$(dirname "$0")/lib.sh"
. "$top_srcdir/t/published.sh"
prereq curl influxd python3


# start_influxd: on the port that it got first.
start_influxd () {
	cat >influxd.conf <<-EOF &&
	reporting-disabled = true
	bind-address = "127.0.0.1:0"
	[meta]
	  dir = "$scratch/influx/meta"
	[data]
	  dir = "$scratch/influx/data"
	  wal-dir = "$scratch/influx/wal"
	[http]
	  bind-address = "${server:-127.0.0.1:0}"
	  auth-enabled = true
	  log-enabled = false
	[monitor]
	  store-enabled = false
	EOF
	spawn_raw influxd influxd -config "$scratch/influxd.conf" &&
	wait_for "grep -q \"Listening on HTTP\" influxd.log" &&
	server=$(sed -n \
		"s/.*Listening on HTTP.*addr=\([0-9.:]*\).*/\1/p" influxd.log) &&
	wait_for "http_get http://$server/ping"
}
# query TEXT [CURL-OPTION...]
query () {
	_q=$1
	shift
	curl -sS --noproxy '*' --max-time "$patience" -u admin:geheim "$@" \
		--data-urlencode "q=$_q" "http://$server/query"
}
# sink [OPTION...] URI-OPTIONS: started, it has the password in a file.
sink () {
	spawn sink cheapster-sink-influxdb ${2+"$1"} \
		"http://$server?user=admin&pw-file=$scratch/pw&batchdelay=50ms&$(
		eval "echo \"\$$#\"")"
}
# all_is_there DATABASE [fields]
all_is_there () {
	python3 "$top_srcdir/t/bin/check-influxdb.py" published \
		"http://$server" admin geheim "$@"
}

expect_success 'a server that is not there is told by --check' '
	must_fail 69 cheapster-sink-influxdb --check \
		"http://127.0.0.1:1?pw=secret" 2>err && cat err &&
	grep "check_failed.*http://127.0.0.1:1.*onnect" err && ! grep secret err
'
expect_success 'InfluxDB starts' '
	echo geheim >pw && start_influxd &&
	query "CREATE USER admin WITH PASSWORD '\''geheim'\'' WITH ALL PRIVILEGES" &&
	query "CREATE USER writer WITH PASSWORD '\''feder'\''"
'
expect_success 'so is a wrong password, and neither is shown' '
	must_fail 69 cheapster-sink-influxdb --check \
		"http://$server?user=admin&pw=secret" 2>err && cat err &&
	grep "check_failed.*401.*authorization failed" err &&
	! grep secret err
'
expect_success 'it says when all is well' '
	cheapster-sink-influxdb --check \
		"http://$server?user=admin&pw-file=$scratch/pw" 2>err &&
	grep check_succeeded err
'
expect_success 'and what of the operand is wrong' '
	for bad in "retention=7" "secure=maybe" "concurrency=0" "tags=zone" \
		"pw=secret&pw-file=x" "pw-file=/nowhere" "pw-env=NOWHERE" \
		"cert=x" "apiversion=9" "batch=0"; do
		must_fail 78 cheapster-sink-influxdb --check \
			"http://$server?$bad" 2>err && cat err &&
		grep -q "${bad%%=*}\|nowhere" err && ! grep -q secret err ||
		return
	done
'

expect_success 'what the aggregator publishes is read back' '
	spawn aggregator cheapster-aggregator &&
	spawn tap cheapster-tap --json --replay &&
	ln -s tap.out published &&
	sink "unheard=1&concurrency=3" && publish 0 &&
	wait_for "is_published 1" && wait_for "all_is_there k8s >/dev/null" &&
	all_is_there k8s
'
expect_success 'a name that is no option is said' '
	grep "warning options_unknown names=unheard " sink.log
'
expect_success 'the operand is not to be seen with ps' '
	! tr "\\0" "\\n" <"/proc/$(pid sink)/cmdline" | grep "user=\|pw-file"
'
expect_success 'a database was made, without an end' '
	query "SHOW RETENTION POLICIES ON k8s" >answer && cat answer &&
	grep "\"default\",\"0s\",\"168h0m0s\",1,true" answer
'

sees_failure () {
	grep -q "warning write_failed.*onnect" sink.log
}
expect_success 'what is published while the server is gone comes later' '
	kill9 influxd && publish 10 && publish 20 &&
	wait_for "is_published 4" && wait_for sees_failure &&
	start_influxd &&
	wait_for "all_is_there k8s >/dev/null" && all_is_there k8s &&
	wait_for "grep -q \"info write_succeeded\" sink.log"
'
expect_success 'a database that is dropped is made again' '
	query "DROP DATABASE k8s" && publish 30 && wait_for "is_published 6" &&
	wait_for "query \"SHOW DATABASES\" | grep k8s" &&
	stop sink && log_is_clean sink \
		"options_unknown|write_failed|request to stop"
'
expect_success 'a new sink writes all that is kept, once' '
	sink --name=again "db=k8s&gzip=true&batch=10" &&
	wait_for "all_is_there k8s >/dev/null" && all_is_there k8s &&
	kill9 sink && rm -f "$STATE_DIRECTORY/sink-again.cursor" &&
	sink --name=again "db=k8s" &&
	wait_for "grep -c . \"$STATE_DIRECTORY/sink-again.cursor\"" &&
	all_is_there k8s && stop sink && log_is_clean sink
'
expect_success 'it counts them' '
	sent=$(log_value sink points_sent) && echo "$sent" &&
	all_is_there k8s | grep -x "$sent points" &&
	test "$(log_value sink frames_held)" -eq 0 &&
	test "$(log_value sink requests_failed)" -eq 0
'
expect_success 'with fields and a retention' '
	sink --name=fields "db=f+1%22&withfields=true&retention=5200w" &&
	wait_for "all_is_there f\ 1\\\" fields >/dev/null" &&
	all_is_there "f 1\"" fields && stop sink && log_is_clean sink &&
	query "SHOW RETENTION POLICIES ON \"f 1\\\"\"" >answer && cat answer &&
	grep "\"default\",\"873600h0m0s\",.*,true" answer
'
expect_success 'a retention that is another one now is changed' '
	sink --name=changed "db=f+1%22&withfields=true&retention=INF" &&
	wait_for "query \"SHOW RETENTION POLICIES ON \\\"f 1\\\\\\\"\\\"\" |
		grep \"\\\"default\\\",\\\"0s\\\"\"" && stop sink
'
expect_success 'without one it stays' '
	query "CREATE DATABASE kept WITH DURATION 5200w REPLICATION 1 NAME \"default\"" &&
	sink --name=kept "db=kept" &&
	wait_for "all_is_there kept >/dev/null" && stop sink &&
	log_is_clean sink &&
	query "SHOW RETENTION POLICIES ON kept" | grep 873600h0m0s
'
expect_success 'a policy is added to a database that has another one' '
	query "CREATE DATABASE other" && sink --name=other "db=other" &&
	wait_for "all_is_there other >/dev/null" && stop sink &&
	log_is_clean sink
'
expect_success 'what is refused is said and given up, the rest is stored' '
	query "CREATE DATABASE typed WITH DURATION INF NAME \"default\"" &&
	curl -sS --noproxy "*" -u admin:geheim --data-binary \
		"memory/usage value=\"text\" 1700000000500000000" \
		"http://$server/write?db=typed&rp=default" &&
	sink --name=typed "db=typed" &&
	wait_for "grep -q \"warning request_refused.*field type conflict\" \
		sink.log" &&
	wait_for "query \"SHOW MEASUREMENTS\" -d db=typed | grep cpu/usage" &&
	stop sink && test "$(log_value sink requests_refused)" -ge 1 &&
	test "$(grep -c request_refused sink.log)" -eq 1
'
expect_success 'who may only write does so' '
	query "CREATE DATABASE granted WITH DURATION INF NAME \"default\"" &&
	query "GRANT ALL ON granted TO writer" &&
	spawn sink cheapster-sink-influxdb --name=granted \
		"http://$server?user=writer&pw=feder&db=granted" &&
	wait_for "all_is_there granted >/dev/null" && stop sink
'
expect_success 'a wrong password is said, and a new one is noticed' '
	echo falsch >pw && sink --name=renewed "db=renewed" &&
	wait_for "grep -q \"warning write_failed.*401.*authorization failed\" \
		sink.log" &&
	echo geheim >pw && wait_for "all_is_there renewed >/dev/null" &&
	stop sink && ! grep "falsch\|geheim" sink.log
'
expect_success 'filters: what is left out is not there' '
	sink --name=some \
		"db=some&types=!pod*&metrics=memory/*,!*_rate&namespaces=!kube-*" &&
	wait_for "query \"SHOW SERIES\" -d db=some | grep type=ns" && stop sink &&
	query "SHOW SERIES" -d db=some >answer && cat answer &&
	! grep "type=pod\|cpu/\|kube-system" answer &&
	grep "memory/usage,cluster_name=default.*type=node" answer
'
expect_success 'all of it ends in peace' '
	stop tap && stop aggregator && log_is_clean aggregator &&
	kill "$(pid influxd)" && ends influxd
'
done_testing
