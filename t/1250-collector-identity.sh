#!/bin/sh
# SPDX-License-Identifier: ISC
# Who we are, as flags say it, and who is believed.
. "$(dirname "$0")/lib.sh"
prereq curl jq openssl python3

resolution=$((500 * slowness))ms

# make_ca NAME
make_ca () {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$1.key" -out "$1.crt" -days 2 -subj "/CN=$1"
}
# certificate NAME ALTERNATIVE CA
certificate () {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$1.key" -out "$1.csr" -subj "/CN=$1" &&
	echo "subjectAltName=$2" >san &&
	openssl x509 -req -in "$1.csr" -CA "$3.crt" -CAkey "$3.key" -days 2 \
		-CAcreateserial -extfile san -out "$1.crt"
}
# start_cluster SCHEME ARGUMENT...
start_cluster () {
	_scheme=$1
	shift
	rm -f port && spawn sim "$top_builddir/contrib/kubesim/kubesim" \
		--ready-fd=9 --port-file="$scratch/port" --nodes=2 --pods=2 \
		--containers=1 "$@" &&
	api=$_scheme://127.0.0.1:$(cat port)
}
tell () {
	http_get --cacert ca.crt -X POST "$api/kubesim?$1" >told
}
# collect PROGRAM OPTIONS FLAG...
collect () {
	_program=$1
	_options=$2
	shift 2
	: >frames
	spawn col "$_program" --metric-resolution=$resolution \
		"--source=kubernetes:$api?inClusterConfig=false&$_options" \
		"$@" &&
	spawn agg cheapster-aggregator &&
	spawn sink cheapster-sink-exec "$top_srcdir/t/bin/keep-frames.py" \
		"$scratch/frames"
}
# Enriched: the requests are the kube-apiserver's.
enriched () {
	jq -n -e "[inputs | select(.kind == \"node\") |
		select(.metrics | index(\"memory/request\")) | .node.name] |
		unique == [\"node-0\", \"node-1\"]" frames >told
}
end_all () {
	stop col && stop agg && stop sink &&
	! grep -q -e sesame -e "BEGIN " ./*.log
}

expect_success 'two CAs, and certificates of both' '
	{ make_ca ca && make_ca other && certificate me DNS:me ca &&
	certificate server IP:127.0.0.1,DNS:node-0,DNS:node-1 ca; } 2>made
'
expect_success 'a token file, and a CA' '
	start_cluster https --tls-cert=server.crt --tls-key=server.key \
		--token=sesame-1 &&
	echo sesame-1 >token &&
	collect cheapster-collector "" --kube-token-file="$scratch/token" \
		--kube-certificate-authority="$scratch/ca.crt" &&
	wait_for enriched && log_is_clean col && end_all
'
expect_success 'another CA is not believed' '
	collect cheapster-collector "" --kube-token-file="$scratch/token" \
		--kube-certificate-authority="$scratch/other.crt" &&
	wait_for "grep \"kube_list_failed .*certificate\" col.log" &&
	end_all
'
expect_success 'a certificate' '
	stop sim && start_cluster https --tls-cert=server.crt \
		--tls-key=server.key --client-ca=ca.crt &&
	collect cheapster-collector "" \
		--kube-client-certificate="$scratch/me.crt" \
		--kube-client-key="$scratch/me.key" \
		--kube-certificate-authority="$scratch/ca.crt" &&
	wait_for enriched && end_all && stop sim
'

# A system that believes our CA, by its folder alone: in a name space of
# mounts.
store=/etc/ssl/certs
mkdir "$scratch/store"
cat >"$scratch/cheapster-here" <<END
#!/bin/sh
exec unshare -rm sh -c 'mount --bind "\$0" $store && exec "\$@"' \
	"$scratch/store" cheapster-collector "\$@"
END
chmod +x "$scratch/cheapster-here"
if test -d $store && unshare -rm mount --bind "$scratch/store" $store \
	2>"$scratch/unshared"; then
	expect_success 'whom the system believes is believed' '
		start_cluster https --tls-cert=server.crt \
			--tls-key=server.key &&
		hash=$(openssl x509 -in ca.crt -noout -hash) &&
		cp ca.crt "store/$hash.0" &&
		cp other.crt store/ca-certificates.crt &&
		collect ./cheapster-here "" && wait_for enriched && end_all
	'
	expect_success 'unless a CA is given' '
		collect ./cheapster-here "" \
			--kube-certificate-authority="$scratch/other.crt" &&
		wait_for "grep \"kube_list_failed .*certificate\" col.log" &&
		end_all && stop sim
	'
else
	skip 'a CA that is given is the only one' 'needs unshare'
fi

expect_success 'a token does not go over plain HTTP' '
	start_cluster http --token=sesame-1 &&
	collect cheapster-collector kubeletHttps=false \
		--kube-token-file="$scratch/token" &&
	wait_for "grep \"kube_list_failed .*401\" col.log" &&
	test "$(grep -c "warning token_withheld url=\"$api" col.log)" -eq 1 &&
	end_all
'
expect_success 'unless it is allowed to' '
	collect cheapster-collector kubeletHttps=false --allow-plain-token \
		--kube-token-file="$scratch/token" &&
	wait_for enriched && log_is_clean col && end_all && stop sim
'

# A server that would rather speak HTTP/2, and says what was agreed on.
cat >"$scratch/server.py" <<END
import socket, ssl
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("server.crt", "server.key")
context.set_alpn_protocols(["h2", "http/1.1"])
listener = socket.create_server(("127.0.0.1", 0))
print("port", listener.getsockname()[1], flush=True)
while True:
    with context.wrap_socket(listener.accept()[0], server_side=True) as client:
        print("agreed", client.selected_alpn_protocol(), flush=True)
END
expect_success 'HTTP 1.1 is what is spoken' '
	spawn_raw server python3 server.py &&
	wait_for "grep -q ^port server.out" &&
	port=$(sed -n "s/^port //p" server.out) &&
	spawn col cheapster-collector --kubelet-insecure-tls \
		--metric-resolution=$resolution \
		--source="kubelet:https://127.0.0.1:$port" &&
	wait_for "grep ^agreed server.out" && stop col && kill9 server &&
	grep "^agreed http/1.1" server.out
'

# refuses PATTERN FLAG...: one line, exit 64.
refuses () {
	_pattern=$1
	shift
	must_fail 64 cheapster-collector --check "$@" 2>out &&
	cat out && test "$(wc -l <out)" -eq 1 && grep -q -e "$_pattern" out
}
expect_success 'what does not fit together is refused' '
	source=--source=kubernetes:https://k?inClusterConfig=false &&
	refuses "need each other" "$source" --kube-client-key=me.key &&
	refuses "kube-token-file=nowhere: No such file" "$source" \
		--kube-token-file=nowhere &&
	refuses "one or the other" "$source&insecure=true" \
		--kube-certificate-authority=ca.crt &&
	refuses "inClusterConfig=false does without" --source=kubernetes:https://k
'
done_testing
