/* SPDX-License-Identifier: ISC */
/*
 * cheapster-sink-log: writes every frame as text to stdout, as Heapster's
 * --sink=log did.  The formatting is in format_log.c.
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/sink.h"

#include "sinks/format_log.h"

#define SORT_BYTES_MAX (64u << 20)

struct log_sink {
	struct buf text;
	struct arena arena;
	size_t n_written;	/* of text, whose rest is still to be written */
};

static bool
log_sink_init(void *self, char **operands, struct err *err)
{
	struct log_sink *s = self;

	arena_init(&s->arena, SORT_BYTES_MAX);
	return operands[0] == NULL ||
	    err_set(err, "unexpected operand %s", operands[0]);
}

/* What was written before an error is not written again by the next try. */
static bool
write_rest(struct log_sink *s, struct err *err)
{
	while (s->n_written < s->text.len) {
		ssize_t n = write(STDOUT_FILENO, s->text.p + s->n_written,
		    s->text.len - s->n_written);

		if (n == -1 && errno == EINTR && !sink_is_stopping())
			continue;
		if (n == -1)
			return err_set(err, "stdout: %s", strerror(errno));
		s->n_written += (size_t)n;
	}
	return true;
}

static enum sink_result
log_sink_write(void *self, const struct sink_frame *frame, struct err *err)
{
	struct log_sink *s = self;

	if (frame->frame->n_sets == 0)
		return SINK_OK;
	if (s->n_written == s->text.len) {
		s->n_written = 0;
		buf_reset(&s->text);
		arena_reset(&s->arena);
		if (!format_log(&s->text, frame->frame, &s->arena) ||
		    s->text.failed) {
			buf_reset(&s->text);
			err_set(err, "frame too large to format");
			return SINK_DROP;
		}
	}
	return write_rest(s, err) ? SINK_OK : SINK_RETRY;
}

static void
log_sink_fini(void *self)
{
	struct log_sink *s = self;

	buf_fini(&s->text);
	arena_fini(&s->arena);
}

int
main(int argc, char **argv)
{
	static const struct sink_ops ops = {
		.name = "log",
		.summary = "writes every frame as text to stdout",
		.synopsis = "",
		.ctx_size = sizeof(struct log_sink),
		.init = log_sink_init,
		.write = log_sink_write,
		.fini = log_sink_fini,
	};

	return sink_main(&ops, argc, argv);
}
