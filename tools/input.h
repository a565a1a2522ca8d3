/* SPDX-License-Identifier: ISC */
/*
 * Standard input, line by line, in the event loop.
 */
#ifndef TOOLS_INPUT_H
#define TOOLS_INPUT_H

#include "common/buf.h"
#include "common/err.h"
#include "common/loop.h"
#include "common/str.h"

struct event;

struct input {
	struct loop *loop;
	struct event *readable;		/* NULL: files are always readable */
	struct loop_timer again;
	struct buf text;		/* what is not a whole line yet */
	size_t n_scanned;		/* of text: without a newline */
	bool is_skipping;		/* the rest of a line that is too long */

	/* Without its newline; followed by JSON_PAD readable bytes.  Absent:
	 * beyond BUS_LINE_BYTES_MAX. */
	void (*on_line)(void *arg, struct str line);
	/* error: NULL at the end of the file. */
	void (*on_end)(void *arg, const char *error);
	void *arg;
};

bool input_open(struct input *in, struct loop *loop, struct err *err);
void input_close(struct input *in);

#endif
