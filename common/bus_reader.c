/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "common/bus_reader.h"
#include "common/json.h"

/* Where the last lines begin that have JSON_PAD bytes together. */
static size_t
find_tail(struct str text)
{
	size_t at = text.len;

	while (at > 0 && text.len - at < JSON_PAD) {
		const char *end = memrchr(text.p, '\n', at - 1);

		at = end == NULL ? 0 : (size_t)(end + 1 - text.p);
	}
	return at;
}

bool
bus_reader_receive(struct bus_reader *r)
{
	struct str text;
	size_t at;

	if (r->message != NULL)
		return true;
	if (nng_recvmsg(r->socket, &r->message, NNG_FLAG_NONBLOCK) != 0) {
		r->message = NULL;
		return false;
	}
	text = (struct str){ nng_msg_body(r->message),
		nng_msg_len(r->message) };
	at = find_tail(text);
	buf_reset(&r->tail);
	buf_add(&r->tail, text.p + at, text.len - at);
	buf_pad(&r->tail);
	r->rest = (struct str){ text.p, at };
	r->is_tail = false;
	return true;
}

bool
bus_reader_line(struct bus_reader *r, struct str *line)
{
	if (r->message == NULL)
		return false;
	if (r->rest.len == 0 && !r->is_tail) {
		r->is_tail = true;
		r->rest = buf_str(&r->tail);
	}
	if (r->rest.len == 0) {
		bus_reader_drop(r);
		return false;
	}
	*line = str_cut(&r->rest, '\n');
	return true;
}

void
bus_reader_drop(struct bus_reader *r)
{
	if (r->message != NULL)
		nng_msg_free(r->message);
	r->message = NULL;
}

void
bus_reader_fini(struct bus_reader *r)
{
	bus_reader_drop(r);
	buf_fini(&r->tail);
}
