#!/bin/sh
# SPDX-License-Identifier: ISC
# Kubelets that cannot be reached, that refuse, that show certificates of all
# kinds: they are asked in another way, in the same window, or it is said why
# not.
. "$(dirname "$0")/lib.sh"
prereq python3 jq curl openssl

resolution=$((2 * slowness))s

# control QUERY
control () {
	curl -sf -X POST "$api/control?$1" >/dev/null
}
# start_cluster ARGUMENT...: with three nodes
start_cluster () {
	rm -f "$scratch/port"
	spawn_raw cluster python3 "$top_srcdir/t/bin/fake-cluster.py" "$@" \
		"$scratch/port" 3 &&
	wait_for "test -s $scratch/port" &&
	api=http://127.0.0.1:$(cat "$scratch/port")
}
# start_collector OPTIONS ARGUMENT...: frames are those of the last one.
start_collector () {
	_options=$1
	shift
	: >"$scratch/frames" &&
	spawn col cheapster-collector --name=test \
		--metric-resolution=$resolution \
		"--source=kubernetes:$api?inClusterConfig=false&$_options" "$@"
}
# count KIND NODE
count () {
	grep -c "\"kind\":\"$1\".*\"node\":{\"name\":\"$2\"" "$scratch/frames"
}
has () {
	test "$(count "$1" "$2")" -ge 1
}
# all KIND: of each node there is one, and of no node one of another kind.
all () {
	for _node in n0 n1 n2; do
		wait_for "has $1 $_node" || return
	done
	jq -n -e "[inputs | select(.kind == (\"node\", \"failed\")).kind] |
		unique == [\"$1\"]" "$scratch/frames"
}
# more KIND NODE: one more than there are now
more () {
	_want=$(($(count "$1" "$2") + 1))
	wait_for "test \$(count $1 $2) -ge $_want"
}
# errors REGEX: of all frames that say why there is nothing, but for those of
# nodes that the last collector had and this one has not
errors () {
	jq -n -e "[inputs | select(.kind == \"failed\").error |
		select(test(\"^it is not a node\") | not) | test(\"$1\")] |
		length > 0 and all" "$scratch/frames"
}
warnings () {
	grep -c ": warning " "$scratch/col.log"
}

expect_success 'a pipeline starts' '
	start_cluster && : >frames &&
	spawn agg cheapster-aggregator &&
	spawn sink cheapster-sink-exec "$top_srcdir/t/bin/keep-frames.py" \
		"$scratch/frames"
'

# Nobody listens at port 1.
expect_success 'kubelets are asked through the kube-apiserver' '
	for i in 0 1 2; do
		control "node=n$i&ready=True&port=1" || return
	done &&
	start_collector kubeletHttps=false --kubelet-via=proxy && all node &&
	stop col && log_is_clean col
'
expect_success 'or only those that refuse to be connected to' '
	control "node=n0&ready=True" &&
	start_collector kubeletHttps=false --kubelet-via=auto && all node &&
	test "$(warnings)" -eq 1 &&
	grep -q "warning kubelet_unreachable node=n[12] " col.log && stop col
'
expect_success 'and not at all unless that is asked for' '
	start_collector kubeletHttps=false && wait_for "has failed n1" &&
	wait_for "has node n0" && stop col &&
	test "$(count node n1)" -eq 0
'
expect_success 'at a port that is given, whatever the node tells' '
	port=$(curl -s "$api/api/v1/nodes" >nodes && jq \
		".items[0].status.daemonEndpoints[].Port" nodes) &&
	start_collector "kubeletHttps=false&kubeletPort=$port" \
		--kubelet-via=proxy --node=n0 &&
	wait_for "has node n0" && stop col && log_is_clean col &&
	start_collector "kubeletHttps=false&kubeletPort=1" \
		--kubelet-via=proxy --node=n0 &&
	wait_for "has failed n0" && stop col &&
	errors "^HTTP status 503 of the kube-apiserver: dial tcp"
'
expect_success 'one that drops who connects, or has no address, is gone around' '
	control "node=n1&ready=True&port=full" &&
	control "node=n2&ready=True&address=none" &&
	start_collector kubeletHttps=false --kubelet-via=auto && all node &&
	test "$(warnings)" -eq 1 &&
	grep -q "warning kubelet_unreachable node=n1 " col.log
'
expect_success 'what the kube-apiserver refuses is said once, and why' '
	control proxy=403 &&
	more failed n1 && more failed n2 && more node n0 &&
	errors "^HTTP status 403: the ClusterRole needs get on nodes/proxy" &&
	test "$(grep -c "scrape_refused lacks=nodes/proxy" col.log)" -eq 1 &&
	! grep -q "summary_refused\|scrape_failed" col.log
'
expect_success 'a kubelet that can be reached again is' '
	control "node=n1&ready=True" && more node n1
'
expect_success 'and the end of the refusal is said' '
	control proxy=200 && more node n2 &&
	grep -q "info scrape_allowed lacked=nodes/proxy" col.log && stop col &&
	test "$(log_value col summaries_refused)" -eq 0 &&
	control "node=n2&ready=True"
'
expect_success 'a rule that is missing is said once for all nodes' '
	for i in 0 1 2; do control "kubelet=n$i&mode=403" || return; done &&
	start_collector kubeletHttps=false && all failed &&
	more failed n0 && more failed n1 && more failed n2 &&
	errors "needs get on nodes/stats, or on nodes/metrics for CPU" &&
	test "$(warnings)" -eq 1 &&
	grep -q "warning scrape_refused lacks=nodes/metrics .*needs get on nodes/stats" \
		col.log
'
expect_success 'and so are a token that nobody knows, and the end of both' '
	for i in 0 1 2; do control "kubelet=n$i&mode=401" || return; done &&
	wait_for "grep -q \"info scrape_allowed lacked=nodes/metrics\" col.log" &&
	for i in 0 1 2; do control "kubelet=n$i&mode=ok" || return; done &&
	wait_for "grep -q \"info scrape_allowed lacked=token\" col.log" &&
	test "$(grep -c "scrape_refused lacks=token" col.log)" -eq 1 &&
	test "$(warnings)" -eq 2 && stop col
'
# Of a minute; the long patience is 20 s.
expect_success 'one that is not ready has two seconds for all its answers' '
	control "node=n1&ready=False" && control "kubelet=n1&mode=hang" &&
	control "node=n2&ready=False" && control "kubelet=n2&mode=nothing" &&
	mkdir own-state && start_collector kubeletHttps=false \
		--metric-resolution=60s --state-dir="$scratch/own-state" &&
	for node in n1 n2; do
		wait_for "grep -q \"scrape_failed node=$node \" col.log" &&
		after_ms=$(sed -n "s/.*scrape_failed node=$node after_ms=\([0-9]*\) .*/\1/p" col.log) &&
		test "$after_ms" -ge 1900 && test "$after_ms" -lt 15000 || return
	done &&
	stop col && kill9 cluster
'

# make_certificate NAME SUBJECT_ALT_NAME
make_certificate () {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$1.key" -out "$1.csr" -subj /CN=kubelet 2>err &&
	echo "subjectAltName=$2" >san &&
	openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -days 2 \
		-CAcreateserial -extfile san -out "$1.crt" 2>err
}
# start_tls NAME ARGUMENT...: kubelets with that certificate
start_tls () {
	_name=$1
	shift
	start_cluster --tls "$_name.crt" "$_name.key" &&
	start_collector "" --kubelet-certificate-authority="$scratch/ca.crt" \
		--kubelet-via=auto "$@"
}

expect_success 'certificates are made' '
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout ca.key -out ca.crt -days 2 -subj /CN=ca 2>err &&
	make_certificate name DNS:n0,DNS:n1,DNS:n2 &&
	make_certificate address IP:127.0.0.1 &&
	make_certificate other DNS:other,IP:127.0.0.2
'
for what in name address; do
	expect_success "a certificate that has the $what alone is good" '
		start_tls $what && all node && more node n0 && stop col &&
		log_is_clean col && kill9 cluster
	'
done
expect_success 'one that has neither is not, and nobody is asked in its place' '
	start_tls other && all failed && stop col &&
	errors "^it answers, but its certificate is good neither for n[012] nor for 127.0.0.1:" &&
	! grep -q kubelet_unreachable col.log && kill9 cluster
'
expect_success 'all ends in peace' '
	stop sink && stop agg && log_is_clean agg
'
done_testing
