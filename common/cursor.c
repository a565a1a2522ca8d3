/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cursor.h"
#include "common/mem.h"
#include "common/number.h"

#define LINE_MAX_BYTES 48
#define FILE_MAX_BYTES (CURSOR_EPOCHS_MAX * LINE_MAX_BYTES)

static bool
parse_file(struct cursor *c, struct str text, struct err *err)
{
	for (size_t line = 1; text.len > 0; line++) {
		struct str rest = str_cut(&text, '\n');
		struct str epoch_text = str_cut(&rest, '.');
		uint64_t epoch, seq;

		if (!parse_u64(epoch_text, &epoch) || !parse_u64(rest, &seq))
			return err_set(err, "%s: line %zu is no position; "
			    "remove the file to start from the oldest frame",
			    c->path, line);
		cursor_set(c, epoch, seq);
	}
	c->is_dirty = false;
	return true;
}

bool
cursor_load(struct cursor *c, const char *path, struct err *err)
{
	char text[FILE_MAX_BYTES + 1];
	ssize_t n;
	int fd;

	*c = (struct cursor){ .path = xstrdup(path) };
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return errno == ENOENT ||
		    err_set(err, "%s: %s", path, strerror(errno));
	n = read(fd, text, sizeof text);
	close(fd);
	if (n == -1)
		return err_set(err, "%s: %s", path, strerror(errno));
	if (n > FILE_MAX_BYTES)
		return err_set(err, "%s: too long for a cursor", path);
	return parse_file(c, (struct str){ text, (size_t)n }, err);
}

void
cursor_fini(struct cursor *c)
{
	free(c->path);
	*c = (struct cursor){ 0 };
}

void
cursor_set(struct cursor *c, uint64_t epoch, uint64_t seq)
{
	size_t at = 0;

	while (at < c->n && c->entries[at].epoch != epoch)
		at++;
	if (at < c->n && c->entries[at].seq == seq)
		return;
	c->is_dirty = true;
	if (at == CURSOR_EPOCHS_MAX)
		at = 0;			/* the one longest unchanged */
	if (at < c->n) {
		memmove(&c->entries[at], &c->entries[at + 1],
		    (c->n - at - 1) * sizeof c->entries[0]);
		c->n--;
	}
	c->entries[c->n++] = (struct cursor_entry){ epoch, seq };
}

static bool
write_file(const char *path, const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t n;
	int saved_errno;

	if (fd == -1)
		return false;
	n = write(fd, text, len);
	if (n >= 0 && (size_t)n < len)
		errno = ENOSPC;
	saved_errno = errno;
	if (close(fd) == -1)
		return false;
	errno = saved_errno;
	return n >= 0 && (size_t)n == len;
}

bool
cursor_store(struct cursor *c, struct err *err)
{
	char text[FILE_MAX_BYTES];
	char *new_path;
	size_t len = 0;
	bool ok;

	if (!c->is_dirty)
		return true;
	for (size_t i = 0; i < c->n; i++)
		len += (size_t)snprintf(text + len, sizeof text - len,
		    "%" PRIu64 ".%" PRIu64 "\n", c->entries[i].epoch,
		    c->entries[i].seq);
	new_path = xasprintf("%s.new", c->path);
	ok = write_file(new_path, text, len) &&
	    rename(new_path, c->path) == 0;
	if (ok)
		c->is_dirty = false;
	else
		err_set(err, "%s: %s", c->path, strerror(errno));
	free(new_path);
	return ok;
}
