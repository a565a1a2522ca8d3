/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"
#include "common/secret.h"

/* Room for all that may come: a block that grows would leave copies. */
char *
secret_read(int fd, size_t max_bytes, size_t *out_len, struct err *err)
{
	char *p = xcalloc(max_bytes + 1, 1);
	size_t n = 0;
	ssize_t got;

	do {
		got = read(fd, p + n, max_bytes + 1 - n);
		if (got > 0)
			n += (size_t)got;
	} while (n <= max_bytes && (got > 0 || (got == -1 && errno == EINTR)));
	if (n > max_bytes)
		err_set(err, "larger than %zu bytes", max_bytes);
	else if (got == -1)
		err_set(err, "%s", strerror(errno));
	if (n > max_bytes || got == -1) {
		secret_free_bytes(p, n);
		return NULL;
	}
	p[n] = '\0';
	*out_len = n;
	return p;
}

void
secret_free(char *text)
{
	if (text != NULL)
		secret_free_bytes(text, strlen(text));
}

void
secret_free_bytes(char *p, size_t n)
{
	if (p != NULL)
		explicit_bzero(p, n);
	free(p);
}
