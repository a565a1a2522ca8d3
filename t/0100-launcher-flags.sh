#!/bin/sh
# SPDX-License-Identifier: ISC
# What cheapster makes of its flags, with stand-ins for the programs.
. "$(dirname "$0")/lib.sh"

FAKE_DIR=$scratch/fake
export FAKE_DIR
mkdir "$FAKE_DIR" "$scratch/bin"
for p in collector aggregator apiserver sink-log sink-influxdb; do
	ln -s "$top_builddir/t/bin/fake-child" "$scratch/bin/cheapster-$p"
done

# launch FLAG...: in the background, ready.
launch() {
	rm -f "$FAKE_DIR/events" "$scratch/c.log" "$scratch/c.out"
	spawn c cheapster --bin-dir="$scratch/bin" "$@"
}
has_event() {
	grep -q -x -F -e "$1" "$FAKE_DIR/events"
}
has_all_of() {
	has_event "arg $1 --run-dir=$RUNTIME_DIRECTORY" &&
	has_event "arg $1 --state-dir=$STATE_DIRECTORY" &&
	has_event "arg $1 --verbose=2" &&
	has_event "start $1"
}
# refuses CODE TEXT FLAG...: exits with CODE after one line that has TEXT.
refuses() {
	refuses_text=$2
	refuses_code=$1
	shift 2
	must_fail "$refuses_code" cheapster --bin-dir="$scratch/bin" "$@" \
	    2>"$scratch/err" &&
	test "$(wc -l <"$scratch/err")" = 1 &&
	grep -q -F -e "$refuses_text" "$scratch/err" ||
	    { cat "$scratch/err"; return 1; }
}

expect_success 'no source is a usage error that shows the way' '
	refuses 64 "--source=local:"
'
expect_success 'but inside a pod, that is the cluster' '
	KUBERNETES_SERVICE_HOST=10.0.0.1 launch && stop c &&
	has_event "arg collector --source=kubernetes:"
'
expect_success 'two sources are a usage error' '
	refuses 64 "more than one --source" --source=a: --source=b:
'
expect_success 'a source without a key is a usage error' '
	refuses 64 "not KEY[:REST]" --source=:x
'
expect_success 'an unknown flag is a usage error' '
	refuses 64 "unknown option --poll_durations" --source=local: \
	    --poll_durations=5s
'
expect_success 'a port that is none is a usage error' '
	refuses 64 "--heapster-port" --source=local: --heapster-port=70000
'
expect_success 'what is about a cluster goes to the collector' '
	launch --source=kubernetes: --store-label=a=b --store_label=c \
	    --ignore-label=d --label-separator=";" --kubelet-port=7 \
	    --kubelet-insecure-tls --kubelet-certificate-authority=/ca \
	    --kubelet-via=auto --node-selector="a=b,c!=d" \
	    --kube-token-file=/t \
	    --kube-certificate-authority=/k --kube-client-certificate=/c \
	    --kube-client-key=/y --allow-plain-token \
	    --kubelet-preferred-address-types=Hostname --heapster-port=0 &&
	for flag in --store-label=a=b --store-label=c --ignore-label=d \
	    "--label-separator=;" --kubelet-port=7 --kubelet-insecure-tls \
	    --kubelet-certificate-authority=/ca --kube-token-file=/t \
	    --kube-certificate-authority=/k --kube-client-certificate=/c \
	    --kube-client-key=/y --allow-plain-token \
	    --kubelet-via=auto "--node-selector=a=b,c!=d" \
	    --kubelet-preferred-address-types=Hostname; do
		has_event "arg collector $flag" || return
	done && has_event "arg apiserver --label-separator=;" && stop c
'
expect_success 'every program gets what it needs' '
	launch --source=local: --sink=log --metric_resolution=15s \
	    --heapster-port=0 --listen-ip=127.0.0.1 --retention=1h --max-age=1m \
	    --spool=/s --spool-bytes=1Gi --spool-age=0 -v 2 &&
	stop c &&
	has_event "arg aggregator --spool=/s" &&
	has_event "arg aggregator --spool-bytes=1073741824" &&
	has_event "arg aggregator --spool-age=0ms" &&
	has_event "arg collector --source=local:" &&
	has_event "arg collector --metric-resolution=15000ms" &&
	has_event "arg apiserver --listen=127.0.0.1:0" &&
	has_event "arg apiserver --retention=3600000ms" &&
	has_event "arg apiserver --max-age=60000ms" &&
	has_event "arg sink-log --name=log" &&
	has_all_of collector && has_all_of aggregator && has_all_of apiserver &&
	has_all_of sink-log
'
expect_success 'without --metric-resolution the collector has its own default' '
	launch --source=local: && stop c &&
	! grep "^arg collector --metric-resolution" "$FAKE_DIR/events" &&
	! grep "^arg aggregator --spool" "$FAKE_DIR/events"
'
expect_success 'an IPv6 address goes into brackets' '
	launch --source=local: --listen-ip=::1 --heapster-port=1 && stop c &&
	has_event "arg apiserver --listen=[::1]:1"
'
expect_success 'without --listen-ip every address is served, on port 8082' '
	launch --source=local: && stop c &&
	grep -q -E "^arg apiserver --listen=(\[::\]|0\.0\.0\.0):8082$" \
	    "$FAKE_DIR/events"
'
expect_success 'the rest of a sink is its operand, variables expanded' '
	DB_HOST=db launch --source=local: \
	    "--sink=influxdb:http://\$DB_HOST:8086?db=\${NONE}k8s" && stop c &&
	has_event "env sink-influxdb CHEAPSTER_OPERAND=http://db:8086?db=k8s"
'
expect_success 'the rest of the source is expanded too' '
	MASTER=m launch "--source=kubernetes:https://\${MASTER}?a=\$MASTER" &&
	stop c && has_event "arg collector --source=kubernetes:https://m?a=m"
'
expect_success 'sinks of one kind have names of their own' '
	launch --source=local: --sink=log --sink=influxdb:x --sink=log:y &&
	stop c &&
	has_event "arg sink-log --name=log" &&
	has_event "arg sink-log-2 --name=log-2" &&
	has_event "env sink-log-2 CHEAPSTER_OPERAND=y" &&
	has_event "arg sink-influxdb --name=influxdb"
'
expect_success 'the environment names sinks as well' '
	CHEAPSTER_SINK=log,influxdb:x launch --source=local: && stop c &&
	has_event "start sink-log" && has_event "start sink-influxdb"
'
expect_success 'an unknown sink is logged and left out' '
	launch --source=local: --sink=gcm --sink=log && stop c &&
	grep -q "error sink_unknown sink=gcm" "$scratch/c.log" &&
	has_event "start sink-log"
'
expect_success 'a sink is no path' '
	launch --source=local: --sink=../log --sink=log && stop c &&
	grep -q "sink_unknown" "$scratch/c.log"
'
expect_success 'no known sink at all ends it' '
	must_fail 78 cheapster --bin-dir="$scratch/bin" --source=local: \
	    --sink=gcm --sink=bad/key 2>"$scratch/err" &&
	grep -q "none of the sinks is known" "$scratch/err"
'
expect_success 'the metric sink is the apiserver' '
	launch --source=local: --sink=metric && stop c &&
	has_event "start apiserver" && ! grep -q sink- "$FAKE_DIR/events"
'
expect_success 'a missing program ends it' '
	must_fail 78 cheapster --bin-dir="$scratch" --source=local: \
	    2>"$scratch/err" &&
	grep -q "cheapster-aggregator: not found" "$scratch/err"
'
expect_success '--check checks every program and starts none' '
	rm -f "$FAKE_DIR/events" &&
	cheapster --bin-dir="$scratch/bin" --source=local: --sink=log --check \
	    2>"$scratch/err" &&
	test "$(grep -c " check_ok name=" "$scratch/err")" = 4 &&
	test "$(grep -c " --check$" "$FAKE_DIR/events")" = 4 &&
	! grep -q ready-fd "$FAKE_DIR/events"
'
expect_success '--check exits with the code of what failed' '
	echo 78 >"$FAKE_DIR/sink-log.check" &&
	must_fail 78 cheapster --bin-dir="$scratch/bin" --source=local: \
	    --sink=log --check 2>"$scratch/err" &&
	grep -q "check_failed name=sink-log .*status=78" "$scratch/err" &&
	test "$(grep -c " check_ok name=" "$scratch/err")" = 3 &&
	rm "$FAKE_DIR/sink-log.check"
'
expect_success '--help fits into 80 columns' '
	cheapster --help >"$scratch/help" &&
	awk "length > 80 { exit 1 }" "$scratch/help" &&
	grep -q "CHEAPSTER_METRIC_RESOLUTION" "$scratch/help"
'
expect_success '--version says what it is' '
	cheapster --version >"$scratch/version" &&
	grep -q -E "^cheapster [0-9]+\.[0-9]+\.[0-9]+$" "$scratch/version"
'
done_testing
