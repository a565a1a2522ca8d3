#!/bin/sh
# SPDX-License-Identifier: ISC
# Every header compiles alone.
. "${top_srcdir:-$(dirname "$0")/..}/t/lib.sh"

for header in "$top_srcdir"/*/*.h; do
	name=${header#"$top_srcdir"/}
	expect_success "$name compiles alone" '
		${CC:-cc} -std=gnu11 -D_GNU_SOURCE -fsyntax-only -x c \
		    -Wall -Wextra -Werror -Wno-unused \
		    -I"$top_srcdir" -I"$top_builddir" "$header"
	'
done
done_testing
