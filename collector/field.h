/* SPDX-License-Identifier: ISC */
/*
 * Lines of the kernel's text files and their fields, which are separated by
 * blanks.  Each function takes what it returns off the front.
 */
#ifndef COLLECTOR_FIELD_H
#define COLLECTOR_FIELD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/str.h"

/* The next line without its newline; false at the end. */
bool line_next(struct str *text, struct str *out);

/* The next field of the line; empty at its end. */
struct str field_next(struct str *line);
void field_skip(struct str *line, unsigned n);

/* The next field as a number; false if it is none. */
bool field_u64(struct str *line, uint64_t *out);

/* Does the line start with this field?  Only then it is taken off. */
bool field_is(struct str *line, const char *want);

/* The text before sep, which must be there; *s is what follows it. */
bool field_cut(struct str *s, char sep, struct str *out);

/* A whole field: a number below 2^32, and "MAJOR:MINOR". */
bool field_u32(struct str field, uint32_t *out);
bool field_device(struct str field, uint32_t *out_major, uint32_t *out_minor);

#endif
