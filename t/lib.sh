# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# What shell tests are written with; t/README shows how.  Source it first:
#
#	. "$(dirname "$0")/lib.sh"
#
# It sets $top_srcdir, $top_builddir (where the programs are; they are in
# PATH) and $scratch, the directory of this script, in which every block
# starts and which is removed at the end unless KEEP=1.
top_srcdir=$(cd "$(dirname "$0")/.." && pwd) || exit
top_builddir=$(cd "${builddir:-$top_srcdir}" && pwd) || exit

# A name for an ipc:// socket has 107 bytes at most.
case ${TMPDIR:=/tmp} in
????????????????????????????????????????????????*) TMPDIR=/tmp ;;
esac
scratch=$(mktemp -d "$TMPDIR/chXXXXXX") || exit

# Nothing of the real machine is read or written by what is tested.
for _name in $(env | sed -n 's/^\(CHEAPSTER_[A-Z0-9_]*\)=.*/\1/p'); do
	test "$_name" = CHEAPSTER_VALGRIND || unset "$_name"
done
unset JOURNAL_STREAM NOTIFY_SOCKET WATCHDOG_USEC WATCHDOG_PID KUBECONFIG \
	KUBERNETES_SERVICE_HOST KUBERNETES_SERVICE_PORT XDG_RUNTIME_DIR \
	XDG_STATE_HOME http_proxy https_proxy all_proxy CDPATH
RUNTIME_DIRECTORY=$scratch/run
STATE_DIRECTORY=$scratch/state
HOME=$scratch
LC_ALL=C
TZ=UTC
# shellcheck disable=SC2089
LSAN_OPTIONS=suppressions="'$top_srcdir/t/lsan.supp'":print_suppressions=0
PATH=$top_builddir:$top_builddir/t/bin:$PATH
# shellcheck disable=SC2090
export top_srcdir top_builddir scratch RUNTIME_DIRECTORY STATE_DIRECTORY \
	HOME LC_ALL LSAN_OPTIONS TZ PATH TMPDIR
mkdir "$RUNTIME_DIRECTORY" "$STATE_DIRECTORY"
cd "$scratch" || exit

# How much longer things take than they do without instruments, and seconds
# after which something that should have happened has not.
slowness=1
test -z "$TEST_SANITIZE" || slowness=3
test -z "$CHEAPSTER_VALGRIND" || slowness=6
patience=$((10 * slowness))

_n_run=0
_n_failed=0
_title=
_names=
_is_done=

_comment () {
	sed 's/^/# /'
}

_finish () {
	_status=$?
	trap - EXIT
	if test -z "$_is_done"; then
		echo "# ended before done_testing, at: $_title"
		test ! -s "$scratch/.out" || _comment <"$scratch/.out"
		test "$_status" -ne 0 || _status=1
	fi
	cd / || exit
	for _name in $_names; do
		! _is_alive "$(pid "$_name")" || kill "$(pid "$_name")"
	done
	for _name in $_names; do
		_wait_dead "$(pid "$_name")" 3 ||
			kill -KILL "$(pid "$_name")"
		wait "$(pid "$_name")"
	done 2>/dev/null
	if test -n "$KEEP"; then
		echo "# kept: $scratch"
	else
		rm -rf "$scratch"
	fi
	exit "$_status"
}
trap _finish EXIT
trap 'exit 130' HUP INT TERM

# What is evaluated may return.
_run () {
	eval "$1"
}

# expect_success TITLE SCRIPT: SCRIPT is a chain of commands with && between
# them, run by this shell.  Its output is shown if it fails.
expect_success () {
	_title=$1
	_n_run=$((_n_run + 1))
	cd "$scratch" || exit
	# A link that is missing lets the chain go on after the 117.
	_run "(exit 117) && $2" >.out 2>&1
	if test $? -ne 117; then
		echo "&& is missing, or || is outside { }" >.out
		_result=1
	else
		_run "$2" >.out 2>&1
		_result=$?
	fi
	cd "$scratch" || exit
	if test "$_result" -eq 0; then
		echo "ok $_n_run - $_title"
		return
	fi
	_n_failed=$((_n_failed + 1))
	echo "not ok $_n_run - $_title"
	printf '%s\n' "$2" | _comment
	echo "# ---- status $_result, output:"
	_comment <.out
	for _name in $_names; do
		echo "# ---- the end of $_name.log:"
		tail -n 20 "$scratch/$_name.log" | _comment
	done
}

# skip TITLE REASON: one test that cannot be run here.
skip () {
	_n_run=$((_n_run + 1))
	echo "ok $_n_run - $1 # SKIP $2"
}

# prereq COMMAND...: the whole script is skipped if one is missing.
prereq () {
	for _name in "$@"; do
		command -v "$_name" >/dev/null || skip_all "needs $_name"
	done
}

skip_all () {
	echo "1..0 # SKIP $1"
	_is_done=yes
	exit 0
}

done_testing () {
	echo "1..$_n_run"
	_is_done=yes
	test "$_n_failed" -eq 0
	exit
}

# must_fail CODE COMMAND...: with exactly this exit code.
must_fail () {
	_want=$1
	shift
	"$@"
	_got=$?
	test "$_got" -eq "$_want" && return
	echo "exit code $_got instead of $_want: $*"
	return 1
}

# wait_for COMMAND... or wait_for SCRIPT: until it succeeds.
wait_for () {
	_until=$(($(date +%s) + patience))
	while ! _try "$@"; do
		if test "$(date +%s)" -gt "$_until"; then
			echo "still false after $patience s: $*"
			return 1
		fi
		sleep 0.02
	done
}

_try () {
	case $# in
	1) eval "$1" ;;
	*) "$@" ;;
	esac
}

# A child that ended but was not waited for is a zombie: dead.
_is_alive () {
	{ read -r _stat <"/proc/$1/stat"; } 2>/dev/null || return 1
	case ${_stat##*) } in
	[ZX]*) return 1 ;;
	esac
}

_wait_dead () {
	_deadline=$(($(date +%s) + $2))
	while _is_alive "$1"; do
		test "$(date +%s)" -le "$_deadline" || return 1
		sleep 0.02
	done
}

# pid NAME: of something spawned.
pid () {
	eval "echo \${_pid_$1:?$1 does not run}"
}

_register () {
	_end_earlier "$1"
	eval "_pid_$1=\$2"
	echo "$2" >"$scratch/$1.pid"
	_names="$_names $1"
}

# A block that failed may have left one of the same name.
_end_earlier () {
	case " $_names " in
	*" $1 "*)
		kill -KILL "$(pid "$1")" 2>/dev/null
		wait "$(pid "$1")" 2>/dev/null
		_forget "$1" ;;
	esac
}

_forget () {
	_kept=
	for _name in $_names; do
		test "$_name" = "$1" || _kept="$_kept $_name"
	done
	_names=$_kept
	unset "_pid_$1"
}

# spawn_raw NAME COMMAND...: starts it and does not wait.  NAME is a word of
# letters, digits and _.  stdout goes to $scratch/NAME.out, stderr to NAME.log
# (those of an earlier one of that name to .old), its id to NAME.pid.
spawn_raw () {
	_started=$1
	shift
	for _file in "$scratch/$_started.log" "$scratch/$_started.out"; do
		test ! -e "$_file" || mv "$_file" "$_file.old"
	done
	: >"$scratch/$_started.ready"
	if test -n "$CHEAPSTER_VALGRIND"; then
		case $(command -v "$1") in
		"$top_builddir"/*)
			set -- valgrind -q --error-exitcode=99 \
				--leak-check=full --fair-sched=try \
				--show-leak-kinds=definite \
				--errors-for-leak-kinds=definite \
				--suppressions="$top_srcdir/t/valgrind.supp" "$@" ;;
		esac
	fi
	# shellcheck disable=SC2030,SC2031
	(
		READY_FD=9
		export READY_FD
		exec "$@"
	) 9>"$scratch/$_started.ready" >"$scratch/$_started.out" \
		2>"$scratch/$_started.log" </dev/null &
	_register "$_started" $!
}

# spawn NAME COMMAND...: the same, and waits until it is ready.  Programs of
# ours get --ready-fd=9; anything else writes a newline to descriptor 9, whose
# number is also in $READY_FD.
spawn () {
	_spawned=$1
	_command=$2
	shift 2
	case ${_command##*/} in
	cheapster*) set -- --ready-fd=9 "$@" ;;
	esac
	spawn_raw "$_spawned" "$_command" "$@"
	_deadline=$(($(date +%s) + patience))
	while ! test -s "$scratch/$_spawned.ready"; do
		if ! _is_alive "$(pid "$_spawned")"; then
			# It may have become ready just before it died.
			wait "$(pid "$_spawned")"
			echo "$_spawned ended with $? before it was ready"
			cat "$scratch/$_spawned.log"
			_forget "$_spawned"
			return 1
		fi
		if test "$(date +%s)" -gt "$_deadline"; then
			echo "$_spawned is not ready after $patience s"
			return 1
		fi
		sleep 0.02
	done
}

# ends NAME [CODE]: waits for it to end by itself, with this code or 0.
ends () {
	if ! _wait_dead "$(pid "$1")" "$patience"; then
		echo "$1 still runs after $patience s"
		kill -KILL "$(pid "$1")"
		wait "$(pid "$1")"
		_forget "$1"
		return 1
	fi
	wait "$(pid "$1")"
	_got=$?
	_forget "$1"
	test "$_got" -eq "${2:-0}" && return
	echo "$1 ended with $_got instead of ${2:-0}"
	cat "$scratch/$1.log"
	return 1
}

# stop NAME [CODE]: asks it to end and expects this code or 0.
stop () {
	kill "$(pid "$1")" && ends "$@"
}

# kill9 NAME: without a chance to clean up.
kill9 () {
	kill -KILL "$(pid "$1")" || return
	wait "$(pid "$1")" 2>/dev/null
	_forget "$1"
}

# log_value NAME KEY: the last value of KEY=... in the log.
log_value () {
	sed -n "s/.* $2=\"\{0,1\}\([^ \"]*\).*/\1/p" "$scratch/$1.log" |
	tail -n 1
}

# address_of NAME EVENT: the address=HOST:PORT that it logged with EVENT.
address_of () {
	sed -n "s/.*$2 .*address=\([^ ]*\).*/\1/p" "$scratch/$1.log" |
	tail -n 1
}

# log_is_clean NAME [ALLOWED]: neither errors, warnings nor reports of a
# sanitizer or of valgrind, but for lines that match the regular expression.
log_is_clean () {
	grep -E '(: |^<[34]>)(error|warning) |runtime error: |^==[0-9]+==' \
		"$scratch/$1.log" >"$scratch/.unclean"
	if test -n "$2"; then
		! grep -vE "$2" "$scratch/.unclean"
	else
		! grep . "$scratch/.unclean"
	fi
}

# http_get URL [CURL-OPTION...]: the body; fails on 400 and above.
http_get () {
	curl -sS --fail --noproxy '*' --max-time "$patience" "$@"
}

# http_code URL [CURL-OPTION...]: the status alone; 000 if there is none.
http_code () {
	curl -sS -o /dev/null -w '%{http_code}\n' --noproxy '*' \
		--max-time "$patience" "$@"
}
