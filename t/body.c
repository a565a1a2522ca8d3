/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "apiserver/body.h"
#include "t/tap.h"

#define MIB ((size_t)1 << 20)

static struct buf
text_of(size_t len, size_t cap)
{
	struct buf text = BUF_INIT;

	if (buf_reserve(&text, cap) != NULL) {
		memset(text.p, 'x', len);
		text.len = len;
	}
	return text;
}

static void
rest(void)
{
	body_rest();
	body_rest();
}

static void
test_spare(void)
{
	struct buf text = text_of(3 * MIB, 3 * MIB), taken;
	const char *memory = text.p;
	struct body *b = body_new(&text);

	ok(text.p == NULL && b->text.p == memory, "a body takes its text over");
	is_u64(body_bytes(), b->text.cap, "and is counted");
	body_unref(body_ref(b));
	ok(!body_has_spare(), "one that is still sent is no spare");
	body_unref(b);
	ok(body_has_spare(), "one that has ended leaves its memory");
	is_u64(body_bytes(), 0, "which is not counted with the bodies");
	taken = body_take_spare();
	ok(taken.p == memory && taken.len == 0, "for the next, empty");
	ok(!body_has_spare() && body_take_spare().p == NULL, "once");
	body_give_spare(&taken);
	ok(taken.p == NULL, "it can be given back");
	text = text_of(1, MIB);
	body_give_spare(&text);
	taken = body_take_spare();
	ok(taken.p == memory, "of two the larger one is kept");
	body_give_spare(&taken);
	text = text_of(1, BODY_SPARE_BYTES_MAX + 1);
	body_give_spare(&text);
	taken = body_take_spare();
	ok(taken.p == memory, "but none that is very large");
	body_give_spare(&taken);
	body_rest();
	ok(body_has_spare(), "it stays while it is used");
	body_rest();
	ok(!body_has_spare(), "and no longer");
}

static void
test_small_of_large(void)
{
	struct buf text = text_of(5000, 8 * MIB);
	struct body *b = body_new(&text);

	ok(body_bytes() < MIB / 8, "a short text does not hold much memory");
	is_u64(b->text.len, 5000, "it is whole");
	ok(b->text.p[4999] == 'x', "to the end");
	ok(text.p == NULL && body_has_spare(), "the rest is the spare");
	body_unref(b);
	rest();
	is_u64(body_bytes(), 0, "nothing is left");
}

int
main(void)
{
	test_spare();
	test_small_of_large();
	return done_testing();
}
