/* SPDX-License-Identifier: ISC */
/*
 * What a format makes of the name of each metric, made once.  Not of composed
 * metrics, whose names are found in the frame.  Pure.
 */
#ifndef SINKS_METRIC_TEXT_H
#define SINKS_METRIC_TEXT_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/metric.h"
#include "common/str.h"

#define METRIC_TEXT_BYTES 112	/* at most */

struct metric_texts {
	char text[METRIC_COUNT][METRIC_TEXT_BYTES];
	unsigned char len[METRIC_COUNT];
	bool is_made;
};

/* add() appends the text of a metric.  Does nothing the second time. */
void metric_texts_make(struct metric_texts *texts,
    void (*add)(struct buf *out, enum metric m));

static inline struct str
metric_text(const struct metric_texts *texts, enum metric m)
{
	return (struct str){ texts->text[m], texts->len[m] };
}

#endif
