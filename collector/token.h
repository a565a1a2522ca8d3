/* SPDX-License-Identifier: ISC */
/*
 * A bearer token in a file that is replaced now and then, as Kubernetes does
 * with those of service accounts.  It is read again once a minute.  What was
 * read last stays in use while the file cannot be read.
 *
 * A token is one line of visible ASCII of at most TOKEN_BYTES_MAX; it never
 * appears in an error.
 */
#ifndef COLLECTOR_TOKEN_H
#define COLLECTOR_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

#define TOKEN_BYTES_MAX 65536
#define TOKEN_AGE_MAX_NS (60 * INT64_C(1000000000))

struct token {
	const char *path;	/* borrowed */
	char *text;		/* NULL: never read */
	int64_t read_mono_ns;
};

/* Reads it if it is due.  False: that failed; text is what it was. */
bool token_refresh(struct token *t, int64_t now_mono_ns, struct err *err);
void token_fini(struct token *t);

#endif
