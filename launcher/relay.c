/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "launcher/relay.h"

#define PRIORITY_LEN 3		/* "<6>" */
#define READS_MAX 16		/* per wake-up: others want to be heard too */

static size_t
priority_len(const char *line, size_t len)
{
	return len >= PRIORITY_LEN && line[0] == '<' && line[1] >= '0' &&
	    line[1] <= '7' && line[2] == '>' ? PRIORITY_LEN : 0;
}

/* Of "cheapster-collector: ". */
static size_t
program_len(const struct relay *r, const char *line, size_t len)
{
	size_t n = strlen(r->program);

	return len >= n + 2 && memcmp(line, r->program, n) == 0 &&
	    line[n] == ':' && line[n + 1] == ' ' ? n + 2 : 0;
}

/* One writev(), so that lines of several writers do not mix. */
static void
forward(const struct relay *r, const char *line, size_t len)
{
	size_t priority = priority_len(line, len);
	size_t skip = priority +
	    program_len(r, line + priority, len - priority);
	struct iovec parts[] = {
		{ (char *)line, priority },
		{ (char *)r->name, strlen(r->name) },
		{ (char *)": ", 2 },
		{ (char *)line + skip, len - skip },
		{ (char *)"\n", 1 },
	};
	ssize_t n;

	do
		n = writev(STDERR_FILENO, parts, sizeof parts / sizeof parts[0]);
	while (n == -1 && errno == EINTR);
}

static void
forward_lines(struct relay *r)
{
	char *begin = r->line;
	char *end = r->line + r->len;
	char *newline;

	while ((newline = memchr(begin, '\n', (size_t)(end - begin))) != NULL) {
		forward(r, begin, (size_t)(newline - begin));
		begin = newline + 1;
	}
	r->len = (size_t)(end - begin);
	memmove(r->line, begin, r->len);
	if (r->len == sizeof r->line) {
		forward(r, r->line, r->len);
		r->len = 0;
	}
}

/* False: nothing more to come, now or ever. */
static bool
read_some(struct relay *r)
{
	ssize_t n = read(r->fd, r->line + r->len, sizeof r->line - r->len);

	if (n == -1 && errno == EINTR)
		return true;
	if (n == 0)
		event_del(r->event);
	if (n <= 0)
		return false;
	r->len += (size_t)n;
	forward_lines(r);
	return true;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	for (int i = 0; i < READS_MAX && read_some(arg); i++)
		;
}

bool
relay_open(struct relay *r, struct loop *loop, const char *name,
    const char *path, int *out_write_fd, struct err *err)
{
	const char *slash = strrchr(path, '/');
	int ends[2];

	memset(r, 0, sizeof *r);
	if (pipe2(ends, O_CLOEXEC) == -1)
		return err_set(err, "pipe: %s", strerror(errno));
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	r->name = name;
	r->program = slash == NULL ? path : slash + 1;
	r->fd = ends[0];
	r->event = event_new(loop->base, r->fd, EV_READ | EV_PERSIST,
	    on_readable, r);
	if (r->event == NULL || event_add(r->event, NULL) == -1) {
		relay_close(r);
		close(ends[0]);
		close(ends[1]);
		return err_set(err, "out of memory");
	}
	*out_write_fd = ends[1];
	return true;
}

/* Bounded: a child of the child may go on writing for ever. */
void
relay_close(struct relay *r)
{
	if (r->event == NULL)
		return;
	for (int i = 0; i < READS_MAX && read_some(r); i++)
		;
	if (r->len > 0)
		forward(r, r->line, r->len);
	event_free(r->event);
	r->event = NULL;
	close(r->fd);
}
