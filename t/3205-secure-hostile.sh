#!/bin/sh
# SPDX-License-Identifier: ISC
# The secure port among people who mean it ill, and CAs that are unusual.
. "$(dirname "$0")/lib.sh"
prereq curl jq openssl python3

nodes=/apis/metrics.k8s.io/v1beta1/nodes

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
		-extfile "$_name.ext" -out "$_name.crt" -days 2 "$@" 2>/dev/null
}
for_client=extendedKeyUsage=clientAuth
expect_success 'there are certificates' '
	make_ca clients && make_ca root && make_ca us &&
	make_cert inner root /CN=inner basicConstraints=critical,CA:TRUE &&
	make_cert proxies root /CN=proxies basicConstraints=critical,CA:TRUE &&
	make_cert server us /CN=server subjectAltName=IP:127.0.0.1 &&
	make_cert alice clients /CN=alice $for_client &&
	make_cert ivy inner /CN=ivy $for_client &&
	make_cert uncle root /CN=uncle $for_client &&
	make_cert weak clients /CN=weak $for_client -sha1 &&
	make_cert proxy proxies /CN=front-proxy-client $for_client &&
	cat clients.crt inner.crt >both.crt && echo sesame >token &&
	jq -n --rawfile clients both.crt --rawfile proxies proxies.crt "{
		\"client-ca-file\": \$clients,
		\"requestheader-client-ca-file\": \$proxies,
		\"requestheader-allowed-names\": \"[\\\"front-proxy-client\\\"]\",
		\"requestheader-username-headers\": \"[\\\"X-Remote-User\\\"]\",
		\"requestheader-group-headers\": \"[\\\"X-Remote-Group\\\"]\"
	}" >config.json
'
start_api () {
	spawn api cheapster-apiserver --listen=127.0.0.1:0 \
		--secure-listen=127.0.0.1:0 \
		--tls-cert-file=server.crt --tls-private-key-file=server.key \
		--kube-server="https://127.0.0.1:$(cat port)" \
		--kube-certificate-authority=us.crt --kube-token-file=token \
		--authentication-lookup-interval=100ms "$@" &&
	wait_for 'grep -q "configured clients=yes front_proxy=yes" api.log'
}
# ask PATH [CURL-OPTION...]: the status; the rest is in body.
ask () {
	_path=$1
	shift
	curl -sS --noproxy '*' --max-time "$patience" --cacert us.crt \
		-o body -w '%{http_code}' "$@" \
		"https://$(address_of api secure_listening)$_path"
}
# says STATUS WHO PATH
says () {
	test "$(ask "$3" --cert "$2.crt" --key "$2.key")" = "$1"
}
expect_success 'it serves' '
	spawn sim "$top_builddir/contrib/kubesim/kubesim" \
		--ready-fd=9 --port-file="$scratch/port" --nodes=1 --pods=1 \
		--control-port-file="$scratch/control" \
		--tls-cert=server.crt --tls-key=server.key --token=sesame \
		--auth-config="$scratch/config.json" && start_api
'
expect_success 'a CA that another has signed is one by itself' '
	says 200 ivy $nodes && says 200 alice $nodes && says 401 uncle $nodes &&
	test "$(ask $nodes --cert proxy.crt --key proxy.key \
		-H X-Remote-User:ann)" = 200
'
expect_success 'who is in hundreds of groups may come, too' '
	for i in $(seq 500); do
		echo "header = \"X-Remote-Group: cn=team-$i,ou=people,dc=example,dc=com\""
	done >groups &&
	test "$(ask $nodes --cert proxy.crt --key proxy.key \
		-H X-Remote-User:ann -K groups)" = 200 &&
	test "$(ask $nodes --cert proxy.crt --key proxy.key \
		-H X-Remote-User:ann-denied -K groups)" = 403
'
expect_success 'also if they come in pieces, and more behind them' '
	cat >pieces.py <<-"END" &&
		import socket, ssl, sys
		where = sys.argv[1].rsplit(":", 1)
		context = ssl.create_default_context(cafile="us.crt")
		context.load_cert_chain("proxy.crt", "proxy.key")
		plain = socket.create_connection(where, 30)
		plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
		s = context.wrap_socket(plain, server_hostname="127.0.0.1")
		ask = b"GET %b HTTP/1.1\r\nHost: x\r\nX-Remote-User: ann\r\n" % \
		    sys.argv[2].encode()
		for n in (1, 100, 500, 1000):
		    text = ask + b"X-Remote-Group: of-the-many-groups\r\n" * n
		    text += b"\r\n" + ask + b"\r\n"
		    for at in range(0, len(text), 997):
		        s.sendall(text[at:at + 997])
		    got = b""
		    while got.count(b"HTTP/1.1 200 OK") < 2 or got[-2:] != b"}\n":
		        more = s.recv(65536)
		        assert more, got
		        got += more
	END
	python3 pieces.py "$(address_of api secure_listening)" $nodes
'
expect_success 'who would be another is not answered as himself' '
	for name in User Group Uid Extra-a; do
		test "$(ask $nodes --cert alice.crt --key alice.key \
			-H "Impersonate-$name: bob-denied")" = 403 || return
	done && test "$(ask /healthz -H "Impersonate-User: x")" = 200
'
expect_success 'SHA-1 vouches for nobody' '
	cat >weak.py <<-"END" &&
		import socket, ssl, sys
		where = sys.argv[1].rsplit(":", 1)
		context = ssl.create_default_context(cafile="us.crt")
		context.set_ciphers("DEFAULT@SECLEVEL=0")
		context.load_cert_chain("weak.crt", "weak.key")
		s = context.wrap_socket(socket.create_connection(where, 30),
		                        server_hostname="127.0.0.1")
		s.sendall(b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" %
		          sys.argv[2].encode())
		print(s.recv(4096).split()[1].decode())
	END
	test "$(python3 weak.py "$(address_of api secure_listening)" $nodes)" \
		= 401
'
expect_success 'a chain that nobody has signed costs little' '
	python3 "$top_srcdir/t/bin/hostile-chain.py" \
		"$(address_of api secure_listening)" "$(pid api)" us.crt >cost &&
	read -r hostile usual <cost &&
	test "$hostile" -lt $((10 * usual + 300)) &&
	says 401 hostile $nodes
'
# count NAME: of the apiserver's counters, at its other port.
count () {
	http_get "http://$(address_of api http_listening)/metrics" |
	sed -n "s/^cheapster_apiserver_$1 //p"
}
expect_success 'strangers do not crowd out those who are known' '
	cat >crowd.py <<-"END" &&
		import socket, ssl, sys, time
		where = sys.argv[1].rsplit(":", 1)
		context = ssl.create_default_context(cafile="us.crt")
		many = []
		for i in range(300):
		    s = context.wrap_socket(socket.create_connection(where, 30),
		                            server_hostname="127.0.0.1")
		    s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n"
		              b"Authorization: Bearer bad-%d\r\n\r\n" % i)
		    many.append(s)
		time.sleep(60)
	END
	kill -STOP "$(pid sim)" && spawn_raw crowd python3 crowd.py \
		"$(address_of api secure_listening)" &&
	wait_for "test \"\$(count reviews_crowded_total)\" -gt 40" &&
	before=$(count access_reviews_total) &&
	spawn_raw client curl -sS --noproxy "*" --max-time "$patience" \
		--cacert us.crt --cert alice.crt --key alice.key -o out \
		-w "%{http_code}\n" \
		"https://$(address_of api secure_listening)/metrics" &&
	wait_for "test \"\$(count access_reviews_total)\" -gt $before" &&
	kill -CONT "$(pid sim)" &&
	ends client && grep -x 200 client.out && kill9 crowd
'
expect_success 'who says nothing makes room for who comes' '
	stop api && ulimit -S -n 200 && start_api &&
	ulimit -S -n "$(ulimit -H -n)" && cat >silent.py <<-"END" &&
		import socket, ssl, sys
		where = sys.argv[1].rsplit(":", 1)
		context = ssl.create_default_context(cafile="us.crt")
		def connect():
		    s = socket.create_connection(where, 30)
		    s.settimeout(30)
		    return context.wrap_socket(s, server_hostname="127.0.0.1")
		many = [connect() for i in range(60)]
		many[-1].sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
		assert many[-1].recv(4096).startswith(b"HTTP/1.1 200 ")
	END
	python3 silent.py "$(address_of api secure_listening)" &&
	http_get "http://$(address_of api http_listening)/metrics" >metrics &&
	grep -q "^cheapster_apiserver_http_crowded_out_total [1-9]" metrics
'
start_certless () {
	spawn api cheapster-apiserver --listen=127.0.0.1:0 \
		--secure-listen=127.0.0.1:0 --cert-dir=made \
		--kube-server="https://127.0.0.1:$(cat port)" \
		--kube-certificate-authority=us.crt --kube-token-file=token \
		--authentication-lookup-interval=100ms
}
expect_success 'a key that others could read is not used again' '
	stop api && start_certless && stop api && cp made/apiserver.key old &&
	chmod 644 made/apiserver.key && start_certless && stop api &&
	! cmp -s old made/apiserver.key &&
	test "$(stat -c %a made/apiserver.key)" = 600 &&
	cp made/apiserver.key old && mv made/apiserver.key elsewhere &&
	ln -s ../elsewhere made/apiserver.key && start_certless && stop api &&
	! cmp -s old made/apiserver.key && test ! -L made/apiserver.key &&
	cmp old elsewhere
'
expect_success 'half a CA changes nothing' '
	start_certless && says_made () {
		test "$(ask $nodes -k --cert alice.crt --key alice.key)" = 200
	} && wait_for says_made && cp config.json whole.json &&
	jq ".[\"client-ca-file\"] |= .[:-200]" whole.json >new &&
	mv new config.json &&
	wait_for "grep -q \"not_configured.*a certificate of a CA\" api.log" &&
	test "$(ask $nodes -k --cert ivy.crt --key ivy.key)" = 200 &&
	mv whole.json config.json &&
	wait_for "grep -q authentication_readable api.log"
'
expect_success 'a front proxy that anybody could be is warned of' '
	{ ! grep -q front_proxy_is_anybody api.log; } &&
	jq ".[\"client-ca-file\"] = .[\"requestheader-client-ca-file\"] |
		del(.[\"requestheader-allowed-names\"])" config.json >new &&
	mv new config.json &&
	wait_for "grep -q front_proxy_is_anybody api.log"
'
expect_success 'nothing was wrong' 'stop api && stop sim'
done_testing
