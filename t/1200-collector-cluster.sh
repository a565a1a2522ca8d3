#!/bin/sh
# SPDX-License-Identifier: ISC
# A cluster, as it lives: objects come and go, the kube-apiserver breaks off,
# forgets, refuses.  Frames have what is known at the time.
. "$(dirname "$0")/lib.sh"
prereq python3 jq curl openssl

resolution=$((500 * slowness))ms

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
# start_collector OPTIONS ARGUMENT...
key=kubernetes
start_collector () {
	_options=$1
	shift
	spawn col cheapster-collector --name=test \
		--metric-resolution=$resolution \
		"--source=$key:$api?inClusterConfig=false&$_options" "$@"
}
start_pipeline () {
	: >"$scratch/frames" &&
	spawn agg cheapster-aggregator &&
	spawn sink cheapster-sink-exec "$top_srcdir/t/bin/keep-frames.py" \
		"$scratch/frames"
}
# newest NODE FILTER: of what came last from the node.
newest () {
	grep "\"kind\":\"node\".*\"node\":{\"name\":\"$1\"" \
		"$scratch/frames" | tail -n 1 | jq -c "$2"
}
is_newest () {
	test "$(newest "$1" "$2")" = "$3"
}
# pod NAME: a filter for newest
pod () {
	echo ".node.pods[] | select(.name == \"$1\")"
}
# count KIND NODE
count () {
	grep -c "\"kind\":\"$1\".*\"node\":{\"name\":\"$2\"" "$scratch/frames"
}
# more KIND NODE: two frames more than there are now
more () {
	_want=$(($(count "$1" "$2") + 2))
	wait_for "test \$(count $1 $2) -ge $_want"
}

expect_success 'the nodes of a cluster are found and asked' '
	start_cluster && start_pipeline &&
	start_collector kubeletHttps=false --store-label=team=app &&
	for node in n0 n1 n2; do more node "$node" || return; done
'
expect_success 'a node has what the cluster knows of it' '
	is_newest n1 "[.partial, .node.hostname, .node.labels,
		.node.schedulable]" "[null,null,\"zone:z1\",\"true\"]" &&
	newest n1 "[.metrics, .node.values] | transpose |
		map({(.[0]): .[1]}) | add" >values &&
	jq -e "[.[\"cpu/node_capacity\"], .[\"cpu/node_allocatable\"],
		.[\"memory/node_allocatable\"]] == [8000, 4000, 8589934592]" \
		values
'
expect_success 'a pod has labels, uids, stored labels' '
	is_newest n2 "$(pod p3-2) |
		[.uid, .namespace, .namespace_id, .labels, .stored]" \
		"[\"uid-2-3\",\"ns1\",\"ns-uid-1\",\"app:p3,tier:t\",{\"team\":\"p3\"}]"
'
expect_success 'a container has its image, requests and restarts' '
	is_newest n2 ". as \$f | $(pod p3-2) | .containers[] |
		select(.name == \"c0\") |
		[.image, .values[\$f.metrics | index(\"cpu/request\")],
		.values[\$f.metrics | index(\"restart_count\")]]" \
		"[\"image0\",10,3]"
'
expect_success 'its rate is exact, and sums are those of their parts' '
	wait_for "is_newest n2 \". as \\\$f | $(pod p3-2 | sed "s/\"/\\\\\"/g") |
		[.containers[] | .values[\\\$f.metrics |
		index(\\\"cpu/usage_rate\\\")]] | sort\" \"[331,332]\"" &&
	is_newest n2 ". as \$f | (.metrics | index(\"cpu/request\")) as \$r |
		[([.node.pods[].containers[].values[\$r]] | add),
		([.node.pods[].values[\$r]] | add), .node.values[\$r]]" \
		"[120,120,120]"
'
expect_success 'labels change as they are changed' '
	control "pod=p0-0&node=0&labels=app:new" &&
	wait_for "is_newest n0 \"\$(pod p0-0) | .labels\" \"\\\"app:new\\\"\""
'
expect_success 'a pod that is deleted is unknown' '
	control gone=p1-0 &&
	wait_for "is_newest n0 \"\$(pod p1-0) | .labels\" null"
'
expect_success 'a watch that breaks off in mid-event goes on' '
	control cut=1 && control "pod=p1-0&node=0&labels=app:again" &&
	wait_for "is_newest n0 \"\$(pod p1-0) | .labels\" \"\\\"app:again\\\"\""
'
expect_success 'what was forgotten is listed again, in pages' '
	control "pod=p2-0&node=0&labels=app:late" && control expire=1 &&
	control cut=1 &&
	wait_for "grep -q \"info kube_watch_expired resource=pods\" col.log" &&
	control gone=p3-0 &&
	wait_for "is_newest n0 \"\$(pod p2-0) | .labels\" \"\\\"app:late\\\"\"" &&
	wait_for "is_newest n0 \"\$(pod p3-0) | .labels\" null"
'
# lists: that the collector has read so far
lists () {
	_seen=$(grep -c " counters " col.log)
	kill -USR1 "$(pid col)" &&
	wait_for "test \$(grep -c \" counters \" col.log) -gt $_seen" &&
	log_value col lists
}
expect_success 'an object that is none costs only itself' '
	before=$(lists) && control broken=bad &&
	wait_for "grep -q \"kube_object_undecodable resource=pods\" col.log" &&
	control gone=bad && control "pod=p3-0&node=0&labels=app:good" &&
	wait_for "is_newest n0 \"\$(pod p3-0) | .labels\" \"\\\"app:good\\\"\"" &&
	test "$(lists)" -eq "$before"
'
expect_success 'after what is no event everything is listed again' '
	control garbage=1 &&
	wait_for "grep -q \"kube_watch_failed resource=pods .*json:\" col.log" &&
	control "pod=p3-0&node=0&labels=app:back" &&
	wait_for "is_newest n0 \"\$(pod p3-0) | .labels\" \"\\\"app:back\\\"\""
'
expect_success 'a node leaves, and its pods are no longer asked for' '
	control leave=n1 &&
	wait_for "grep -q \"\\\"kind\\\":\\\"rollup\\\".*\" frames" &&
	more node n0 && more node n0 &&
	before=$(count node n1) && more node n0 &&
	test "$(count node n1)" -eq "$before"
'
expect_success 'and comes back' '
	control join=n1 && more node n1
'
expect_success 'a node that does not answer delays no other' '
	control "kubelet=n1&mode=hang" && more failed n1 && more node n0 &&
	control "kubelet=n1&mode=ok" && more node n1
'
expect_success 'one that is not ready is asked all the same' '
	control "node=n1&ready=False" && more node n1
'
expect_success 'without the kube-apiserver all goes on from what is known' '
	control status=403 && control cut=1 &&
	wait_for "grep -q \"kube_forbidden .*needs list and watch\" col.log" &&
	more node n2 &&
	is_newest n2 "$(pod p3-2) | .labels" "\"app:p3,tier:t\"" &&
	control status=200 &&
	wait_for "grep -q \"info kube_recovered resource=pods\" col.log" &&
	control "pod=p3-2&node=2&labels=app:healed" &&
	wait_for "is_newest n2 \"\$(pod p3-2) | .labels\" \"\\\"app:healed\\\"\""
'
expect_success 'killed and started again it loses and repeats nothing' '
	before=$(count node n0) && kill -KILL "$(pid col)" &&
	start_collector kubeletHttps=false --store-label=team=app &&
	more node n0 && more node n2 &&
	jq -r "select(.kind == \"node\") | \"\(.node.name) \(.window_us)\"" \
		frames | sort | uniq -d >twice && test ! -s twice
'
expect_success 'the node alone, and its pods' '
	stop col && start_collector kubeletHttps=false --node=n2 &&
	more node n2 && before=$(count node n0) && more node n2 &&
	test "$(count node n0)" -eq "$before" &&
	stop col && test "$(log_value col pods_known)" -eq 4
'
expect_success 'where the Summary is forbidden the resources are asked for' '
	control "kubelet=n1&mode=nosummary" &&
	start_collector kubeletHttps=false &&
	wait_for "grep -q \"summary_refused .*get on nodes/stats\" col.log" &&
	more node n1 &&
	wait_for "is_newest n1 \". as \\\$f | $(pod p3-1 | sed "s/\"/\\\\\"/g") |
		[.containers[] | .values[\\\$f.metrics |
		index(\\\"cpu/usage_rate\\\")]] | sort\" \"[231,232]\"" &&
	is_newest n1 "$(pod p3-1) | .labels" "\"app:p3,tier:t\"" &&
	test "$(grep -c "summary_refused" col.log)" -eq 1 &&
	more node n0 && newest n0 .metrics | grep -q network/rx && stop col
'
expect_success 'resources alone, by the key' '
	key=kubernetes.resource && start_collector kubeletHttps=false &&
	more node n1 && more node n0 &&
	! newest n0 .metrics | grep -q network/rx && stop col &&
	log_is_clean col
'
# Pods are sums; of the pause container, memory counts.
expect_success 'and what cAdvisor says, of pods as of their containers' '
	key=kubernetes.cadvisor && start_collector kubeletHttps=false &&
	wait_for "is_newest n0 \". as \\\$f | $(pod p0-0 | sed "s/\"/\\\\\"/g") |
		[., .containers[]] | map(.values[\\\$f.metrics |
		index(\\\"cpu/usage_rate\\\", \\\"memory/usage\\\")])\" \
		\"[203,1107,101,500,102,600]\"" &&
	stop col && log_is_clean col && key=kubernetes
'
expect_success 'shards share the nodes out' '
	for i in 0 1; do
		spawn "col$i" cheapster-collector --name="shard$i" \
			--state-dir="$scratch/shard$i" \
			--metric-resolution=$resolution --shard=$i/2 \
			"--source=kubernetes:$api?inClusterConfig=false&kubeletHttps=false" ||
			return
	done &&
	for node in n0 n1 n2; do more node "$node" || return; done &&
	stop col0 && stop col1 &&
	jq -r "select(.kind == \"node\") | \"\(.node.name) \(.collector)\"" \
		frames | grep "shard[01]$" | sort -u >owners && cat owners &&
	test "$(wc -l <owners)" -eq 3
'
expect_success 'and each knows the pods of its own' '
	for i in 0 1; do
		test "$(log_value "col$i" pods_known)" -eq \
			$((4 * $(grep -c "shard$i$" owners))) || return
	done
'
expect_success 'all of it ends in peace' '
	stop sink && stop agg && log_is_clean agg
'

# TLS: a CA, and a certificate that has the names of the nodes and no address.
expect_success 'certificates are made' '
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout ca.key -out ca.crt -days 2 -subj /CN=ca 2>err &&
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout kubelet.key -out kubelet.csr -subj /CN=kubelet \
		2>err &&
	echo "subjectAltName=DNS:n0,DNS:n1" >san &&
	openssl x509 -req -in kubelet.csr -CA ca.crt -CAkey ca.key -days 2 \
		-CAcreateserial -extfile san -out kubelet.crt 2>err &&
	mkdir tls-state
'
expect_success 'kubelets are verified by the names of their nodes' '
	stop cluster && start_cluster --tls kubelet.crt kubelet.key &&
	start_pipeline && start_collector "" \
		--kubelet-certificate-authority="$scratch/ca.crt" \
		--state-dir="$scratch/tls-state" &&
	more node n0 && more node n1 && more failed n2 &&
	grep "\"kind\":\"failed\"" frames | tail -n 1 |
		jq -e "select(.node.name == \"n2\").error | test(\"n2\")"
'
# No certificate of this CA has the name of n2.
expect_success 'and also where the kube-apiserver is not verified' '
	stop col && start_collector insecure=true \
		--kubelet-certificate-authority="$scratch/ca.crt" \
		--state-dir="$scratch/tls-state" &&
	more failed n2 && more node n0
'
expect_success 'without a CA nobody is trusted' '
	stop col && start_collector "" --state-dir="$scratch/tls-state" &&
	more failed n0 && stop col
'
expect_success 'unless that is asked for' '
	start_collector "" --kubelet-insecure-tls \
		--state-dir="$scratch/tls-state" &&
	more node n2 && stop col
'
expect_success 'bad flags are one line, before anything happens' '
	for flags in --shard=2/2 --node=N1 "--node=n1 --shard=0/2" \
		--kubelet-preferred-address-types=IP --store-label==x \
		--kubelet-port=70000 --kubelet-via=magic \
		--source=kubernetes:https://u:pw@h \
		"--source=kubernetes:http://h?insecure=x" \
		--source=kubernetes:; do
		# shellcheck disable=SC2086
		must_fail 64 cheapster-collector \
			--source="kubernetes:$api?inClusterConfig=false" \
			$flags 2>err || return
		test "$(wc -l <err)" -eq 1 || return
		! grep -q "pw@" err || return
	done
'
done_testing
