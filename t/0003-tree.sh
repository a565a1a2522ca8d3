#!/bin/sh
# SPDX-License-Identifier: ISC
# What every file of the tree has in common.
. "$(dirname "$0")/lib.sh"
cd "$top_srcdir" || exit

folders='common collector aggregator apiserver sinks launcher tools contrib/kubesim
	t bench'
code=$(find $folders -name '*.[ch]' | sort)
sources="$code configure.ac Makefile.am $(find $folders man contrib m4 \
	-name '*.sh' -o -name '*.mk' -o -name '*.m4' -o -name '*.py' \
	-o -name '*.js' | sort) $(grep -lrE '^#!' contrib t)"

# none SCRIPT: it prints nothing.
none () {
	cd "$top_srcdir" && eval "$1" >"$scratch/bad"
	cat "$scratch/bad"
	test ! -s "$scratch/bad"
}

expect_success 'no .c or .h has more than 500 lines' '
	none "wc -l \$code | awk \"\\\$1 > 500 && \\\$2 != \\\"total\\\"\""
'

expect_success 'files are named for what they do' '
	none "find . -path ./.git -prune -o -path ./build -prune -o \\
		-iname \"*util*\" -not -iname \"*utilization*\" -print"
'

expect_success 'the guard of a header is FOLDER_FILE_H' '
	none "for file in \$code; do
		case \$file in
		*.c) continue ;;
		esac
		guard=\$(echo \$file | tr a-z/.- A-Z___)
		grep -qx \"#ifndef \$guard\" \$file &&
		grep -qx \"#define \$guard\" \$file || echo \$file: \$guard
	done"
'

expect_success 'every source names its licence' '
	none "for file in \$sources; do
		head -n 3 \$file | grep -q \"SPDX-License-Identifier: ISC\" ||
		echo \$file
	done"
'

expect_success 'nothing is left for later' '
	none "grep -nwE \"TO[D]O|FIX[M]E|X[X]X\" \$sources"
'

expect_success 'every test is in t/local.mk' '
	none "for file in t/[0-9]*.sh; do
		grep -q \$file t/local.mk || echo \$file
	done"
'

done_testing
