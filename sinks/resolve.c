/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/sink.h"
#include "common/timestamp.h"

#include "sinks/resolve.h"

#define POLL_SLICE_MS 100	/* how soon a request to stop is noticed */

/* Of two threads; the last one frees it. */
struct question {
	char *host, *port;
	struct addrinfo hints;
	struct addrinfo *list;
	int error;
	int fd;			/* readable: it is answered */
	unsigned n_refs;
};

static void
unref(struct question *q)
{
	if (__atomic_sub_fetch(&q->n_refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	if (q->list != NULL)
		freeaddrinfo(q->list);
	close(q->fd);
	free(q->host);
	free(q->port);
	free(q);
}

static void *
ask_in_thread(void *arg)
{
	struct question *q = arg;

	q->error = getaddrinfo(q->host, q->port, &q->hints, &q->list);
	if (q->error != 0)
		q->list = NULL;
	eventfd_write(q->fd, 1);
	unref(q);
	return NULL;
}

/* Signals are for the thread that waits for them. */
static int
start_thread(struct question *q)
{
	pthread_t thread;
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread, NULL, ask_in_thread, q);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error == 0)
		pthread_detach(thread);
	return error;
}

static bool
is_answered(const struct question *q, int64_t timeout_ns)
{
	int64_t deadline_mono_ns = clock_mono_ns() + timeout_ns;
	struct pollfd p = { .fd = q->fd, .events = POLLIN };

	while (poll(&p, 1, POLL_SLICE_MS) <= 0)
		if (sink_is_stopping() || clock_mono_ns() >= deadline_mono_ns)
			return false;
	return true;
}

static int
ask(const struct addrinfo *hints, const char *host, const char *port,
    int64_t timeout_ns, struct addrinfo **out)
{
	struct question *q = xcalloc(1, sizeof *q);
	int error = EAI_INPROGRESS;

	q->hints = *hints;
	q->host = xstrdup(host);
	q->port = xstrdup(port);
	q->n_refs = 2;
	q->fd = eventfd(0, EFD_CLOEXEC);
	if (q->fd == -1 || start_thread(q) != 0) {
		error = EAI_SYSTEM;
		unref(q);
	} else if (is_answered(q, timeout_ns)) {
		error = q->error;
		*out = q->list;
		q->list = NULL;
	}
	unref(q);
	return error;
}

/* What is an address needs no server. */
int
resolve(const char *host, const char *port, int socktype, int64_t timeout_ns,
    struct addrinfo **out)
{
	struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST,
		.ai_family = AF_UNSPEC,
		.ai_socktype = socktype,
	};
	int error = getaddrinfo(host, port, &hints, out);

	if (error != EAI_NONAME)
		return error;
	hints.ai_flags = 0;
	return ask(&hints, host, port, timeout_ns, out);
}
