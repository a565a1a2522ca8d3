#!/bin/sh
# SPDX-License-Identifier: ISC
# Collectors that are told to stop, started again, or killed: who is waited for
# and who is missing.
. "$(dirname "$0")/lib.sh"
prereq jq

resolution_ms=$((1500 * slowness))
: >frames

# collect NAME: a collector of that name, of a node of that name.
collect () {
	mkdir -p "state-$1" &&
	spawn "$1" cheapster-collector --source=local: --name="$1" \
		--node-name="$1" --metric-resolution=${resolution_ms}ms \
		--state-dir="$scratch/state-$1"
}
# rollups FILTER: how many roll-ups satisfy it.
rollups () {
	jq -c "select(.kind == \"rollup\" and ($1))" <frames | wc -l
}
# gets FILTER: until one more does.
gets () {
	_before=$(rollups "$1")
	_filter=$1
	wait_for "test \$(rollups \"\$_filter\") -gt $_before"
}

expect_success 'what a collector says last is a roster without nodes' '
	spawn_raw tap cheapster-tap --bus=raw --listen --replay --json &&
	collect a && wait_for "grep -q \"\\\"kind\\\":\\\"node\\\"\" tap.out" &&
	kill "$(pid a)" && { kill -USR1 "$(pid a)" || :; } && ends a &&
	log_is_clean a && wait_for "grep -q \"\\\"nodes\\\":\\[\\]\" tap.out" &&
	tail -n 1 tap.out | jq -e ".kind == \"roster\" and .collector == \"a\" and
		.nodes == []" &&
	last=$(jq -r "select(.kind == \"roster\" and .nodes == [\"a\"]).window_us" \
		<tap.out | tail -n 1) &&
	test "$(tail -n 1 tap.out | jq -r .window_us)" = "$last" &&
	stop tap
'
expect_success 'two collectors are in one sum' '
	spawn agg cheapster-aggregator &&
	spawn sink cheapster-sink-exec "$top_srcdir/t/bin/keep-frames.py" \
		"$scratch/frames" &&
	collect a && collect b &&
	gets ".answered == 2 and (.missing | length) == 0"
'
expect_success 'one that is started again is in all of them' '
	stop b && collect b &&
	gets ".answered == 2" && gets ".answered == 2" &&
	test "$(rollups ".answered < 2 and .window_us > $(jq -r "select(.kind ==
		\"rollup\" and .answered == 2).window_us" <frames |
		head -n 1)")" -eq 0
'
expect_success 'one that stays away is not missing for long' '
	stop b && gets ".answered == 1 and .missing == []" &&
	gets ".answered == 1 and .missing == []"
'
expect_success 'the node of one that was killed is missing' '
	collect b && gets ".answered == 2" && kill9 b &&
	gets ".answered == 1 and .missing == [\"b\"]" &&
	gets ".answered == 1 and .missing == [\"b\"]" &&
	gets ".answered == 1 and .missing == [\"b\"]"
'
expect_success 'all end' '
	stop a && stop agg && stop sink
'
done_testing
