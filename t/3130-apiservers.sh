#!/bin/sh
# SPDX-License-Identifier: ISC
# Several API servers on one bus, on this machine and elsewhere: each has every
# window, also after it was restarted or killed.
. "$(dirname "$0")/lib.sh"
prereq curl jq python3 openssl
series=/api/v1/model/nodes/n0/metrics/uptime

# get NAME PATH: what API server NAME answers.
get () {
	curl -sS --noproxy "*" --max-time "$patience" \
		"http://$(address_of "$1" http_listening)$2"
}
# windows NAME: of node n0, the oldest first.
windows () {
	get "$1" $series | jq -r ".metrics[].timestamp" >"$1.windows"
}
has_more () {
	windows "$1" && test "$(wc -l <"$1.windows")" -ge "$2"
}
# more NAME...: two new windows come to each.
more () {
	for _api in "$@"; do
		windows "$_api" && _had=$(wc -l <"$_api.windows") &&
		wait_for "has_more $_api $((_had + 2))" || return
	done
}
# What the sink was told of, which is never restarted.
published () {
	jq -n -r "[inputs | select(.kind == \"node\" and .node.name == \"n0\")
		.window_us / 1000000 | todate] | unique[]" frames >published
}
has_all () {
	published && windows "$1" && cmp published "$1.windows"
}
api () {
	_name=$1
	shift
	spawn "$_name" cheapster-apiserver --listen=127.0.0.1:0 "$@"
}
start_collector () {
	spawn col cheapster-collector --metric-resolution=1s \
		--source="kubelet:http://127.0.0.1:$(cat port)/n0/stats/summary"
}

expect_success 'two API servers share a machine' '
	spawn_raw kubelet python3 "$top_srcdir/t/bin/fake-kubelet.py" \
		--port-file "$scratch/port" 1 &&
	wait_for "test -s $scratch/port" && : >frames &&
	spawn agg cheapster-aggregator && api a && api b --name=b &&
	spawn sink cheapster-sink-exec "$top_srcdir/t/bin/keep-frames.py" \
		"$scratch/frames" &&
	start_collector && more a b
'
expect_success 'each with a store of its own' '
	ls "$STATE_DIRECTORY" && test -e "$STATE_DIRECTORY"/store/values.* &&
	test -e "$STATE_DIRECTORY"/store-b/values.*
'
expect_success 'a third one of the same name is told what it needs' '
	must_fail 69 cheapster-apiserver --listen=127.0.0.1:0 --name=b 2>err &&
	grep "store-b: in use by another process; each needs a name" err
'
expect_success 'a name is no path' '
	must_fail 64 cheapster-apiserver --name=../b 2>err &&
	must_fail 64 cheapster-apiserver --name= 2>err
'
expect_success 'a rolling restart: one after the other, and none is cold' '
	for round in 1 2; do
		stop a && api a && windows a && test -s a.windows &&
		stop b && api b --name=b && windows b && test -s b.windows &&
		more a b || return
	done
'
expect_success 'killed with -9 they are as warm' '
	windows a && cp a.windows a.before &&
	windows b && cp b.windows b.before && kill9 a && kill9 b &&
	api a && api b --name=b && windows a && windows b &&
	test -z "$(comm -13 a.windows a.before)$(comm -13 b.windows b.before)" &&
	more a b
'
expect_success 'neither lacks a window' '
	stop col && wait_for has_all a && wait_for has_all b &&
	test "$(wc -l <published)" -ge 8
'

# certificate NAME: signed by the CA, for this address.
certificate () {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$1.key" -out "$1.csr" -subj "/CN=$1" &&
	openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -days 2 \
		-CAcreateserial -extfile san -out "$1.crt"
}
# as NAME: flags of who has that certificate.
as () {
	echo "--bus-ca=$scratch/ca.crt --bus-cert=$scratch/$1.crt" \
		"--bus-key=$scratch/$1.key"
}
free_ports () {
	python3 -c "
import socket
listeners = [socket.create_server((\"127.0.0.1\", 0)) for _ in range(2)]
print(*[s.getsockname()[1] for s in listeners])"
}
start_tls () {
	urls="--out-bus=tls+tcp://127.0.0.1:$live"
	urls="$urls --out-replay=tls+tcp://127.0.0.1:$replay"
	# shellcheck disable=SC2046,SC2086
	spawn agg cheapster-aggregator $urls $(as agg)
}
elsewhere () {
	# shellcheck disable=SC2046,SC2086
	api c --run-dir="$scratch/elsewhere/run" \
		--state-dir="$scratch/elsewhere/state" $urls $(as c)
}
here () {
	# shellcheck disable=SC2046,SC2086
	api "$1" $urls $(as c) --name="$1"
}
live=0 replay=0

expect_success 'a bus for API servers elsewhere' '
	{ openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout ca.key -out ca.crt -days 2 -subj /CN=ca &&
	echo "subjectAltName=IP:127.0.0.1,DNS:127.0.0.1" >san &&
	certificate agg && certificate c; } 2>openssl.log &&
	ports=$(free_ports) && live=${ports% *} && replay=${ports#* } &&
	stop agg && stop a && stop b && stop sink && start_tls &&
	# shellcheck disable=SC2046,SC2086
	spawn sink cheapster-sink-exec $urls $(as c) \
		"$top_srcdir/t/bin/keep-frames.py" "$scratch/frames" &&
	here b && elsewhere && start_collector && more b c
'
expect_success 'a new one gets what there was before it' '
	head -n 1 published >first && windows c && head -n 1 c.windows | cmp first
'
expect_success 'killed, and with the aggregator, nothing is missing anywhere' '
	kill9 c && elsewhere && windows c && test -s c.windows && more c &&
	kill9 agg && kill9 b && start_tls && here b && more b c &&
	stop c && elsewhere && more b c
'
expect_success 'all have the same windows at the end' '
	stop col && wait_for has_all b && wait_for has_all c
'
expect_success 'and end in peace' '
	stop sink && stop b && stop c && stop agg && log_is_clean b bus_ &&
	log_is_clean c bus_
'

# Without a model: health goes on, and metrics are not there.
expect_success 'without the metric sink health is told all the same' '
	spawn agg cheapster-aggregator && start_collector &&
	api a --name=blind --disable-metric-sink &&
	wait_for "test \"\$(get a /healthz)\" = ok" &&
	test "$(get a $series)" = "404 page not found" &&
	get a /metrics | grep "^cheapster_apiserver_frames_stored_total [1-9]"
'
expect_success 'also after it was killed, and when nobody answers' '
	kill9 a && api a --name=blind --disable-metric-sink &&
	test "$(get a /healthz)" = ok && kill9 kubelet &&
	wait_for "get a /healthz | grep \"Not enough metrics found\"" &&
	stop a && stop col && stop agg
'
done_testing
