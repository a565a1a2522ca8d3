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
 * write() and flush() may block, with a deadline of their own.  While they do,
 * frames wait in the publisher's journal.
 *
 * A sink that sends many frames at once answers write() with SINK_HELD: the
 * frame is in memory, and the cursor stays.  flush() is called when write()
 * says SINK_FULL, when the first frame is *hold_ns old, and at the end; it
 * answers for all frames held.  After SINK_OK and SINK_DROP they are
 * forgotten, with discard(); after SINK_RETRY no frame comes until flush() was
 * called again.
 */
#ifndef COMMON_SINK_H
#define COMMON_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/counters.h"
#include "common/err.h"
#include "common/frame.h"
#include "common/loop.h"
#include "common/opt.h"
#include "common/str.h"

/* One operand may also come in this variable, where no other user of the
 * machine sees it. */
#define SINK_OPERAND_VARIABLE "CHEAPSTER_OPERAND"

enum sink_result {
	SINK_OK,	/* durable: the cursor may move past the frame */
	SINK_RETRY,	/* the far side is down: the same frame comes again */
	SINK_DROP,	/* it will never be accepted: count it and go on */
	SINK_HELD,	/* write(): in memory, flush() comes later */
	SINK_FULL,	/* write(): the same, and flush() comes now */
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

	/* Whether the operands make sense, before anything happens: a usage
	 * error if not.  May be NULL. */
	bool (*check_operands)(char **operands, struct err *err);
	/* operands: what follows the options, NULL-terminated. */
	bool (*init)(void *self, char **operands, struct err *err);
	/* err says why for SINK_RETRY and SINK_DROP. */
	enum sink_result (*write)(void *self, const struct sink_frame *frame,
	    struct err *err);
	void (*fini)(void *self);	/* may be NULL */

	/* Of a sink that holds frames; else NULL. */
	enum sink_result (*flush)(void *self, struct err *err);
	void (*discard)(void *self);
	const int64_t *hold_ns;

	/* --check, after init(): whether the far side would take frames.  NULL:
	 * nothing to check, and no init() either. */
	bool (*check)(void *self, struct err *err);
	/* Of a sink that others come to: it may listen now, after init() and
	 * not with --check.  NULL: nobody comes. */
	bool (*serve)(void *self, struct loop *loop, struct err *err);
	/* What it has in memory alone: after a restart the frames of so many
	 * windows come again, or of some more.  0: what is done is done. */
	unsigned windows_again;
	int init_exit_code;	/* when init() fails; 0: EX_UNAVAILABLE */

	/* Registers what the sink counts beside; may be NULL. */
	void (*count)(void *self, struct counters *counters);
};

int sink_main(const struct sink_ops *ops, int argc, char **argv);

/*
 * For a write() that waits: whether the process was asked to end meanwhile.
 * The write then gives up with SINK_RETRY; the frame comes again at the next
 * start.  Who asks is alive: the watchdog is told so.
 */
bool sink_is_stopping(void);

/* In write() or flush(), before SINK_RETRY: the far side wants to be left
 * alone for so long at least. */
void sink_retry_after_ns(int64_t wait_ns);

#endif
