#!/bin/sh
# SPDX-License-Identifier: ISC
# What every program has from common/daemon: directories, --metrics-listen,
# signals.  Shown with the launcher and stand-ins for the other programs.
. "$(dirname "$0")/lib.sh"

FAKE_DIR=$scratch/fake
export FAKE_DIR
mkdir "$FAKE_DIR" "$scratch/bin"
for p in collector aggregator apiserver; do
	ln -s "$top_builddir/t/bin/fake-child" "$scratch/bin/cheapster-$p"
done
flags="--bin-dir=$scratch/bin --source=local:"
address=

# fetch METHOD PATH: the head and the body.
fetch() {
	curl -s -S -i -X "$1" "http://$address$2" >"$scratch/answer" &&
	tr -d '\r' <"$scratch/answer" >"$scratch/answer.txt"
}
fetch_head() {
	curl -s -S -I "http://$address$1" | tr -d '\r' >"$scratch/answer.txt"
}
answered() {
	grep -q -E -e "$1" "$scratch/answer.txt" ||
	    { cat "$scratch/answer.txt"; return 1; }
}
has_log() {
	grep -q -E -e "$1" "$scratch/d.log"
}
fails() {
	must_fail "$1" cheapster $flags "$3" 2>"$scratch/err" &&
	grep -q -e "$2" "$scratch/err" || { cat "$scratch/err"; return 1; }
}

expect_success 'directories are made, parents as well, for the owner alone' '
	spawn d cheapster $flags --run-dir="$scratch/a/b/run" \
	    --state-dir="$scratch/a/state" --metrics-listen=:0 &&
	stat -c %a a a/b a/b/run a/state >modes &&
	test "$(sort -u modes)" = 700
'
expect_success 'a port of its own choice is logged, on the loopback address' '
	address=$(log_value d address) &&
	echo "$address" | grep -q "^127\.0\.0\.1:[1-9][0-9]*$"
'
if command -v curl >/dev/null; then
	expect_success '/metrics is Prometheus text' '
		fetch GET /metrics && answered "^HTTP/1.1 200 OK$" &&
		answered "^Content-Type: text/plain; version=0.0.4" &&
		answered "^cheapster_launcher_children_running 3$" &&
		answered "^cheapster_launcher_children_started_total 3$" &&
		answered "^process_resident_memory_bytes [1-9]" &&
		answered "^cheapster_build_info.*program=\"launcher\"} 1$"
	'
	expect_success '/healthz is ok' '
		fetch GET "/healthz?x=1" && answered "^HTTP/1.1 200 OK$" &&
		answered "^ok$"
	'
	expect_success 'HEAD has no body' '
		fetch_head /healthz && answered "^HTTP/1.1 200 OK$" &&
		answered "^Content-Length: 3$" && ! answered "^ok$"
	'
	expect_success 'other paths are not found' '
		fetch GET /metrics/ && answered "^HTTP/1.1 404 "
	'
	expect_success 'other methods are not allowed' '
		fetch DELETE /metrics && answered "^HTTP/1.1 405 " &&
		answered "^Allow: GET, HEAD$"
	'
	expect_success 'a long request is refused' '
		long=$(printf %09000d 0) && fetch GET "/$long" &&
		answered "^HTTP/1.1 431 "
	'
else
	skip 'metrics over HTTP' 'no curl'
fi
expect_success 'SIGUSR1 logs the counters' '
	kill -USR1 "$(pid d)" &&
	wait_for "has_log \"info counters children_running=3 \""
'
expect_success 'the life of a process is four lines' '
	p=$(pid d) && stop d &&
	has_log "info started version=[0-9.]+ pid=$p$" &&
	has_log "info ready$" && has_log "info stopping signal=15$" &&
	has_log "info stopped children_running=0 "
'
# serves HOST
serves () {
	test "$(curl -s "http://$1:${address##*:}/healthz")" = ok
}
if command -v curl >/dev/null; then
	expect_success '* is every address, of both families' '
		spawn d cheapster $flags --metrics-listen="*:0" &&
		address=$(log_value d address) && serves 127.0.0.1 &&
		{ test ! -e /proc/net/if_inet6 ||
			! grep -q " lo$" /proc/net/if_inet6 ||
			serves "[::1]"; } &&
		stop d
	'
fi
expect_success 'an address that is none ends it with 69' '
	fails 69 "not HOST:PORT" --metrics-listen=localhost &&
	fails 69 "into brackets" --metrics-listen=::1:80
'
expect_success 'a file where a directory should be ends it with 71' '
	touch "$scratch/file" &&
	fails 71 "Not a directory (choose another with --run-dir)" \
	    --run-dir="$scratch/file/x" &&
	fails 71 "choose another with --state-dir" --state-dir="$scratch/file"
'
if test "$(id -u)" = 0; then
	skip 'a directory of somebody else ends it with 77' 'runs as root'
else
	expect_success 'a directory of somebody else ends it with 77' '
		fails 77 "Permission denied" --run-dir=/var/lib/x/cheapster
	'
fi
expect_success '--check makes no directories' '
	cheapster $flags --check --run-dir="$scratch/new" &&
	! test -e "$scratch/new"
'
expect_success 'a descriptor that is not open cannot be told' '
	fails 64 "ready-fd: 77 is not open" --ready-fd=77
'
done_testing
