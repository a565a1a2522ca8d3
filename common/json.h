/* SPDX-License-Identifier: ISC */
/*
 * A pull parser for JSON: one pass, no tree, no allocation but for strings
 * that contain escapes.  It is on the hot path of every scrape and every
 * frame.
 *
 * The caller walks the document in the order in which it is written:
 *
 *	static const struct json_keys keys = JSON_KEYS("time", "usage");
 *	unsigned hint = 0;
 *	json_object_begin(j);
 *	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;)
 *		switch (k) {
 *		case 0:  json_str(j, &time); break;
 *		case 1:  json_u64(j, &usage); break;
 *		default: json_skip(j);			(JSON_UNKNOWN)
 *		}
 *
 * Keys are predicted: hint remembers which key came last, and the next one in
 * the table is tried first, so a producer that keeps its order costs one
 * comparison per key.  Any order is accepted.  After json_object_next()
 * returned a key the caller must consume exactly one value.
 *
 * Errors are sticky: after the first one every function returns false,
 * JSON_END or an absent value, so a decoder checks json_end() once.  What is
 * an error: anything that is not JSON (RFC 8259), also in skipped parts;
 * nesting beyond JSON_DEPTH_MAX; a value of another type than asked for; an
 * integer beyond 64 bits; invalid UTF-8, lone surrogates and \u0000, unless
 * the caller sets replaces_nul after json_begin(): then that one is read as
 * U+FFFD, so that no string of ours has a NUL.
 * null is no error: the value is absent (false).
 *
 * Memory: the text must be followed by JSON_PAD readable bytes of any content
 * (buf_pad() gives them), so that the parser may look ahead; it never reads
 * beyond those.  Strings are slices of the text, or of the arena when they had
 * escapes.
 */
#ifndef COMMON_JSON_H
#define COMMON_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/err.h"
#include "common/str.h"

#define JSON_PAD 64
#define JSON_DEPTH_MAX 64
#define JSON_KEYS_MAX 32
#define JSON_KEY_BYTES 32

#define JSON_UNKNOWN (-1)	/* a key that is not in the table: skip it */
#define JSON_END (-2)		/* end of the object, or an error */

/* One key of a table as it is written, so that one comparison covers the name
 * and what surrounds it. */
struct json_key {
	char text[JSON_KEY_BYTES];	/* "\"name\": " */
	uint32_t mask;			/* one bit per byte of it */
	uint32_t len;			/* without the blank */
};

struct json_keys {
	unsigned n;
	struct json_key keys[JSON_KEYS_MAX];
};

/*
 * JSON_KEYS("time", "usage") is a static initialiser: up to JSON_KEYS_MAX
 * literals of at most JSON_KEY_BYTES - 4 bytes, none of which would need an
 * escape.  (Missing ones become "", behind n.)
 */
#define JSON_KEYS(...) { \
	sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *), \
	{ JSON_KEYS_16(JSON_KEYS_REST, __VA_ARGS__, , , , , , , , , , , , , , \
	    , , , , , , , , , , , , , , , , , , ,) } }
#define JSON_KEYS_16(rest, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, \
    ...) \
	JSON_KEY(a), JSON_KEY(b), JSON_KEY(c), JSON_KEY(d), JSON_KEY(e), \
	JSON_KEY(f), JSON_KEY(g), JSON_KEY(h), JSON_KEY(i), JSON_KEY(j), \
	JSON_KEY(k), JSON_KEY(l), JSON_KEY(m), JSON_KEY(n), JSON_KEY(o), \
	JSON_KEY(p), rest(__VA_ARGS__)
#define JSON_KEYS_REST(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ...) \
	JSON_KEY(a), JSON_KEY(b), JSON_KEY(c), JSON_KEY(d), JSON_KEY(e), \
	JSON_KEY(f), JSON_KEY(g), JSON_KEY(h), JSON_KEY(i), JSON_KEY(j), \
	JSON_KEY(k), JSON_KEY(l), JSON_KEY(m), JSON_KEY(n), JSON_KEY(o), \
	JSON_KEY(p)
#define JSON_KEY(name) { "\"" name "\": ", \
	UINT32_MAX >> (JSON_KEY_BYTES - sizeof("\"" name "\":")), \
	sizeof("\"" name "\":") - 1 }

/* Private to the parser but for start, end and replaces_nul. */
struct json {
	const char *p;		/* next byte; never beyond end */
	const char *end;	/* one past the last byte of the text */
	const char *start;
	const char *opened;	/* the bracket before the next element */
	struct arena *arena;	/* for strings with escapes */
	const char *error;	/* NULL: fine so far */
	size_t error_at;	/* byte offset */
	unsigned depth;
	bool replaces_nul;
	unsigned char n_blanks[JSON_DEPTH_MAX + 1];	/* before a key, the
							 * last time */
};

void json_begin(struct json *j, struct str text, struct arena *arena);

/* True if no error and nothing but blanks is left; else err says what and at
 * which byte: "json: expected a number at byte 4711". */
bool json_end(struct json *j, struct err *err);

/* For decoders: fails with a static reason at the current place. */
void json_fail(struct json *j, const char *reason);

/* False: null or an error. */
bool json_object_begin(struct json *j);
int json_object_next(struct json *j, const struct json_keys *keys,
    unsigned *hint);

/* For objects whose keys are data: false at the end. */
bool json_object_next_key(struct json *j, struct str *key);

bool json_array_begin(struct json *j);
bool json_array_next(struct json *j);	/* false at the end */

bool json_u64(struct json *j, uint64_t *out);
bool json_i64(struct json *j, int64_t *out);
bool json_double(struct json *j, double *out);
bool json_bool(struct json *j, bool *out);
bool json_str(struct json *j, struct str *out);
void json_skip(struct json *j);

/* The text of any value, checked as by json_skip(). */
bool json_raw(struct json *j, struct str *out);

/*
 * A counter as kubelets write them: like json_u64, but a negative number or
 * one with a fraction or exponent is absent rather than an error.
 */
bool json_counter(struct json *j, uint64_t *out);

/*
 * Like json_object_next(), but members that are counters are consumed on the
 * way: slots[k] says where key k belongs.  The value of a slot below
 * JSON_SLOT_SKIP goes to values[slot], if there is one (json_counter), and
 * sets that bit of *present; JSON_SLOT_SKIP is skipped.  Returns the next key
 * of a slot beyond, JSON_UNKNOWN or JSON_END.
 */
#define JSON_SLOT_SKIP 64

int json_counters(struct json *j, const struct json_keys *keys,
    unsigned *hint, const unsigned char *slots, uint64_t *values,
    uint64_t *present);

#endif
