/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"

#include "tools/output.h"

/* A pipe that is writable takes so much without blocking. */
#define CHUNK_BYTES PIPE_BUF
#define SIGNAL_CHECK_MS 100

static void
close_output(struct output *o)
{
	o->is_closed = true;
	loop_stop(o->loop);
}

static void
on_closed(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	close_output(arg);
}

void
output_init(struct output *o, struct loop *loop)
{
	struct stat st;

	*o = (struct output){ .loop = loop };
	if (fstat(STDOUT_FILENO, &st) == -1 || !S_ISFIFO(st.st_mode))
		return;
	/* The writing end of a pipe becomes readable in this case alone. */
	o->on_closed = event_new(loop->base, STDOUT_FILENO, EV_READ, on_closed,
	    o);
	if (o->on_closed != NULL)
		event_add(o->on_closed, NULL);
}

void
output_fini(struct output *o)
{
	if (o->on_closed != NULL)
		event_free(o->on_closed);
	o->on_closed = NULL;
}

/* False: asked to stop. */
static bool
wait_writable(void)
{
	struct pollfd fd = { .fd = STDOUT_FILENO, .events = POLLOUT };

	while (poll(&fd, 1, SIGNAL_CHECK_MS) <= 0)
		if (loop_signal_pending() != 0)
			return false;
	return true;
}

bool
output_write(struct output *o, struct str bytes)
{
	while (!o->is_closed && bytes.len > 0) {
		size_t chunk = bytes.len < CHUNK_BYTES ? bytes.len :
		    CHUNK_BYTES;
		ssize_t n;

		if (!wait_writable()) {
			loop_stop(o->loop);
			return false;
		}
		n = write(STDOUT_FILENO, bytes.p, chunk);
		if (n == -1 && errno == EPIPE) {
			close_output(o);
		} else if (n == -1 && errno != EINTR && errno != EAGAIN) {
			log_die(EX_IOERR, "write_failed error=%s",
			    log_qs(strerror(errno)));
		} else if (n > 0) {
			bytes.p += n;
			bytes.len -= (size_t)n;
		}
	}
	return !o->is_closed;
}
