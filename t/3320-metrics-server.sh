#!/bin/sh
# SPDX-License-Identifier: ISC
# "cheapster metrics-server" with the flags of metrics-server's manifests, behind
# a kube-apiserver: kubectl top works, and goes on after kill -9.
. "$(dirname "$0")/lib.sh"
prereq kubectl curl jq openssl python3

group=/apis/metrics.k8s.io
free_port () {
	python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}
make_certs () {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout cluster.key -out cluster.crt -days 2 -subj /CN=cluster \
		-addext subjectAltName=IP:127.0.0.1 2>/dev/null &&
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout proxy.key -out proxy.crt -days 2 \
		-subj /CN=front-proxy-client 2>/dev/null &&
	jq -n --rawfile proxies proxy.crt '{
		"requestheader-client-ca-file": $proxies,
		"requestheader-allowed-names": "[\"front-proxy-client\"]",
		"requestheader-username-headers": "[\"X-Remote-User\"]",
		"requestheader-group-headers": "[\"X-Remote-Group\"]",
		"requestheader-extra-headers-prefix": "[\"X-Remote-Extra-\"]"
	}' >config.json
}
# Its APIServices have insecureSkipTLSVerify, as those of the manifests.
start_sim () {
	spawn sim "$top_builddir/contrib/kubesim/kubesim" --ready-fd=9 \
		--port-file="$scratch/port" --nodes=2 --pods=3 --namespaces=2 \
		--control-port-file="$scratch/control" --newer \
		--tls-cert=cluster.crt --tls-key=cluster.key --token=sesame \
		--auth-config="$scratch/config.json" \
		--proxy-client-cert-file=proxy.crt \
		--proxy-client-key-file=proxy.key &&
	server=https://127.0.0.1:$(cat port)
}
make_kubeconfig () {
	jq -n --arg server "$server" --arg ca "$scratch/cluster.crt" \
	    --arg token "$1" '{
		apiVersion: "v1", kind: "Config", "current-context": "sim",
		clusters: [{name: "sim", cluster: {
			server: $server, "certificate-authority": $ca}}],
		contexts: [{name: "sim", context: {cluster: "sim", user: "me"}}],
		users: [{name: "me", user: {token: $token}}]
	}'
}
start_metrics_server () {
	secure_port=$(free_port) &&
	spawn all cheapster metrics-server --cert-dir="$scratch/certificates" \
		--secure-port="$secure_port" --bind-address=127.0.0.1 \
		--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname \
		--kubelet-use-node-status-port \
		--metric-resolution="${slowness}s" --kubelet-insecure-tls \
		--kubeconfig="$scratch/service-account" \
		--heapster-port=0 --max-age=1h
}
tell () {
	curl -sSf -X POST "http://127.0.0.1:$(cat control)/kubesim?$1" >told
}
ask () {
	KUBECONFIG=$scratch/user NO_PROXY='*' timeout "$patience" kubectl \
	    --cache-dir="$scratch/cache" "$@" </dev/null >said.raw 2>&1
	_status=$?
	sed 's/ *$//' said.raw >said
	return "$_status"
}
# says_model KIND ARGUMENT...: what is in the model.  Newer ones print "CPU(%)".
says_model () {
	curl -sS --noproxy '*' --cacert cluster.crt \
		-H "Authorization: Bearer sesame" "$server/api/v1/pods" |
	python3 "$top_srcdir/t/bin/kubesim-top.py" "$1" | tr -s ' ' >model &&
	shift && ask "$@" && sed 's/(%)/%/g' said | tr -s ' ' |
	diff -u model -
}
child_pid () {
	sed -n "s/.* child_started name=$1 pid=\([0-9]*\)\$/\1/p" all.log |
	tail -n 1
}
n_restarts () {
	grep -c "child_started name=$1 " all.log
}
# items: with their timestamps, but not those of metadata, which are of now.
items () {
	ask get --raw "$group/v1/pods" &&
	jq -S "[.items[] | del(.metadata.creationTimestamp)]" said
}
has_values () {
	items >values && jq -e "length == 6" values
}

expect_success 'it takes the place of metrics-server' '
	make_certs && start_sim && make_kubeconfig sesame >service-account &&
	make_kubeconfig good-1 >user && start_metrics_server &&
	tell "aggregated=127.0.0.1:$secure_port" &&
	wait_for "tell probe=1 && jq -e .available told" &&
	wait_for has_values
'
expect_success 'top' '
	says_model nodes top nodes && says_model pods top pods -A &&
	says_model containers top pods -A --containers
'
expect_success 'its flags without effect are said, and no others' '
	test "$(grep -c flag_without_effect all.log)" -eq 1 &&
	grep "flag_without_effect flag=--kubelet-use-node-status-port" all.log
'
# Nobody collects meanwhile: what is told is what had been told.
expect_success 'after kill -9 its values are there at once, and the same' '
	collector=$(child_pid collector) && kill -STOP "$collector" &&
	wait_for "items >before && items >again && cmp before again" &&
	old=$(child_pid apiserver) && kill -9 "$old" &&
	wait_for "test \$(n_restarts apiserver) -eq 2 && items >after" &&
	cmp before after && says_model pods top pods -A &&
	says_model nodes top nodes && kill -CONT "$collector"
'
changed () {
	items >now && ! cmp -s before now
}
expect_success 'and new ones come' '
	wait_for changed && says_model pods top pods -A
'
expect_success 'kill -9 of the others is not noticed' '
	for name in aggregator collector; do
		kill -9 "$(child_pid $name)" && says_model pods top pods -A &&
		wait_for "test \$(n_restarts $name) -eq 2" || return
	done && items >before && wait_for changed &&
	says_model pods top pods -A
'
expect_success 'all ends in peace' '
	stop all && stop sim
'
done_testing
