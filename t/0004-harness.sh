#!/bin/sh
# SPDX-License-Identifier: ISC
# A test that fails is seen to fail.
. "${top_srcdir:-$(dirname "$0")/..}/t/lib.sh"

cat >"$scratch/inner.sh" <<'INNER'
. "$top_srcdir/t/lib.sh"
expect_success 'true holds' 'true'
expect_success 'false holds' 'false'
expect_success 'the middle of a chain counts' 'true && false && true'
expect_success 'a wrong exit code counts' 'must_fail 3 sh -c "exit 4"'
expect_success 'the right exit code holds' 'must_fail 3 sh -c "exit 3"'
done_testing
INNER

expect_success 'a script with failures exits 1' '
	must_fail 1 sh "$scratch/inner.sh" >"$scratch/out"
'
expect_success 'and says which ones' '
	grep -c "^not ok" "$scratch/out" >"$scratch/n" &&
	test "$(cat "$scratch/n")" = 3 &&
	grep -q "^ok 1 - true holds" "$scratch/out" &&
	grep -q "^ok 5 - the right exit code holds" "$scratch/out" &&
	grep -q "^1..5$" "$scratch/out"
'
done_testing
