/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/socket.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launcher/program.h"
#include "common/mem.h"

void
program_add(struct program *p, const char *fmt, ...)
{
	va_list ap;
	char *arg;

	va_start(ap, fmt);
	if (vasprintf(&arg, fmt, ap) == -1)
		abort();
	va_end(ap);
	p->argv = xrealloc(p->argv, p->n_args + 2, sizeof *p->argv);
	p->argv[p->n_args++] = arg;
	p->argv[p->n_args] = NULL;
}

void
program_add_texts(struct program *p, const struct text_arg *args, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (args[i].value != NULL && *args[i].value != '\0')
			program_add(p, "--%s=%s", args[i].flag, args[i].value);
}

static bool
has_ipv6(void)
{
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return false;
	close(fd);
	return true;
}

void
program_add_address(struct program *p, const char *flag, const char *ip,
    uint64_t port)
{
	if (*ip == '\0')
		ip = has_ipv6() ? "::" : "0.0.0.0";
	program_add(p, strchr(ip, ':') != NULL ? "--%s=[%s]:%" PRIu64 :
	    "--%s=%s:%" PRIu64, flag, ip, port);
}
