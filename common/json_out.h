/* SPDX-License-Identifier: ISC */
/*
 * Writes JSON into a struct buf, keeping track of commas and indentation.
 *
 * Styles: JSON_COMPACT; JSON_PRETTY_HEAPSTER, the dialect of Heapster's model
 * API (each line but the first is indented by one blank plus one per level);
 * JSON_PRETTY_2, two blanks per level, the dialect of kube-apiservers.  An
 * empty array or object is [] or {} in all of them.  No final newline.
 *
 * Strings: '"', '\\' and control characters are escaped; with html_safe also
 * <, > and & as \u003c..., as Go's encoder does.  Invalid UTF-8 is replaced
 * by U+FFFD.
 */
#ifndef COMMON_JSON_OUT_H
#define COMMON_JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/str.h"

enum json_style { JSON_COMPACT, JSON_PRETTY_HEAPSTER, JSON_PRETTY_2 };

struct json_out {
	struct buf *buf;
	enum json_style style;
	bool html_safe;
	bool has_item;		/* the current level has something already */
	bool after_key;
	unsigned depth;
};

void json_out_begin(struct json_out *o, struct buf *buf, enum json_style style);
void json_out_object(struct json_out *o);
void json_out_object_end(struct json_out *o);
void json_out_array(struct json_out *o);
void json_out_array_end(struct json_out *o);
void json_out_key(struct json_out *o, const char *key);
void json_out_key_str(struct json_out *o, struct str key);
void json_out_str(struct json_out *o, struct str s);
void json_out_strz(struct json_out *o, const char *s);
void json_out_u64(struct json_out *o, uint64_t v);
void json_out_i64(struct json_out *o, int64_t v);
void json_out_double(struct json_out *o, double v);
void json_out_bool(struct json_out *o, bool v);
void json_out_null(struct json_out *o);
void json_out_time(struct json_out *o, int64_t at_ns);	/* RFC 3339 string */

/* Appends s as a JSON string with its quotes; usable without a json_out. */
void json_quote(struct buf *out, struct str s, bool html_safe);

#endif
