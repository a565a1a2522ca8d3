#!/bin/sh
# SPDX-License-Identifier: ISC
# Points as messages to brokers: librdkafka's mock of them, which can be down,
# slow and refuse.
. "$(dirname "$0")/lib.sh"
. "$top_srcdir/t/published.sh"
prereq python3
test -x "$top_builddir/cheapster-sink-kafka" ||
	skip_all 'built without librdkafka'

start_kafka () {
	: >messages && { test -p tell || mkfifo tell; } &&
	rm -f place && spawn_raw kafka mock-kafka place messages tell &&
	wait_for "test -s place" && brokers=$(cat place)
}
tell () {
	echo "$*" >tell && wait_for "grep -qx \"$*\" kafka.out"
}
# sink NAME [OPTIONS]: everything comes again, as its cursor is fresh.
sink () {
	: >messages &&
	spawn sink cheapster-sink-kafka --name="$1" \
		"?brokers=$brokers&batchdelay=20ms&$2"
}
all_is_there () {
	python3 "$top_srcdir/t/bin/check-kafka.py" published messages
}
arrives () {
	wait_for "all_is_there >/dev/null" || { all_is_there; return 1; }
}
n_messages () {
	grep -c . messages
}

expect_success 'frames are published' '
	spawn aggregator cheapster-aggregator &&
	spawn tap cheapster-tap --json --replay && ln -s tap.out published &&
	publish 0 && wait_for "is_published 1"
'
expect_success 'every point is one message, in all partitions' '
	start_kafka && cheapster-sink-kafka --check "?brokers=$brokers" &&
	sink plain && arrives && stop sink && log_is_clean sink &&
	test "$(log_value sink points_sent)" -eq "$(n_messages)" &&
	test "$(log_value sink points_unacknowledged)" -eq 0 &&
	cut -d" " -f1 messages | sort | uniq -c >per && cat per &&
	test "$(wc -l <per)" -eq 4 &&
	awk "NR == 1 { n = \$1 } \$1 < n - 1 || \$1 > n + 1 { exit 1 }" per &&
	! grep -v "^[0-9] - " messages
'
expect_success 'whatever is made of them on the way' '
	for compression in gzip snappy lz4 zstd; do
		sink $compression "compression=$compression&acks=1" &&
		arrives && stop sink && log_is_clean sink || return
	done
'
expect_success 'a key keeps together what belongs together' '
	sink key "partitionkey=pod" && arrives &&
	stop sink && log_is_clean sink && ! grep "^[0-9] - " messages &&
	cut -d" " -f1,2 messages | sort -u >keys && cat keys &&
	cut -d" " -f2 keys | sort | uniq -d >twice && ! grep . twice &&
	grep " default/web$" keys && grep " n1$" keys && grep " cluster$" keys
'
is_failing () {
	grep -q "warning write_failed.*$1" sink.log
}
expect_success 'brokers that are down are waited for' '
	sink down "timeout=300ms" && arrives &&
	tell down && publish 10 && wait_for "is_published 3" &&
	wait_for "is_failing refused" && tell up && arrives &&
	wait_for "grep -q \"info write_succeeded\" sink.log" && stop sink &&
	log_is_clean sink "write_failed|kafka_complains" &&
	test "$(grep -c kafka_complains sink.log)" -le 1
'
expect_success 'an answer that asks for patience is none to the points' '
	tell error 7 3 && tell error 19 3 &&
	sink again && arrives && stop sink && log_is_clean sink &&
	test "$(log_value sink points_refused)" -eq 0
'
expect_success 'nor is one that librdkafka gives up at' '
	tell error 29 2 &&
	sink forbidden && arrives && stop sink &&
	log_is_clean sink "write_failed.*authorization" &&
	test "$(log_value sink points_retried)" -gt 0 &&
	test "$(log_value sink points_refused)" -eq 0
'
expect_success 'a topic that is not there yet is waited for' '
	tell topic 3 && sink unknown \
		"property=topic.metadata.propagation.max.ms=50" &&
	wait_for "is_failing \"nknown topic\"" && tell topic 0 && arrives &&
	wait_for "grep -q \"info write_succeeded\" sink.log" && stop sink &&
	log_is_clean sink write_failed
'
expect_success 'a request that is too large is cut' '
	tell error 10 6 && sink large &&
	arrives && stop sink && log_is_clean sink &&
	test "$(log_value sink points_refused)" -eq 0 &&
	test "$(log_value sink producers)" -gt 1
'
expect_success 'and they grow again' '
	tell error 10 2 && sink grown "batch=1" &&
	wait_for "test -s messages" &&
	for i in 0 1 2 3 4 5 6 7 8 9; do
		echo $((20 + 2 * i))
	done >seconds && while read -r i; do
		sed "s/1700000000/$((1700000000 + i))/g
			s/1700000001/$((1700000001 + i))/g" \
			"$top_srcdir/t/data/tools/frames.txt"
	done <seconds | cheapster-pub && wait_for "is_published 20" &&
	wait_for "grep -q \"kafka_requests_grow bytes=\" sink.log" && arrives &&
	stop sink && log_is_clean sink &&
	test "$(log_value sink points_refused)" -eq 0
'
expect_success 'one message that is too large is given up' '
	tell error 10 5000 && sink toolarge &&
	wait_for "grep -q message_refused sink.log" && stop sink &&
	log_is_clean sink "message_refused bytes=.*larger than" &&
	test "$(log_value sink points_refused)" -gt 0 &&
	test "$(log_value sink frames_dropped)" -eq 0 && tell well
'
expect_success 'slow ones take no message twice' '
	tell rtt 700 &&
	sink slow "timeout=300ms&property=socket.timeout.ms=20000" &&
	wait_for "is_failing \"no acknowledgement\"" && tell rtt 0 &&
	wait_for "grep -q \"info write_succeeded\" sink.log" && arrives &&
	stop sink && log_is_clean sink write_failed &&
	test "$(log_value sink points_sent)" -eq "$(n_messages)"
'
expect_success 'after a kill at least all of them are there' '
	tell rtt 300 && sink killed && kill9 sink && tell rtt 0 &&
	spawn sink cheapster-sink-kafka --name=killed "?brokers=$brokers" &&
	wait_for "sort -u -k3 messages >once && python3 \
		\"\$top_srcdir/t/bin/check-kafka.py\" published once >/dev/null" &&
	stop sink && log_is_clean sink
'
expect_success 'it ends in time although nobody answers' '
	stop kafka && start_kafka && tell down && sink stuck &&
	wait_for "grep -q kafka_complains sink.log" && stop sink &&
	log_is_clean sink kafka_complains && tell up && sink stuck && arrives &&
	stop sink && log_is_clean sink
'
expect_success 'what cannot work is said' '
	for bad in "" "?compression=x" "?brokers=a&acks=2" \
		"?brokers=a&user=u&password-file=/nowhere" \
		"?brokers=a&cacert=/nowhere" \
		"?brokers=a&property=no.such=hush"; do
		must_fail 78 cheapster-sink-kafka --check "$bad" 2>err &&
		cat err && grep -q check_failed err && ! grep hush err || return
	done &&
	must_fail 69 cheapster-sink-kafka --check \
		"?brokers=127.0.0.1:1&timeout=500ms" 2>err &&
	grep "check_failed.*refused" err
'
expect_success 'no secret is seen' '
	spawn sink cheapster-sink-kafka --verbose --name=secret \
		"?brokers=127.0.0.1:1&user=u&password=hush&timeout=100ms" &&
	wait_for "is_failing" && tr "\0" "\n" <"/proc/$(pid sink)/cmdline" \
		>arguments && stop sink && ! grep hush sink.log &&
	grep "protocol=sasl_plaintext" sink.log &&
	{ test -n "$CHEAPSTER_VALGRIND" || ! grep hush arguments; }
'
expect_success 'all of it ends in peace' '
	stop tap && stop aggregator && log_is_clean aggregator
'
expect_success 'the launcher starts it as it was told to start Heapster' '
	: >messages && BROKERS=$brokers && export BROKERS &&
	spawn all cheapster --source=local: --heapster-port=0 \
		--metric-resolution=1s \
		--sink="kafka:?brokers=\$BROKERS&timeseriestopic=heapster-metrics" &&
	wait_for "grep -q \"cpu/usage.*\\\"type\\\":\\\"cluster\\\"\" messages" &&
	stop all && log_is_clean all && stop kafka
'
done_testing
