/* SPDX-License-Identifier: ISC */
/*
 * Points as Riemann's events, byte for byte what Heapster sent: each is a field
 * of a Msg, so that records one after another are one.
 *
 *	Msg	2 ok, 3 error, 6 events
 *	Event	1 time in seconds, 2 state, 3 service, 4 host, 5 description,
 *		7 tags, 8 ttl, 9 attributes, 10 time in microseconds,
 *		13 metric_sint64, 14 metric_d
 *
 * The service is the metric, the host that of the set, or that of this machine
 * for what is of no node.  Attributes are all labels, also empty ones.
 *
 * Before a Msg on a connection comes its length, four bytes, the high one
 * first; so does the answer, a Msg without events.  Pure.
 */
#ifndef SINKS_FORMAT_RIEMANN_H
#define SINKS_FORMAT_RIEMANN_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/frame.h"

#include "sinks/points.h"

#define RIEMANN_HEADER_BYTES 4
#define RIEMANN_TAGS_MAX 32

struct riemann_format {
	struct point_filter filter;
	struct str host;	/* of what is of no node */
	struct str state;	/* empty: none */
	struct str tags[RIEMANN_TAGS_MAX];
	size_t n_tags;
	float ttl_s;		/* 0: none */
	bool want_micros;
	struct points points;	/* of the frame in work; the rest is scratch */
	struct buf before;	/* the service: time and state */
	struct buf after;	/* it: host, tags, ttl, attributes */
};

/* Appends the records of a frame and returns how many. */
uint64_t format_riemann(struct buf *out, struct riemann_format *format,
    const struct frame *f);
void riemann_format_fini(struct riemann_format *format);

/* How long the record is that rest begins with. */
size_t riemann_record_len(struct str rest);

/* Writes the length of a Msg to RIEMANN_HEADER_BYTES bytes, and reads it. */
void riemann_put_header(char *p, uint32_t n);
uint32_t riemann_header(const char *p);

/*
 * What an answer says.  False: it is no Msg.  *error is absent unless it has
 * one, which belongs to the answer.
 */
bool riemann_answer(struct str msg, bool *is_ok, struct str *error);

#endif
