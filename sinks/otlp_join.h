/* SPDX-License-Identifier: ISC */
/*
 * Records of OTLP (format_otlp.h) as a request, and what the answer to one
 * says.  Pure.
 */
#ifndef SINKS_OTLP_JOIN_H
#define SINKS_OTLP_JOIN_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/str.h"

#include "sinks/format_otlp.h"

struct otlp_join {
	enum otlp_encoding encoding;
	struct str scope, version, schema;	/* who says so, in which words */
	/* Scratch: what is in hand of each. */
	struct buf points, metrics, name, last_name, scopes;
};

/* Appends a request; without records it is an empty one. */
void otlp_join(struct buf *out, struct otlp_join *join, struct str records);
void otlp_join_fini(struct otlp_join *join);

/*
 * Of an answer with status 200: how many points were not taken, and why.  An
 * answer that says nothing says that all were.  False: it is no answer.  body
 * is followed by JSON_PAD readable bytes.
 */
bool otlp_answer(struct str body, enum otlp_encoding encoding,
    uint64_t *n_rejected, struct buf *reason);

#endif
