/* SPDX-License-Identifier: ISC */
/* Bodies that several send, and the memory of large ones. */
#include "config.h"

#include "apiserver/body.h"

#include "t/tap.h"

#define LARGE ((size_t)3 << 20)

static struct body *
body_of(size_t n)
{
	struct buf text = BUF_INIT;

	buf_reserve(&text, n);
	return body_new(&text);
}

static void
test_references(void)
{
	struct body *b = body_of(100);
	size_t n_bytes = body_bytes();

	ok(n_bytes >= 100, "its bytes are counted");
	ok(body_ref(b) == b, "another one has it");
	body_unref(b);
	is_u64(body_bytes(), n_bytes, "it stays for the last one");
	body_unref(b);
	is_u64(body_bytes(), 0, "and goes with it");
	body_unref(NULL);
}

static void
test_reuse(void)
{
	struct body *b = body_of(LARGE);
	const char *p = b->text.p;
	struct buf out = BUF_INIT, other = BUF_INIT;

	body_unref(b);
	is_u64(body_bytes(), 0, "what is kept is not counted");
	body_reuse(&out, 100);
	ok(out.p != NULL && out.p != p, "a small one gets its own");
	body_reuse(&other, LARGE);
	ok(other.p == p, "a large one gets it");
	is_u64(other.len, 0, "without what it was");
	body_reuse(&out, LARGE);
	ok(out.p != p && out.cap >= LARGE, "once");
	b = body_new(&other);
	body_unref(b);
	body_rest();
	body_reuse(&other, LARGE);
	ok(other.p == p, "it stays while it is used");
	b = body_new(&other);
	body_unref(b);
	body_rest();
	body_rest();
	buf_fini(&out);
	body_reuse(&out, LARGE);
	ok(out.cap >= LARGE, "and not longer");
	buf_fini(&out);
	body_rest();
}

int
main(void)
{
	test_references();
	test_reuse();
	return done_testing();
}
