#!/bin/sh
# SPDX-License-Identifier: ISC
# Documents in an Elasticsearch of each version, all of them, once, whatever it
# does.  The server is a fake that is as particular as each version.
. "$(dirname "$0")/lib.sh"
prereq python3

# sink NAME [OPTIONS]: it sends what the aggregator has to the server.
sink () {
	spawn sink cheapster-sink-elasticsearch --name="$1" \
		"http://127.0.0.1:$(cat port)?batchdelay=20ms&$2"
}
mode () {
	echo "$*" >mode
}
again () {
	mode ok && rm -f docs asked made replaced && echo "$1" >version && : >forget
}
# start_server NAME DIR
start_server () {
	rm -f "$2/port" && spawn_raw "$1" python3 \
		"$top_srcdir/t/bin/fake-elastic.py" "$scratch/$2/port" \
		"$scratch/$2" && wait_for "test -s $2/port"
}
# all_is_there [VERSION]
all_is_there () {
	test -s docs && python3 "$top_srcdir/t/bin/check-elastic.py" \
		published docs "${1:-8}"
}
comes () {
	wait_for "all_is_there $1 >/dev/null" && all_is_there "$1"
}
# is_whole: the documents are those that were found to be right.
is_whole () {
	wait_for cmp -s docs want
}

expect_success 'what cannot work is said' '
	for bad in "" "?nodes=h" "http://h?ver=1" "http://h?ver=5.0" \
		"http://h?sniff=maybe" "http://h?maxRetries=x" \
		"http://h?healthCheck=x" "http://h?bulkWorkers=x" \
		"http://h?startupHealthcheckTimeout=1s" "ftp://h" \
		"http://h?index=A" "http://h?esUserName=u" \
		"http://h?apiKey=secret&token=secret" "http://h?mode=x" \
		"http://h?ver=2&pipeline=p" "http://h?ver=6&mode=data_stream"
	do
		must_fail 78 cheapster-sink-elasticsearch --check "$bad" 2>err &&
		cat err && grep -q check_failed err && ! grep secret err ||
		return
	done &&
	AWS_ACCESS_KEY_ID=id must_fail 78 cheapster-sink-elasticsearch --check \
		http://h 2>err && grep AWS_SECRET_ACCESS_KEY err &&
	must_fail 69 cheapster-sink-elasticsearch --check http://127.0.0.1:1 \
		2>err && grep "check_failed.*onnect" err
'
expect_success 'frames are on the bus, and a server' '
	mode ok && echo 5.6.16 >version && start_server server . &&
	spawn aggregator cheapster-aggregator &&
	spawn tap cheapster-tap --json --replay && ln -s tap.out published &&
	cheapster-pub <"$top_srcdir/t/data/tools/frames.txt" &&
	wait_for "grep -q rollup published"
'
# Heapster made at least one request of each set.
n_frames=5

# version NUMBER LIKE
version () {
	expect_success "$1: all documents are there, in few requests" "
		again '$1' && sink 'v${1##* }' && comes $2 && stop sink &&
		log_is_clean sink &&
		test \"\$(grep -c 'POST /_bulk.* 200 ' asked)\" -le $n_frames
	"
}
version 2.4.6 2
expect_success 'Heapster'\''s index was made, with its aliases' '
	grep "HEAD /heapster-2023.11.14 404" asked &&
	grep "PUT /heapster-2023.11.14 200" asked &&
	grep "\"_default_\".*not_analyzed" made &&
	grep "\"alias\":\"heapster-cpu\",\"index\":\"heapster-2023.11.14\"" made
'
version 5.6.16 5
version 6.8.23 6
version 7.17.3 7
version 8.13.0 8
version 'opensearch 2.11.0' 8
expect_success 'a template was made' '
	grep "HEAD /_index_template/heapster 404" asked &&
	grep "PUT /_index_template/heapster 200" asked && grep keyword made
'
expect_success 'it is made once, and repeats change nothing' '
	rm -f asked && cp docs want && sink repeated &&
	wait_for "grep -q _bulk asked" && stop sink && cmp docs want && ! grep PUT asked
'
expect_success 'options go where they belong' '
	again 7.10.2 && sink options \
		"ver=7&pipeline=p&index=i&cluster_name=c&template=0&gzip=1" &&
	wait_for "test -s docs" && stop sink && ! grep "GET\|HEAD\|PUT" asked &&
	grep "^i-2023.11.14 .*\"cluster_name\": \"c\"" docs
'
expect_success 'a data stream takes each document once' '
	again 8.13.0 && sink stream "mode=data_stream" && comes && stop sink &&
	grep data_stream made && cut -d" " -f1 docs | uniq | grep -x heapster &&
	rm -f asked && sink stream2 "mode=data_stream" &&
	wait_for "grep -q _bulk asked" && stop sink && log_is_clean sink && all_is_there
'

expect_success 'documents that are refused are given up once, with the reason' '
	again 8.13.0 && mode item 400 kubelet && sink refused &&
	wait_for "grep -q points_refused sink.log" &&
	stop sink && ! grep kubelet docs && grep nginx docs &&
	test "$(grep -c "points_refused.*400: scripted" sink.log)" -eq 1 &&
	test "$(log_value sink points_refused)" -ge 2 &&
	test "$(log_value sink points_again)" -eq 0 &&
	log_is_clean sink points_refused
'
expect_success 'those that are not taken now come again, alone' '
	again 8.13.0 && mode item 429 kubelet && sink later &&
	wait_for "grep -q \"write_failed.*429: scripted\" sink.log" &&
	! grep kubelet docs && mode ok && is_whole && stop sink &&
	! test -e replaced &&
	test "$(log_value sink points_again)" -ge 2 &&
	test "$(log_value sink points_refused)" -eq 0 &&
	log_is_clean sink write_failed
'
expect_success 'a request that is too large is cut' '
	again 8.13.0 && mode large 4000 && sink large && is_whole && stop sink &&
	grep " 413 " asked && log_is_clean sink
'
# comes_again MODE ERROR [OPTIONS]
comes_again () {
	_args=$1
	_error=$2
	_options=$3
	expect_success "$1: all of it comes later" '
		again 8.13.0 && mode $_args &&
		sink "$(echo "$_args" | tr -c a-z0-9 -)" "$_options" &&
		wait_for "grep -q \"write_failed.*$_error\" sink.log" &&
		mode ok && is_whole && stop sink && log_is_clean sink write_failed
	'
}
comes_again 'status 500 {"error":{"reason":"no master"}}' '500: no master'
comes_again 'status 429' 'HTTP status 429'
comes_again 'status 200 <html>' 'no answer to it'
comes_again 'hang' 'timed out' 'timeout=300ms'
comes_again 'reset' 'write: '
comes_again 'truncated' 'write: '
comes_again 'garbage' 'write: '
expect_success 'a server that has forgotten all gets its template again' '
	again 8.13.0 && mode status 503 && sink forgotten &&
	wait_for "grep -q write_failed sink.log" && : >forget && mode ok &&
	is_whole && stop sink && test "$(grep -c "PUT /_index" asked)" -ge 2
'
expect_success 'who may not make a template writes all the same' '
	again 8.13.0 && echo _template >forbidden && sink forbidden && is_whole &&
	stop sink && rm forbidden &&
	test "$(grep -c "template_not_made.*not yours" sink.log)" -eq 1
'
expect_success 'killed while it sends, it loses nothing and repeats nothing' '
	again 8.13.0 && mode slow 0.3 && sink killed "batch=5" &&
	wait_for "test -s docs" && kill9 sink && mode ok && sink killed &&
	is_whole && stop sink
'

expect_success 'a second node takes over, at once' '
	again 8.13.0 && mkdir -p second && cp mode version second &&
	start_server second second && first=$(cat port) &&
	spawn sink cheapster-sink-elasticsearch --name=two \
		"?nodes=http://127.0.0.1:$first&nodes=http://u:p@127.0.0.1:$(
			cat second/port)&batchdelay=20ms" &&
	is_whole && kill9 server && mv docs first.docs &&
	sed "s/170000000/170000010/g" "$top_srcdir/t/data/tools/frames.txt" |
		cheapster-pub && wait_for "test -s second/docs" && stop sink &&
	test "$(grep -c "node_failed node=http://127.0.0.1:$first" \
		sink.log)" -eq 1 && log_is_clean sink node_failed &&
	cat first.docs second/docs >docs && comes && cp docs want && grep "Basic dTpw" \
		second/asked
'
expect_success 'and nodes are found, if wished' '
	start_server server . && rm -f second/docs &&
	echo "es/127.0.0.1:$(cat second/port)" >nodes && mode close &&
	spawn sink cheapster-sink-elasticsearch --name=sniff \
		"http://127.0.0.1:$(cat port)?sniff=true&batchdelay=20ms" &&
	wait_for "test -s second/docs" && stop sink && mode ok &&
	grep "node_found node=http://127.0.0.1:$(cat second/port)" sink.log &&
	stop second 143
'
# knows OPTIONS AUTHORIZATION
knows () {
	_options=$1
	_authorization=$2
	expect_success "credentials: ${1%%=*}" '
		again 8.13.0 && echo "$_authorization" >auth &&
		sink "known-${_options%%=*}" "$_options" && is_whole && stop sink &&
		log_is_clean sink && ! grep "secret\|c2VjcmV0" sink.log &&
		must_fail 69 cheapster-sink-elasticsearch --check \
			"http://127.0.0.1:$(cat port)" 2>err &&
		grep "401: missing credentials" err && rm auth
	'
}
knows 'esUserName=u&esUserSecret=secret' 'Basic dTpzZWNyZXQ='
knows 'apiKey=id:secret' 'ApiKey aWQ6c2VjcmV0'
echo a2V5 >"$scratch/key"
knows "apiKey-file=$scratch/key" 'ApiKey a2V5'
knows 'token=secret' 'Bearer secret'
expect_success 'AWS: every request is signed, also with a session' '
	again "opensearch 2.11.0" &&
	export AWS_ACCESS_KEY_ID=AKID AWS_SECRET_ACCESS_KEY=geheim \
		AWS_SESSION_TOKEN=sitzung && sink aws "region=eu-west-1&gzip=1" &&
	is_whole && stop sink && log_is_clean sink &&
	! grep "geheim\|sitzung" sink.log &&
	cat asked && ! grep -v "signed eu-west-1/es sitzung" asked
'
expect_success 'AWS: region and service are those of the host, or are said' '
	again 8.13.0 && for host in "search-x.us-west-2.es.amazonaws.com?" \
		"x.eu-central-1.aoss.amazonaws.com:80?" \
		"h?region=us-west-2&" "h?region=a&service=b&"; do
		cheapster-sink-elasticsearch --check \
			"http://${host}proxy=http://127.0.0.1:$(cat port)" || return
	done && cat asked && test "$(grep -o "signed [^ ]*" asked | uniq |
		tr "\n" " ")" = "signed us-west-2/es signed eu-central-1/aoss \
signed us-west-2/es signed a/b " &&
	AWS_REGION=c cheapster-sink-elasticsearch --check \
		"http://127.0.0.1:$(cat port)" && grep "signed c/es" asked &&
	must_fail 78 cheapster-sink-elasticsearch --check http://h 2>err &&
	grep region err && unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY \
		AWS_SESSION_TOKEN
'
expect_success 'all is well, says --check, also as a part of the whole' '
	cheapster-sink-elasticsearch --check "http://127.0.0.1:$(cat port)" \
		2>err && grep check_succeeded err &&
	cheapster --bin-dir="$top_builddir" --source=local: --check \
		--sink="elasticsearch:?nodes=http://127.0.0.1:$(cat port)&ver=5" \
		2>err && grep "check_ok name=sink-elasticsearch" err
'
expect_success 'all of it ends in peace' '
	stop tap && stop aggregator && log_is_clean aggregator &&
	stop server 143
'
done_testing
