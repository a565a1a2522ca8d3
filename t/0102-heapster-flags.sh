#!/bin/sh
# SPDX-License-Identifier: ISC
# Every flag that Heapster had is accepted, and has its effect or says that it
# has none.
. "$(dirname "$0")/lib.sh"

FAKE_DIR=$scratch/fake
export FAKE_DIR
mkdir "$FAKE_DIR" "$scratch/bin"
for p in collector aggregator apiserver sink-log sink-influxdb sink-sqlite; do
	ln -s "$top_builddir/t/bin/fake-child" "$scratch/bin/cheapster-$p"
done

# check FLAG...: every program gets its arguments, once.
check () {
	rm -f "$FAKE_DIR/events"
	cheapster --bin-dir="$scratch/bin" --source=local: \
		--listen-ip=127.0.0.1 --check "$@" 2>log
}
has_event () {
	grep -q -x -F -e "$1" "$FAKE_DIR/events"
}
# refuses TEXT FLAG...: a usage error in one line that has TEXT.
refuses () {
	text=$1
	shift
	must_fail 64 check "$@" && test "$(wc -l <log)" = 1 &&
	grep -q -F -e "$text" log || { cat log; return 1; }
}
# What is given, and the argument of a program that it becomes; "says" is for
# what has no effect.
cat >table <<'END'
--heapster-port=1	apiserver --listen=127.0.0.1:1
--heapster_port=1	apiserver --listen=127.0.0.1:1
--heapster-port 1	apiserver --listen=127.0.0.1:1
--port=1	apiserver --listen=127.0.0.1:1
--listen_ip=::1	apiserver --listen=[::1]:8082
--metric_resolution=30s	collector --metric-resolution=30000ms
--metric-resolution 30s	collector --metric-resolution=30000ms
--tls-cert=c --tls_key=k	apiserver --tls-cert=c
--tls-cert=c --tls_key=k	apiserver --tls-key=k
--tls-cert=c --tls-key=k --tls_client_ca=a	apiserver --tls-client-ca=a
--tls-cert=c --tls-key=k --tls-client-ca=a --allowed_users=x,y	apiserver --allowed-users=x,y
--tls-cert=c --tls-key=k --tls-client-ca=a --allowed-users=x --allowed-users=y	apiserver --allowed-users=x,y
--disable-export	apiserver --disable-export
--disable_export=true	apiserver --disable-export
--disable-metric-sink	apiserver --disable-metric-sink
--label-separator=;	collector --label-separator=;
--label-seperator=;	collector --label-separator=;
--label_seperator ;	collector --label-separator=;
--store-label=a,n=b	collector --store-label=a
--store-label=a,n=b --store-label=c	collector --store-label=n=b
--store_label=a,n=b --store-label c	collector --store-label=c
--ignore-label=a,b	collector --ignore-label=b
--v=2	collector --verbose=2
-v 2	collector --verbose=2
-v=2	collector --verbose=2
--api-server --bind-address=127.0.0.1	apiserver --secure-listen=127.0.0.1:6443
--api-server=true --bind-address=::1	apiserver --secure-listen=[::1]:6443
--secure-port=1 --bind_address=127.0.0.1	apiserver --secure-listen=127.0.0.1:1
metrics-server --bind-address=127.0.0.1	apiserver --secure-listen=127.0.0.1:443
/metrics-server --secure-port=10250 --bind-address=127.0.0.1	apiserver --secure-listen=127.0.0.1:10250
--api-server --cert_dir=/c	apiserver --cert-dir=/c
--api-server --tls-cert-file=c --tls-private-key-file=k	apiserver --tls-cert-file=c
--api-server --tls-cert-file=c --tls-private-key-file=k	apiserver --tls-private-key-file=k
--api-server --tls-min-version=VersionTLS13	apiserver --tls-min-version=VersionTLS13
--api-server --tls-cipher-suites=a,b	apiserver --tls-cipher-suites=a,b
--api-server --kubeconfig=k	apiserver --kubeconfig=k
--api-server --kubeconfig=k --authentication-kubeconfig=a	apiserver --kubeconfig=a
--api-server --authorization-kubeconfig=a	apiserver --kubeconfig=a
--api-server --kube-token-file=t	apiserver --kube-token-file=t
--api-server --authentication-token-webhook-cache-ttl=1s	apiserver --authentication-token-webhook-cache-ttl=1s
--api-server --authentication-skip-lookup	apiserver --authentication-skip-lookup
--api-server --authentication-tolerate-lookup-failure	apiserver --authentication-tolerate-lookup-failure
--api-server --authorization-webhook-cache-authorized-ttl=1s	apiserver --authorization-webhook-cache-authorized-ttl=1s
--api-server --authorization-webhook-cache-unauthorized-ttl=1s	apiserver --authorization-webhook-cache-unauthorized-ttl=1s
--api-server --authorization-always-allow-paths=/a,/b	apiserver --authorization-always-allow-paths=/a,/b
--api-server --client-ca-file=c	apiserver --client-ca-file=c
--api-server --requestheader-client-ca-file=c	apiserver --requestheader-client-ca-file=c
--api-server --requestheader-username-headers=a,b	apiserver --requestheader-username-headers=a,b
--api-server --requestheader-group-headers=a,b	apiserver --requestheader-group-headers=a,b
--api-server --requestheader-uid-headers=a,b	apiserver --requestheader-uid-headers=a,b
--api-server --requestheader-extra-headers-prefix=a,b	apiserver --requestheader-extra-headers-prefix=a,b
--api-server --requestheader-allowed-names=a,b	apiserver --requestheader-allowed-names=a,b
--node-selector=a=b	collector --node-selector=a=b
-l a=b	collector --node-selector=a=b
-l=a=b	collector --node-selector=a=b
-la	collector --node-selector=a
--max-procs=4	says
--sink_export_data_timeout=1m	says
--logtostderr	says
--logtostderr=true	says
--alsologtostderr	says
--stderrthreshold=2	says
--log-dir=/tmp	says
--log_dir /tmp	says
--log-backtrace-at=a.go:1	says
--log-flush-frequency=5s	says
--vmodule=*=4	says
--tls-ca-file=c	says
--tls-sni-cert-key=c,k	says
--profiling	says
--profiling=false	says
--contention-profiling	says
--enable-swagger-ui	says
--service-cluster-ip-range=10.0.0.0/24	says
--basic-auth-file=f	says
--token-auth-file=f	says
--poll_duration=5s	says
--stats_resolution=5s	says
--use_model=true	says
--model_resolution=1m	says
--align_stats	says
--cache_duration=10m	says
--sink_memory_ttl=1h	says
--deprecated-kubelet-completely-insecure	says
--kubelet-use-node-status-port	says
--kubelet-request-timeout=10s	says
--disable-http2-serving	says
--http2-max-streams-per-connection=1	says
--permit-address-sharing	says
--permit-port-sharing=true	says
--tls-curve-preferences=X25519	says
--logging-format=json	says
--feature-gates=A=true	says
--show-hidden-metrics-for-version=1	says
--goaway-chance=0.1	says
--shutdown-delay-duration=1s	says
--audit-log-path=-	says
--egress-selector-config-file=f	says
--debug-socket-path=f	says
END

# One line, which names the flag and has a reason.
says_why () {
	flag=$(echo "$1" | sed 's/[= ].*//' | tr _ -)
	test "$(grep -c flag_without_effect log)" -eq 1 &&
	grep -E " flag_without_effect flag=$flag reason=\"[^\"]+\"\$" log
}
# Words of $flags are arguments, and none is a pattern.
has_effect () {
	set -f
	# shellcheck disable=SC2086
	check $flags
	set +f
	case $expected in
	says) says_why "$flags" ;;
	*) has_event "arg $expected" && ! grep flag_without_effect log ;;
	esac || { cat log "$FAKE_DIR/events"; return 1; }
}
tab=$(printf '\t')
while IFS=$tab read -r flags expected; do
	expect_success "$flags: $expected" has_effect
done <table

# Who replaces metrics-server has not asked for a port without a lock.
expect_success 'as metrics-server, only this machine gets at the HTTP API' '
	rm -f "$FAKE_DIR/events" &&
	cheapster --bin-dir="$scratch/bin" --check metrics-server 2>log &&
	has_event "arg apiserver --listen=127.0.0.1:8082" &&
	rm -f "$FAKE_DIR/events" && cheapster --bin-dir="$scratch/bin" \
		--check metrics-server --listen-ip= 2>log &&
	grep -x -E "arg apiserver --listen=(\[::\]|0\.0\.0\.0):8082" \
		"$FAKE_DIR/events"
'
expect_success 'no flag without effect is missing above' '
	cheapster --help | awk "
		/^Heapster.*:\$/ { is_ours = 1 }
		/^Processes:\$/ { is_ours = 0 }
		is_ours && /^  --/ { sub(/=.*/, \"\"); print \$1 }
	" >all && test "$(wc -l <all)" -gt 30 &&
	while read -r flag; do
		cut -f 1 table | tr _ - | grep -q -e "^$flag\($\|[= ]\)" ||
			echo "$flag"
	done <all >missing && cat missing && test ! -s missing
'
expect_success 'those that concern safety are warnings' '
	check --token-auth-file=c --max-procs=1 &&
	grep "warning flag_without_effect flag=--token-auth-file" log &&
	grep "info flag_without_effect flag=--max-procs" log
'
expect_success 'without --api-server or --secure-port there is no such port' '
	check --client-ca-file=c --bind-address=127.0.0.1 --secure-port=0 &&
	! grep -e --secure-listen -e --client-ca "$FAKE_DIR/events"
'
expect_success 'clients are asked about where the source says' '
	rm "$FAKE_DIR/events" && cheapster --bin-dir="$scratch/bin" --check \
		--source="kubernetes:https://k:1/x?inClusterConfig=false" \
		--api-server && has_event "arg apiserver --kube-server=https://k:1/x"
'
expect_success 'metrics-server needs no source' '
	rm "$FAKE_DIR/events" && cheapster --bin-dir="$scratch/bin" --check \
		metrics-server --kubelet-insecure-tls 2>log &&
	has_event "arg collector --source=kubernetes:" &&
	has_event "arg collector --kubelet-insecure-tls" &&
	! grep operands_ignored log
'
expect_success 'half of what was to be said is refused' '
	refuses "-l: needs a value" -l && refuses "--secure-port: not a port" \
		--secure-port=65536 &&
	refuses "need each other" --tls-cert-file=c
'
expect_success 'a switch that is off does nothing' '
	check --disable-export=false --disable-metric-sink=false &&
	! grep -e "--disable-" "$FAKE_DIR/events"
'
expect_success 'operands do nothing, and flags after them count' '
	check a --disable-export b &&
	has_event "arg apiserver --disable-export" &&
	grep " warning operands_ignored n=2\$" log
'
expect_success 'a certificate without its key is refused in the old words' '
	refuses "both TLS certificate & key are required to enable TLS serving" \
		--tls-cert=c &&
	refuses "both TLS certificate & key are required" --tls-key=k
'
expect_success 'and so is a CA of clients without TLS' '
	refuses "client cert authentication requires TLS certificate & key" \
		--tls-client-ca=c
'
expect_success 'allowed users that nobody would check are refused' '
	refuses "--allowed-users protects nothing" --tls-cert=c --tls-key=k \
		--allowed-users=x
'
expect_success 'the metric sink, asked for, wins over its absence' '
	check --sink=metric --disable-metric-sink &&
	! grep -e "--disable-metric-sink" "$FAKE_DIR/events"
'
expect_success 'a sink without a key is refused, and not printed' '
	refuses "--sink: not KEY[:REST]" --sink=:secret && ! grep secret log
'
expect_success 'quotes that no shell took away are nothing' '
	check --sink=log:'"\\'\\'"' && has_event "arg sink-log --name=log" &&
	! grep OPERAND "$FAKE_DIR/events"
'
expect_success 'a source may have them too' '
	rm "$FAKE_DIR/events" && cheapster --bin-dir="$scratch/bin" --check \
		--source=kubernetes.summary_api:'"\\'\\'"' &&
	has_event "arg collector --source=kubernetes.summary_api:"
'
expect_success 'a password is among the arguments of no program' '
	export PW=secret && check --historical-source="influxdb:http://db?pw=\$PW" \
		"--sink=influxdb:http://db?pw=\${PW}" --sink=log &&
	has_event "env sink-influxdb CHEAPSTER_OPERAND=http://db?pw=secret" &&
	has_event "env apiserver CHEAPSTER_HISTORICAL_SOURCE=influxdb:http://db?pw=secret" &&
	! grep "^arg.*secret" "$FAKE_DIR/events" && ! grep secret log
'
expect_success 'nor in the environment of one that has no use for it' '
	CHEAPSTER_SINK="influxdb:x?pw=secret,log" \
	CHEAPSTER_HISTORICAL_SOURCE="influxdb:secret" check &&
	has_event "env sink-influxdb CHEAPSTER_OPERAND=x?pw=secret" &&
	test "$(grep -c secret "$FAKE_DIR/events")" -eq 2
'
expect_success 'history from a file that no sink writes is said' '
	check --historical-source=sqlite:/a --sink=sqlite:/b &&
	grep "warning history_not_written" log &&
	check --historical-source=sqlite:/a --sink=sqlite:/a?keep=1d &&
	! grep history_not_written log
'

# What manifests of Heapster's and of others' had as command, with the sinks
# that we have; all programs are real.
cat >commands <<'END'
--source=kubernetes:https://kubernetes.default
--source=kubernetes.summary_api:''
--source=kubernetes:''
--source=kubernetes:https://kubernetes.default?kubeletHttps=true&kubeletPort=10250&insecure=true
--source=kubernetes:http://10.0.0.1:8080?inClusterConfig=false&useServiceAccount=false
--source=kubernetes:'' --poll_duration=2m --stats_resolution=1m
--source=kubernetes:https://kubernetes.default --sink=log --sink=gcm
--source=kubernetes:https://kubernetes.default --api-server --secure-port=6443 --requestheader-client-ca-file=/ca --tls-ca-file=/ca
--source=kubernetes.summary_api:'' --metric_resolution=60s --sink_export_data_timeout=1m --logtostderr=true -v 2
metrics-server --cert-dir=/tmp --secure-port=10250 --kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname --kubelet-use-node-status-port --metric-resolution=15s
--v=2 --max_procs=2 --vmodule=*=2 --source kubernetes:https://kubernetes.default
END
accepts () {
	set -f
	# shellcheck disable=SC2086
	KUBERNETES_SERVICE_HOST=127.0.0.1 KUBERNETES_SERVICE_PORT=1 \
		cheapster --check $command 2>log || { cat log; set +f; return 1; }
	set +f
	test "$(grep -c " check_ok " log)" -ge 3
}
while IFS= read -r command; do
	expect_success "$command" accepts
done <commands
done_testing
