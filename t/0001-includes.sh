#!/bin/sh
# SPDX-License-Identifier: ISC
# Who may include whom.
. "${top_srcdir:-$(dirname "$0")/..}/t/lib.sh"

cd "$top_srcdir" || exit 1

# includes FILES...: "file:included" for each of our own headers.
includes() {
	grep -H '^#include "' "$@" 2>/dev/null |
	    sed 's/:#include "\([^"]*\)".*/:\1/' | grep -v ':config.h$'
}

expect_success 'common/ includes only common/' '
	! includes common/*.[ch] | grep -v ":common/"
'
for folder in collector aggregator apiserver launcher tools; do
	expect_success "$folder/ includes only itself and common/" '
		! includes $folder/*.[ch] | grep -v -e ":common/" -e ":$folder/"
	'
done
expect_success 'a sink includes no other sink' '
	! includes sinks/*.[ch] | grep -v ":common/" |
	    grep -v -E ":sinks/(format_[a-z]+|child)\.h$"
'
expect_success 'pure modules know neither libevent, nng nor curl' '
	! grep -l -E "#include <(event2|nng|curl)/" \
	    common/str.* common/buf.* common/arena.* common/hash.* \
	    common/intern.* common/number* common/timestamp.* \
	    common/quantity.* common/json* common/metric.* common/frame* \
	    common/labels.* common/counters.* common/journal.* \
	    common/cursor.* common/backoff.* collector/summary* \
	    collector/local* collector/procfs* collector/cgroup* \
	    collector/schedule.* aggregator/rate.* aggregator/rollup.* \
	    aggregator/window.* aggregator/nodes.* apiserver/store* \
	    sinks/format_* tools/format* 2>/dev/null
'
expect_success 'every source includes config.h first' '
	for f in $(find aggregator apiserver bench collector common launcher \
	    sinks t tools -name "*.c"); do
		first=$(grep -m1 "^#include" "$f")
		test "$first" = "#include \"config.h\"" || { echo "$f: $first"; false; } ||
		    return 1
	done
'
expect_success 'no header depends on config.h' '
	! grep -n -E "HAVE_|config\.h" common/*.h collector/*.h aggregator/*.h \
	    apiserver/*.h launcher/*.h sinks/*.h tools/*.h t/*.h 2>/dev/null
'
done_testing
