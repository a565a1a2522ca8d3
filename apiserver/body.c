/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "common/mem.h"

#include "apiserver/body.h"

#define SPARE_PER_BYTE 4	/* of a text: more is not for one body */
#define SPARE_MIN_BYTES 65536

static size_t n_bytes;
static struct buf spare;
static bool is_spare_used;

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

struct buf
body_take_spare(void)
{
	struct buf taken = spare;

	spare = BUF_INIT;
	is_spare_used = true;
	buf_reset(&taken);
	return taken;
}

void
body_give_spare(struct buf *text)
{
	if (text->cap > spare.cap && text->cap <= BODY_SPARE_BYTES_MAX) {
		buf_fini(&spare);
		spare = *text;
		*text = BUF_INIT;
	} else {
		buf_fini(text);
	}
}

void
body_rest(void)
{
	if (!is_spare_used)
		buf_fini(&spare);
	is_spare_used = false;
}

bool
body_has_spare(void)
{
	return spare.cap > 0;
}

/* As it is, or copied out of memory that is too much for it. */
static struct buf
take_text(struct buf *text)
{
	struct buf taken = *text, copy = BUF_INIT;

	if (text->cap > SPARE_MIN_BYTES + SPARE_PER_BYTE * text->len) {
		buf_add_str(&copy, buf_str(text));
		if (!copy.failed) {
			body_give_spare(text);
			return copy;
		}
		buf_fini(&copy);
	}
	*text = BUF_INIT;
	return taken;
}

struct body *
body_new(struct buf *text)
{
	struct body *b = xcalloc(1, sizeof *b);

	b->n_references = 1;
	b->text = take_text(text);
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
	body_give_spare(&b->text);
	free(b);
}
