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
token:good-1	/apis/metrics.k8s.io/v1alpha1/nodes	200	"items": null
token:good-denied	/apis/metrics.k8s.io/v1alpha1/nodes	403	User \"good-denied\" cannot list
token:good-1	/api/v1/model/nodes	404	"/readyz",
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
		cmp body expected &&
		test "$(grep -c -i "^x-content-type-options" head)" -eq \
			"$(grep -c -i "^x-content-type-options" \
			"$captured/$1.http")" ;;
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
	grep -qi "^cache-control: no-cache, private" head &&
	grep -q "^Audit-Id: [0-9a-f-]\{36\}" head ||
	{ echo "$got"; cat head body; return 1; }
}
tab=$(printf '\t')
while IFS=$tab read -r who where expected text; do
	expect_success "$who: $where: $expected $text" matches
done <table

expect_success 'an answer has the id that the request had' '
	test "$(ask /healthz -H "Audit-Id: x-1")" = 200 &&
	grep "^Audit-Id: x-1" head &&
	test "$(ask $nodes -H "Audit-Id: x-2")" = 403 &&
	grep "^Audit-Id: x-2" head
'
# count NAME: of the apiserver's counters, at its other port.
count () {
	http_get "http://$(address_of api http_listening)/metrics" |
	sed -n "s/^cheapster_apiserver_$1 //p"
}
# reviewed KIND: how often the kube-apiserver was asked
reviewed () {
	tell "" && jq ".${1}_reviews" told
}
restart_api () {
	stop api && start_api "$@" && wait_for configured
}
expect_success 'one question is asked once, while its answer is fresh' '
	restart_api --authentication-token-webhook-cache-ttl=1h \
		--authorization-webhook-cache-authorized-ttl=1h \
		--authorization-webhook-cache-unauthorized-ttl=1h &&
	tokens=$(reviewed token) && accesses=$(reviewed access) &&
	for i in 1 2 3; do
		test "$(ask /metrics -H "Authorization: Bearer good-c")" = 200 &&
		test "$(ask /metrics -H "Authorization: Bearer bad-c")" = 401 &&
		test "$(ask /metrics -H "Authorization: Bearer good-denied")" \
			= 403 || return
	done &&
	test "$(reviewed token)" -eq $((tokens + 3)) &&
	test "$(reviewed access)" -eq $((accesses + 2))
'
expect_success 'and again when it is not' '
	restart_api --authentication-token-webhook-cache-ttl=0s \
		--authorization-webhook-cache-authorized-ttl=0s &&
	tokens=$(reviewed token) && accesses=$(reviewed access) &&
	for i in 1 2 3; do
		test "$(ask /metrics -H "Authorization: Bearer good-c")" = 200 ||
			return
	done &&
	test "$(reviewed token)" -eq $((tokens + 3)) &&
	test "$(reviewed access)" -eq $((accesses + 3))
'
expect_success 'who asks the same meanwhile waits for the same answer' '
	tokens=$(reviewed token) && kill -STOP "$(pid sim)" &&
	for i in 1 2 3; do
		spawn_raw client$i curl -sS --noproxy "*" \
			--max-time "$patience" --cacert us.crt -o out.$i \
			-w "%{http_code}\n" -H "Authorization: Bearer good-w" \
			"https://$(address_of api secure_listening)/metrics" ||
			return
	done &&
	wait_for "test \"\$(count reviews_joined_total)\" -ge 2" &&
	test "$(ask /readyz)" = 200 && kill -CONT "$(pid sim)" &&
	for i in 1 2 3; do
		ends client$i && grep -x 200 client$i.out || return
	done && test "$(reviewed token)" -eq $((tokens + 1)) &&
	test "$(count reviews_pending)" -eq 0
'
expect_success 'who leaves meanwhile is forgotten' '
	kill -STOP "$(pid sim)" &&
	spawn_raw client curl -sS --noproxy "*" --cacert us.crt \
		-H "Authorization: Bearer good-l" \
		"https://$(address_of api secure_listening)/metrics" &&
	wait_for "test \"\$(count reviews_pending)\" -eq 1" && kill9 client &&
	kill -CONT "$(pid sim)" &&
	wait_for "test \"\$(count reviews_pending)\" -eq 0" &&
	wait_for "test \"\$(count http_connections)\" -eq 1" &&
	test "$(ask /metrics -H "Authorization: Bearer good-l")" = 200
'
# Reviews wait for the kube-apiserver; those of one token are one.
expect_success 'of strangers 128 wait, and the others shall come again' '
	cat >crowd.py <<-"END" &&
		import socket, ssl, sys, time, urllib.request
		where = sys.argv[1].rsplit(":", 1)
		context = ssl.create_default_context(cafile="us.crt")
		pending = b"\ncheapster_apiserver_reviews_pending 128\n"
		def begin(i):
		    s = context.wrap_socket(socket.create_connection(where, 60),
		                            server_hostname="127.0.0.1")
		    s.settimeout(60)
		    s.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n"
		              b"Connection: close\r\n"
		              b"Authorization: Bearer good-%d\r\n\r\n" % i)
		    return s
		def end(s):
		    text = b""
		    while piece := s.recv(65536):
		        text += piece
		    return text
		waiting = [begin(i) for i in range(128)]
		while pending not in urllib.request.urlopen(
		        "http://%s/metrics" % sys.argv[2]).read():
		    time.sleep(0.05)
		for i in range(128, 132):
		    answer = end(begin(i))
		    assert answer.startswith(b"HTTP/1.1 429 "), answer
		    assert b"\r\nRetry-After: 1\r\n" in answer, answer
		    assert b"TooManyRequests" in answer, answer
		waiting.append(begin(0))
		print("full", flush=True)
		for s in waiting:
		    answer = end(s)
		    assert answer.startswith(b"HTTP/1.1 200 "), answer
	END
	restart_api --review-timeout=1m && kill -STOP "$(pid sim)" &&
	spawn_raw crowd python3 crowd.py \
		"$(address_of api secure_listening)" \
		"$(address_of api http_listening)" &&
	wait_for "grep -q full crowd.out" &&
	test "$(count reviews_pending)" -eq 128 &&
	test "$(ask /readyz)" = 200 && kill -CONT "$(pid sim)" && ends crowd
'
expect_success 'a kube-apiserver that says nothing lets nobody in' '
	restart_api --review-timeout=100ms && kill -STOP "$(pid sim)" &&
	test "$(ask /metrics -H "Authorization: Bearer good-t")" = 401 &&
	test "$(ask /metrics --cert alice.crt --key alice.key)" = 500 &&
	test "$(ask /metrics --cert master.crt --key master.key)" = 200 &&
	test "$(ask /readyz)" = 200 && kill -CONT "$(pid sim)"
'
expect_success 'nor does one that is away' '
	restart_api && tell api=down &&
	test "$(ask $nodes -H "Authorization: Bearer good-u")" = 401 &&
	body_fits direct-badtoken &&
	test "$(ask $nodes --cert alice.crt --key alice.key)" = 500 &&
	body_fits "Internal Server Error: \"$nodes\": the kube-apiserver" &&
	test "$(ask $nodes)" = 500 &&
	test "$(ask $nodes --cert proxy.crt --key proxy.key \
		-H X-Remote-User:ann)" = 500 &&
	test "$(ask /healthz)" = 200 && test "$(ask /livez)" = 200 &&
	test "$(ask /readyz)" = 200
'
expect_success 'and when it is back so is everybody' '
	tell api=up &&
	test "$(ask /metrics -H "Authorization: Bearer good-u")" = 200 &&
	test "$(ask /metrics --cert alice.crt --key alice.key)" = 200
'
expect_success 'one that fails, or does not know us, lets nobody in' '
	restart_api && tell status=503 &&
	test "$(ask /metrics -H "Authorization: Bearer good-v")" = 401 &&
	test "$(ask /metrics --cert alice.crt --key alice.key)" = 500 &&
	tell status=200 && tell token=other &&
	test "$(ask /metrics --cert alice.crt --key alice.key)" = 500 &&
	tell token=sesame
'
# says STATUS WHO
says () {
	test "$(ask /metrics --cert "$2.crt" --key "$2.key")" = "$1"
}
expect_success 'another CA of clients counts from then on, and the old not' '
	make_config stranger && wait_for says 200 wrong && says 401 alice &&
	make_config clients && wait_for says 200 alice && says 401 wrong
'
expect_success 'on a connection that is there, too' '
	cat >client.py <<-"END" &&
		import os, socket, ssl, sys, time
		where = sys.argv[1].rsplit(":", 1)
		context = ssl.create_default_context(cafile="us.crt")
		context.load_cert_chain("alice.crt", "alice.key")
		s = context.wrap_socket(socket.create_connection(where, 30),
		                        server_hostname="127.0.0.1")
		s.settimeout(30)
		def ask():
		    s.sendall(b"GET /apis HTTP/1.1\r\nHost: x\r\n\r\n")
		    text = b""
		    while b"\r\n\r\n" not in text:
		        text += s.recv(65536)
		    head, body = text.split(b"\r\n\r\n", 1)
		    length = [l for l in head.split(b"\r\n")
		              if l.lower().startswith(b"content-length:")][0]
		    while len(body) < int(length.split(b":")[1]):
		        body += s.recv(65536)
		    return int(head.split()[1])
		assert ask() not in (401, 403)
		os.rename("next.json", "config.json")
		until = time.time() + 30
		while ask() != 401:
		    assert time.time() < until
		    time.sleep(0.05)
	END
	cp config.json old.json && make_config stranger &&
	mv config.json next.json && cp old.json config.json &&
	python3 client.py "$(address_of api secure_listening)" &&
	make_config clients && wait_for says 200 alice
'
expect_success 'a ConfigMap that is no good changes nothing' '
	echo "{\"client-ca-file\": \"garbage\"}" >config.new &&
	mv config.new config.json &&
	wait_for "grep -q \"authentication_not_configured .*no certificate\" api.log" &&
	says 200 alice && rm config.json && says 200 alice &&
	test "$(ask /readyz)" = 200 && make_config clients &&
	wait_for "grep -q authentication_readable api.log"
'
expect_success 'without one it is not ready, and believes no headers' '
	rm config.json && stop api && start_api &&
	test "$(ask "/readyz?verbose")" = 500 &&
	grep -x "\[-\]metadata-informer-sync failed: reason withheld" body &&
	grep -x "readyz check failed" body &&
	test "$(ask "/readyz?exclude=metadata-informer-sync")" = 200 &&
	test "$(ask "/readyz?verbose&exclude=metadata-informer-sync&exclude=x")" \
		= 200 &&
	grep -x "\[+\]metadata-informer-sync excluded: ok" body &&
	grep "cannot be excluded: no matches for \"x\"" body &&
	test "$(ask /livez)" = 200 &&
	test "$(ask /metrics --cert proxy.crt --key proxy.key \
		-H X-Remote-User:ann)" = 403 &&
	test "$(ask /metrics -H "Authorization: Bearer good-1")" = 200 &&
	make_config clients && wait_for is_ready
'
expect_success 'flags win over it' '
	rm config.json && stop api && start_api --authentication-skip-lookup \
		--client-ca-file=stranger.crt \
		--requestheader-client-ca-file=proxies.crt \
		--requestheader-allowed-names=somebody-else && is_ready &&
	says 200 wrong && says 401 alice &&
	test "$(ask /metrics --cert impostor.crt --key impostor.key \
		-H X-Remote-User:ann)" = 200 &&
	test "$(ask /metrics --cert proxy.crt --key proxy.key \
		-H X-Remote-User:ann)" = 401 && make_config clients
'
expect_success 'a certificate is made, and is there again' '
	stop api && start_certless () {
		spawn api cheapster-apiserver --listen=127.0.0.1:0 \
			--secure-listen=127.0.0.1:0 --cert-dir=made/here \
			--kube-server="https://127.0.0.1:$(cat port)" \
			--kube-certificate-authority=us.crt \
			--kube-token-file=token
	} && start_certless && cp made/here/apiserver.crt us.made &&
	test "$(stat -c %a made/here/apiserver.key)" = 600 &&
	for name in localhost metrics-server.kube-system.svc; do
		openssl x509 -noout -checkhost $name -in us.made |
		grep -q "does match" || return
	done &&
	cp us.crt us.old && cp us.made us.crt && test "$(ask /healthz)" = 200 &&
	stop api && cp us.old us.crt && start_certless &&
	cmp us.made made/here/apiserver.crt && stop api &&
	echo garbage >made/here/apiserver.key && start_certless &&
	! cmp -s us.made made/here/apiserver.crt && stop api
'
expect_success 'TLS is as it is told' '
	start_api --tls-min-version=VersionTLS13 && test "$(ask /healthz)" = 200 &&
	must_fail 35 ask /healthz --tls-max 1.2 && stop api &&
	start_api --tls-cipher-suites=TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_AES_128_GCM_SHA256 &&
	test "$(ask /healthz --tls-max 1.2)" = 200 &&
	must_fail 35 ask /healthz --tls-max 1.2 \
		--ciphers ECDHE-ECDSA-AES128-GCM-SHA256 && stop api && stop sim
'
refuses () {
	must_fail 64 cheapster-apiserver --check --secure-listen=:0 \
		--kube-server=https://k "$@" 2>err
}
expect_success 'what cannot work is refused' '
	refuses --tls-cert-file=server.crt && refuses --tls-min-version=1.1 &&
	refuses --tls-cipher-suites=NONE && refuses --kube-server=k &&
	refuses --kube-client-key=k && refuses --kubeconfig=nosuch &&
	refuses --authentication-lookup-interval=1ms &&
	cheapster-apiserver --check --secure-listen=:0 --kube-server=https://k
'
done_testing
