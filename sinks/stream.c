/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/timestamp.h"

#include "sinks/resolve.h"
#include "sinks/stop_grace.h"
#include "sinks/stream.h"

#define TIMEOUT_NS (20 * NS_PER_S)
#define CONNECT_TIMEOUT_NS (5 * NS_PER_S)
#define POLL_SLICE_MS 100	/* how soon a request to stop is noticed */
#define SETTLE_SLICE_MS 2

void
stream_init(struct stream *s, struct str address, const char *port, bool is_udp)
{
	struct str host = address, rest = address;

	*s = (struct stream){
		.is_udp = is_udp,
		.timeout_ns = TIMEOUT_NS,
		.fd = -1,
	};
	if (address.len > 0 && address.p[0] == '[') {
		host = str_cut(&rest, ']');
		host.p++;
		host.len--;
		str_cut(&rest, ':');
	} else {
		host = str_cut(&rest, ':');
	}
	s->host = str_dup(host);
	s->port = rest.len > 0 ? str_dup(rest) : xstrdup(port);
}

static void
hang_up(struct stream *s)
{
	if (s->fd != -1)
		close(s->fd);
	s->fd = -1;
}

void
stream_fini(struct stream *s)
{
	if (s->host != NULL)
		hang_up(s);
	free(s->host);
	free(s->port);
}

bool
stream_is_open(const struct stream *s)
{
	return s->fd != -1;
}

static bool
fail(struct stream *s, struct err *err, const char *why)
{
	hang_up(s);
	return err_set(err, "%s:%s: %s", s->host, s->port, why);
}

/* False: the time is over, or the process is to end. */
static bool
wait_for(int fd, short events, int slice_ms, int64_t deadline_mono_ns)
{
	struct pollfd p = { .fd = fd, .events = events };
	int64_t stop_mono_ns = 0;

	for (;;) {
		int64_t now_mono_ns = clock_mono_ns();

		if (poll(&p, 1, slice_ms) > 0)
			return true;
		if (events == 0)
			return now_mono_ns < deadline_mono_ns;
		if (now_mono_ns >= deadline_mono_ns ||
		    stop_grace_is_over(&stop_mono_ns, now_mono_ns))
			return false;
	}
}

/* Returns 0 or an errno. */
static int
connect_to(struct stream *s, const struct addrinfo *to, int64_t timeout_ns)
{
	int error = 0;
	socklen_t len = sizeof error;

	s->fd = socket(to->ai_family, to->ai_socktype | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, to->ai_protocol);
	if (s->fd == -1)
		return errno;
	if (connect(s->fd, to->ai_addr, to->ai_addrlen) == -1) {
		error = errno;
		if (error == EINPROGRESS && wait_for(s->fd, POLLOUT,
		    POLL_SLICE_MS, clock_mono_ns() + timeout_ns))
			getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &len);
		else if (error == EINPROGRESS)
			error = ETIMEDOUT;
	}
	if (error != 0)
		hang_up(s);
	return error;
}

bool
stream_connect(struct stream *s, struct err *err)
{
	int64_t timeout_ns = s->timeout_ns < CONNECT_TIMEOUT_NS ?
	    s->timeout_ns : CONNECT_TIMEOUT_NS;
	struct addrinfo *list;
	int error;

	if (s->fd != -1)
		return true;
	error = resolve(s->host, s->port, s->is_udp ? SOCK_DGRAM : SOCK_STREAM,
	    timeout_ns, &list);
	if (error == EAI_INPROGRESS)
		return fail(s, err, "the name was not resolved in time");
	if (error != 0)
		return fail(s, err, gai_strerror(error));
	for (struct addrinfo *to = list; to != NULL; to = to->ai_next) {
		error = connect_to(s, to, timeout_ns);
		if (error == 0)
			break;
	}
	freeaddrinfo(list);
	return s->fd != -1 || fail(s, err, strerror(error));
}

bool
stream_send(struct stream *s, struct str bytes, struct err *err)
{
	int64_t deadline_mono_ns = clock_mono_ns() + s->timeout_ns;

	while (bytes.len > 0) {
		ssize_t n = send(s->fd, bytes.p, bytes.len, MSG_NOSIGNAL);

		if (n >= 0) {
			bytes.p += n;
			bytes.len -= (size_t)n;
		} else if (errno == EAGAIN || errno == ENOBUFS) {
			if (!wait_for(s->fd, POLLOUT, POLL_SLICE_MS,
			    deadline_mono_ns))
				return fail(s, err, "it takes no more");
		} else if (errno != EINTR) {
			return fail(s, err, strerror(errno));
		}
	}
	return true;
}

/* NULL: the peer has not hung up.  What it says is read and forgotten. */
static const char *
peer_error(const struct stream *s)
{
	char scrap[512];
	ssize_t n;

	do
		n = recv(s->fd, scrap, sizeof scrap, MSG_DONTWAIT);
	while (n > 0 || (n == -1 && errno == EINTR));
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return NULL;
	return n == 0 ? "the peer has closed the connection" :
	    strerror(errno);
}

bool
stream_settle(struct stream *s, struct err *err)
{
	int64_t deadline_mono_ns = clock_mono_ns() + s->timeout_ns;
	const char *error;
	int n_left = 0;

	for (;;) {
		if ((error = peer_error(s)) != NULL)
			return fail(s, err, error);
		if (s->is_udp || ioctl(s->fd, SIOCOUTQ, &n_left) == -1 ||
		    n_left == 0)
			return true;
		deadline_mono_ns = stop_grace_deadline(deadline_mono_ns,
		    clock_mono_ns());
		if (!wait_for(-1, 0, SETTLE_SLICE_MS, deadline_mono_ns))
			return fail(s, err, "it takes no more");
	}
}
