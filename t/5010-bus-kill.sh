#!/bin/sh
# SPDX-License-Identifier: ISC
# Publisher and subscriber killed with -9: each line arrives, in order.
. "$(dirname "$0")/lib.sh"
prereq nngcat

n_lines=30000
test -z "$CHEAPSTER_VALGRIND$TEST_SANITIZE" || n_lines=10000
n_kills=6

start () {
	case $1 in
	source) spawn_raw source bus-source "$scratch" $n_lines ;;
	sink) spawn_raw sink bus-sink "$scratch" ;;
	esac
}
n_taken () {
	{ cat taken 2>/dev/null || true; } | wc -l
}
has_all () {
	test "$(tail -n 1 taken)" = "{\"n\":$n_lines}"
}
# kill_often NAME: at every so many lines, and starts it again.
kill_often () {
	_kill=0
	while test $_kill -lt $n_kills; do
		_after=$((_kill * n_lines / n_kills / 2 + 1))
		wait_for "test \$(n_taken) -ge $_after" &&
		kill9 "$1" &&
		start "$1" || return
		_kill=$((_kill + 1))
	done
	wait_for has_all
}

expect_success "a publisher is killed $n_kills times" '
	start source && start sink && kill_often source
'
expect_success 'every line arrived once, in order' '
	stop sink && stop source &&
	seq $n_lines | sed "s/.*/{\"n\":&}/" >want &&
	cmp want taken
'
expect_success 'a subscriber is killed as often' '
	rm -f taken cursor t.journal.? &&
	start source && start sink && kill_often sink
'
expect_success 'every line arrived; those behind the cursor came again' '
	stop sink && stop source &&
	sort -t: -k2n -u taken >taken.once &&
	cmp want taken.once &&
	test "$(n_taken)" -le $((n_lines + n_kills * 1000))
'
expect_success 'both are killed, one after the other' '
	rm -f taken cursor t.journal.? &&
	start source && start sink &&
	for _i in 1 2 3 4 5; do
		wait_for "test \$(n_taken) -ge $((_i * n_lines / 12))" &&
		kill9 source && kill9 sink && start sink && start source ||
			break
	done &&
	wait_for has_all
'
expect_success 'every line arrived' '
	stop sink &&
	sort -t: -k2n -u taken >taken.once &&
	cmp want taken.once
'
expect_success 'nngcat gets what is kept by asking for it' '
	nngcat --surv --dial "ipc://$scratch/t-replay.sock" \
		--data "replay 0.1" --raw >kept &&
	head -n 1 kept | grep -E "^head [0-9]+\.$n_lines \{\"oldest\":1\}\$" &&
	sed 1d kept | cut -d" " -f3- >json &&
	head -n "$(wc -l <json)" want | cmp - json
'
expect_success 'and what is live by listening' '
	timeout "$patience" nngcat --async --sub --count 1 --raw \
		--dial "ipc://$scratch/t.sock" >heard &&
	grep -E "^head [0-9]+\.$n_lines \{\"oldest\":1\}\$" heard
'
expect_success 'a second publisher with that journal is refused' '
	must_fail 69 bus-source "$scratch" 1 2>refused &&
	grep "journal.0: in use by another process" refused
'
expect_success 'a file where the socket should be is left alone' '
	stop source && mkdir other && echo precious >other/t.sock &&
	must_fail 69 bus-source "$scratch/other" 1 2>refused &&
	grep "t.sock: exists and is not a socket" refused &&
	echo precious | cmp - other/t.sock
'
done_testing
