#!/bin/sh
# SPDX-License-Identifier: ISC
# The secure port: who is who, who may do what, and who could not be asked.
. "$(dirname "$0")/lib.sh"
prereq curl jq openssl python3

captured=$top_srcdir/t/data/metrics-server-0.7.2
nodes=/apis/metrics.k8s.io/v1beta1/nodes
pods=/apis/metrics.k8s.io/v1beta1/namespaces

# make_ca NAME
make_ca () {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$1.key" -out "$1.crt" -days 2 -subj "/CN=$1" \
		-addext basicConstraints=critical,CA:TRUE 2>/dev/null
}
# make_cert NAME CA SUBJECT EXTENSION [OPTION...]
make_cert () {
	_name=$1
	_ca=$2
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$_name.key" -out "$_name.csr" -subj "$3" 2>/dev/null &&
	echo "$4" >"$_name.ext" && shift 4 &&
	openssl x509 -req -in "$_name.csr" -CA "$_ca.crt" -CAkey "$_ca.key" \
		-extfile "$_name.ext" -out "$_name.crt" "$@" 2>/dev/null
}
# make_config CLIENT-CA: what the ConfigMap says
make_config () {
	jq -n --rawfile clients "$1.crt" --rawfile proxies proxies.crt '{
		"client-ca-file": $clients,
		"requestheader-client-ca-file": $proxies,
		"requestheader-allowed-names": "[\"front-proxy-client\"]",
		"requestheader-username-headers": "[\"X-Remote-User\"]",
		"requestheader-group-headers": "[\"X-Remote-Group\"]",
		"requestheader-extra-headers-prefix": "[\"X-Remote-Extra-\"]"
	}' >config.new && mv config.new config.json
}
for_client=extendedKeyUsage=clientAuth
expect_success 'there are certificates' '
	make_ca clients && make_ca proxies && make_ca stranger && make_ca us &&
	make_cert server us /CN=server \
		subjectAltName=IP:127.0.0.1,DNS:metrics-server.kube-system.svc \
		-days 2 &&
	for user in alice eve-denied zoe-alpha; do
		make_cert $user clients /O=people/O=more/CN=$user \
			$for_client -days 2 || return
	done &&
	make_cert master clients /O=system:masters/CN=root $for_client \
		-days 2 &&
	make_cert nameless clients /O=system:masters $for_client -days 2 &&
	make_cert serving clients /CN=alice extendedKeyUsage=serverAuth \
		-days 2 &&
	make_cert wrong stranger /O=system:masters/CN=root $for_client \
		-days 2 &&
	make_cert proxy proxies /CN=front-proxy-client $for_client -days 2 &&
	make_cert impostor proxies /CN=somebody-else $for_client -days 2 &&
	make_cert expired clients /CN=alice $for_client -days -1 &&
	make_cert proxy-expired proxies /CN=front-proxy-client $for_client \
		-days -1 &&
	make_config clients && echo sesame >token
'
start_sim () {
	rm -f port && spawn sim "$top_builddir/contrib/kubesim/kubesim" \
		--ready-fd=9 --port-file="$scratch/port" --nodes=1 --pods=1 \
		--control-port-file="$scratch/control" \
		--tls-cert=server.crt --tls-key=server.key --token=sesame \
		--auth-config="$scratch/config.json"
}
start_api () {
	spawn api cheapster-apiserver --listen=127.0.0.1:0 \
		--secure-listen=127.0.0.1:0 \
		--tls-cert-file=server.crt --tls-private-key-file=server.key \
		--kube-server="https://127.0.0.1:$(cat port)" \
		--kube-certificate-authority=us.crt --kube-token-file=token \
		--authentication-lookup-interval=100ms "$@"
}
# ask PATH [CURL-OPTION...]: the status; the rest is in body and head.
ask () {
	_path=$1
	shift
	curl -sS --noproxy '*' --max-time "$patience" --cacert us.crt \
		--path-as-is -o body -D head -w '%{http_code}' "$@" \
		"https://$(address_of api secure_listening)$_path"
}
tell () {
	http_get -X POST "http://127.0.0.1:$(cat control)/kubesim?$1" >told
}
configured () {
	grep -q "authentication_configured clients=yes front_proxy=yes" api.log
}
is_ready () {
	test "$(ask /readyz)" = 200
}
expect_success 'it serves, and is ready once it knows whom to believe' '
	start_sim && start_api && wait_for configured && wait_for is_ready
'

# as WHO: curl's options for a way to come.  Words are arguments.
as () {
	case $1 in
	nobody) ;;
	token:*) echo "-H Authorization:Bearer=${1#token:}" ;;
	basic) echo "-H Authorization:Basic=Z29vZDpnb29k" ;;
	spoof) echo "-H X-Remote-User:root -H X-Remote-Group:system:masters" ;;
	proxy) echo "--cert proxy.crt --key proxy.key" ;;
	proxy:*) echo "--cert proxy.crt --key proxy.key \
		-H X-Remote-User:${1#proxy:}" ;;
	*:spoof) echo "--cert ${1%:spoof}.crt --key ${1%:spoof}.key" \
		"-H X-Remote-User:root -H X-Remote-Group:system:masters" ;;
	*+token) echo "--cert ${1%+token}.crt --key ${1%+token}.key" \
		"-H Authorization:Bearer=good-1" ;;
	*) echo "--cert $1.crt --key $1.key" ;;
	esac
}
# Who, where, and what comes: a status, or "in": neither 401, 403 nor 500; then
# the captured answer, or a part of the body.
cat >table <<END
nobody	/healthz	200	ok
nobody	/livez	200	ok
nobody	/readyz	200	direct-anon_readyz
nobody	/readyz?verbose	200	direct-anon_readyz_verbose
nobody	/version	in
nobody	/readyz/ping	403	cannot get path \"/readyz/ping\"
nobody	$nodes	403	direct-anon-nodes
nobody	/	403	direct-anon_
nobody	/metrics	403	direct-anon_metrics
nobody	/nosuch	403	direct-anon_nosuch
nobody	$nodes?watch=true	403	cannot watch resource \"nodes\"
nobody	$nodes/a%2Fb	404	could not find the requested resource
nobody	/apis/metrics.k8s.io/v1beta1/../../../healthz	404	could not find
nobody	/healthz/../metrics	404	could not find
nobody	/healthz%2f..%2fmetrics	404	could not find
basic	$nodes	403	direct-anon-nodes
spoof	$nodes	403	direct-spoof
spoof	/metrics	403	direct-anon_metrics
token:bad	$nodes	401	direct-badtoken
token:bad	/metrics	401	direct-badtoken
token:bad	/healthz	200	ok
token:good-1	$nodes	in
token:good-1	/metrics	200	cheapster_apiserver_token_reviews_total
token:good-reader	$nodes	in
token:good-reader	/metrics	200	cheapster_apiserver
token:good-denied	$nodes	403	User \"good-denied\" cannot list resource \"nodes\" in API group \"metrics.k8s.io\" at the cluster scope
token:good-denied	$nodes/n1	403	"message":"nodes.metrics.k8s.io \"n1\" is forbidden: User \"good-denied\" cannot get resource
token:good-denied	$nodes/n1	403	"details":{"name":"n1","group":"metrics.k8s.io","kind":"nodes"}
token:good-denied	$pods/beta/pods	403	in the namespace \"beta\"
token:good-alpha	$pods/alpha/pods	in
token:good-alpha	$pods/beta/pods	403	in the namespace \"beta\"
token:good-alpha	/metrics	403	cannot get path \"/metrics\"
alice	$nodes	in
alice	/metrics	200	cheapster_apiserver
alice:spoof	$nodes	in
eve-denied	$nodes	403	User \"eve-denied\" cannot list
eve-denied:spoof	$nodes	403	User \"eve-denied\" cannot list
eve-denied+token	$nodes	403	User \"eve-denied\" cannot list
zoe-alpha	$pods/alpha/pods/x	in
zoe-alpha	$pods/beta/pods/x	403	in the namespace \"beta\"
master	$nodes	in
master	/metrics	200	cheapster_apiserver
nameless	$nodes	403	User \"system:anonymous\"
serving	$nodes	401	direct-badtoken
wrong	$nodes	401	direct-badtoken
wrong	/healthz	200	ok
wrong:spoof	$nodes	401	direct-badtoken
wrong+token	$nodes	in
expired	$nodes	401	direct-badtoken
expired:spoof	$nodes	401	direct-badtoken
proxy	$nodes	401	direct-fp-nouser
proxy:bob	$nodes	403	direct-fp-user-nogroup
proxy:ann	$nodes	in
proxy:ann-denied	$nodes	403	User \"ann-denied\" cannot list
proxy:<b>-denied	$nodes	403	User \"\u0026lt;b\u0026gt;-denied\" cannot
proxy:spoof	$nodes	in
impostor:spoof	$nodes	401	direct-badtoken
impostor	$nodes	401	direct-badtoken
impostor+token	$nodes	in
proxy-expired:spoof	$nodes	401	direct-badtoken
END
body_fits () {
	case $1 in
	direct-*)
		sed "1,/^.\$/d" "$captured/$1.http" >expected &&
		cmp body expected ;;
	*) grep -q -F -e "$1" body ;;
	esac
}
# Of $who at $where; words are arguments.
matches () {
	set -f
	_options=$(as "$who")
	set --
	for _word in $_options; do
		case $_word in
		Authorization:*=*) _word="${_word%%=*} ${_word#*=}" ;;
		esac
		set -- "$@" "$_word"
	done
	set +f
	got=$(ask "$where" "$@") || return
	case $expected in
	in) case $got in 401 | 403 | 500) false ;; esac ;;
	*) test "$got" = "$expected" && body_fits "$text" ;;
	esac &&
	grep -qi "^cache-control: no-cache, private" head ||
	{ echo "$got"; cat head body; return 1; }
}
tab=$(printf '\t')
while IFS=$tab read -r who where expected text; do
	expect_success "$who: $where: $expected $text" matches
done <table
done_testing
