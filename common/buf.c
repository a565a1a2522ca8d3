/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/json.h"
#include "common/number.h"

#define FIRST_BYTES 256

void
buf_fini(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ .max_bytes = b->max_bytes };
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = false;
}

static bool
grow(struct buf *b, size_t n)
{
	size_t want, cap = b->cap == 0 ? FIRST_BYTES : b->cap;
	char *p;

	if (__builtin_add_overflow(b->len, n, &want) ||
	    want > SIZE_MAX / 2 - JSON_PAD ||
	    (b->max_bytes != 0 && want > b->max_bytes)) {
		b->failed = true;
		return false;
	}
	while (cap < want)
		cap *= 2;
	p = realloc(b->p, cap + JSON_PAD);
	if (p == NULL) {
		b->failed = true;
		return false;
	}
	b->p = p;
	b->cap = cap;
	return true;
}

char *
buf_reserve(struct buf *b, size_t n)
{
	if (b->failed)
		return NULL;
	if ((b->p == NULL || n > b->cap - b->len ||
	    (b->max_bytes != 0 && b->len + n > b->max_bytes)) && !grow(b, n))
		return NULL;
	return b->p + b->len;
}

void
buf_add(struct buf *b, const void *bytes, size_t n)
{
	char *to = buf_reserve(b, n);

	if (to == NULL || n == 0)
		return;
	memcpy(to, bytes, n);
	b->len += n;
}

void
buf_add_str(struct buf *b, struct str s)
{
	buf_add(b, s.p, s.len);
}

void
buf_add_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_add_u64(struct buf *b, uint64_t v)
{
	char text[NUMBER_MAX_BYTES];

	buf_add(b, text, print_u64(text, v));
}

void
buf_add_i64(struct buf *b, int64_t v)
{
	char text[NUMBER_MAX_BYTES];

	buf_add(b, text, print_i64(text, v));
}

void
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->failed = true;
		return;
	}
	/* vsnprintf() writes a NUL behind: the pad has room for it. */
	if (buf_reserve(b, (size_t)n) == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(b->p + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

void
buf_pad(struct buf *b)
{
	if (buf_reserve(b, 0) != NULL)
		memset(b->p + b->len, 0, JSON_PAD);
}

struct str
buf_str(const struct buf *b)
{
	return (struct str){ b->p == NULL ? "" : b->p, b->len };
}
