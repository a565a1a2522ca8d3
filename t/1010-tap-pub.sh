#!/bin/sh
# SPDX-License-Identifier: ISC
# cheapster-pub and cheapster-tap round an aggregator, and round each other.
. "$(dirname "$0")/lib.sh"
prereq jq nngcat

frames=$top_srcdir/t/data/tools/frames.txt

# tap N FLAG...: so many lines, from the oldest one kept.
tap () {
	_n=$1
	shift
	timeout "$patience" cheapster-tap --replay --count="$_n" "$@"
}
# shellcheck disable=SC2120
pub () {
	timeout "$patience" cheapster-pub "$@"
}

expect_success 'the aggregator runs' '
	spawn aggregator cheapster-aggregator
'
expect_success 'pub publishes frames' '
	pub <"$frames" 2>pub.err && test ! -s pub.err
'
expect_success 'tap --json prints the JSON of every line' '
	tap 5 --json >json.txt &&
	jq -r "[.kind, .window_us, (.node.name? // \"\")] | join(\" \")" \
		json.txt >kinds.txt &&
	cat >want.txt <<-\EOF &&
	node 1700000000000000 n1
	failed 1700000000000000 n2
	rollup 1700000000000000 
	node 1700000001000000 n1
	rollup 1700000001000000 
	EOF
	diff want.txt kinds.txt
'
expect_success 'the roster that pub made up closed the windows' '
	jq -c "select(.kind == \"rollup\") | [.answered, .missing]" json.txt \
		>rollups.txt &&
	printf "%s\n" "[1,[\"n2\"]]" "[1,[]]" | diff - rollups.txt
'
expect_success 'tap --raw prints the lines of the wire' '
	tap 5 --raw >raw.txt &&
	cut -d" " -f3- raw.txt | diff json.txt - &&
	cut -d" " -f1 raw.txt >topics.txt &&
	jq -r .kind json.txt | diff - topics.txt &&
	cut -d. -f2 raw.txt | cut -d" " -f1 >seqs.txt &&
	seq 5 | diff - seqs.txt
'
expect_success 'tap prints an object per set' '
	tap 14 >sets.txt &&
	jq -r "[.time, .type, .nodename, .namespace_name, .pod_name,
		.container_name] | map(. // \"-\") | join(\" \")" sets.txt \
		>names.txt &&
	cat >want.txt <<-\EOF &&
	2023-11-14T22:13:20Z node n1 - - -
	2023-11-14T22:13:20Z sys_container n1 - - kubelet
	2023-11-14T22:13:20Z pod n1 default web -
	2023-11-14T22:13:20Z pod_container n1 default web nginx
	2023-11-14T22:13:20Z pod_container n1 default web log"ger
	2023-11-14T22:13:20Z pod n1 kube-system dns -
	2023-11-14T22:13:20Z pod_container n1 kube-system dns dns
	2023-11-14T22:13:20Z cluster - - - -
	2023-11-14T22:13:20Z ns - default - -
	2023-11-14T22:13:20Z ns - kube-system - -
	2023-11-14T22:13:21Z node n1 - - -
	2023-11-14T22:13:21Z pod n1 default web -
	2023-11-14T22:13:21Z pod_container n1 default web nginx
	2023-11-14T22:13:21Z cluster - - - -
	EOF
	diff want.txt names.txt
'
expect_success 'with integers of 64 bits, and the rates' '
	grep -q "\"type\":\"node\".*\"cpu/usage\":18446744073709551615," \
		sets.txt &&
	grep "T22:13:21Z\",\"type\":\"pod_container\"" sets.txt >last.txt &&
	jq -e ".metrics[\"cpu/usage_rate\"] == 250" last.txt
'
expect_success 'filters select sets' '
	tap 2 --type=ns --type=cluster >a.txt &&
	jq -r .type a.txt | paste -s -d" " >b.txt &&
	echo "cluster ns" | diff - b.txt &&
	tap 3 --namespace=kube-system >a.txt &&
	jq -r .type a.txt | paste -s -d" " >b.txt &&
	echo "pod pod_container ns" | diff - b.txt &&
	tap 4 --pod=web >a.txt &&
	jq -r "[.type, .time[17:19]] | join(\"@\")" a.txt |
		paste -s -d" " >b.txt &&
	echo "pod@20 pod_container@20 pod_container@20 pod@21" |
		diff - b.txt &&
	tap 2 --container=kubelet --container=dns >a.txt &&
	jq -r .container_name a.txt | paste -s -d" " >b.txt &&
	echo "kubelet dns" | diff - b.txt
'
expect_success 'and metrics, by prefix' '
	tap 1 --metric=filesystem/ --metric=memory/w >a.txt &&
	jq -c "[.metrics, .resources]" a.txt >b.txt &&
	echo "[{\"memory/working_set\":800}," \
		"[{\"resource_id\":\"/\",\"metrics\":{\"filesystem/usage\":4096}}]]" |
		tr -d " " | diff - b.txt
'
expect_success 'and whole frames with --json' '
	tap 2 --json --node=n2 --node=n1 >a.txt &&
	jq -r .kind a.txt | paste -s -d" " >b.txt &&
	echo "node failed" | diff - b.txt &&
	tap 1 --json --type=ns >a.txt &&
	jq -e ".kind == \"rollup\"" a.txt
'
expect_success 'nngcat, cut and jq do as well' '
	spawn_raw nngcat nngcat --async --sub \
		--dial "ipc://$RUNTIME_DIRECTORY/out.sock" --raw &&
	wait_for "grep -q \"^head \" nngcat.out" &&
	sed -n 1p "$frames" | sed "s/170000000/180000000/g; s/1800000000100000/0/
		s/\"window_us\":[0-9]*/\"window_us\":1700000009000000/" >late.txt &&
	pub <late.txt &&
	wait_for "grep -q ^rollup nngcat.out" &&
	grep -v "^head" nngcat.out | cut -d" " -f3- |
		jq -r .kind >nngcat.txt &&
	printf "%s\n" node rollup | diff - nngcat.txt &&
	stop nngcat 143
'
# The tap is ready before it is connected, so until it has shown something:
second_of_mark=0
publish_mark () {
	second_of_mark=$((second_of_mark + 1))
	printf '{"time":"2023-11-14T22:14:%02dZ","type":"node",
		"nodename":"mark","metrics":{"memory/usage":7}}' \
		"$second_of_mark" | tr -d '\n' >mark.txt &&
	pub <mark.txt && test -s tap.out
}
expect_success 'tap shows what passes from now on, and nothing else' '
	spawn tap cheapster-tap --type=node --count=1 &&
	wait_for publish_mark && ends tap && test ! -s tap.log &&
	jq -e ".nodename == \"mark\"" tap.out
'

mkdir second
second=--run-dir=$scratch/second

expect_success 'what tap printed comes out of another bus as it was' '
	spawn other cheapster-tap "$second" --bus=raw --listen \
		--replay --count=7 &&
	sed -n 1,10p sets.txt >first.txt && sed -n 1,7p sets.txt >want.txt &&
	pub "$second" <first.txt && ends other && diff want.txt other.out
'
expect_success 'in whatever order, what jq has left over' '
	sed 1d want.txt | sort -r >mixed.txt &&
	jq -c "select(.metrics[\"memory/usage\"] < 100) | .metrics |=
		map_values(. + 1e17)" mixed.txt >selected.txt &&
	spawn other cheapster-tap "$second" --bus=raw --listen \
		--replay --count=5 &&
	pub "$second" <selected.txt && ends other &&
	jq -r "[.type, .pod_name, .container_name, .namespace_id, .labels,
		.team, .metrics[\"memory/usage\"]] | map(. // \"-\" |
		tostring) | join(\" \")" other.out >names.txt &&
	sed "s/ 1e+17$/ 100000000000000000/" names.txt >got.txt &&
	grep -c "\"memory/usage\":1000000000000000[0-9][0-9]" other.out >n.txt &&
	grep -qx 3 n.txt &&
	cut -d" " -f1-6 got.txt >got-names.txt &&
	cat >want.txt <<-\EOF &&
	node - - - - -
	sys_container - kubelet - - -
	pod web - d1 app:web x
	pod_container web log"ger d1 app:web x
	pod dns - - - -
	EOF
	sort want.txt >want-sorted.txt && sort got-names.txt >got-sorted.txt &&
	diff want-sorted.txt got-sorted.txt
'
# Who comes after the last line must ask for it: then the publisher knows.
all_is_published () {
	wait_for 'grep -q " input_ended " publisher.log'
}
expect_success 'pub publishes in place of the aggregator, too' '
	mkdir third && mkfifo third/in &&
	spawn_raw publisher sh -c "exec cheapster-pub -v --run-dir=third \
		--bus=out --listen --linger=60s <third/in" &&
	grep -v sys_container first.txt >third/lines.txt &&
	cat third/lines.txt >third/in && all_is_published &&
	timeout "$patience" cheapster-tap --run-dir=third --replay --count=9 \
		>third/out.txt &&
	diff third/lines.txt third/out.txt &&
	ends publisher
'
expect_success 'roll-ups are left out of the raw bus' '
	pub -v "$second" --linger=0s <json.txt 2>pub.err &&
	grep -q "lines_invalid=0 .* frames_left_out=2 " pub.err
'
expect_success 'invalid lines are named, valid ones published' '
	spawn other cheapster-tap "$second" --bus=raw --listen \
		--replay --raw --count=2 &&
	cat >mixed.txt <<-\EOF &&
	garbage

	{"no":"kind"}
	head 1.2 {"oldest":1}
	node 1.2 {"v":1,"kind":"failed","window_us":0,"node":{"name":"n"}}
	{"v":1,"kind":"node","window_us":1,"resolution_us":1}
	{"time":"2023-11-14T22:13:20Z","type":"node","nodename":"n1","metrics":{"cpu/usge":1}}
	{"time":"2023-11-14T22:13:20Z","type":"node","nodename":"n1","metrics":{"cpu/usage":-1}}
	{"time":"2023-11-14T22:13:20Z","type":"pod","nodename":"n1","metrics":{}}
	{"time":"2023-11-14T22:13:20Z","type":"node","metrics":{"cpu/usage":1}
	{"v":1,"kind":"failed","window_us":1000000,"resolution_us":1000000,"node":{"name":"n9"},"error":"off"}
	EOF
	must_fail 65 pub "$second" <mixed.txt 2>pub.err &&
	sed "s/.* line=\([0-9]*\) .*/\1/" pub.err | paste -s -d" " >lines.txt &&
	echo "1 3 5 6 7 8 9 10" | diff - lines.txt &&
	grep -q "line=7 error=\"unknown metric: cpu/usge\"" pub.err &&
	ends other && cut -d" " -f1,3- other.out >got.txt &&
	cat >want.txt <<-\EOF &&
	failed {"v":1,"kind":"failed","window_us":1000000,"resolution_us":1000000,"collector":"pub","node":{"name":"n9"},"error":"off"}
	roster {"v":1,"kind":"roster","window_us":1000000,"resolution_us":1000000,"collector":"pub","nodes":["n9"]}
	EOF
	diff want.txt got.txt
'
expect_success '--no-roster makes none up, nor is one needed that is there' '
	spawn other cheapster-tap "$second" --bus=raw --listen \
		--replay --json --count=3 &&
	sed -n "s/^roster //p" got.txt >roster.txt &&
	sed -n "s/^failed //p" got.txt >failed.txt &&
	pub "$second" --no-roster <failed.txt &&
	cat failed.txt roster.txt | pub -v "$second" 2>pub.err &&
	grep -q "frames_published=2 " pub.err && ends other
'
expect_success 'a reader that goes away ends tap at once, with 0' '
	mkfifo pipe &&
	{ head -n 1 <pipe >head.txt & } &&
	spawn_raw tap sh -c "exec cheapster-tap --replay >pipe" &&
	ends tap && test -s head.txt && test ! -s tap.log
'
expect_success 'a signal ends tap even when nobody reads' '
	mkfifo full && spawn_raw sleeper sh -c "exec sleep 600 <full" &&
	for _i in $(seq 200); do
		cat "$frames" || return
	done >many.txt &&
	spawn_raw publisher sh -c "exec cheapster-pub -v --run-dir=third \
		--bus=out --listen --linger=60s <many.txt" &&
	all_is_published &&
	spawn tap sh -c "exec cheapster-tap --ready-fd=9 --run-dir=third \
		--replay >full" &&
	ends publisher && stop tap && stop sleeper 143
'
expect_success 'nothing to publish ends pub at once' '
	pub --linger=1h </dev/null && : | pub --linger=1h
'
expect_success 'flags that do not fit together are refused' '
	must_fail 64 cheapster-tap --bus=raw && must_fail 64 cheapster-tap --bus=x &&
	must_fail 64 cheapster-tap --raw --json &&
	must_fail 64 cheapster-tap --json --metric=cpu/ &&
	must_fail 64 cheapster-tap --type=nodes &&
	must_fail 64 cheapster-pub --bus=out &&
	must_fail 64 cheapster-pub --metric-resolution=1ns &&
	cheapster-tap --check && cheapster-pub --check </dev/null
'
expect_success 'a signal ends both with 0' '
	spawn tap cheapster-tap && stop tap &&
	spawn aggregator2 cheapster-tap "$second" --bus=raw --listen &&
	stop aggregator2 && stop aggregator && log_is_clean aggregator
'
done_testing
