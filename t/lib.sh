# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# What shell tests share.  A test sources this file, runs expect_success for
# each behaviour, and ends with done_testing:
#
#	. "${top_srcdir:-$(dirname "$0")/..}/t/lib.sh"
#	expect_success 'a restarted sink loses nothing' '
#		spawn agg cheapster-aggregator && ... && cmp expected actual
#	'
#	done_testing
#
# Commands are chained with &&.  Everything lives in $scratch, one short-named
# directory per script, removed at the end unless KEEP is set; run and state
# directory of all programs are in there.  Processes that spawn started are
# ended by the trap, and no others.

top_srcdir=$(cd "${top_srcdir:-$(dirname "$0")/..}" && pwd)
top_builddir=$(cd "${top_builddir:-$top_srcdir}" && pwd)
export top_srcdir top_builddir
PATH=$top_builddir:$top_builddir/t/bin:$PATH
export PATH

scratch=$(mktemp -d "${TMPDIR:-/tmp}/chXXXXXX") || exit 1
RUNTIME_DIRECTORY=$scratch/run
STATE_DIRECTORY=$scratch/state
export scratch RUNTIME_DIRECTORY STATE_DIRECTORY
unset NOTIFY_SOCKET JOURNAL_STREAM
mkdir "$RUNTIME_DIRECTORY" "$STATE_DIRECTORY"

tap_n=0
tap_failed=0
wait_s=10
test -z "${CHEAPSTER_VALGRIND-}" || wait_s=60

# expect_success TITLE SCRIPT: one behaviour.
expect_success() {
	tap_n=$((tap_n + 1))
	if expect_run "$2" >"$scratch/output" 2>&1; then
		echo "ok $tap_n - $1"
	else
		echo "not ok $tap_n - $1"
		tap_failed=$((tap_failed + 1))
		sed 's/^/# /' "$scratch/output"
	fi
}
expect_run() {
	eval "$1"
}

# skip TITLE REASON
skip() {
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - $1 # SKIP $2"
}

done_testing() {
	echo "1..$tap_n"
	test "$tap_failed" = 0
	exit
}

# must_fail CODE COMMAND...: it exits with just that code.
must_fail() {
	fail_want=$1
	shift
	fail_got=0
	"$@" || fail_got=$?
	test "$fail_got" = "$fail_want" ||
	    { echo "exit code $fail_got, expected $fail_want: $*"; return 1; }
}

# wait_for COMMAND...: until it succeeds, 20 ms apart, wait_s at most.
wait_for() {
	wait_end=$(($(date +%s) + wait_s))
	until "$@" >/dev/null 2>&1; do
		if test "$(date +%s)" -gt "$wait_end"; then
			echo "waited $wait_s s in vain for: $*"
			return 1
		fi
		sleep 0.02
	done
}

# spawn NAME COMMAND...: starts a daemon that knows --ready-fd in the
# background and waits until it is ready.  stdout goes to $scratch/NAME.out,
# stderr to NAME.log, the process id to NAME.pid.
spawn() {
	spawn_raw "$@" --ready-fd=9 || return 1
	wait_for ready_or_dead "$spawn_name" &&
	    test -s "$scratch/$spawn_name.ready" ||
	    { echo "$spawn_name is not ready:"; cat "$scratch/$spawn_name.log"; return 1; }
}
ready_or_dead() {
	test -s "$scratch/$1.ready" || ! kill -0 "$(cat "$scratch/$1.pid")"
}

# spawn_raw NAME COMMAND...: the same for any program, without waiting.
spawn_raw() {
	spawn_name=$1
	shift
	rm -f "$scratch/$spawn_name.ready"
	if test -n "${CHEAPSTER_VALGRIND-}"; then
		set -- valgrind --quiet --error-exitcode=99 "$@"
	fi
	"$@" 9>"$scratch/$spawn_name.ready" </dev/null \
	    >>"$scratch/$spawn_name.out" 2>>"$scratch/$spawn_name.log" &
	echo $! >"$scratch/$spawn_name.pid"
	echo $! >>"$scratch/pids"
}

# stop NAME: SIGTERM, and it must exit 0.
stop() {
	stop_pid=$(cat "$scratch/$1.pid")
	kill "$stop_pid" && wait "$stop_pid" ||
	    { echo "$1 did not stop well: $?"; tail -n 20 "$scratch/$1.log"; return 1; }
}

# kill9 NAME
kill9() {
	kill -9 "$(cat "$scratch/$1.pid")"
	wait "$(cat "$scratch/$1.pid")" 2>/dev/null
	return 0
}

# address_of NAME EVENT: the address=HOST:PORT that it logged.
address_of() {
	sed -n "s/.*$2 .*address=\([^ ]*\).*/\1/p" "$scratch/$1.log" | tail -n 1
}

cleanup() {
	if test -s "$scratch/pids"; then
		while read -r cleanup_pid; do
			kill -9 "$cleanup_pid" 2>/dev/null
		done <"$scratch/pids"
		wait 2>/dev/null
	fi
	cd / && test -n "${KEEP-}" || rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM
