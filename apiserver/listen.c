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

#include "common/mem.h"

#include "apiserver/listen.h"

#define BACKLOG 1024

/* Cuts "[::1]:80" or "127.0.0.1:80" into host and port, in place. */
static bool
split(char *text, char **host, char **port)
{
	char *colon = strrchr(text, ':');

	if (colon == NULL)
		return false;
	*colon = '\0';
	*host = text;
	*port = colon + 1;
	if (text[0] == '[') {
		if (colon - text < 2 || colon[-1] != ']')
			return false;
		colon[-1] = '\0';
		*host = text + 1;
	} else if (strchr(text, ':') != NULL) {
		return false;		/* IPv6 needs its brackets */
	}
	return **port != '\0' && strspn(*port, "0123456789") == strlen(*port);
}

bool
listen_check(const char *text, struct err *err)
{
	char *copy = xstrdup(text), *host, *port;
	bool ok = split(copy, &host, &port);

	free(copy);
	return ok || err_set(err, "%s: not ADDRESS:PORT", text);
}

static int
bind_one(const struct addrinfo *ai)
{
	int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, ai->ai_protocol);
	int on = 1, off = 0, saved_errno;

	if (fd == -1)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	saved_errno = errno;
	close(fd);
	errno = saved_errno;
	return -1;
}

static void
print_address(int fd, char address[LISTEN_ADDRESS_MAX])
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof ss;
	char host[LISTEN_ADDRESS_MAX - 12], port[8];

	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1 ||
	    getnameinfo((struct sockaddr *)&ss, len, host, sizeof host, port,
	    sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
		strcpy(address, "unknown");
		return;
	}
	snprintf(address, LISTEN_ADDRESS_MAX, ss.ss_family == AF_INET6 ?
	    "[%s]:%s" : "%s:%s", host, port);
}

int
listen_on(const char *text, char address[LISTEN_ADDRESS_MAX],
    struct err *err)
{
	struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
	};
	struct addrinfo *list = NULL;
	char *copy = xstrdup(text), *host, *port;
	int fd = -1, rv;

	if (!split(copy, &host, &port)) {
		err_set(err, "%s: not ADDRESS:PORT", text);
	} else if ((rv = getaddrinfo(*host == '\0' ? "::" : host, port, &hints,
	    &list)) != 0 && (*host != '\0' ||
	    (rv = getaddrinfo(NULL, port, &hints, &list)) != 0)) {
		err_set(err, "%s: %s", text, gai_strerror(rv));
	} else {
		for (struct addrinfo *ai = list; ai != NULL && fd == -1;
		    ai = ai->ai_next)
			fd = bind_one(ai);
		if (fd == -1)
			err_set(err, "listen on %s: %s", text,
			    strerror(errno));
		else
			print_address(fd, address);
	}
	if (list != NULL)
		freeaddrinfo(list);
	free(copy);
	return fd;
}
