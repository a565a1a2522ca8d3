/* SPDX-License-Identifier: ISC */
/*
 * Base64 of RFC 4648, section 4: the alphabet with + and /, with padding.
 *
 * Decoding is strict: padding is there and nothing follows it, and bits that
 * belong to no byte are zero, so one sequence of bytes has one spelling.  Only
 * line breaks (\n, \r) are skipped, wherever they are: files are wrapped.
 */
#ifndef COMMON_BASE64_H
#define COMMON_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/str.h"

/* How many bytes a text of that length gives at most. */
#define BASE64_DECODED_MAX(len) ((len) / 4 * 3)

/* out has BASE64_DECODED_MAX(text.len) bytes.  False: not base64; out may
 * have been written to. */
bool base64_decode(struct str text, char *out, size_t *out_len);

/* Appends bytes as base64, in one line. */
void base64_encode(struct buf *out, struct str bytes);

#endif
