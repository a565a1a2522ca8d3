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

/* Of all that there are in the process, and what is counted with them. */
size_t body_bytes(void);

/* Memory of requests: it was as much, and is now. */
void body_bytes_change(size_t before, size_t now);

#endif
