#!/bin/sh
# SPDX-License-Identifier: ISC
# cheapster keeps its programs running, and takes them with it.
. "$(dirname "$0")/lib.sh"

FAKE_DIR=$scratch/fake
export FAKE_DIR
mkdir "$FAKE_DIR" "$scratch/bin"
for p in collector aggregator apiserver sink-log sink-null; do
	ln -s "$top_builddir/t/bin/fake-child" "$scratch/bin/cheapster-$p"
done

prepare() {
	rm -f "$FAKE_DIR"/* "$scratch/c.log" "$scratch/c.out"
}
flags="--bin-dir=$scratch/bin --source=local: --sink=log"
pids=
launch() {
	spawn c cheapster $flags "$@"
}
child_pid() {
	sed -n "s/.* child_started name=$1 pid=\([0-9]*\)$/\1/p" \
	    "$scratch/c.log" | tail -n 1
}
has_event() {
	grep -q -x -F -e "$1" "$FAKE_DIR/events"
}
has_log() {
	grep -q -E -e "$1" "$scratch/c.log"
}
count_log() {
	grep -c -E -e "$1" "$scratch/c.log"
}
has_restarted() {
	test "$(grep -c -x "start $1" "$FAKE_DIR/events")" -ge "$2"
}
all_are_gone() {
	for p in $pids; do
		! kill -0 "$p" || return 1
	done
}
wait_log() {
	wanted=$1
	wait_for 'has_log "$wanted"'
}
wait_event() {
	wanted=$1
	wait_for 'has_event "$wanted"'
}
wait_events_of_all() {
	wait_event "$1 collector" && wait_event "$1 aggregator" &&
	wait_event "$1 apiserver" && wait_event "$1 sink-log"
}
has_more_starts() {
	test "$(count_log "child_started name=$1 ")" -gt "$2"
}
is_ready() {
	has_log "child_ready name=$1 pid=$(child_pid "$1")$"
}
# restart NAME: kills it and waits until its successor is ready.
restart() {
	before=$(count_log "child_started name=$1 ")
	kill -9 "$(child_pid "$1")" && wait_for "has_more_starts $1 $before" &&
	wait_for "is_ready $1"
}
count_fds() {
	ls "/proc/$1/fd" | wc -l
}

expect_success 'it is ready when all its programs are' '
	prepare && touch "$FAKE_DIR/sink-log.unready" &&
	spawn_raw c cheapster --ready-fd=9 $flags &&
	wait_log "child_ready name=collector" &&
	wait_log "child_ready name=apiserver" &&
	wait_log "child_ready name=aggregator" &&
	wait_event "start sink-log" &&
	! test -s "$scratch/c.ready" && ! has_log " ready$" &&
	rm "$FAKE_DIR/sink-log.unready" &&
	kill -9 "$(child_pid sink-log)" &&
	wait_log " ready$" && test -s "$scratch/c.ready"
'
expect_success 'lines of a program have its name before them' '
	wait_log "^collector: plain line$" &&
	wait_log "^sink-log: plain line$"
'
expect_success 'in place of the name it says itself' '
	wait_log "^<6>collector: info line of a program$"
'
expect_success 'a priority stays first' '
	wait_log "^<4>collector: line with a priority$"
'
expect_success 'stdout passes through untouched' '
	wait_for "grep -qx \"stdout of sink-log\" $scratch/c.out"
'
# What the launcher itself inherited from whoever runs the test does not count.
expect_success 'a program has stdin, stdout, stderr and the ready pipe only' '
	ls -l /proc/$$/fd | sed -n "s/.* -> //p" >"$scratch/inherited" &&
	grep "^fd [^ ]* 0 " "$FAKE_DIR/events" >"$scratch/stdins" &&
	! grep -v " /dev/null$" "$scratch/stdins" &&
	sed -n "s/^fd [^ ]* [1-9][0-9]* //p" "$FAKE_DIR/events" \
		>"$scratch/fds" &&
	! grep -v -x -F -f "$scratch/inherited" "$scratch/fds"
'
expect_success 'a killed program is started again after 50 ms' '
	kill -9 "$(child_pid collector)" &&
	exited="warning child_exited name=collector pid=[0-9]+" &&
	wait_log "$exited status=9 signal=SIGKILL restart_in_ms=50$" &&
	wait_for "has_restarted collector 2"
'
expect_success 'the others are left alone' '
	! has_restarted aggregator 2 && ! has_restarted apiserver 2
'
expect_success 'SIGHUP and SIGUSR1 are passed on' '
	wait_for "is_ready collector" &&
	kill -HUP "$(pid c)" &&
	kill -USR1 "$(pid c)" &&
	wait_events_of_all SIGHUP && wait_events_of_all SIGUSR1 &&
	has_log "counters children_running=4"
'
expect_success 'SIGTERM stops the collector, the aggregator, then the rest' '
	stop c && grep "^SIGTERM" "$FAKE_DIR/events" >"$scratch/order" &&
	test "$(sed -n 1p "$scratch/order")" = "SIGTERM collector" &&
	test "$(sed -n 2p "$scratch/order")" = "SIGTERM aggregator" &&
	test "$(wc -l <"$scratch/order")" = 4 &&
	has_log "stopped children_running=0 children_started=6 children_left_out=0" &&
	has_log " children_restarted=2 children_killed=0$"
'
expect_success 'Ctrl-C reaches a program as SIGTERM, once and in order' '
	prepare && launch && kill -INT "-$(child_pid collector)" &&
	wait_event "SIGINT collector" &&
	kill -INT "$(pid c)" &&
	ends c &&
	! has_event "SIGINT aggregator" && has_event "SIGTERM aggregator"
'
expect_success 'a program that ends again and again waits longer each time' '
	prepare && echo 1 >"$FAKE_DIR/sink-log.exit" &&
	spawn_raw c cheapster $flags &&
	wait_log "name=sink-log pid=[0-9]+ status=1 restart_in_ms=50$" &&
	wait_log "restart_in_ms=100$" &&
	wait_log "restart_in_ms=200$" &&
	wait_log "restart_in_ms=400$" &&
	test "$(count_log "restart_in_ms=100$")" = 1
'
expect_success 'its last words are forwarded, newline or not' '
	has_log "^sink-log: last words of sink-log$"
'
expect_success 'restarts leave neither zombies nor descriptors behind' '
	pid=$(pid c) && n=$(count_fds "$pid") &&
	restart aggregator && restart aggregator && restart aggregator &&
	restart aggregator && restart aggregator &&
	rm "$FAKE_DIR/sink-log.exit" &&
	wait_log "child_ready name=sink-log" &&
	test "$(count_fds "$pid")" -le "$((n + 2))" &&
	! grep -l "^State:.Z" /proc/[0-9]*/status 2>/dev/null |
	    xargs -r grep -l "^PPid:.$pid$" | grep . &&
	stop c
'
for code in 64 78; do
	expect_success "a program that exits $code is not started again" '
		prepare && echo $code >"$FAKE_DIR/sink-log.exit" &&
		must_fail $code timeout 30 cheapster $flags 2>"$scratch/c.log" &&
		has_log "error child_exited name=sink-log .*status=$code " &&
		has_log "error=\"bad configuration" &&
		test "$(grep -c "start sink-log" "$FAKE_DIR/events")" = 1 &&
		! has_log "child_killed"
	'
done
for code in 64 78; do
	expect_success "a sink that exits $code is left out, if there are others" '
		prepare && echo $code >"$FAKE_DIR/sink-log.exit" &&
		launch --sink=null &&
		has_log "error child_exited name=sink-log .*status=$code " &&
		has_log "error=\"bad configuration, .*: it is left out\"" &&
		stop c && has_log "stopped .* children_left_out=1 " &&
		test "$(grep -c "start sink-log" "$FAKE_DIR/events")" = 1
	'
done
expect_success 'also if the other one is the metric sink' '
	launch --sink=metric && has_log "it is left out" && stop c
'
expect_success 'but not all of them' '
	echo 64 >"$FAKE_DIR/sink-null.exit" &&
	echo 64 >"$FAKE_DIR/sink-log.exit" &&
	must_fail 64 timeout 30 cheapster $flags --sink=null \
		2>"$scratch/c.log" &&
	has_log ": it is left out" && has_log ": everything stops"
'
expect_success 'a program that ignores SIGTERM is killed in time' '
	prepare && touch "$FAKE_DIR/aggregator.stubborn" &&
	launch --shutdown-timeout=100ms && stop c &&
	has_log "warning child_killed name=aggregator" &&
	has_event "SIGTERM apiserver"
'
expect_success 'SIGTERM during a back-off ends it as well' '
	prepare && echo 1 >"$FAKE_DIR/collector.exit" &&
	spawn_raw c cheapster $flags &&
	wait_log "restart_in_ms=800$" && stop c
'
expect_success 'kill -9 of the launcher ends all programs, also a stubborn one' '
	prepare && touch "$FAKE_DIR/aggregator.stubborn" && launch &&
	pids=$(for p in collector aggregator apiserver sink-log; do
		child_pid $p
	done) &&
	kill -0 $pids && kill9 c && wait_for all_are_gone
'
expect_success 'the programs are not told about the supervisor' '
	prepare && CHEAPSTER_METRICS_LISTEN=127.0.0.1:0 launch &&
	tr "\\0" "\\n" <"/proc/$(child_pid collector)/environ" \
	    >"$scratch/environ" &&
	grep -q "^FAKE_DIR=" "$scratch/environ" &&
	! grep -q "^CHEAPSTER_METRICS_LISTEN" "$scratch/environ" &&
	stop c
'
done_testing
