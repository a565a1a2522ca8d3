/* SPDX-License-Identifier: ISC */
/*
 * cheapster-sink-null: takes every frame and does nothing with it.  For
 * measuring what the pipeline itself costs, and the smallest sink to copy.
 */
#include "config.h"

#include "common/sink.h"

static bool
null_init(void *self, char **operands, struct err *err)
{
	(void)self;
	return operands[0] == NULL ||
	    err_set(err, "unexpected operand %s", operands[0]);
}

static enum sink_result
null_write(void *self, const struct sink_frame *frame, struct err *err)
{
	(void)self;
	(void)frame;
	(void)err;
	return SINK_OK;
}

int
main(int argc, char **argv)
{
	static const struct sink_ops ops = {
		.name = "null",
		.summary = "takes every frame and does nothing with it",
		.synopsis = "",
		.init = null_init,
		.write = null_write,
	};

	return sink_main(&ops, argc, argv);
}
