/* SPDX-License-Identifier: ISC */
/*
 * A sink in C outside the tree: prints the CPU of the cluster once a window.
 *
 *	cc -I SOURCE -I BUILD -o cheapster-sink-cluster sink.c \
 *	    BUILD/libcommon.a -lnng -levent_extra -levent_core -lz
 *
 * The contract is common/sink.h; sinks/null.c is smaller still.
 */
#include <inttypes.h>
#include <stdio.h>

#include "common/sink.h"
#include "common/timestamp.h"

static const char *prefix;

static const struct opt options[] = {
	OPT_STRING("prefix", prefix, "cluster", "WORD",
	    "the first word of every line"),
	OPT_END
};

static bool
cluster_init(void *self, char **operands, struct err *err)
{
	(void)self;
	return operands[0] == NULL ||
	    err_set(err, "unexpected operand %s", operands[0]);
}

static enum sink_result
cluster_write(void *self, const struct sink_frame *frame, struct err *err)
{
	const struct frame *f = frame->frame;

	(void)self;
	if (f->kind != FRAME_ROLLUP ||
	    !set_has(&f->sets[0], METRIC_CPU_USAGE_RATE))
		return SINK_OK;
	printf("%s %" PRId64 " %" PRIu64 "m\n", prefix,
	    f->window_ns / NS_PER_S,
	    f->sets[0].values[METRIC_CPU_USAGE_RATE].u);
	if (fflush(stdout) == EOF) {
		err_set(err, "stdout is gone");
		return SINK_RETRY;
	}
	return SINK_OK;
}

int
main(int argc, char **argv)
{
	static const struct sink_ops ops = {
		.name = "cluster",
		.summary = "prints the CPU of the cluster once a window",
		.synopsis = "",
		.opts = options,
		.init = cluster_init,
		.write = cluster_write,
	};

	return sink_main(&ops, argc, argv);
}
