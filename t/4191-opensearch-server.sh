#!/bin/sh
# SPDX-License-Identifier: ISC
# A real OpenSearch: what it has is what the aggregator has published, what it
# refuses is said, and killing it loses nothing.  It is there after "make
# opensearch-server", which asks Maven Central.
. "$(dirname "$0")/lib.sh"
prereq java curl python3
jars=$top_builddir/t/opensearch
test -f "$jars/opensearch-2.19.6.jar" ||
	skip_all 'needs an OpenSearch: make opensearch-server'
patience=$((3 * patience))

start_server () {
	rm -f port && spawn_raw server java -Xmx512m -XX:TieredStopAtLevel=1 \
		-cp "$jars/*" "$top_srcdir/t/bin/OpenSearchNode.java" \
		"$scratch/port" "$scratch/data" && wait_for "test -s port" &&
	PORT=$(cat port) && export PORT && server=http://127.0.0.1:$PORT
}
sink () {
	spawn sink cheapster-sink-elasticsearch --name="$1" \
		"$server?batchdelay=20ms&$2"
}
ask () {
	_path=$1
	shift
	http_get "$server/$_path" -H 'Content-Type: application/json' "$@"
}
# all_is_there INDEX
all_is_there () {
	ask "$1/_refresh" -X POST >/dev/null &&
	python3 "$top_srcdir/t/bin/read-elastic.py" "$server" "$1" >docs &&
	python3 "$top_srcdir/t/bin/check-elastic.py" published docs 8
}
publish () {
	sed "s/170000000/17000000$1/g" \
		"$top_srcdir/t/data/tools/frames.txt" | cheapster-pub
}
is_published () {
	test "$(grep -c '"kind":"rollup"' published)" -ge "$1"
}

expect_success 'OpenSearch starts' '
	mkdir data && start_server &&
	cheapster-sink-elasticsearch --check "$server"
'
expect_success 'what the aggregator publishes is read back' '
	spawn aggregator cheapster-aggregator &&
	spawn tap cheapster-tap --json --replay && ln -s tap.out published &&
	sink plain && publish 0 && wait_for "is_published 1" &&
	wait_for "all_is_there heapster-* >/dev/null 2>&1" &&
	all_is_there "heapster-*" && log_is_clean sink
'
expect_success 'aliases have their families, values are doubles' '
	ask "heapster-cpu/_count?q=family:cpu" >cpu &&
	ask "heapster-cpu/_count" >all && cmp cpu all && ! grep "count\":0" all &&
	ask "heapster-*/_mapping/field/*.value,MetricsTags.team" >mapping &&
	cat mapping && ! grep "\"long\"" mapping &&
	grep "\"team\":{\"type\":\"keyword\"" mapping
'
expect_success 'killed in between, all of it comes later, once' '
	kill9 server && publish 1 && wait_for "is_published 3" &&
	wait_for "grep -q write_failed sink.log" && start_server &&
	wait_for "all_is_there heapster-* >/dev/null 2>&1" &&
	all_is_there "heapster-*" && stop sink && log_is_clean sink write_failed
'
expect_success 'a repeat replaces each document' '
	sink repeat && wait_for "test -s \"$STATE_DIRECTORY/sink-repeat.cursor\"" &&
	stop sink && log_is_clean sink && all_is_there "heapster-*"
'
expect_success 'what it refuses is said, the rest is there' '
	ask refused-2023.11.14 -X PUT -d "{\"mappings\":{\"properties\":{
		\"MetricsTags\":{\"properties\":{\"schedulable\":
		{\"type\":\"ip\"}}}}}}" && sink refused "index=refused" &&
	wait_for "grep -q points_refused sink.log" && stop sink &&
	grep "points_refused.*400: failed to parse field \[" sink.log && ask "refused-*/_refresh" -X POST >/dev/null &&
	ask "refused-*/_count?q=MetricsTags.type:pod" >count && cat count &&
	! grep "count\":0" count && log_is_clean sink points_refused
'
expect_success 'what is blocked for now comes later' '
	ask blocked-2023.11.14 -X PUT -d "{\"settings\":
		{\"index.blocks.write\":true},\"mappings\":{
		\"dynamic_templates\":[{\"n\":{\"match\":\"value\",
		\"mapping\":{\"type\":\"double\"}}}]}}" && sink blocked "index=blocked" &&
	wait_for "grep -q \"write_failed.*403: .*blocked\" sink.log" &&
	ask blocked-2023.11.14/_settings -X PUT -d "{\"index.blocks.write\":false}" &&
	wait_for "ask blocked-*/_refresh -X POST >/dev/null &&
		ask blocked-*/_count | grep -v \"count.:0\"" && stop sink &&
	test "$(log_value sink points_refused)" -eq 0
'
expect_success 'a data stream has them too, once' '
	sink stream "mode=data_stream&index=stream" &&
	wait_for "ask _data_stream/stream >/dev/null 2>&1" &&
	wait_for "test -s \"$STATE_DIRECTORY/sink-stream.cursor\"" && stop sink &&
	log_is_clean sink && sink stream2 "mode=data_stream&index=stream" &&
	wait_for "test -s \"$STATE_DIRECTORY/sink-stream2.cursor\"" && stop sink &&
	log_is_clean sink && ask stream/_refresh -X POST &&
	python3 "$top_srcdir/t/bin/read-elastic.py" "$server" stream |
		sed "s/^stream/heapster/" >docs &&
	python3 "$top_srcdir/t/bin/check-elastic.py" published docs 8
'
expect_success 'all of it ends in peace' '
	stop tap && stop aggregator && log_is_clean aggregator &&
	stop server 143
'
done_testing
