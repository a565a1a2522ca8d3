/* SPDX-License-Identifier: ISC */
/*
 * A pull parser for the text format of Prometheus, version 0.0.4: one pass, no
 * allocation but for label values that contain escapes.
 *
 *	struct str name = { NULL, 0 };
 *	while (prometheus_next(t, &name)) {
 *		if (prometheus_labels_begin(t))
 *			while (prometheus_label(t, &key, &value))
 *				...
 *		if (prometheus_sample(t, 9, &seconds_as_ns))
 *			...
 *	}
 *	if (!prometheus_end(t, err))
 *		...
 *
 * Lines repeat each other, so both name and labels are predicted: what is as
 * it was before costs one comparison and is not taken apart again.
 *
 * Numbers are decimal text and do not become floating point: a sample is its
 * value times a power of ten, cut to an integer of 64 bits, exactly.
 *
 * Errors are sticky: after the first one every function returns false.  What
 * is an error: a line that is none of the format, also one that is skipped, a
 * last line without its line feed, a NUL byte in a label.  Comments are not
 * looked into.
 *
 * Memory: the text must be followed by JSON_PAD readable bytes of any content
 * (json.h); names and labels are slices of the text, or of the arena.
 */
#ifndef COLLECTOR_PROMETHEUS_H
#define COLLECTOR_PROMETHEUS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/err.h"
#include "common/str.h"

#define PROMETHEUS_SCALE_MAX 9

/* Private to the parser but for labels. */
struct prometheus {
	const char *p;		/* next byte; never beyond end */
	const char *end;	/* one past the last byte of the text */
	const char *start;
	struct str labels;	/* of this line as they stand, brackets too,
				 * when prometheus_label() has come to their
				 * end; else absent */
	struct arena *arena;
	const char *error;	/* NULL: fine so far */
	const char *error_at;
};

struct prometheus_sample {
	uint64_t value;		/* times 10^scale, cut */
	int64_t time_ms;
	bool has_value;		/* false: NaN, infinite, negative, or more
				 * than 64 bits */
	bool has_time;
};

void prometheus_begin(struct prometheus *t, struct str text,
    struct arena *arena);

/* True if there was no error; else err says what and in which line. */
bool prometheus_end(struct prometheus *t, struct err *err);

/*
 * The name of the next line that is a sample; false when there is none.  What
 * is in *name is taken for a guess, and stays as it is if the guess was right.
 */
bool prometheus_next(struct prometheus *t, struct str *name);

/* Whether labels begin here.  Then they must be read to their end. */
bool prometheus_labels_begin(struct prometheus *t);

/* False behind the last one. */
bool prometheus_label(struct prometheus *t, struct str *key,
    struct str *value);

/* Instead of both: over all labels, if they are exactly these (see labels). */
bool prometheus_labels_are(struct prometheus *t, struct str labels);

/* The rest of the line.  False: an error, nothing else. */
bool prometheus_sample(struct prometheus *t, unsigned scale,
    struct prometheus_sample *out);

/* Instead of all that follows a name: over the rest of the line. */
void prometheus_skip(struct prometheus *t);

#endif
