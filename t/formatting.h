/* SPDX-License-Identifier: ISC */
/*
 * A format under test: frames go in, bytes and points come out.  What a test
 * has of its own is a function that calls the format:
 *
 *	static uint64_t
 *	run(void *format, struct buf *out, const struct frame *f)
 *	{
 *		return format_graphite(out, format, f);
 *	}
 *
 *	struct formatting f = formatting(run, &format, &format.filter);
 *
 *	formatting_golden(&f, "t/data/heapster-sinks/graphite.lines", 26);
 *	formatting_case(&f, "{\"v\":1,...}", "k.nodes.n.uptime 1 61\n", "what");
 *	formatting_fini(&f);
 *
 * For the file with main() alone.
 */
#ifndef T_FORMATTING_H
#define T_FORMATTING_H

#include "sinks/point_filter.h"

#include "t/heapster_batch.h"

struct formatting {
	uint64_t (*run)(void *format, struct buf *out, const struct frame *f);
	void *format;
	struct buf out;
	uint64_t n;		/* points in it */
};

/* filter, which is the format's, lets pass what options like "?types=pod"
 * say. */
static inline void
formatting_filter(struct point_filter *filter, const char *options)
{
	struct sink_uri uri;
	struct err err;

	if (!sink_uri_parse(&uri, str_of(options), &err) ||
	    !point_filter_init(filter, &uri, &err))
		bail("%s", err.msg);
	sink_uri_fini(&uri);
}

/* filter lets everything pass. */
static inline struct formatting
formatting(uint64_t (*run)(void *format, struct buf *out,
    const struct frame *f), void *format, struct point_filter *filter)
{
	formatting_filter(filter, "");
	return (struct formatting){ .run = run, .format = format };
}

static inline void
formatting_fini(struct formatting *f)
{
	buf_fini(&f->out);
}

static inline void
formatting_add(void *arg, const struct frame *frame)
{
	struct formatting *f = arg;

	f->n += f->run(f->format, &f->out, frame);
}

/* Only what is formatted from now on. */
static inline void
formatting_reset(struct formatting *f)
{
	buf_reset(&f->out);
	f->n = 0;
}

/* Whether the batch of Heapster's sinks becomes the lines of that file, in any
 * order, so many points. */
static inline void
formatting_golden(struct formatting *f, const char *name, uint64_t n_points)
{
	formatting_reset(f);
	batch_sample(formatting_add, f);
	batch_is(buf_str(&f->out), name);
	is_u64(f->n, n_points, "%s: as many points as it says", name);
}

/* Frames, one per line, and nothing of what was before. */
static inline void
formatting_run(struct formatting *f, const char *frames)
{
	formatting_reset(f);
	batch_each(str_of(frames), formatting_add, f);
}

/* Whether frames become exactly that. */
static inline void
formatting_case(struct formatting *f, const char *frames, const char *want,
    const char *what)
{
	formatting_run(f, frames);
	is_mem(f->out.p, f->out.len, want, strlen(want), "%s", what);
}

#endif
