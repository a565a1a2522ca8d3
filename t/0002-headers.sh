#!/bin/sh
# SPDX-License-Identifier: ISC
# A header includes what it needs: alone, and twice, it compiles.
. "$(dirname "$0")/lib.sh"

test -f "$top_builddir/config.h" || skip_all 'not configured'

compiles () {
	printf '#include "%s"\n' config.h "$1" "$1" >"$scratch/alone.c" &&
	cd "$top_builddir" &&
	${CC:-cc} ${TEST_CFLAGS--I. "-I$top_srcdir"} -fsyntax-only \
		"$scratch/alone.c"
}

for header in $(cd "$top_srcdir" && find common collector aggregator apiserver \
    sinks launcher tools contrib/kubesim t bench -name '*.h' | sort); do
	expect_success "$header compiles alone" 'compiles "$header"'
done

done_testing
