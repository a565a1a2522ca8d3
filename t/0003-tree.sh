#!/bin/sh
# SPDX-License-Identifier: ISC
# What every file of the tree keeps to.
. "${top_srcdir:-$(dirname "$0")/..}/t/lib.sh"

cd "$top_srcdir" || exit 1
sources=$(find aggregator apiserver bench collector common contrib launcher \
    sinks t tools -name '*.[ch]')

expect_success 'no source has more than 500 lines' '
	! wc -l $sources | grep -v " total$" | awk "\$1 > 500" | grep .
'
expect_success 'no file is named util' '
	! find . -name "*util*" -not -path "./.git/*" -not -path "*build*" |
	    grep .
'
expect_success 'every source names its licence in the first line' '
	for f in $sources; do
		head -n 1 "$f" | grep -q "SPDX-License-Identifier: ISC" ||
		    { echo "$f"; return 1; }
	done
'
expect_success 'every header is guarded by FOLDER_FILE_H' '
	for f in $(echo "$sources" | grep "\.h$"); do
		guard=$(echo "$f" | tr "a-z/.-" "A-Z___")
		grep -q "^#ifndef $guard$" "$f" || { echo "$f"; return 1; }
	done
'
expect_success 'nothing is left to be done' '
	! grep -n -E "TODO|FIXME|XXX" $sources
'
done_testing
