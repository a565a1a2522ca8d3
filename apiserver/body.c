/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "common/mem.h"

#include "apiserver/body.h"

static size_t n_bytes;

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
	buf_fini(&b->text);
	free(b);
}
