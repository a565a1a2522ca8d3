#!/bin/sh
# SPDX-License-Identifier: ISC
# Who we are, as kubeconfig files say it: certificates, tokens and plugins.
. "$(dirname "$0")/lib.sh"
prereq curl jq openssl
grep -q '^#define HAVE_LIBYAML 1' "$top_builddir/config.h" ||
	skip_all 'built without libyaml'

resolution=$((500 * slowness))ms
# CREDENTIAL_AGE_MIN_NS passes before a plugin is asked again.
patience=$((30 * slowness))
plugin_version=client.authentication.k8s.io/v1

certificate () {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$1.key" -out "$1.csr" -subj "/CN=$1" &&
	echo "subjectAltName=$2" >san &&
	openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -days 2 \
		-CAcreateserial -extfile san -out "$1.crt"
}
data () {
	base64 "$1" | tr -d '\n'
}
# Server names in the certificate: nodes by name, the API by another.
start_cluster () {
	rm -f port && spawn sim "$top_builddir/contrib/kubesim/kubesim" \
		--ready-fd=9 --port-file="$scratch/port" --nodes=2 --pods=2 \
		--containers=1 --tls-cert=server.crt --tls-key=server.key "$@" &&
	api=https://127.0.0.1:$(cat port)
}
tell () {
	curl -sSf --cacert ca.crt --cert me.crt --key me.key --connect-to \
		"::127.0.0.1:$(cat port)" -X POST "https://kube.example/kubesim?$1" \
		>told
}
# write_config USER CONTEXT: a kubeconfig of the cluster and this user.
write_config () {
	cat <<-END
	apiVersion: v1
	kind: Config
	current-context: ${2:-main}
	clusters:
	- name: sim
	  cluster:
	    server: $api
	    tls-server-name: kube.example
	    certificate-authority-data: $(data ca.crt)
	users:
	- name: me
	  user:
	$1
	contexts:
	- name: ${2:-main}
	  context: {cluster: sim, user: me}
	END
}
plugin_user () {
	cat <<-END
	    client-certificate: me.crt
	    client-key: me.key
	    exec:
	      apiVersion: $plugin_version
	      command: ./plugin
	      args: [token-now]
	      env: [{name: WHO, value: sesame}]
	      interactiveMode: Never
	END
}
collect () {
	_url=$1
	shift
	: >frames
	spawn col cheapster-collector --metric-resolution=$resolution \
		"--source=kubernetes:$_url" "$@" &&
	spawn agg cheapster-aggregator &&
	spawn sink cheapster-sink-exec "$top_srcdir/t/bin/keep-frames.py" \
		"$scratch/frames"
}
# Enriched: the requests are the kube-apiserver's.
enriched () {
	jq -n -e "[inputs | select(.kind == \"node\") |
		select(.metrics | index(\"memory/request\")) | .node.name] |
		unique == [\"node-0\", \"node-1\"]" frames
}
end_all () {
	stop col && stop agg && stop sink &&
	! grep -q -e sesame -e "BEGIN " ./*.log
}

expect_success 'a cluster asks for certificates' '
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout ca.key -out ca.crt -days 2 -subj /CN=ca 2>openssl.log &&
	{ certificate server DNS:kube.example,DNS:node-0,DNS:node-1 &&
	certificate me DNS:me; } 2>>openssl.log &&
	start_cluster --client-ca=ca.crt
'
expect_success 'KUBECONFIG, with all as data' '
	write_config "    client-certificate-data: $(data me.crt)
    client-key-data: $(data me.key)" >config &&
	KUBECONFIG=$scratch/config collect "" && wait_for enriched && end_all
'
expect_success 'auth=, with files' '
	write_config "    client-certificate: me.crt
    client-key: me.key" >config &&
	collect "?inClusterConfig=false&auth=$scratch/config" &&
	wait_for enriched && end_all
'
expect_success 'the file at home, of a user without a certificate is refused' '
	mkdir .kube && write_config "    token: sesame" >.kube/config &&
	collect "" && wait_for "grep -q kube_list_failed col.log" && end_all
'
expect_success 'the cluster asks for a token as well' '
	stop sim && start_cluster --client-ca=ca.crt --token=sesame-1
'
cat >"$scratch/plugin" <<END
#!/bin/sh
echo "\$1 \$WHO" >>"$scratch/asked"
test -n "\$KUBERNETES_EXEC_INFO" || exit 1
test ! -e "$scratch/hang" || { echo \$\$ >"$scratch/hangs"; exec sleep 1000; }
test -e "$scratch/now" || exit 2
echo '{"apiVersion":"$plugin_version","kind":"ExecCredential","status":
	{"token":"'"\$(cat "$scratch/now")"'"}}'
END
chmod +x "$scratch/plugin"
expect_success 'a plugin that fails is asked again' '
	write_config "$(plugin_user)" other >config && : >asked &&
	collect "" --kubeconfig="$scratch/config" --kube-context=other &&
	wait_for "grep -q credential_failed col.log" &&
	grep "credential_failed seen=1 error=.*plugin.*status 2" col.log &&
	echo sesame-1 >now && wait_for enriched &&
	grep "credential_renewed plugin=" col.log &&
	test "$(tail -n 1 asked)" = "token-now sesame"
'
expect_success 'a token that is no longer believed is renewed' '
	patience=$((40 * slowness)) &&
	echo sesame-2 >now && : >asked && tell "token=sesame-2&cut=1" &&
	: >frames && wait_for "test -s asked" && : >frames && wait_for enriched &&
	wait_for "test \$(grep -c kube_recovered col.log) -ge 3"
'
# Watches go on; only kubelets are asked anew.
expect_success 'also if only kubelets refuse it' '
	echo sesame-2b >now && : >asked &&
	had=$(grep -c "kube_.*_failed" col.log) && tell token=sesame-2b &&
	: >frames && wait_for "test -s asked" && : >frames &&
	wait_for enriched &&
	test "$(grep -c "kube_.*_failed" col.log)" -eq "$had"
'
expect_success 'a plugin that hangs holds up nothing, and dies with us' '
	: >hang && echo sesame-3 >now && tell "token=sesame-3&cut=1" &&
	wait_for "test -s hangs" &&
	had=$(wc -l <frames) && wait_for "test \$(wc -l <frames) -gt $((had + 4))" &&
	end_all && ! kill -0 "$(cat hangs)"
'

# put_token TOKEN: as the kubelet does it.
put_token () {
	echo "$1" >token.new && mv token.new token
}
# From here on both nodes answer, and the kube-apiserver believes us.
goes_on () {
	tell cut=1 && : >frames && wait_for enriched && : >frames &&
	wait_for enriched && ! grep "\"kind\":\"failed\"" frames
}
expect_success 'a token in a file that is away for a while, and the same' '
	put_token sesame-3 && write_config "    client-certificate: me.crt
    client-key: me.key
    tokenFile: token" >config &&
	collect "" --kubeconfig="$scratch/config" && wait_for enriched &&
	mv token gone && wait_for "grep -q token_unreadable col.log" &&
	put_token sesame-3 && wait_for "grep -q token_readable col.log" &&
	goes_on && ! grep 401 col.log
'
expect_success 'is taken when it is another' '
	put_token sesame-4 && tell token=sesame-4 && : >frames &&
	wait_for enriched && goes_on && end_all &&
	log_is_clean col "token_unreadable|scrape_(failed|refused)|kube_(list|watch)_failed"
'

# refuses PATTERN FLAG...: one line, exit 64, no secret.
refuses () {
	_pattern=$1
	shift
	must_fail 64 cheapster-collector --check "$@" 2>out &&
	cat out && test "$(wc -l <out)" -eq 1 && grep -q -e "$_pattern" out &&
	! grep -q sesame out
}
expect_success 'what is wrong is one line' '
	write_config "    password: sesame" >bad &&
	refuses "bad, context \"main\": user \"me\": password" \
		--source=kubernetes: --kubeconfig=bad &&
	refuses "no context \"nowhere\"" --source=kubernetes: \
		--kubeconfig=config --kube-context=nowhere &&
	refuses "nowhere: No such file" --source=kubernetes: \
		--kubeconfig=nowhere &&
	rm -r .kube && refuses "no kubeconfig file" --source=kubernetes: &&
	printf "a: [" >bad && KUBECONFIG=bad &&  export KUBECONFIG &&
	refuses "kubeconfig bad: line " --source=kubernetes: &&
	unset KUBECONFIG
'
expect_success 'all ends in peace' 'stop sim'
done_testing
