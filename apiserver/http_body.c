/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "apiserver/http_request.h"

#define SIZE_DIGITS_MAX 8
#define LINE_BYTES_MAX 1024	/* an extension, or all trailers */

enum state {
	DONE,
	BYTES,		/* of a body with a length */
	SIZE,		/* of a chunk, in hex */
	EXTENSION,
	SIZE_LF,
	CHUNK,
	CHUNK_CR,
	CHUNK_LF,
	TRAILER,	/* at the beginning of a line */
	TRAILER_TEXT,
	TRAILER_LF,
	LAST_LF,
};

void
http_body_begin(struct http_body *b, const struct http_request *rq)
{
	*b = (struct http_body){ .left = rq->body_bytes };
	b->state = rq->is_chunked ? SIZE : b->left > 0 ? BYTES : DONE;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
is_bad_text(char c)
{
	return ((unsigned char)c < ' ' && c != '\t') || c == 0x7f;
}

/* The line with the size of a chunk. */
static bool
size_step(struct http_body *b, char c)
{
	int digit = hex_digit(c);

	if (b->state == SIZE && digit >= 0) {
		b->left = b->left << 4 | (uint64_t)digit;
		return ++b->n_digits <= SIZE_DIGITS_MAX;
	}
	if (b->n_digits == 0)
		return false;
	if (b->state == SIZE_LF) {
		b->n_digits = 0;
		b->state = b->left > 0 ? CHUNK : TRAILER;
		b->total += b->left;
		b->status = b->total > HTTP_BODY_BYTES_MAX ? 413 : 400;
		return c == '\n' && b->status == 400;
	}
	if (c == '\r') {
		b->state = SIZE_LF;
		return true;
	}
	if (b->state == SIZE && c != ';')
		return false;
	b->state = EXTENSION;
	return ++b->n_line <= LINE_BYTES_MAX && !is_bad_text(c);
}

static bool
trailer_step(struct http_body *b, char c)
{
	switch (b->state) {
	case TRAILER:
	case TRAILER_TEXT:
		if (c == '\r') {
			b->state = b->state == TRAILER ? LAST_LF : TRAILER_LF;
			return true;
		}
		b->state = TRAILER_TEXT;
		return ++b->n_line <= LINE_BYTES_MAX && !is_bad_text(c);
	case TRAILER_LF:
		b->state = TRAILER;
		return c == '\n';
	default:
		b->state = DONE;
		return c == '\n';
	}
}

static bool
step(struct http_body *b, char c)
{
	switch (b->state) {
	case SIZE:
	case EXTENSION:
	case SIZE_LF:
		return size_step(b, c);
	case CHUNK_CR:
		b->state = CHUNK_LF;
		return c == '\r';
	case CHUNK_LF:
		b->state = SIZE;
		return c == '\n';
	default:
		return trailer_step(b, c);
	}
}

static void
skip(struct http_body *b, struct str *input)
{
	size_t n = input->len < b->left ? input->len : (size_t)b->left;

	input->p += n;
	input->len -= n;
	b->left -= n;
	if (b->left == 0)
		b->state = b->state == BYTES ? DONE : CHUNK_CR;
}

enum http_parse
http_body_feed(struct http_body *b, struct str *input)
{
	while (b->state != DONE && input->len > 0) {
		if (b->state == BYTES || b->state == CHUNK) {
			skip(b, input);
			continue;
		}
		b->status = 400;
		if (!step(b, *input->p))
			return HTTP_BAD;
		input->p++;
		input->len--;
	}
	return b->state == DONE ? HTTP_WHOLE : HTTP_MORE;
}
