#!/bin/sh
# SPDX-License-Identifier: ISC
# HTTPS: certificates that change, clients with and without one of their own.
. "$(dirname "$0")/lib.sh"
prereq curl openssl python3

m=/api/v1/model/nodes
url () {
	echo "https://$(address_of api http_listening)$1"
}
# says STATUS PATH [CURL-OPTION...]: over a new connection.
says () {
	want=$1
	target=$(url "$2")
	shift 2
	got=$(curl -sS --noproxy '*' --max-time "$patience" --cacert ca.crt \
		-o body -D head -w '%{http_code}' "$@" "$target") &&
	{ test "$got" = "$want" || { echo "status $got"; cat body; false; }; }
}
body_is () {
	printf "$1" >expected && { cmp expected body || { cat body; false; }; }
}
# make_ca NAME
make_ca () {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$1.key" -out "$1.crt" -days 2 -subj "/CN=$1" \
		-addext basicConstraints=critical,CA:TRUE 2>/dev/null
}
# make_cert NAME CA SUBJECT EXTENSION [OPTION VALUE]: NAME.key and NAME.crt, which is never
# the same twice.
make_cert () {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$1.key" -out "$1.csr" -subj "$3" 2>/dev/null &&
	echo "$4" >"$1.ext" &&
	openssl x509 -req -in "$1.csr" -CA "$2.crt" -CAkey "$2.key" -days 2 \
		-extfile "$1.ext" -out "$1.crt" $5 $6 2>/dev/null
}
for_server=subjectAltName=IP:127.0.0.1
for_client=extendedKeyUsage=clientAuth
# serial: of the certificate that is served now.
serial () {
	address=$(address_of api http_listening)
	openssl s_client -connect "$address" </dev/null 2>/dev/null |
	openssl x509 -noout -serial
}
serves () {
	test "$(serial)" = "$(openssl x509 -noout -serial -in "$1")"
}
start () {
	spawn api cheapster-apiserver --listen=127.0.0.1:0 "$@"
}

expect_success 'there are certificates' '
	make_ca ca && make_ca stranger &&
	make_cert one ca /CN=one "$for_server" &&
	make_cert two ca /CN=two "$for_server" &&
	make_cert alice ca /CN=alice "$for_client" &&
	make_cert bob ca /CN=bob "$for_client" &&
	make_cert eve stranger /CN=alice "$for_client" &&
	make_cert server ca /CN=alice extendedKeyUsage=serverAuth &&
	make_cert late ca /CN=alice "$for_client" -days -1 &&
	make_cert nameless ca /O=alice "$for_client" &&
	make_cert double ca /CN=alice/CN=mallory "$for_client"
'
expect_success 'half of a pair is refused, and guards without TLS' '
	refuses () {
		must_fail 64 cheapster-apiserver --check "$@" 2>err
	} &&
	refuses --tls-cert=one.crt && refuses --tls-key=one.key &&
	grep -q "both TLS certificate & key are required" err &&
	refuses --tls-client-ca=ca.crt &&
	grep -q "client cert authentication requires TLS certificate & key" err &&
	refuses --allowed-users=alice && refuses --allowed-users=alice \
		--tls-cert=one.crt --tls-key=one.key &&
	grep -q "allowed-users protects nothing without --tls-client-ca" err &&
	cheapster-apiserver --check --tls-cert= --tls-key= --allowed-users=
'
expect_success 'a pair that is none ends it at the start' '
	fails () {
		must_fail 69 timeout "$patience" cheapster-apiserver \
			--listen=127.0.0.1:0 "$@" 2>err
	} &&
	fails --tls-cert=one.crt --tls-key=two.key && grep -q two.key err &&
	fails --tls-cert=nosuch --tls-key=two.key &&
	fails --tls-cert=one.key --tls-key=one.key && grep -q one.key err &&
	openssl ec -aes128 -passout pass:x -in one.key -out locked.key 2>/dev/null &&
	fails --tls-cert=one.crt --tls-key=locked.key &&
	fails --tls-cert=one.crt --tls-key=one.key --tls-client-ca=one.key &&
	cat one.crt ca.crt >chain.crt && head -n 5 ca.crt >>one.crt.half &&
	cat one.crt one.crt.half >half.crt && cat ca.crt one.crt.half >half-ca.crt &&
	fails --tls-cert=half.crt --tls-key=one.key && grep -q half.crt err &&
	fails --tls-cert=one.crt --tls-key=one.key --tls-client-ca=half-ca.crt &&
	grep -q half-ca.crt err
'
expect_success 'it serves HTTPS' '
	mkdir -p v1 && cp one.crt v1/tls.crt && cp one.key v1/tls.key &&
	ln -s v1 now &&
	start --tls-cert=now/tls.crt --tls-key=now/tls.key &&
	says 200 $m && body_is "[]" && says 500 /healthz &&
	says 200 $m --tls-max 1.2 && says 200 $m --tlsv1.3 && says 200 $m --http2
'
expect_success 'but nothing older, and no HTTP' '
	address=$(address_of api http_listening) &&
	! openssl s_client -connect "$address" -tls1_1 \
		-cipher DEFAULT@SECLEVEL=0 </dev/null &&
	test "$(http_code "http://$address$m" 2>/dev/null)" = 000 &&
	says 200 /metrics &&
	grep -q "^cheapster_apiserver_http_tls_failures_total [1-9]" body
'
expect_success 'a link that is moved brings another certificate' '
	mkdir v2 && cp two.crt v2/tls.crt && cp two.key v2/tls.key &&
	ln -s v2 next && mv -T next now && wait_for serves two.crt
'
expect_success 'files that are renamed one by one do, too' '
	make_cert three ca /CN=three "$for_server" &&
	mv three.crt v2/tls.crt && wait_for "says 200 $m && grep -q tls_not_reloaded api.log" &&
	serves two.crt && says 200 $m &&
	mv three.key v2/tls.key && wait_for serves v2/tls.crt
'
expect_success 'a chain that is being written is not taken for a shorter one' '
	cat v2/tls.crt ca.crt >chain && mv chain v2/tls.crt &&
	chain () {
		test "$(openssl s_client -showcerts -connect \
			"$(address_of api http_listening)" </dev/null 2>/dev/null |
			grep -c "BEGIN CERTIFICATE")" -eq 2
	} &&
	wait_for chain && n=$(grep -c tls_not_reloaded api.log) &&
	head -n -5 v2/tls.crt >half && cat half >v2/tls.crt &&
	wait_for "says 200 $m && test \$(grep -c tls_not_reloaded api.log) -gt $n" &&
	chain && openssl x509 -in half >v2/tls.crt && wait_for "! chain"
'
expect_success 'garbage and nothing at all change nothing' '
	cp v2/tls.crt good && echo garbage >v2/tls.crt &&
	n=$(grep -c tls_not_reloaded api.log) &&
	wait_for "serves good && test \$(grep -c tls_not_reloaded api.log) -gt $n" &&
	rm v2/tls.crt && serves good && says 200 $m && cp good v2/tls.crt &&
	stop api && log_is_clean api "tls_not_reloaded|bus_unreachable"
'
expect_success 'what a connection is served with ends with the certificate' '
	cp one.crt a.crt && cp one.key a.key &&
	start --tls-cert=a.crt --tls-key=a.key && cat >client.py <<-"END" &&
		import shutil, socket, ssl, sys, time
		where = sys.argv[1].rsplit(":", 1)
		context = ssl.create_default_context(cafile="ca.crt")
		s = context.wrap_socket(socket.create_connection(where, 30),
		                        server_hostname="127.0.0.1")
		s.settimeout(30)
		shutil.copy("two.key", "a.key")
		shutil.copy("two.crt", "a.crt")
		text = b""
		while b"Connection: close" not in text:
		    s.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
		    text = s.recv(65536)
		    assert text
		    time.sleep(0.05)
		while s.recv(65536):
		    pass
	END
	python3 client.py "$(address_of api http_listening)" && serves two.crt &&
	stop api
'
expect_success 'with a CA of clients only theirs are served' '
	start --tls-cert=one.crt --tls-key=one.key --tls-client-ca=ca.crt &&
	says 200 $m --cert alice.crt --key alice.key &&
	says 200 $m --cert bob.crt --key bob.key --tls-max 1.2 &&
	says 401 $m && body_is "Unauthorized\n" &&
	says 401 $m --cert eve.crt --key eve.key && body_is "Unauthorized\n" &&
	says 401 $m --cert server.crt --key server.key &&
	says 401 $m --cert late.crt --key late.key &&
	says 401 $m --cert nameless.crt --key nameless.key &&
	says 401 /metrics && says 401 /nosuch &&
	says 500 /healthz && says 500 /healthz/healthz &&
	says 500 /healthz --cert eve.crt --key eve.key && stop api
'
expect_success 'and with names only those' '
	start --tls-cert=one.crt --tls-key=one.key --tls-client-ca=ca.crt \
		--allowed-users=carol,alice &&
	says 200 $m --cert alice.crt --key alice.key &&
	says 403 $m --cert bob.crt --key bob.key && body_is "Forbidden\n" &&
	grep -qi "^content-type: text/plain" head &&
	says 403 $m --cert double.crt --key double.key &&
	says 401 $m --cert eve.crt --key eve.key && body_is "Unauthorized\n" &&
	says 401 $m && says 500 /healthz
'
expect_success 'a session of before is no certificate' '
	address=$(address_of api http_listening) &&
	for version in -tls1_2 -tls1_3; do
		openssl s_client -connect "$address" $version -cert alice.crt \
			-key alice.key -sess_out session </dev/null >out 2>&1
		! grep -q "^Reused" out &&
		{ ! test -s session || { openssl s_client -connect "$address" \
			$version -sess_in session </dev/null >out 2>&1;
			! grep -q "^Reused" out; }; } || return 1
	done
'
expect_success 'a CA that changes counts from then on' '
	cp ca.crt both.crt && stop api && start --tls-cert=one.crt \
		--tls-key=one.key --tls-client-ca=both.crt &&
	says 401 $m --cert eve.crt --key eve.key &&
	cat ca.crt stranger.crt >both.new && mv both.new both.crt &&
	wait_for "says 200 $m --cert eve.crt --key eve.key" &&
	cp ca.crt both.crt &&
	wait_for "says 401 $m --cert eve.crt --key eve.key" && stop api
'
expect_success 'who does not shake hands keeps nobody out and is let go' '
	start --tls-cert=one.crt --tls-key=one.key --http-timeout=${slowness}s &&
	cat >client.py <<-"END" &&
		import socket, ssl, sys
		where = sys.argv[1].rsplit(":", 1)
		idle = [socket.create_connection(where, 30) for i in range(100)]
		for i, s in enumerate(idle):
		    s.settimeout(30)
		    if i % 2:
		        s.sendall(b"\x16\x03\x01\x02\x00\x01")
		context = ssl.create_default_context(cafile="ca.crt")
		s = context.wrap_socket(socket.create_connection(where, 30),
		                        server_hostname="127.0.0.1")
		s.sendall(b"GET /api/v1/model/nodes HTTP/1.1\r\nHost: x\r\n\r\n" * 50)
		text = b""
		while text.count(b"HTTP/1.1 200 OK") < 50:
		    text += s.recv(65536)
		for s in idle:
		    try:
		        while s.recv(4096):
		            pass
		    except ConnectionError:
		        pass
	END
	python3 client.py "$(address_of api http_listening)" && says 200 $m &&
	stop api && log_is_clean api bus_unreachable
'
done_testing
