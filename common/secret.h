/* SPDX-License-Identifier: ISC */
/*
 * Text that nobody else shall see: tokens, keys, the files they come from.
 * It is on the heap, is wiped before it is freed, and is in no error.
 *
 * "Nobody else" is who gets hold of a core dump or of memory that is used
 * again.  What a library has copied for itself is its own affair.
 */
#ifndef COMMON_SECRET_H
#define COMMON_SECRET_H

#include <stddef.h>

#include "common/err.h"
#include "common/str.h"

/*
 * All that fd gives until its end, NUL-terminated behind *out_len bytes; NULL
 * with a reason if that is more than max_bytes or cannot be read.  It waits
 * for what is slow.  Free it with secret_free_bytes().
 */
char *secret_read(int fd, size_t max_bytes, size_t *out_len, struct err *err);

void secret_free(char *text);			/* NUL-terminated, or NULL */
void secret_free_bytes(char *p, size_t n);	/* p may be NULL */

#endif
