/* SPDX-License-Identifier: ISC */
/*
 * The body of an answer, shared by those to whom it is being sent and by who
 * keeps it for the next one.
 *
 * A list of megabytes is written into fresh pages more slowly than it is made:
 * the memory of one that has ended is kept as the spare, for the next.
 */
#ifndef APISERVER_BODY_H
#define APISERVER_BODY_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"

struct body {
	size_t n_references;
	struct buf text;
};

#define BODY_SPARE_BYTES_MAX ((size_t)64 << 20)

/* With one reference; text is left empty.  Its memory is taken over, or, if
 * it is much more than there is in it, becomes the spare. */
struct body *body_new(struct buf *text);
struct body *body_ref(struct body *b);
void body_unref(struct body *b);	/* NULL is fine */

/* The spare, or an empty one: its owner gives it back, or makes a body of it. */
struct buf body_take_spare(void);

/* Leaves text empty; the larger one is kept. */
void body_give_spare(struct buf *text);

/* Frees it, if nobody has asked for it since the last time. */
void body_rest(void);
bool body_has_spare(void);

/* Of all that there are in the process, and what is counted with them. */
size_t body_bytes(void);

/* Memory of requests: it was as much, and is now. */
void body_bytes_change(size_t before, size_t now);

#endif
