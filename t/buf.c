/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/buf.h"
#include "common/json.h"
#include "t/tap.h"

static void
test_add(void)
{
	struct buf b = BUF_INIT;

	is_u64(buf_str(&b).len, 0, "starts empty");
	ok(buf_str(&b).p != NULL, "and present");
	buf_add(&b, "ab", 2);
	buf_add(&b, NULL, 0);
	buf_add_char(&b, ' ');
	buf_add_str(&b, STR("cd"));
	buf_addf(&b, " %s=%d ", "x", 5);
	buf_add_u64(&b, UINT64_MAX);
	buf_add_char(&b, ' ');
	buf_add_i64(&b, INT64_MIN);
	ok(str_is(buf_str(&b), "ab cd x=5 18446744073709551615 "
	    "-9223372036854775808"), "what is added stands in order");
	buf_reset(&b);
	is_u64(b.len, 0, "a reset empties it");
	ok(b.cap > 0, "and keeps the memory");
	buf_fini(&b);
	ok(b.p == NULL && b.len == 0 && b.cap == 0, "fini leaves zeros");
	buf_fini(&b);
}

/* Past every size at which it grows; sanitizers watch the pad. */
static void
test_growth(void)
{
	static const char zeros[JSON_PAD];
	struct buf b = BUF_INIT;
	size_t n_wrong = 0;

	for (size_t i = 0; i < 5000; i++) {
		buf_add_char(&b, (char)('a' + i % 26));
		buf_pad(&b);
		n_wrong += memcmp(b.p + b.len, zeros, JSON_PAD) != 0;
	}
	is_u64(n_wrong, 0, "the pad is there at any length");
	for (size_t i = 0; i < b.len; i++)
		n_wrong += b.p[i] != (char)('a' + i % 26);
	is_u64(n_wrong, 0, "and the contents survive growing");
	buf_reset(&b);
	buf_addf(&b, "%*d", 100000, 7);
	is_u64(b.len, 100000, "a formatted text may be long");
	buf_fini(&b);
	buf_pad(&b);
	is_mem(b.p, JSON_PAD, zeros, JSON_PAD, "an empty one has a pad too");
	buf_fini(&b);
}

static void
test_bound(void)
{
	struct buf b = { .max_bytes = 10 };

	buf_add(&b, "12345678", 8);
	buf_add_u64(&b, 9);
	buf_add_i64(&b, 0);
	ok(!b.failed, "takes as many bytes as its bound");
	ok(str_is(buf_str(&b), "1234567890"), "and has them all");
	ok(buf_reserve(&b, 0) != NULL, "and may be padded");
	buf_add_char(&b, '!');
	ok(b.failed, "fails at one more");
	buf_reset(&b);
	buf_add(&b, "12345678901", 11);
	ok(b.failed && b.len == 0, "takes nothing of what is too long");
	buf_add_char(&b, 'x');
	buf_addf(&b, "%d", 1);
	ok(b.len == 0, "once failed, it takes nothing");
	ok(buf_reserve(&b, 1) == NULL, "and has no room");
	buf_reset(&b);
	buf_add_char(&b, 'x');
	ok(!b.failed && b.len == 1, "until it is reset");
	ok(buf_reserve(&b, SIZE_MAX) == NULL && b.failed,
	    "a length that wraps fails");
	buf_fini(&b);
	b = BUF_INIT;
	ok(buf_reserve(&b, SIZE_MAX - 1) == NULL && b.failed,
	    "also without a bound");
	buf_fini(&b);
}

int
main(void)
{
	test_add();
	test_growth();
	test_bound();
	return done_testing();
}
