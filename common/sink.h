/* SPDX-License-Identifier: ISC */
/*
 * A sink in C: a context struct, a table of options, callbacks, and
 *
 *	int
 *	main(int argc, char **argv)
 *	{
 *		static const struct sink_ops ops = { .name = "log", ... };
 *
 *		return sink_main(&ops, argc, argv);
 *	}
 *
 * sink_main() owns everything else: options (--out-bus, --out-replay, --name,
 * --retry-max and those of daemon.h), subscription, order, repeats, replay,
 * the cursor, retries with back-off, counters, readiness and the end.
 *
 * Delivery is at least once: the cursor moves after SINK_OK or SINK_DROP, and
 * after a crash the last frames come again.  That is harmless: timestamp and
 * labels are the identity of a point.
 *
 * write() may block, with a deadline of its own.  While it does, frames wait
 * in the publisher's journal.
 */
#ifndef COMMON_SINK_H
#define COMMON_SINK_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "common/frame.h"
#include "common/opt.h"
#include "common/str.h"

/* One operand may also come in this variable, where no other user of the
 * machine sees it. */
#define SINK_OPERAND_VARIABLE "CHEAPSTER_OPERAND"

enum sink_result {
	SINK_OK,	/* durable: the cursor may move past the frame */
	SINK_RETRY,	/* the far side is down: the same frame comes again */
	SINK_DROP,	/* it will never be accepted: count it and go on */
};

/* What a sink gets: the frame, decoded, and the line it came in. */
struct sink_frame {
	const struct frame *frame;
	struct str topic;
	struct str json;	/* followed by JSON_PAD readable bytes */
};

struct sink_ops {
	const char *name;	/* "log": the program is cheapster-sink-log */
	const char *summary;	/* one line for --help */
	const char *synopsis;	/* operands, or "" */
	const struct opt *opts;	/* own options; NULL: none.  They are bound to
				 * static variables of the sink's file */
	size_t ctx_size;	/* self points to so many zeroed bytes */

	/* operands: what follows the options, NULL-terminated. */
	bool (*init)(void *self, char **operands, struct err *err);
	/* err says why for SINK_RETRY and SINK_DROP. */
	enum sink_result (*write)(void *self, const struct sink_frame *frame,
	    struct err *err);
	void (*fini)(void *self);	/* may be NULL */
};

int sink_main(const struct sink_ops *ops, int argc, char **argv);

/*
 * For a write() that waits: whether the process was asked to end meanwhile.
 * The write then gives up with SINK_RETRY; the frame comes again at the next
 * start.
 */
bool sink_is_stopping(void);

#endif
