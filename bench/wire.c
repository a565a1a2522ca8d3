/* SPDX-License-Identifier: ISC */
/*
 * The far side that costs nothing, and the sink that does nothing but send.
 *
 *	bench/wire serve
 *	bench/wire send PORT BYTES BYTES_PER_REQUEST http|lines
 *
 * serve prints its port, takes what comes on any number of connections without
 * copying it out of the kernel, and answers each POST with 204; on a connection
 * that does not begin with POST it never answers.  When a connection ends it
 * prints how many requests and bytes of bodies, or of lines, came on it.
 *
 * send is the floor for a sink: as many bytes in requests of that size, out of
 * one buffer.  Prints the CPU time that it took, in milliseconds.
 */
#include "config.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/number.h"

#define CONNECTIONS_MAX 64
#define HEAD_BYTES_MAX 8192
#define DISCARD_BYTES (16u << 20)

static const char taken[] = "HTTP/1.1 204 No Content\r\n\r\n";

enum way { UNKNOWN, HTTP, LINES };

struct connection {
	enum way way;
	char head[HEAD_BYTES_MAX + 1];
	size_t n_head;
	uint64_t n_left;	/* of the body */
	uint64_t n_requests;
	uint64_t n_bytes;
};

static struct pollfd fds[CONNECTIONS_MAX + 1];
static struct connection connections[CONNECTIONS_MAX + 1];
static nfds_t n_fds;

static struct sockaddr_in
loopback(uint16_t port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	return address;
}

static void
add_connection(void)
{
	int fd = accept(fds[0].fd, NULL, NULL), on = 1;

	if (fd == -1)
		return;
	if (n_fds > CONNECTIONS_MAX)
		log_die(1, "too many connections");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	fds[n_fds] = (struct pollfd){ .fd = fd, .events = POLLIN };
	connections[n_fds] = (struct connection){ .way = UNKNOWN };
	n_fds++;
}

static void
end_connection(nfds_t i)
{
	printf("%" PRIu64 " %" PRIu64 "\n", connections[i].n_requests,
	    connections[i].n_bytes);
	fflush(stdout);
	close(fds[i].fd);
	n_fds--;
	fds[i] = fds[n_fds];
	connections[i] = connections[n_fds];
}

static uint64_t
content_length(const char *head)
{
	const char *at = strcasestr(head, "\r\ncontent-length:");

	return at == NULL ? 0 : strtoull(at + 17, NULL, 10);
}

static void
end_request(struct connection *c, int fd)
{
	c->n_requests++;
	c->n_head = 0;
	if (send(fd, taken, sizeof taken - 1, MSG_NOSIGNAL) < 0)
		log_warn("answer_not_sent");
}

/* The body, or lines: the kernel throws them away.  False: the end. */
static bool
discard(struct connection *c, int fd)
{
	size_t most = c->way == LINES || c->n_left > DISCARD_BYTES ?
	    DISCARD_BYTES : (size_t)c->n_left;
	ssize_t n = recv(fd, NULL, most, MSG_TRUNC);

	if (n <= 0)
		return false;
	c->n_bytes += (uint64_t)n;
	if (c->way == LINES)
		return true;
	c->n_left -= (uint64_t)n;
	if (c->n_left == 0)
		end_request(c, fd);
	return true;
}

/* Bytes of the head, and perhaps the first ones of the body. */
static bool
take_head(struct connection *c, int fd)
{
	ssize_t n = recv(fd, c->head + c->n_head, HEAD_BYTES_MAX - c->n_head,
	    0);
	uint64_t n_body;
	char *end;

	if (n <= 0)
		return false;
	c->n_head += (size_t)n;
	c->head[c->n_head] = '\0';
	if (c->way == UNKNOWN)
		c->way = strncmp(c->head, "POST", 4) == 0 ? HTTP : LINES;
	if (c->way == LINES) {
		c->n_bytes += (uint64_t)n;
		return true;
	}
	end = strstr(c->head, "\r\n\r\n");
	if (end == NULL)
		return c->n_head < HEAD_BYTES_MAX;
	n_body = (uint64_t)(c->head + c->n_head - (end + 4));
	*end = '\0';
	c->n_left = content_length(c->head);
	if (n_body > c->n_left)
		log_die(1, "a request before the answer");
	c->n_bytes += n_body;
	c->n_left -= n_body;
	if (c->n_left == 0)
		end_request(c, fd);
	return true;
}

static int
serve(void)
{
	struct sockaddr_in address = loopback(0);
	socklen_t len = sizeof address;

	fds[0] = (struct pollfd){
		.fd = socket(AF_INET, SOCK_STREAM, 0),
		.events = POLLIN,
	};
	n_fds = 1;
	if (bind(fds[0].fd, (struct sockaddr *)&address, len) == -1 ||
	    listen(fds[0].fd, CONNECTIONS_MAX) == -1 ||
	    getsockname(fds[0].fd, (struct sockaddr *)&address, &len) == -1)
		log_die(1, "cannot listen");
	printf("%u\n", (unsigned)ntohs(address.sin_port));
	fflush(stdout);
	while (poll(fds, n_fds, -1) > 0) {
		for (nfds_t i = n_fds; i-- > 1;) {
			struct connection *c = &connections[i];
			bool is_body = c->way == LINES || c->n_left > 0;

			if (fds[i].revents != 0 && !(is_body ?
			    discard(c, fds[i].fd) : take_head(c, fds[i].fd)))
				end_connection(i);
		}
		if (fds[0].revents != 0)
			add_connection();
	}
	return 0;
}

static void
send_all(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t done = send(fd, bytes, n, MSG_NOSIGNAL);

		if (done < 0)
			log_die(1, "send failed");
		bytes += done;
		n -= (size_t)done;
	}
}

static void
send_request(int fd, const char *bytes, size_t n)
{
	char head[128], answer[sizeof taken];
	int n_head = snprintf(head, sizeof head, "POST / HTTP/1.1\r\n"
	    "Content-Length: %zu\r\n\r\n", n);

	send_all(fd, head, (size_t)n_head);
	send_all(fd, bytes, n);
	if (recv(fd, answer, sizeof taken - 1, MSG_WAITALL) !=
	    (ssize_t)sizeof taken - 1)
		log_die(1, "no answer");
}

static int
send_bytes(char **argv)
{
	uint64_t port, n_left, n_each;
	bool is_http = strcmp(argv[3], "http") == 0;
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	struct sockaddr_in to;
	struct rusage u;
	char *bytes;

	if (!parse_u64(str_of(argv[0]), &port) ||
	    !parse_u64(str_of(argv[1]), &n_left) ||
	    !parse_u64(str_of(argv[2]), &n_each) || n_each == 0)
		log_die(64, "send PORT BYTES BYTES_PER_REQUEST http|lines");
	to = loopback((uint16_t)port);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (connect(fd, (struct sockaddr *)&to, sizeof to) == -1)
		log_die(1, "cannot connect");
	bytes = xcalloc(n_each, 1);
	memset(bytes, 'x', n_each);
	for (size_t n; n_left > 0; n_left -= n) {
		n = n_left < n_each ? (size_t)n_left : (size_t)n_each;
		if (is_http)
			send_request(fd, bytes, n);
		else
			send_all(fd, bytes, n);
	}
	free(bytes);
	close(fd);
	getrusage(RUSAGE_SELF, &u);
	printf("%.1f\n", (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e3 +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e3);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "serve") == 0)
		return serve();
	if (argc == 6 && strcmp(argv[1], "send") == 0)
		return send_bytes(argv + 2);
	fprintf(stderr, "usage: bench/wire serve\n       bench/wire send PORT "
	    "BYTES BYTES_PER_REQUEST http|lines\n");
	return 64;
}
