/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"

#include "collector/token.h"

static void
forget(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
}

/* The length without what is blank at its end; 0: no token. */
static size_t
token_length(const char *text, size_t n)
{
	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r' ||
	    text[n - 1] == ' '))
		n--;
	for (size_t i = 0; i < n; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return 0;
	return n;
}

static bool
read_token(const char *path, char **out, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char *text = xcalloc(TOKEN_BYTES_MAX + 2, 1);
	size_t n = 0;
	ssize_t got = -1;

	while (fd != -1 && n <= TOKEN_BYTES_MAX &&
	    (got = read(fd, text + n, TOKEN_BYTES_MAX + 1 - n)) > 0)
		n += (size_t)got;
	if (got == -1)
		err_set(err, "token file %s: %s", path, strerror(errno));
	if (fd != -1)
		close(fd);
	if (got != -1 && n > TOKEN_BYTES_MAX) {
		err_set(err, "token file %s: too large", path);
		got = -1;
	} else if (got != -1) {
		n = token_length(text, n);
		text[n] = '\0';
		if (n == 0) {
			err_set(err, "token file %s: no token in it", path);
			got = -1;
		}
	}
	if (got == -1) {
		explicit_bzero(text, TOKEN_BYTES_MAX + 2);
		free(text);
		return false;
	}
	*out = xrealloc(text, n + 1, 1);
	return true;
}

bool
token_refresh(struct token *t, int64_t now_mono_ns, struct err *err)
{
	char *text;

	if (t->text != NULL &&
	    now_mono_ns - t->read_mono_ns < TOKEN_AGE_MAX_NS)
		return true;
	if (!read_token(t->path, &text, err))
		return false;
	forget(t->text);
	t->text = text;
	t->read_mono_ns = now_mono_ns;
	return true;
}

void
token_fini(struct token *t)
{
	forget(t->text);
	t->text = NULL;
}
