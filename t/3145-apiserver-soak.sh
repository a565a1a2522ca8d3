#!/bin/sh
# SPDX-License-Identifier: ISC
# Rude clients, many at once: memory and descriptors are as before.  "make
# soak" does the same for minutes.
. "$(dirname "$0")/lib.sh"
prereq python3 openssl

port () {
	address_of "$1" http_listening | sed "s/.*://"
}
start () {
	name=$1
	shift
	spawn "$name" cheapster-apiserver --listen=127.0.0.1:0 \
		--state-dir="$scratch/state-$name" \
		--http-timeout=${slowness}s "$@"
}
m=/api/v1/model
# An allocator that looks for errors keeps what was freed.
anon_kb_max=3000
test -z "$TEST_SANITIZE$CHEAPSTER_VALGRIND" || anon_kb_max=0

expect_success 'two servers, in the clear and with TLS, have data' '
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout key -out crt -days 2 -subj /CN=x \
		-addext subjectAltName=IP:127.0.0.1 2>/dev/null &&
	spawn_raw kubelet python3 "$top_srcdir/t/bin/fake-kubelet.py" \
		--port-file "$scratch/port" 2 &&
	wait_for "test -s $scratch/port" &&
	url=http://127.0.0.1:$(cat "$scratch/port") &&
	spawn agg cheapster-aggregator &&
	start plain && start tls --tls-cert=crt --tls-key=key &&
	spawn col cheapster-collector --metric-resolution=1s \
		--source=kubelet:$url/n0/stats/summary \
		--source=kubelet:$url/n1/stats/summary &&
	has_data () {
		http_get "$1$m/nodes" --cacert crt >nodes && grep -q n1 nodes
	} &&
	wait_for "has_data http://127.0.0.1:$(port plain)" &&
	wait_for "has_data https://127.0.0.1:$(port tls)"
'
expect_success 'every rudeness, and they are as before' '
	printf "%s\n" $m/debug/allkeys $m/metrics/cpu/usage_rate /metrics \
		$m/namespaces/ns1/pods >paths &&
	python3 "$top_srcdir/t/bin/soak.py" --rounds=1 --clients=30 \
		--ca=crt --paths=paths --anon-kb-max=$anon_kb_max \
		"$(pid plain):$(port plain)" "$(pid tls):$(port tls):tls"
'
expect_success 'and end as if nothing had been' '
	stop col && stop agg && stop plain && stop tls &&
	log_is_clean plain bus_unreachable && log_is_clean tls bus_unreachable
'
done_testing
