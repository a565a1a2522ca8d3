#!/bin/sh
# SPDX-License-Identifier: ISC
# Every fuzz target digests its corpus.
. "${top_srcdir:-$(dirname "$0")/..}/t/lib.sh"

for corpus in "$top_srcdir"/t/fuzz/corpus/*/; do
	test -d "$corpus" || continue
	name=$(basename "$corpus")
	expect_success "$name digests $(ls "$corpus" | wc -l) inputs" '
		"$top_builddir/t/fuzz/$name" "$corpus"/*
	'
done
done_testing
