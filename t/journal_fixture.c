/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "t/journal_fixture.h"
#include "t/tap.h"

/* "line N\n" with some padding, so that a line has 100 bytes. */
static void
add_line(struct buf *b, uint64_t number)
{
	size_t before = b->len;

	buf_addf(b, "line %" PRIu64, number);
	while (b->len < before + 99)
		buf_add_char(b, '.');
	buf_add_char(b, '\n');
}

bool
fixture_append(struct journal *j, size_t n, struct err *err)
{
	uint64_t first = journal_newest_seq(j) + 1;
	struct buf lines = BUF_INIT;
	uint32_t *lens = calloc(n, sizeof *lens);
	bool is_ok;

	for (size_t i = 0; i < n; i++) {
		add_line(&lines, first + i);
		lens[i] = 100;
	}
	is_ok = journal_append(j, buf_str(&lines), lens, n, err);
	buf_fini(&lines);
	free(lens);
	return is_ok;
}

/* Whether what is read are the lines from first to last, whole. */
bool
fixture_has_lines(struct journal *j, uint64_t from, uint64_t first,
    uint64_t last)
{
	struct buf got = BUF_INIT, want = BUF_INIT;
	struct err err = { "" };
	uint64_t next = 0;
	bool is_same;

	for (uint64_t i = first; i <= last; i++)
		add_line(&want, i);
	is_same = journal_read(j, from, FIXTURE_BIG, &got, &next, &err) &&
	    str_eq(buf_str(&got), buf_str(&want)) && next == last + 1;
	if (!is_same)
		diag("read %zu bytes, next %" PRIu64 " %s", got.len, next,
		    err.msg);
	buf_fini(&got);
	buf_fini(&want);
	return is_same;
}

void
fixture_flip(const char *file, off_t at)
{
	int fd = open(file, O_RDWR);
	char c;

	if (fd == -1 || pread(fd, &c, 1, at) != 1)
		bail("%s: cannot read at %lld", file, (long long)at);
	c ^= 0x10;
	if (pwrite(fd, &c, 1, at) != 1)
		bail("%s: cannot write", file);
	close(fd);
}

void
fixture_put_file(const char *file, const char *text)
{
	FILE *f = fopen(file, "w");

	if (f == NULL || fputs(text, f) == EOF || fclose(f) != 0)
		bail("%s: %s", file, strerror(errno));
}

void
fixture_limit_files(rlim_t bytes)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_FSIZE, &limit) == -1)
		bail("getrlimit: %s", strerror(errno));
	limit.rlim_cur = bytes;
	if (setrlimit(RLIMIT_FSIZE, &limit) == -1)
		bail("setrlimit: %s", strerror(errno));
}
