/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "common/mem.h"

#include "apiserver/body.h"

#define SPARE_BYTES_MIN ((size_t)1 << 20)
#define SPARE_BYTES_MAX ((size_t)64 << 20)

static size_t n_bytes;

static struct {
	struct buf text;
	bool is_used;		/* since the last rest */
} spare;

size_t
body_bytes(void)
{
	return n_bytes;
}

void
body_bytes_change(size_t before, size_t now)
{
	n_bytes = n_bytes - before + now;
}

struct body *
body_new(struct buf *text)
{
	struct body *b = xcalloc(1, sizeof *b);

	b->n_references = 1;
	b->text = *text;
	*text = BUF_INIT;
	n_bytes += b->text.cap;
	return b;
}

struct body *
body_ref(struct body *b)
{
	b->n_references++;
	return b;
}

void
body_unref(struct body *b)
{
	if (b == NULL || --b->n_references > 0)
		return;
	n_bytes -= b->text.cap;
	if (b->text.cap >= SPARE_BYTES_MIN && b->text.cap <= SPARE_BYTES_MAX &&
	    b->text.cap > spare.text.cap) {
		buf_fini(&spare.text);
		spare.text = b->text;
	} else {
		buf_fini(&b->text);
	}
	free(b);
}

void
body_reuse(struct buf *out, size_t n)
{
	if (out->p == NULL && n >= SPARE_BYTES_MIN && n <= spare.text.cap) {
		*out = spare.text;
		spare.text = BUF_INIT;
		spare.is_used = true;
		buf_reset(out);
	}
	buf_reserve(out, n);
}

void
body_rest(void)
{
	if (!spare.is_used)
		buf_fini(&spare.text);
	spare.is_used = false;
}
