#!/bin/sh
# SPDX-License-Identifier: ISC
# The cluster simulator speaks as kube-apiservers and kubelets do.
. "$(dirname "$0")/lib.sh"
prereq curl jq openssl

api=
kubesim () {
	rm -f port
	spawn sim "$top_builddir/contrib/kubesim/kubesim" --ready-fd=9 \
		--port-file="$scratch/port" --nodes=3 --pods=4 \
		--control-port-file="$scratch/control-port" \
		--namespaces=2 "$@" &&
	api=http://127.0.0.1:$(cat port) &&
	control=http://127.0.0.1:$(cat control-port)
}
# get PATH [CURL_FLAG...]: code on the last line.
get () {
	_path=$1
	shift
	curl -s -w '\n%{http_code}\n' "$@" "$api$_path"
}
tell () {
	curl -sSf -X POST "$control/kubesim?$1" >cost
}
kubelet () {
	echo "http://$(curl -s "$api/api/v1/nodes" | jq -r \
		".items[$1].status.addresses[0].address"):$(
		curl -s "$api/kubesim" | jq .kubelet_port)"
}
# watch NAME QUERY: into NAME.out.
watch () {
	spawn_raw "$1" curl -sN "$api/api/v1/pods?watch=1&$2"
}
# review KIND SPEC
review () {
	curl -s -X POST -d "{\"spec\":$2}" "$api/apis/$1"
}

expect_success 'pages join to the whole' '
	kubesim && curl -s "$api/api/v1/pods" >all &&
	next= && : >pages && for page in 1 2 3; do
		curl -s "$api/api/v1/pods?limit=5&continue=$next" >page &&
		next=$(jq -r ".metadata.continue // empty" page) &&
		jq -c ".items[]" page >>pages || return
	done && test -z "$next" &&
	jq -c ".items[]" all | cmp - pages && test "$(wc -l <pages)" -eq 12
'
expect_success 'the watch cache knows no pages' '
	curl -s "$api/api/v1/pods?limit=5&resourceVersion=0" |
	jq -e "(.items | length) == 12 and .metadata.continue == null"
'
expect_success 'one object is had by its name, pods by their namespace' '
	curl -s "$api/api/v1/nodes/node-1" |
	jq -e ".kind == \"Node\" and .metadata.name == \"node-1\"" &&
	pod=$(jq -r ".items[1].metadata.name" all) &&
	curl -s "$api/api/v1/namespaces/ns-1/pods/$pod" |
	jq -e ".metadata.name == \"$pod\"" &&
	curl -s "$api/api/v1/namespaces/ns-1/pods" >some &&
	jq -e "[.items[].metadata.namespace] | length == 6 and
		all(. == \"ns-1\")" some &&
	test "$(get "/api/v1/namespaces/ns-0/pods/$pod" | tail -n 1)" -eq 404 &&
	curl -s "$api/api/v1/pods?labelSelector=tier%3Dt3" >some &&
	jq -e "[.items[].metadata.labels.tier] | length > 0 and
		all(. == \"t3\")" some
'
expect_success 'it says what it has' '
	curl -s "$api/api" | jq -e ".versions == [\"v1\"]" &&
	curl -s "$api/apis" |
	jq -e "[.groups[].name] | index(\"metrics.k8s.io\") == null" &&
	curl -s "$api/api/v1" | jq -e "[.resources[].kind] | index(\"Pod\")" &&
	curl -s -H "Accept: application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList" "$api/apis" |
	jq -e ".apiVersion == \"apidiscovery.k8s.io/v2\"" &&
	test "$(get /apis/metrics.k8s.io/v1 | tail -n 1)" -eq 404
'
# selected SELECTOR: the names of nodes, joined by blanks
selected () {
	curl -s -G --data-urlencode "labelSelector=$1" "$api/api/v1/nodes" |
	jq -r "[.items[].metadata.name] | join(\" \")"
}
expect_success 'a label selector chooses nodes' '
	zone=topology.kubernetes.io/zone &&
	test "$(selected $zone=z1)" = node-1 &&
	test "$(selected "$zone!=z1")" = "node-0 node-2" &&
	test "$(selected "$zone,kubernetes.io/hostname=node-2")" = node-2 &&
	test "$(selected nonsense)" = ""
'
expect_success 'a field selector chooses the pods of a node' '
	curl -s "$api/api/v1/pods?fieldSelector=spec.nodeName%3Dnode-1" |
	jq -e "[.items[].spec.nodeName] == [\"node-1\", \"node-1\", \"node-1\",
		\"node-1\"]"
'
expect_success 'a watch tells what happens, and where it has got to' '
	version=$(jq -r .metadata.resourceVersion all) &&
	watch w "resourceVersion=$version&allowWatchBookmarks=true" &&
	tell churn=6000 && wait_for "grep -q ADDED w.out" &&
	tell churn=0 && wait_for "grep -q BOOKMARK w.out" &&
	jq -e -n "[inputs | .object.metadata.resourceVersion | tonumber] |
		. == sort" w.out
'
expect_success 'a late one is told what it has missed' '
	watch late "resourceVersion=$version" &&
	wait_for "test \$(grep -c ADDED late.out) -eq \
		\$(jq .replaced cost)"
'
expect_success 'a cut comes in mid-event' '
	tell cut=1 && ends w 18 && ends late 18 &&
	test "$(tail -c 14 w.out)" = "{\"type\":\"MODIF"
'
expect_success 'what is forgotten is gone' '
	next=$(curl -s "$api/api/v1/pods?limit=5" |
		jq -r .metadata.continue) && tell expire=1 &&
	curl -s "$api/api/v1/pods?watch=1&resourceVersion=$version" |
	jq -e ".type == \"ERROR\" and .object.code == 410" &&
	test "$(get "/api/v1/pods?limit=5&continue=$next" | tail -n 1)" -eq 410
'
expect_success 'all requests can fail' '
	tell status=503 && test "$(get /api/v1/nodes | tail -n 1)" -eq 503 &&
	tell status=200 && test "$(get /api/v1/nodes | tail -n 1)" -eq 200
'
expect_success 'watches alone can fail' '
	tell watch-status=403 &&
	test "$(get "/api/v1/pods?watch=1" | tail -n 1)" -eq 403 &&
	test "$(get /api/v1/pods | tail -n 1)" -eq 200 &&
	tell watch-status=200 && jq -e ".watches_begun > 0 and .lists > 0" cost
'
# took PATH SECONDS: at least.
took () {
	curl -s -o out -w "%{time_total}\n" "$api$1" >timing &&
	awk -v least="$2" "{ exit \$1 < least }" timing
}
expect_success 'lists and watches can be slow' '
	tell slow=4000 && took /api/v1/pods 1 &&
	jq -e "(.items | length) == 12" out &&
	tell slow=100 && took "/api/v1/pods?watch=1&resourceVersion=1" 1 &&
	grep -q "410}}" out && tell slow=0
'
expect_success 'one that is slow can be cut' '
	tell slow=1000 && spawn_raw list curl -sN "$api/api/v1/pods" &&
	wait_for "test -s list.out" && tell cut=1 && ends list 18 &&
	spawn_raw list curl -sN "$api/api/v1/pods" &&
	wait_for "test -s list.out" && kill9 list && tell slow=0 &&
	curl -s "$api/api/v1/pods" | jq -e "(.items | length) == 12"
'
expect_success 'and again, with watches, and all that waits to be sent' '
	for round in 1 2 3 4 5; do
		tell "slow=4000&churn=6000" &&
		for i in 1 2 3; do
			watch "w$i" resourceVersion=9999999 &&
			spawn_raw "list$i" curl -sN "$api/api/v1/pods" || return
		done &&
		wait_for "tell \"\" && jq -e \".watches == 3\" cost" &&
		tell cut=1 && tell "cut=1&slow=0&churn=0" &&
		for i in 1 2 3; do
			_wait_dead "$(pid "w$i")" "$patience" &&
			_wait_dead "$(pid "list$i")" "$patience" || return
		done && jq -e ".watches == 0" cost || return
	done
'
expect_success 'it goes down with all connections, and comes back' '
	version=$(curl -s "$api/api/v1/pods" |
		jq -r .metadata.resourceVersion) &&
	watch w "resourceVersion=$version" && watch idle resourceVersion=1 &&
	wait_for "tell \"\" && jq -e \".watches == 1\" cost" &&
	tell api=down && ends w 18 &&
	must_fail 7 curl -s "$api/api/v1/pods" && tell "api=down" &&
	tell "api=up&expire=1" &&
	curl -s "$api/api/v1/pods?watch=1&resourceVersion=$version" |
	jq -e ".object.code == 410"
'
expect_success 'kubelets answer, also through the proxy' '
	kubelet=$(kubelet 1) &&
	curl -s "$kubelet/stats/summary" |
	jq -e ".node.nodeName == \"node-1\" and (.pods | length) == 4" &&
	curl -s "$api/api/v1/nodes/node-2/proxy/stats/summary" |
	jq -e ".node.nodeName == \"node-2\"" &&
	curl -s "$kubelet/metrics/resource" >resource &&
	grep -c "^container_cpu_usage_seconds_total" resource >n &&
	test "$(cat n)" -eq 8
'
expect_success 'a kubelet that is down refuses, and comes back' '
	tell down=node-1 && must_fail 7 curl -s "$kubelet/healthz" &&
	tell up=node-1 && test "$(curl -s "$kubelet/healthz")" = ok
'
expect_success 'a kubelet that hangs says nothing' '
	tell hang=node-1 &&
	must_fail 28 curl -s -m 0.3 "$kubelet/stats/summary" &&
	tell up=node-1 && curl -sf "$kubelet/stats/summary" >out
'
expect_success 'reviews say who somebody is and what they may' '
	tokens=authentication.k8s.io/v1/tokenreviews &&
	accesses=authorization.k8s.io/v1/subjectaccessreviews &&
	review $tokens "{\"token\":\"good-1\"}" | jq -e "
		.status.authenticated and .status.user.username == \"good-1\"" &&
	review $tokens "{\"token\":\"bad\"}" |
	jq -e ".status.authenticated == false" &&
	review $accesses "{\"user\":\"good-1\"}" | jq -e .status.allowed &&
	review $accesses "{\"user\":\"x-denied\"}" |
	jq -e ".status.allowed == false"
'
expect_success 'what it does not know it refuses' '
	must_fail 22 tell nonsense=1 && must_fail 22 tell down=node-77 &&
	must_fail 22 tell error-rate=101 &&
	test "$(get /api/v1/secrets | tail -n 1)" -eq 404 && stop sim &&
	must_fail 64 "$top_builddir/contrib/kubesim/kubesim" --nodes=0
'
expect_success 'kubelets can take their time' '
	kubesim --latency=100ms && kubelet=$(kubelet 0) && : >times &&
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		curl -s -o out -w "%{time_total}\n" "$kubelet/stats/summary" \
			>>times || return
	done &&
	awk "{ sum += \$1 } END { exit sum < 0.4 }" times &&
	jq -e ".node.nodeName == \"node-0\"" out && stop sim
'
expect_success 'HTTPS with a token' '
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout key -out cert -days 2 -subj /CN=sim \
		-addext subjectAltName=IP:127.0.0.1 &&
	kubesim --tls-cert=cert --tls-key=key --token=sesame &&
	api=https://127.0.0.1:$(cat port) &&
	test "$(get /api/v1/nodes --cacert cert | tail -n 1)" -eq 401 &&
	test "$(get /api/v1/nodes --cacert cert \
		-H "Authorization: Bearer sesame" | tail -n 1)" -eq 200 &&
	stop sim
'
done_testing
