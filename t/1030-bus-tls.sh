#!/bin/sh
# SPDX-License-Identifier: ISC
# Collectors elsewhere: a bus over TLS, where both ends show a certificate.
. "$(dirname "$0")/lib.sh"
prereq python3 jq openssl
resolution=$((500 * slowness))ms

# certificate NAME CA SAN
certificate () {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$1.key" -out "$1.csr" -subj "/CN=$1" &&
	echo "subjectAltName=$3" >san &&
	openssl x509 -req -in "$1.csr" -CA "$2.crt" -CAkey "$2.key" -days 2 \
		-CAcreateserial -extfile san -out "$1.crt"
}
authority () {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$1.key" -out "$1.crt" -days 2 -subj "/CN=$1"
}
# as NAME: flags of who has that certificate.
as () {
	echo "--bus-ca=$scratch/ca.crt --bus-cert=$scratch/$1.crt" \
		"--bus-key=$scratch/$1.key"
}
free_ports () {
	python3 -c '
import socket
listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*[s.getsockname()[1] for s in listeners])'
}
start_aggregator () {
	# shellcheck disable=SC2046
	spawn agg cheapster-aggregator --raw-bus="tls+tcp://127.0.0.1:$live" \
		--raw-replay="tls+tcp://127.0.0.1:$replay" $(as aggregator)
}
# collect NAME CERTIFICATE FLAG...: asks node NAME of the fake kubelet.
collect () {
	_name=$1
	_certificate=$2
	shift 2
	# shellcheck disable=SC2046,SC2154
	spawn "$_name" cheapster-collector --name="$_name" \
		--state-dir="$scratch/state-$_name" \
		--metric-resolution=$resolution \
		--raw-bus="tls+tcp://127.0.0.1:$live" \
		--raw-replay="tls+tcp://127.0.0.1:$replay" \
		$(as "$_certificate") "$@"
}
answers () {
	jq -n "[inputs | select(.kind == \"node\" and .node.name == \"$1\")] |
		length" "$scratch/frames"
}
# windows NODE: with an answer or a failure.
windows () {
	jq -n "[inputs | select(.kind != \"rollup\" and .node.name == \"$1\")] |
		length" "$scratch/frames"
}
# more NODE...: answers of each arrive, after all that are there.
more () {
	for _node in "$@"; do
		_had=$(answers "$_node")
		wait_for "test \$(answers $_node) -ge $((_had + 2))" || return
	done
}
live=0 replay=0

expect_success 'certificates are made' '
	{ authority ca && authority alien &&
	certificate aggregator ca DNS:127.0.0.1,DNS:aggregator &&
	certificate collector ca DNS:collector &&
	certificate stranger alien DNS:127.0.0.1; } 2>openssl.log
'
expect_success 'the aggregator listens, three collectors dial' '
	ports=$(free_ports) && live=${ports% *} && replay=${ports#* } &&
	spawn_raw kubelet python3 "$top_srcdir/t/bin/fake-kubelet.py" \
		--port-file "$scratch/port" 4 &&
	wait_for "test -s $scratch/port" &&
	kubelet=http://127.0.0.1:$(cat port) && : >frames &&
	start_aggregator &&
	spawn sink cheapster-sink-exec "$top_srcdir/t/bin/keep-frames.py" \
		"$scratch/frames" &&
	collect a collector "--source=kubelet:$kubelet/n0/stats/summary" &&
	collect e collector "--source=kubelet:$kubelet/n1/stats/summary" &&
	collect b collector "--source=kubelet:$kubelet/n1/stats/summary" \
		"--source=kubelet:$kubelet/n2/stats/summary"
'
expect_success 'what they publish arrives' 'more n0 n1 n2'
expect_success 'an aggregator that was killed is sent what it missed' '
	kill -KILL "$(pid agg)" && ends agg 137 && start_aggregator &&
	more n0 n1 n2
'
expect_success 'and so is what a killed collector had published' '
	kill -KILL "$(pid b)" && ends b 137 &&
	collect b collector "--source=kubelet:$kubelet/n1/stats/summary" \
		"--source=kubelet:$kubelet/n2/stats/summary" &&
	more n0 n1 n2
'
expect_success 'a node that two collectors ask is counted once' '
	jq -n -e "[inputs | select(.kind == \"node\") |
			[.window_us, .node.name]] |
		length == (unique | length)" frames &&
	jq -n -e "[inputs | select(.kind == \"rollup\").answered] |
		max == 3" frames
'
expect_success 'who has no certificate of the CA is not listened to' '
	collect stranger stranger "--source=kubelet:$kubelet/n3/stats/summary" &&
	wait_for "grep -q \"warning bus_unreachable url=tls.* seconds=\" stranger.log" &&
	test "$(answers n3)" -eq 0 && stop stranger
'
expect_success 'nor is it talked to' '
	stop agg &&
	spawn agg cheapster-aggregator --bus-ca="$scratch/alien.crt" \
		--bus-cert="$scratch/stranger.crt" \
		--bus-key="$scratch/stranger.key" \
		--raw-bus="tls+tcp://127.0.0.1:$live" \
		--raw-replay="tls+tcp://127.0.0.1:$replay" &&
	collect d collector "--source=kubelet:$kubelet/n3/stats/summary" &&
	wait_for "grep -q \"warning bus_unreachable\" d.log" &&
	test "$(answers n3)" -eq 0 && stop d && stop agg
'
expect_success 'a certificate for another name is not accepted' '
	start_aggregator &&
	collect c collector "--source=kubelet:$kubelet/n3/stats/summary" \
		--bus-server-name=elsewhere &&
	wait_for "grep -q \"warning bus_unreachable\" c.log" &&
	test "$(answers n3)" -eq 0 && stop c
'
expect_success 'unless that is the name that is asked for' '
	collect c collector "--source=kubelet:$kubelet/n3/stats/summary" \
		--bus-server-name=aggregator &&
	more n3
'
expect_success 'an aggregator that comes back is no longer out of reach' '
	stop agg && wait_for "grep -q \"warning bus_unreachable\" a.log" &&
	start_aggregator &&
	wait_for "grep -q \"info bus_reached url=\" a.log" && more n0
'

# refuses CODE PATTERN FLAG...: one line, before anything is opened.
refuses () {
	_code=$1
	_pattern=$2
	shift 2
	must_fail "$_code" timeout "$patience" cheapster-aggregator \
		--run-dir="$scratch/r2" --state-dir="$scratch/s2" \
		--raw-bus=tls+tcp://localhost:1 "$@" >out 2>&1 &&
	cat out && test "$(wc -l <out)" -le 2 && grep -q -e "$_pattern" out
}
expect_success 'bad files are one clear line' '
	refuses 64 "needs --bus-ca, --bus-cert and --bus-key" &&
	refuses 64 "needs --bus-ca" --bus-ca=ca.crt --bus-cert=ca.crt &&
	refuses 69 "nowhere: No such file" --bus-ca=nowhere --bus-cert=ca.crt \
		--bus-key=ca.key &&
	refuses 69 "no certificates in PEM" --bus-ca=san \
		--bus-cert=ca.crt --bus-key=ca.key &&
	refuses 69 "not a certificate and its key" --bus-ca=ca.crt \
		--bus-cert=ca.crt --bus-key=san
'
# Collector a asks n0 alone, so what it counts is exactly that.
expect_success 'not one of the windows of n0 was lost, and all ends in peace' '
	stop a && stop b && stop c && stop e &&
	asked=$(($(log_value a scrapes_ok) + $(log_value a scrapes_failed))) &&
	wait_for "test \$(windows n0) -ge $asked" && windows n0 &&
	test "$(windows n0)" -eq "$asked" && stop sink && stop agg &&
	for log in agg a b c e; do
		! grep -i -e sanitizer -e "BEGIN " $log.log || return
	done
'
done_testing
