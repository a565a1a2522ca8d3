#!/bin/sh
# SPDX-License-Identifier: ISC
# History in a file: every frame once, whatever dies; read by others meanwhile.
. "$(dirname "$0")/lib.sh"
prereq jq python3

grep -q "^#define HAVE_SQLITE 1" "$top_builddir/config.h" ||
	skip_all 'built without SQLite'
python3 -c 'import sqlite3' 2>/dev/null || skip_all 'needs sqlite3 of python3'

# sql QUERY [FILE]: the rows, by a reader that may not write.
sql () {
	python3 - "$1" "${2:-history.db}" <<'PYTHON'
import sqlite3, sys
db = sqlite3.connect("file:%s?mode=ro" % sys.argv[2], uri=True, timeout=10)
for row in db.execute(sys.argv[1]):
    print(*row, sep="|")
PYTHON
}
# is QUERY VALUE
is () {
	sql "$1" >got 2>&1 && test "$(cat got)" = "$2"
}
counter () {
	kill -USR1 "$(pid sink)" && sleep 0.05 && log_value sink "$1"
}

expect_success 'operands are checked before anything happens' '
	must_fail 64 cheapster-sink-sqlite --check "history.db?keep=1" 2>err &&
	grep -q "keep: 1: .*unit" err && test "$(wc -l <err)" -eq 1 &&
	must_fail 64 cheapster-sink-sqlite "history.db?kept=1d" 2>err &&
	grep -q "kept: there is keep=, raw= and max-bytes=" err &&
	must_fail 64 cheapster-sink-sqlite a b 2>err &&
	cheapster-sink-sqlite --check "history.db?keep=30d&max-bytes=1Gi" &&
	test ! -e history.db
'
expect_success 'what cannot be opened is named' '
	must_fail 69 cheapster-sink-sqlite "$scratch/no/history.db" 2>err &&
	grep -q "no/history.db" err &&
	printf "%01000d" 0 >text && must_fail 69 cheapster-sink-sqlite text 2>err &&
	grep -q "text: file is not a database" err &&
	must_fail 69 cheapster-sink-sqlite text 2>err && test ! -e text.damaged
'
expect_success 'what is no file is refused, and not waited for' '
	mkfifo pipe && mkdir directory && for path in pipe directory; do
		must_fail 69 timeout "$patience" cheapster-sink-sqlite $path 2>err &&
		grep -q "$path: not a file" err || return 1
	done
'
expect_success 'frames of the bus are in the file at once' '
	spawn aggregator cheapster-aggregator &&
	spawn sink cheapster-sink-sqlite "history.db?keep=30d" &&
	cheapster-pub <"$top_srcdir/t/data/tools/frames.txt" &&
	wait_for "is \"SELECT count(*) >= 2 FROM recent\" 1" &&
	sql "SELECT name FROM entity WHERE type = 2 ORDER BY name" >pods &&
	printf "%s\n" dns web | cmp - pods &&
	stat -c %A history.db history.db-wal | cut -c8- | sort -u >modes &&
	echo --- | cmp - modes &&
	is "PRAGMA integrity_check" ok
'
expect_success 'a second sink is refused' '
	must_fail 69 cheapster-sink-sqlite --name=other history.db 2>err &&
	grep -q "another sink writes to it" err
'
expect_success 'all comes again when the cursor is lost, and changes nothing' '
	n=$(sql "SELECT count(*) FROM recent") && stop sink &&
	log_is_clean sink && rm state/sink-sqlite.cursor &&
	spawn sink cheapster-sink-sqlite history.db &&
	wait_for "test \"\$(counter frames_repeated)\" -ge $n" &&
	is "SELECT count(*) FROM recent" "$n" &&
	is "SELECT count(*) = count(DISTINCT source || \" \" || at) FROM recent" 1
'
expect_success 'all of it ends in peace' '
	stop sink && log_is_clean sink && stop aggregator && log_is_clean aggregator
'

expect_success 'the launcher starts it' '
	spawn all cheapster --source=local: --heapster-port=0 \
		--metric-resolution=1s --sink="sqlite:$scratch/all.db?keep=1d" &&
	wait_for "ask-history all.db cpu/usage $(hostname) | grep -q ." &&
	stop all
'

# Frames of 130 windows, of which every value is known.
n_windows=130
first=$((1790000000 / 3600 * 3600))
cat >frames.py <<'EOF'
import json, sys
first, n = int(sys.argv[1]), int(sys.argv[2])
for i in range(n):
    w = (first + i * 60) * 1000000
    for node in range(20):
        print(json.dumps({"v": 1, "kind": "node", "window_us": w,
            "resolution_us": 60000000, "collector": "c1",
            "metrics": ["cpu/usage", "memory/usage"],
            "node": {"name": "n%d" % node, "scraped_us": w,
                "values": [1000 * i, 5], "pods": [{"namespace": "default",
                "name": "p%d" % node, "uid": "u%d" % node, "scraped_us": w,
                "values": [None, i * node], "containers": [{"name": "c",
                "scraped_us": w, "values": [None, i * node]}]}]}}))
EOF
# A reader that holds its view while more is written.
cat >slow-reader.py <<'EOF'
import sqlite3, subprocess, time
def connect():
    return sqlite3.connect("file:killed.db?mode=ro", uri=True)
def count(db):
    return db.execute("SELECT count(*) FROM entity").fetchone()[0]
slow, fast = connect(), connect()
slow.execute("BEGIN")
before = count(slow)
text = open("frames").read().replace('"p1', '"q1').replace('"n1', '"m1')
subprocess.run(["cheapster-pub"], input=text, text=True, check=True)
for i in range(1000):
    if count(fast) > before:
        break
    time.sleep(0.02)
print(count(slow) == before, count(fast) > before)
EOF
# has FACTOR METRIC NAMES...: every window once, with FACTOR times its number.
has () {
	_factor=$1
	shift
	ask-history killed.db "$@" >got &&
	awk -v first="$first" -v n="$n_windows" -v factor="$_factor" "BEGIN {
		for (i = 0; i < n; i++)
			print first + i * 60, i * factor
	}" >want && cmp want got
}
n_frames () {
	sql "SELECT count(*) FROM recent" killed.db 2>/dev/null || echo 0
}
# kill_often: when something more has come, or nothing does.
kill_often () {
	for _kill in 1 2 3 4 5 6 7 8; do
		_before=$(n_frames)
		spawn sink cheapster-sink-sqlite killed.db &&
		wait_for "test \$(n_frames) -ne $_before ||
			has 1000 cpu/usage n19" &&
		kill9 sink || return
	done
}

expect_success 'a sink that is killed again and again' '
	rm -rf state run && mkdir state run &&
	spawn aggregator cheapster-aggregator &&
	python3 frames.py "$first" "$n_windows" >frames &&
	cheapster-pub <frames && kill_often
'
expect_success 'has all of it at the end, once' '
	spawn sink cheapster-sink-sqlite killed.db &&
	wait_for "has 1000 cpu/usage n19" &&
	for node in 0 7 19; do
		has 1000 cpu/usage n$node &&
		has $node memory/usage default p$node || break
	done && test "$node" -eq 19 &&
	test "$(sql "SELECT count(*) > 0 FROM raw" killed.db)" -eq 1
'
expect_success 'a reader that takes its time neither waits nor is waited for' '
	python3 slow-reader.py >got && echo True True | cmp - got
'
expect_success 'a file that is taken away is made anew, and told of' '
	rm killed.db && python3 frames.py $((first + 60 * n_windows)) 2 >more &&
	cheapster-pub <more && wait_for "test \$(n_frames) -ge 40" &&
	grep "database_gone path=killed.db" sink.log
'
expect_success 'as is one with which its directory went' '
	mkdir away && mv killed.db* away &&
	python3 frames.py $((first + 60 * (n_windows + 2))) 2 >more &&
	cheapster-pub <more && wait_for "test \$(n_frames) -ge 40"
'
# overwrite FILE: with what is no database, in place.
overwrite () {
	head -c "$(stat -c %s "$1")" /dev/urandom >noise &&
	dd if=noise of="$1" conv=notrunc 2>/dev/null
}
expect_success 'one that is damaged is moved aside, and a new one begun' '
	kill9 sink && overwrite killed.db && overwrite killed.db-wal &&
	spawn sink cheapster-sink-sqlite killed.db &&
	python3 frames.py $((first + 60 * (n_windows + 4))) 2 >more &&
	cheapster-pub <more && wait_for "test \$(n_frames) -ge 40" &&
	test "$(grep -c "error database_damaged path=killed.db" sink.log)" -eq 1 &&
	cmp noise killed.db.damaged-wal && test -e killed.db.damaged
'
expect_success 'all of it ends in peace again' '
	stop sink && log_is_clean sink "database_gone|database_damaged" && stop aggregator &&
	test "$(sql "PRAGMA integrity_check" killed.db)" = ok
'
done_testing
