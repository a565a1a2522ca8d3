#!/bin/sh
# SPDX-License-Identifier: ISC
# Real servers, Elasticsearch 2, 5, 6, 7 and OpenSearch: what they have is what
# the aggregator has published, what they refuse is said, and killing them loses
# nothing.  They are there after "make elastic-servers", which asks Maven
# Central.
. "$(dirname "$0")/lib.sh"
. "$top_srcdir/t/published.sh"
prereq java curl python3
jars=$top_builddir/t/elastic
test -f "$jars/2.4.6/elasticsearch-2.4.6.jar" ||
	skip_all 'needs servers: make elastic-servers'
patience=$((3 * patience))

# fill VERSION: a program that starts one of that version.
fill () {
	package=org.elasticsearch
	internal=
	environment=null
	plugins='List.of(org.elasticsearch.transport.Netty4Plugin.class)'
	settings='.put("discovery.type", "single-node").put("transport.type",
		"netty4").put("http.type", "netty4")'
	case $1 in
	2.*)
		internal=internal.
		plugins='org.elasticsearch.Version.CURRENT, List.of()'
		settings='.put("node.local", true)' ;;
	5.*)
		settings="$settings.put(\"transport.tcp.port\", \"0\")" ;;
	6.*)
		environment='null, Map.of(), null'
		plugins="$plugins, false"
		settings="$settings.put(\"transport.port\", \"0\")" ;;
	*)
		environment='Map.of(), null, () -> "node"'
		plugins="$plugins, false"
		settings="$settings.put(\"transport.port\", \"0\")" ;;
	esac
	settings=$(echo "$settings" | tr '\n' ' ')
	sed "s|@INTERNAL@|$internal|; s|@ENVIRONMENT@|$environment|
		s|@PLUGINS@|$plugins|; s|@SETTINGS@|$settings|
		s|@PACKAGE@|$package|g" \
		"$top_srcdir/t/bin/ElasticNode.java.in" |
	case $1 in
	opensearch*) sed 's/org\.elasticsearch/org.opensearch/g' ;;
	*) cat ;;
	esac >ElasticNode.java
}
# start_server VERSION
start_server () {
	rm -f port && fill "$1" && spawn_raw server java -Xmx512m \
		-XX:TieredStopAtLevel=1 \
		--add-opens=java.base/java.lang=ALL-UNNAMED \
		-cp "$jars/$1/*" ElasticNode.java \
		"$scratch/port" "$scratch/data-$1" && wait_for "test -s port" &&
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
# all_is_there INDEX LIKE
all_is_there () {
	ask "$1/_refresh" -X POST >/dev/null &&
	python3 "$top_srcdir/t/bin/read-elastic.py" "$server" "$1" >docs &&
	python3 "$top_srcdir/t/bin/check-elastic.py" published docs "$2"
}
publish () {
	sed "s/170000000/17000000$1/g" "$top_srcdir/t/data/tools/frames.txt" |
		cheapster-pub
}
# asks_once NAME: a sink that has made one request.
asks_once () {
	wait_for "test -s \"$STATE_DIRECTORY/sink-$1.cursor\""
}

expect_success 'frames are on the bus' '
	spawn aggregator cheapster-aggregator &&
	spawn tap cheapster-tap --json --replay && ln -s tap.out published &&
	publish 0 && wait_for "is_published 1"
'
# of_version VERSION LIKE SECONDS: published while it is away.
of_version () {
	version=$1
	like=$2
	later=$3
	expect_success "$1: what the aggregator publishes is read back" '
		unset PORT && start_server "$version" && sink "$version" &&
		wait_for "all_is_there heapster-* $like >/dev/null 2>&1" &&
		all_is_there "heapster-*" "$like" && log_is_clean sink
	'
	expect_success "$1: aliases have their families, values are doubles" '
		ask "heapster-cpu/_count" >all && cat all &&
		! grep "count\":0" all &&
		ask "heapster-*/_mapping/field/*.value" >mapping &&
		grep "\"double\"" mapping && ! grep "\"long\"" mapping
	'
	expect_success "$1: killed in between, all of it comes later, once" '
		kill9 server && publish "$later" &&
		wait_for "is_published $((2 * later + 1))" &&
		wait_for "grep -q write_failed sink.log" &&
		start_server "$version" &&
		wait_for "all_is_there heapster-* $like >/dev/null 2>&1" &&
		all_is_there "heapster-*" "$like" && stop sink &&
		log_is_clean sink write_failed
	'
	expect_success "$1: a repeat replaces each document" '
		sink "$version-repeat" && asks_once "$version-repeat" &&
		stop sink && log_is_clean sink &&
		all_is_there "heapster-*" "$like"
	'
}
of_version 2.4.6 2 1
expect_success 'it ends' 'stop server 143'
of_version 5.6.16 5 2
expect_success 'it ends' 'stop server 143'
of_version 6.8.23 6 3
expect_success 'it ends' 'stop server 143'
of_version 7.17.29 7 4
expect_success 'it ends' 'stop server 143'
of_version opensearch-2.19.6 8 5
expect_success 'what it refuses is said, the rest is there' '
	ask refused-2023.11.14 -X PUT -d "{\"mappings\":{\"properties\":{
		\"MetricsTags\":{\"properties\":{\"schedulable\":
		{\"type\":\"ip\"}}}}}}" && sink refused "index=refused" &&
	wait_for "grep -q points_refused sink.log" && stop sink &&
	grep "points_refused.*400: failed to parse field \[" sink.log &&
	ask "refused-*/_refresh" -X POST >/dev/null &&
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
	asks_once stream && stop sink &&
	log_is_clean sink && sink stream2 "mode=data_stream&index=stream" &&
	asks_once stream2 && stop sink &&
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
