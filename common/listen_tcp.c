/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/socket.h>

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/listen_tcp.h"
#include "common/mem.h"
#include "common/str.h"

/* "HOST:PORT", "[V6]:PORT", ":PORT", "*:PORT".  The parts are the caller's to
 * free. */
static bool
address_split(const char *listen, char **out_host, char **out_port,
    struct err *err)
{
	const char *colon = strrchr(listen, ':');
	struct str host;

	if (colon == NULL || colon[1] == '\0' ||
	    colon[1 + strspn(colon + 1, "0123456789")] != '\0' ||
	    atol(colon + 1) > 65535)
		return err_set(err, "%s: not HOST:PORT", listen);
	host = (struct str){ listen, (size_t)(colon - listen) };
	if (host.len >= 2 && host.p[0] == '[' && host.p[host.len - 1] == ']')
		host = (struct str){ host.p + 1, host.len - 2 };
	else if (memchr(host.p, ':', host.len) != NULL)
		return err_set(err, "%s: an IPv6 address goes into brackets",
		    listen);
	*out_host = host.len > 0 ? str_dup(host) : xstrdup("127.0.0.1");
	*out_port = xstrdup(colon + 1);
	return true;
}

static int
socket_listen(const struct addrinfo *ai)
{
	static const int on = 1, off = 0;
	int fd, saved_errno;

	fd = socket(ai->ai_family,
	    ai->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, ai->ai_protocol);
	if (fd == -1)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	/* So that :: is every address of IPv4 as well. */
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, 64) == 0)
		return fd;
	saved_errno = errno;
	close(fd);
	errno = saved_errno;
	return -1;
}

static int
listen_on_host(const char *listen, const char *host, const char *port,
    struct err *err)
{
	static const struct addrinfo hints = {
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *list = NULL;
	int fd = -1, rv;

	rv = getaddrinfo(host, port, &hints, &list);
	if (rv != 0)
		err_set(err, "%s: %s", listen, gai_strerror(rv));
	for (struct addrinfo *ai = list; ai != NULL && fd == -1;
	    ai = ai->ai_next) {
		fd = socket_listen(ai);
		if (fd == -1)
			err_set(err, "%s: %s", listen, strerror(errno));
	}
	if (list != NULL)
		freeaddrinfo(list);
	return fd;
}

/* "*" is both families, or IPv4 where the kernel has no other. */
int
listen_tcp(const char *listen, struct err *err)
{
	char *host = NULL, *port = NULL;
	bool is_any;
	int fd;

	if (!address_split(listen, &host, &port, err))
		return -1;
	is_any = strcmp(host, "*") == 0;
	fd = listen_on_host(listen, is_any ? "::" : host, port, err);
	if (fd == -1 && is_any)
		fd = listen_on_host(listen, "0.0.0.0", port, err);
	free(host);
	free(port);
	return fd;
}

void
listen_tcp_address(int fd, char text[LISTEN_TCP_ADDRESS_MAX])
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof ss;
	char host[NI_MAXHOST], port[NI_MAXSERV];

	text[0] = '\0';
	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1 ||
	    getnameinfo((struct sockaddr *)&ss, len, host, sizeof host, port,
	    sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return;
	snprintf(text, LISTEN_TCP_ADDRESS_MAX,
	    ss.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}
