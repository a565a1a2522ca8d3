/* SPDX-License-Identifier: ISC */
/* The body of an answer, shared by those to whom it is being sent and by who
 * keeps it for the next one. */
#ifndef APISERVER_BODY_H
#define APISERVER_BODY_H

#include <stddef.h>

#include "common/buf.h"

struct body {
	size_t n_references;
	struct buf text;
};

/* With one reference; takes the memory of text over and leaves it empty. */
struct body *body_new(struct buf *text);
struct body *body_ref(struct body *b);
void body_unref(struct body *b);	/* NULL is fine */

/*
 * Room for so many bytes in out, which has none of its own: the memory of a
 * large body that has been sent, if there is one of that size.  Touching new
 * pages costs as much as writing the answer.
 */
void body_reuse(struct buf *out, size_t n);

/* Gives up what is kept for that and was not used since the last call. */
void body_rest(void);

/* Of all that there are in the process, and what is counted with them. */
size_t body_bytes(void);

/* Memory of requests: it was as much, and is now. */
void body_bytes_change(size_t before, size_t now);

#endif
