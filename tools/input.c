/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/bus.h"

#include "tools/input.h"

#define CHUNK_BYTES (64 * 1024)

/* Calls on_line for every whole line and keeps the rest. */
static void
take_lines(struct input *in)
{
	size_t start = 0;
	char *newline;

	buf_pad(&in->text);
	while (start < in->text.len && (newline = memchr(in->text.p + start +
	    in->n_scanned, '\n', in->text.len - start - in->n_scanned)) !=
	    NULL) {
		size_t len = (size_t)(newline - in->text.p) - start;

		if (!in->is_skipping)
			in->on_line(in->arg,
			    (struct str){ in->text.p + start, len });
		in->is_skipping = false;
		in->n_scanned = 0;
		start += len + 1;
	}
	in->text.len -= start;
	memmove(in->text.p, in->text.p + start, in->text.len);
	in->n_scanned = in->text.len;
	if (in->text.len <= BUS_LINE_BYTES_MAX)
		return;
	if (!in->is_skipping)
		in->on_line(in->arg, (struct str){ NULL, 0 });
	in->is_skipping = true;
	in->text.len = in->n_scanned = 0;
}

static void
end(struct input *in, const char *error)
{
	if (in->readable != NULL)
		event_del(in->readable);
	if (in->text.len > 0 && !in->is_skipping) {
		buf_pad(&in->text);
		in->on_line(in->arg, buf_str(&in->text));
	}
	in->on_end(in->arg, error);
}

static void
read_more(struct input *in)
{
	char *p = buf_reserve(&in->text, CHUNK_BYTES);
	ssize_t n;

	if (p == NULL) {
		end(in, "out of memory");
		return;
	}
	n = read(STDIN_FILENO, p, CHUNK_BYTES);
	if (n == -1 && errno != EINTR && errno != EAGAIN) {
		end(in, strerror(errno));
		return;
	}
	if (n == 0) {
		end(in, NULL);
		return;
	}
	if (n > 0) {
		in->text.len += (size_t)n;
		take_lines(in);
	}
	if (in->readable == NULL)
		loop_timer_set_ns(&in->again, 0);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	read_more(arg);
}

static void
on_again(void *arg)
{
	read_more(arg);
}

/* epoll refuses what never blocks. */
static bool
can_block(void)
{
	struct stat st;

	return fstat(STDIN_FILENO, &st) == 0 && (S_ISFIFO(st.st_mode) ||
	    S_ISSOCK(st.st_mode) || isatty(STDIN_FILENO));
}

bool
input_open(struct input *in, struct loop *loop, struct err *err)
{
	in->loop = loop;
	loop_timer_init(&in->again, loop, on_again, in);
	if (!can_block()) {
		loop_timer_set_ns(&in->again, 0);
		return true;
	}
	in->readable = event_new(loop->base, STDIN_FILENO,
	    EV_READ | EV_PERSIST, on_readable, in);
	if (in->readable == NULL || event_add(in->readable, NULL) == -1)
		return err_set(err, "standard input cannot be watched");
	return true;
}

void
input_close(struct input *in)
{
	if (in->readable != NULL)
		event_free(in->readable);
	in->readable = NULL;
	loop_timer_fini(&in->again);
	buf_fini(&in->text);
}
