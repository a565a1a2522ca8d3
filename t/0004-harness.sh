#!/bin/sh
# SPDX-License-Identifier: ISC
# The tests' own tools: what fails has to be seen.
. "$(dirname "$0")/lib.sh"

# script BODY: a shell test; its output is in ./output, its status in ./status.
script () {
	mkdir -p t && cat "$top_srcdir/t/lib.sh" >t/lib.sh &&
	printf '. "$(dirname "$0")/lib.sh"\n%s\n' "$1" >t/script.sh &&
	{ KEEP='' /bin/sh t/script.sh >output 2>&1; echo $? >status; } &&
	cat output
}

status_is () {
	test "$(cat status)" -eq "$1"
}

expect_success 'a block that succeeds is ok' '
	script "expect_success first true; done_testing" &&
	status_is 0 && printf "%s\n" "ok 1 - first" 1..1 >expected &&
	cmp expected output
'

expect_success 'a block that fails is not ok, and says why' '
	script "expect_success first \"echo reason && false\"; done_testing" &&
	status_is 1 && grep -qx "not ok 1 - first" output &&
	grep -qx "# reason" output && grep -qx "1\.\.1" output
'

expect_success 'a later block does not hide it' '
	script "expect_success first false; expect_success second true
		done_testing" &&
	status_is 1 && grep -qx "ok 2 - second" output
'

expect_success 'a block may return' '
	script "expect_success first \"true && return 3\"; done_testing" &&
	status_is 1 && grep -qx "# ---- status 3, output:" output
'

expect_success 'a chain with a gap fails' '
	script "expect_success first \"false
		true\"; done_testing" &&
	status_is 1 && grep -q "&& is missing" output
'

expect_success 'a script without done_testing fails' '
	script "expect_success first true" &&
	status_is 1 && ! grep -q "^1\.\." output
'

expect_success 'a script that exits in the middle fails' '
	script "expect_success first \"echo why && exit 0\"; done_testing" &&
	status_is 1 && ! grep -q "^1\.\." output && grep -qx "# why" output
'

expect_success 'a script with bad syntax fails' '
	script "expect_success first \"if\"; done_testing" &&
	{ ! status_is 0; }
'

expect_success 'a missing command skips the script' '
	script "prereq no-such-command; done_testing" &&
	status_is 0 && grep -qx "1\.\.0 # SKIP needs no-such-command" output
'

expect_success 'must_fail wants the very exit code' '
	must_fail 3 sh -c "exit 3" && { ! must_fail 3 sh -c "exit 4"; } &&
	{ ! must_fail 1 true; } && { ! must_fail 1 sh -c "kill -9 \$\$"; }
'

expect_success 'wait_for sees what comes later, and gives up' '
	spawn_raw later sh -c "sleep 0.1; echo x >come" &&
	wait_for "test -s come" && ends later &&
	( patience=0; ! wait_for false )
'

expect_success 'spawn returns when the program is ready' '
	spawn server sh -c "sleep 0.1; echo is_up; echo >&9; exec sleep 100" &&
	grep -q is_up server.out && kill -0 "$(pid server)"
'

expect_success 'stop wants exit code 0' '
	stop server 143 &&
	spawn server sh -c "trap \"exit 0\" TERM; echo >&9
		while :; do sleep 0.01; done" &&
	stop server &&
	spawn server sh -c "trap \"exit 9\" TERM; echo >&9
		while :; do sleep 0.01; done" &&
	{ ! stop server; }
'

expect_success 'kill9 leaves no process' '
	spawn server sh -c "echo >&9; exec sleep 100" &&
	killed=$(pid server) && kill9 server && { ! kill -0 $killed; }
'

expect_success 'spawn fails if the program dies first' '
	{ ! spawn server sh -c "echo last words >&2; exit 1"; } >message &&
	grep -q "ended with 1" message && grep -q "last words" message
'

expect_success 'what still runs at the end is ended' '
	script "spawn server sh -c \"echo >&9; exec sleep 100\" && pid server
		expect_success first true; done_testing" &&
	status_is 0 && { ! kill -0 $(head -n 1 output); }
'

expect_success 'so is one whose name another took' '
	script "spawn_raw server sleep 100 && pid server
		spawn_raw server sleep 100
		expect_success first true; done_testing" &&
	status_is 0 && { ! kill -0 $(head -n 1 output); }
'

expect_success 'log_is_clean sees errors, log_value values' '
	printf "%s\n" "p: info listening port=1 a=2" "p: error x_failed a=3" \
		>p.log &&
	{ ! log_is_clean p; } && log_is_clean p x_failed &&
	test "$(log_value p port)" = 1 && test "$(log_value p a)" = 3
'

expect_success 'paths of sockets are short enough, and ours' '
	test ${#RUNTIME_DIRECTORY} -lt 70 &&
	case $RUNTIME_DIRECTORY in "$scratch"/*) ;; *) false ;; esac
'

if ! test -f "$top_builddir/config.h"; then
	skip 'the checks of tap.h' 'not configured'
	done_testing
fi

cat >wrong.c <<'EOT'
#include "config.h"
#include "t/tap.h"

static int n_calls;

static int
call(void)
{
	return ++n_calls;
}

int
main(void)
{
	ok(call() == 1, "ok");
	is_u64(call(), 2, "is_u64");
	is_i64(-call(), -3, "is_i64");
	is_double(0.5 * call(), 2, "is_double");
	is_double(__builtin_nan(""), __builtin_nan(""), "NaN");
	is_str(NULL, NULL, "NULL");
	ok(n_calls == 4, "arguments are evaluated once");
	skip("no reason");
	ok(1 == 2, "wrong");
	is_u64(UINT64_MAX, 1, "wrong");
	is_i64(INT64_MIN, 1, "wrong");
	is_double(1, 2, "wrong");
	is_str("one", "two", "wrong");
	is_str(NULL, "two", "wrong");
	is_mem("ab\nc", 4, "ab\nd", 4, "wrong");
	return done_testing();
}
EOT
cat >crash.c <<'EOT'
#include "config.h"
#include "t/tap.h"

int
main(void)
{
	ok(true, "first");
	abort();
}
EOT

compile () {
	(cd "$top_builddir" && ${CC:-cc} ${TEST_CFLAGS--I. "-I$top_srcdir"} \
		-o "$scratch/$1" "$scratch/$1.c")
}

expect_success 'tap.h: what holds is ok' '
	compile wrong && must_fail 1 ./wrong >output &&
	test "$(grep -c "^ok" output)" -eq 8 &&
	grep -qx "ok 8 # SKIP no reason" output
'

expect_success 'tap.h: what does not hold is not ok, with the place' '
	test "$(grep -c "^not ok" output)" -eq 7 &&
	test "$(grep -c "^# .*/wrong.c:[0-9]*$" output)" -eq 7 &&
	grep -qx "#   false: 1 == 2" output &&
	grep -qx "#   got      18446744073709551615" output &&
	grep -qx "#   got      -9223372036854775808" output &&
	grep -qx "#   got      one" output &&
	grep -qx "#   got      (NULL)" output &&
	grep -qxF "#   got      4 bytes: ab\\x0ac" output &&
	grep -qx "1\.\.15" output
'

expect_success 'tap.h: a crash leaves no plan' '
	compile crash && { ! ./crash >output; } &&
	grep -qx "ok 1 - first" output && ! grep -q "^1\.\." output
'

done_testing
