#!/bin/sh
# SPDX-License-Identifier: ISC
# The pipeline's points in the files of a real carbon-cache, by TCP and UDP.
. "$(dirname "$0")/lib.sh"
. "$top_srcdir/t/published.sh"
prereq carbon-cache python3

# Carbon takes no port 0: one that is free now.
# start_carbon: on the port that it got first.
start_carbon () {
	: "${port:=$(free_ports 1)}"
	mkdir -p carbon/log &&
	printf '[all]\npattern = .*\nretentions = 1s:2h\n' \
		>carbon/storage-schemas.conf &&
	cat >carbon/carbon.conf <<-EOF &&
	[cache]
	STORAGE_DIR = $scratch/carbon
	CONF_DIR = $scratch/carbon
	LOG_DIR = $scratch/carbon/log
	PID_DIR = $scratch/carbon
	LOCAL_DATA_DIR = $scratch/carbon/whisper
	USER =
	LINE_RECEIVER_INTERFACE = 127.0.0.1
	LINE_RECEIVER_PORT = $port
	ENABLE_UDP_LISTENER = True
	UDP_RECEIVER_INTERFACE = 127.0.0.1
	UDP_RECEIVER_PORT = $port
	PICKLE_RECEIVER_INTERFACE = 127.0.0.1
	PICKLE_RECEIVER_PORT = 0
	CACHE_QUERY_INTERFACE = 127.0.0.1
	CACHE_QUERY_PORT = 0
	TAG_HASH_FILENAMES = False
	MAX_CREATES_PER_MINUTE = inf
	MAX_UPDATES_PER_SECOND = inf
	EOF
	spawn_raw carbon carbon-cache --config="$scratch/carbon/carbon.conf" \
		--logdir="$scratch/carbon/log" --pidfile="$scratch/carbon/pid" \
		--nodaemon start &&
	wait_for "cheapster-sink-graphite --check tcp://127.0.0.1:$port \
		2>/dev/null"
}
# sink NAME URI
sink () {
	spawn sink cheapster-sink-graphite --name="$1" \
		"$2&batchdelay=20ms"
}
# all_is_there PREFIX [resources]
all_is_there () {
	_prefix=$1
	shift
	python3 "$top_srcdir/t/bin/check-graphite.py" published \
		"carbon/whisper/$_prefix" "$@"
}
# publish SECONDS: the frames, so long ago.
begin=$(date +%s)
publish () {
	sed "s/1700000000/$((begin - $1))/g; s/1700000001/$((begin - $1 + 1))/g
		s/18446744073709551615/9007199254740991/" \
		"$top_srcdir/t/data/tools/frames.txt" | cheapster-pub
}

expect_success 'what cannot work is said' '
	for bad in "http://h" "tcp://h:port" "tcp://h?tags=maybe" \
		"tcp://h?tags=1&resourceIdPath=1"; do
		must_fail 78 cheapster-sink-graphite --check "$bad" 2>err &&
		cat err && grep -q check_failed err || return
	done &&
	must_fail 78 cheapster-sink-graphite http://h 2>err &&
	grep start_failed err &&
	must_fail 69 cheapster-sink-graphite --check tcp://127.0.0.1:1 2>err &&
	grep "check_failed.*refused" err
'
expect_success 'carbon starts' '
	start_carbon
'
expect_success 'what the aggregator publishes is in its files' '
	spawn aggregator cheapster-aggregator &&
	spawn tap cheapster-tap --json --replay && ln -s tap.out published &&
	sink tcp "tcp://127.0.0.1:$port?prefix=a" && publish 60 &&
	wait_for "is_published 1" && wait_for "all_is_there a >/dev/null" &&
	all_is_there a
'
is_failing () {
	grep -q "warning write_failed" sink.log
}
expect_success 'what is published while it is gone comes later' '
	kill9 carbon && publish 40 && wait_for "is_published 3" &&
	wait_for is_failing && start_carbon &&
	wait_for "all_is_there a >/dev/null" && all_is_there a &&
	wait_for "grep -q \"info write_succeeded\" sink.log" && stop sink &&
	log_is_clean sink write_failed &&
	all_is_there a >count && tail -n 1 count
'
expect_success 'by UDP they come as well, with resources in the path' '
	sink udp "udp://127.0.0.1:$port?prefix=b&resourceIdPath=true" &&
	wait_for "all_is_there b resources >/dev/null" &&
	all_is_there b resources && stop sink && log_is_clean sink &&
	all_is_there b resources |
		grep -x "$(log_value sink points_sent) points"
'
expect_success 'tags are taken' '
	sink tags "tcp://127.0.0.1:$port?prefix=c&tags=true" &&
	wait_for "find carbon/whisper/_tagged -name \"*memory_DOT_usage*\" |
		grep \"type=node\"" && stop sink && log_is_clean sink
'
expect_success 'a UDP port where nobody listens is tried again' '
	stop carbon 143 && sink nobody "udp://127.0.0.1:$port?prefix=d" &&
	wait_for "grep -q \"warning write_failed.*refused\" sink.log" &&
	start_carbon && wait_for "all_is_there d >/dev/null" && stop sink
'
expect_success 'all of it ends in peace' '
	stop tap && stop aggregator && log_is_clean aggregator && stop carbon 143
'
done_testing
