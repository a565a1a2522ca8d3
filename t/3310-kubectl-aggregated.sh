#!/bin/sh
# SPDX-License-Identifier: ISC
# kubectl knows a kube-apiserver, which hands metrics.k8s.io on to ours: it
# prints what the simulated cluster's model says.
. "$(dirname "$0")/lib.sh"
prereq kubectl curl jq openssl python3

group=/apis/metrics.k8s.io

make_ca () {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$1.key" -out "$1.crt" -days 2 -subj "/CN=$1" \
		-addext basicConstraints=critical,CA:TRUE 2>/dev/null
}
# make_cert NAME CA EXTENSION
make_cert () {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$1.key" -out "$1.csr" -subj "/CN=$1" 2>/dev/null &&
	echo "$3" >"$1.ext" &&
	openssl x509 -req -in "$1.csr" -CA "$2.crt" -CAkey "$2.key" \
		-extfile "$1.ext" -out "$1.crt" -days 2 2>/dev/null
}
make_certs () {
	make_ca us && make_ca proxies && make_ca strangers &&
	make_cert cluster us subjectAltName=IP:127.0.0.1 &&
	make_cert api us subjectAltName=DNS:metrics-server.kube-system.svc &&
	make_cert other us subjectAltName=DNS:other.kube-system.svc &&
	make_cert front-proxy-client proxies extendedKeyUsage=clientAuth &&
	jq -n --rawfile proxies proxies.crt '{
		"requestheader-client-ca-file": $proxies,
		"requestheader-allowed-names": "[\"front-proxy-client\"]",
		"requestheader-username-headers": "[\"X-Remote-User\"]",
		"requestheader-group-headers": "[\"X-Remote-Group\"]",
		"requestheader-extra-headers-prefix": "[\"X-Remote-Extra-\"]"
	}' >config.json && echo sesame >token
}
start_sim () {
	spawn sim "$top_builddir/contrib/kubesim/kubesim" --ready-fd=9 \
		--port-file="$scratch/port" --nodes=3 --pods=4 --namespaces=3 \
		--control-port-file="$scratch/control" --newer \
		--tls-cert=cluster.crt --tls-key=cluster.key --token=sesame \
		--auth-config="$scratch/config.json" --aggregated-ca=us.crt \
		--proxy-client-cert-file=front-proxy-client.crt \
		--proxy-client-key-file=front-proxy-client.key &&
	server=https://127.0.0.1:$(cat port)
}
# start_api [CERTIFICATE]
start_api () {
	spawn api cheapster-apiserver --listen=127.0.0.1:0 \
		--secure-listen=127.0.0.1:0 --tls-cert-file="${1:-api}.crt" \
		--tls-private-key-file="${1:-api}.key" \
		--kube-server="$server" --kube-token-file=token \
		--kube-certificate-authority=us.crt
}
start_rest () {
	spawn aggregator cheapster-aggregator &&
	spawn collector cheapster-collector --metric-resolution="${slowness}s" \
		--source="kubernetes:$server?inClusterConfig=false" \
		--kube-token-file=token --kube-certificate-authority=us.crt \
		--kubelet-insecure-tls
}
tell () {
	curl -sSf -X POST "http://127.0.0.1:$(cat control)/kubesim?$1" >told
}
is_available () {
	tell probe=1 && wait_for "tell '' && jq -e .available told"
}
register () {
	tell "aggregated=$(address_of api secure_listening)" && is_available
}
# ask ARGUMENT...: what kubectl says to $user, without blanks at the ends.
user=good-1
cache=cache
ask () {
	KUBECONFIG=$scratch/kubeconfig NO_PROXY='*' \
	    timeout "$patience" kubectl --cache-dir="$scratch/$cache" \
	    --user="$user" "$@" </dev/null >said.raw 2>&1
	_status=$?
	sed 's/ *$//' said.raw >said
	return "$_status"
}
# in_model KIND [NAMESPACE] [LABEL=VALUE]
in_model () {
	curl -sS --cacert us.crt -H "Authorization: Bearer sesame" \
		"$server/api/v1/pods" |
	python3 "$top_srcdir/t/bin/kubesim-top.py" "$@" >model
}
# says_model ARGUMENT...: what is in model.  Newer ones print "CPU(%)".
says_model () {
	ask "$@" &&
	case $* in
	*nodes*) sed 's/(%)/%/g' said | tr -s ' ' >got &&
		tr -s ' ' <model | diff -u - got ;;
	*) diff -u model said ;;
	esac
}
# says TEXT ARGUMENT...: an error.
says () {
	_text=$1
	shift
	! ask "$@" && grep -q -x -F -e "$_text" said || { cat said; return 1; }
}
# make_kubeconfig USER...
make_kubeconfig () {
	jq -n --arg server "$server" --arg ca "$scratch/us.crt" '{
		apiVersion: "v1", kind: "Config", "current-context": "sim",
		clusters: [{name: "sim", cluster: {
			server: $server, "certificate-authority": $ca}}],
		contexts: [{name: "sim", context: {cluster: "sim"}}],
		users: [$ARGS.positional[] | {name: ., user: {token: .}}]
	}' --args "$@" >kubeconfig
}
has_values () {
	ask get --raw "$group/v1/pods" && jq -e ".items | length == 12" said
}

expect_success 'a cluster has a Metrics API' '
	make_certs && start_sim && start_api && start_rest &&
	make_kubeconfig good-1 good-denied good-2-alpha bad &&
	register && wait_for has_values
'
all_tops () {
	in_model nodes && says_model top nodes &&
	in_model pods && says_model top pods -A &&
	in_model pods ns-1 && says_model top pods -n ns-1 &&
	in_model containers && says_model top pods -A --containers &&
	in_model containers ns-2 && says_model top pods -n ns-2 --containers &&
	in_model pods tier=t3 && says_model top pods -A -l tier=t3 &&
	in_model pods ns-0 app=app-6 && says_model top pods -n ns-0 -l app=app-6
}
# The first value is the kubelet's own: there may be another soon.
expect_success 'top' 'wait_for all_tops'
expect_success 'top of some nodes, of one, and of one pod' '
	in_model nodes && grep -e NAME -e node-1 model >one && mv one model &&
	says_model top nodes -l topology.kubernetes.io/zone=z1 &&
	says_model top nodes node-1 &&
	in_model pods ns-1 && sed -n "1p;3p" model | tr -s " " >one &&
	pod=$(sed -n "2s/ .*//p" one) && ask top pod "$pod" -n ns-1 &&
	tr -s " " <said | diff -u one -
'
if kubectl top pod --help 2>/dev/null | grep -q show-swap; then
expect_success 'top with swap' '
	ask top nodes --show-swap && grep "SWAP(bytes)" said &&
	ask top pods -A --show-swap && grep "SWAP(bytes)" said
'
fi
# Windows are as long as it took, and not of the model.
expect_success 'get, as a table' '
	in_model table && ask get pods.metrics.k8s.io -A &&
	sed "s/ *[^ ]*\$//" said | tr -s " " >got &&
	tr -s " " <model | diff -u - got &&
	sed "s/.* //" said >windows && test "$(sed 1q windows)" = WINDOW &&
	test "$(grep -c -E "^[0-9.]+m?s\$" windows)" -eq 12
'
expect_success 'get, as objects' '
	ask get nodes.metrics.k8s.io -o yaml &&
	grep -c "^  kind: NodeMetrics\$" said >n && test "$(cat n)" -eq 3 &&
	grep "^    memory: 5Gi\$" said && grep "^    swap: 4Ki\$" said &&
	ask get --raw "$group/v1beta1/nodes/node-2" &&
	jq -e ".kind == \"NodeMetrics\" and .usage.memory == \"5Gi\"" said &&
	ask get nodes.v1beta1.metrics.k8s.io node-2 -o json &&
	jq -e ".apiVersion == \"metrics.k8s.io/v1beta1\"" said
'
# It is of 1.27 or later, and explains from OpenAPI 3.
is_new () {
	ask version --client &&
	test "$(sed -n 's/^Client.*"*v1\.\([0-9]*\)\..*/\1/p' said)" -ge 27
}
if is_new; then
expect_success 'explain' '
	explains () {
		grep "^GROUP: *metrics.k8s.io" said &&
		grep "^VERSION: *$1\$" said &&
		grep "^KIND: *PodMetrics" said &&
		grep "containers.*\[\]ContainerMetrics" said
	} && ask explain PodMetrics && explains v1 &&
	ask explain pods --api-version=metrics.k8s.io/v1beta1 &&
	explains v1beta1 && ask explain nodemetrics.usage &&
	grep "FIELD: *usage" said
'
fi
expect_success 'api-resources and api-versions' '
	ask api-resources --api-group=metrics.k8s.io &&
	grep "^nodes .*NodeMetrics" said && grep "^pods .*PodMetrics" said &&
	ask api-versions && grep -x metrics.k8s.io/v1 said &&
	grep -x metrics.k8s.io/v1beta1 said
'
# denied USER WHAT WHERE ARGUMENT...
denied () {
	user=$1
	_words="Error from server (Forbidden): $2.metrics.k8s.io is forbidden:\
 User \"$1\" cannot list resource \"$2\" in API group \"metrics.k8s.io\" $3"
	shift 3
	says "$_words" "$@"
	_got=$?
	user=good-1
	return "$_got"
}
expect_success 'who may not is told so, and as whom' '
	denied good-denied nodes "at the cluster scope" top nodes &&
	denied good-denied pods "at the cluster scope" top pods -A &&
	denied good-denied pods "in the namespace \"ns-1\"" \
		top pods -n ns-1 &&
	denied good-2-alpha pods "at the cluster scope" \
		get pods.metrics.k8s.io -A &&
	user=bad && cache=cache-bad && { ! ask top nodes; } &&
	user=good-1 && cache=cache &&
	grep "^error: You must be logged in to the server" said
'
expect_success 'what is not there' '
	says "Error from server (NotFound): pods \"nosuch\" not found" \
		top pod nosuch -n ns-1 &&
	ask top pods -n nosuch && grep "No resources found in nosuch" said
'
expect_success 'clusters before 1.27 have discovery of another kind' '
	tell discovery=legacy && cache=cache-legacy &&
	in_model nodes && says_model top nodes &&
	in_model pods && says_model top pods -A &&
	ask get nodes.metrics.k8s.io && grep "^node-2 " said &&
	tell discovery=aggregated && cache=cache
'
# says_away ARGUMENT...: as kubectl says it that was told by discovery.
says_away () {
	! ask "$@" && grep -q -x -F -e "error: Metrics API not available" \
	    -e "$unavailable" said || { cat said; return 1; }
}
unavailable="Error from server (ServiceUnavailable): the server is currently\
 unable to handle the request (get nodes.metrics.k8s.io)"
is_away () {
	tell probe=1 && wait_for "tell '' && jq -e '.available | not' told"
}
# refused BODY: plainly, with a 503
refused () {
	curl -sS --noproxy "*" --max-time "$patience" --cacert us.crt -i \
		-H "Authorization: Bearer good-1" "$server$group/v1/nodes" >body &&
	grep -q "^HTTP/1.1 503 " body && grep -q "^$1" body
}
expect_success 'without an API server there is a 503, before it is noticed' '
	kill9 api && says_away top nodes && tell discovery=legacy &&
	cache=cache-legacy && says "$unavailable" top nodes &&
	refused "error trying to reach service: "
'
expect_success 'and after; what else the cluster has is there' '
	is_away && says "$unavailable" top nodes && tell discovery=aggregated &&
	refused "service unavailable" && ask get nodes &&
	grep "^node-2 " said && cache=cache && says_away top nodes
'
expect_success 'back again, it tells at once what it had told' '
	start_api && register && in_model pods && says_model top pods -A
'
expect_success 'nothing is handed on to one who is somebody else' '
	stop api && start_api other && register && says_away top nodes &&
	refused "error trying to reach service: tls: "
'
expect_success 'nobody hears who asked' '
	stop api && log_is_clean aggregator && stop collector &&
	stop aggregator && stop sim
'
done_testing
