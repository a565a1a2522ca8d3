/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/secret.h"
#include "common/timestamp.h"

#include "common/token.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool
token_check(struct str *token, struct err *err)
{
	struct str s = *token;

	while (s.len > 0 && is_blank(s.p[s.len - 1]))
		s.len--;
	while (s.len > 0 && is_blank(s.p[0])) {
		s.p++;
		s.len--;
	}
	if (s.len == 0)
		return err_set(err, "no token in it");
	if (s.len > TOKEN_BYTES_MAX)
		return err_set(err, "larger than %d bytes", TOKEN_BYTES_MAX);
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return err_set(err, "a token is visible ASCII, and "
			    "byte %zu is not", i);
	*token = s;
	return true;
}

static int64_t
ns_of(struct timespec t)
{
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

static struct token_file_id
id_of(const struct stat *st)
{
	return (struct token_file_id){
		.device = st->st_dev,
		.inode = st->st_ino,
		.size_bytes = st->st_size,
		.written_at_ns = ns_of(st->st_mtim),
		.changed_at_ns = ns_of(st->st_ctim),
	};
}

static bool
is_same(const struct token_file_id *a, const struct token_file_id *b)
{
	return a->device == b->device && a->inode == b->inode &&
	    a->size_bytes == b->size_bytes &&
	    a->written_at_ns == b->written_at_ns &&
	    a->changed_at_ns == b->changed_at_ns;
}

/* The text stays where it is for as long as it says the same: it is borrowed.
 * And another one is never where the old one was. */
static void
keep(struct token *t, struct str text)
{
	char *old = t->text;

	if (old != NULL && str_eq(str_of(old), text))
		return;
	t->text = str_dup(text);
	secret_free(old);
}

/* Not a file that one would wait for: a pipe is empty. */
static bool
read_file(struct token *t, struct err *err)
{
	int fd = open(t->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char *bytes = NULL;
	struct stat st;
	struct str text;
	size_t n = 0;
	bool ok = false;

	if (fd == -1 || fstat(fd, &st) == -1) {
		err_set(err, "%s", strerror(errno));
		goto out;
	}
	bytes = secret_read(fd, TOKEN_BYTES_MAX, &n, err);
	text = (struct str){ bytes, n };
	if (bytes == NULL || !token_check(&text, err))
		goto out;
	keep(t, text);
	t->file_id = id_of(&st);
	ok = true;
out:
	secret_free_bytes(bytes, n);
	if (fd != -1)
		close(fd);
	return ok;
}

/* Without opening it: that it is the one that was read. */
static bool
is_unchanged(const struct token *t, int64_t now_mono_ns)
{
	struct token_file_id id;
	struct stat st;

	if (t->text == NULL || t->is_failing ||
	    now_mono_ns - t->read_mono_ns >= TOKEN_AGE_MAX_NS ||
	    stat(t->path, &st) == -1)
		return false;
	id = id_of(&st);
	return is_same(&id, &t->file_id);
}

bool
token_refresh(struct token *t, int64_t now_mono_ns, struct err *err)
{
	if (t->text == NULL ||
	    now_mono_ns - t->looked_mono_ns >= TOKEN_LOOK_NS) {
		t->looked_mono_ns = now_mono_ns;
		if (!is_unchanged(t, now_mono_ns)) {
			t->is_failing = !read_file(t, &t->failure);
			t->read_mono_ns = now_mono_ns;
			if (t->is_failing)
				err_wrap(&t->failure, "token file %s",
				    t->path);
		}
	}
	if (t->is_failing)
		*err = t->failure;
	return !t->is_failing;
}

void
token_fini(struct token *t)
{
	secret_free(t->text);
	*t = (struct token){ .path = t->path };
}
