/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#include "t/captured.h"

#define ROWS_MAX 128
#define FILE_MAX_BYTES (1 << 16)

static const char *directory;

static void
give_up(const char *path)
{
	printf("Bail out!  %s cannot be read\n", path);
	exit(1);
}

static struct str
read_all(const char *name)
{
	const char *top = getenv("top_srcdir");
	char *path = xasprintf("%s/t/data/%s/%s", top == NULL ? "." : top,
	    directory, name);
	FILE *f = fopen(path, "rb");
	char *p = xcalloc(1, FILE_MAX_BYTES);
	struct str text = { p, 0 };

	if (f == NULL)
		give_up(path);
	text.len = fread(p, 1, FILE_MAX_BYTES, f);
	if (text.len == FILE_MAX_BYTES)
		give_up(path);
	fclose(f);
	free(path);
	return text;
}

static struct str
header(struct str head, struct str name)
{
	while (head.p != NULL) {
		struct str line = str_cut(&head, '\n');

		if (!str_has_prefix(line, name))
			continue;
		line.p += name.len;
		line.len -= name.len;
		while (line.len > 0 && line.p[line.len - 1] == '\r')
			line.len--;
		return line;
	}
	return (struct str){ NULL, 0 };
}

static struct captured
read_row(struct str line)
{
	struct captured row = { .name = str_cut(&line, ' '), .path = line };
	char *name = xasprintf("%.*s.http", STR_ARG(row.name));
	struct str text = read_all(name);
	const char *end = memmem(text.p, text.len, "\r\n\r\n", 4);
	struct str head = { text.p, 0 };

	if (end == NULL)
		give_up(name);
	head.len = (size_t)(end - text.p);
	row.status = atoi(text.p + strlen("HTTP/1.1 "));
	row.type = header(head, STR("Content-Type: "));
	row.body = (struct str){ end + 4,
		(size_t)(text.p + text.len - end - 4) };
	free(name);
	return row;
}

size_t
captured_read(const char *list, const struct captured **out)
{
	return captured_read_from("heapster-1.5.4", list, out);
}

size_t
captured_read_from(const char *from, const char *list,
    const struct captured **out)
{
	struct captured *rows = xcalloc(ROWS_MAX, sizeof *rows);
	struct str text;
	size_t n = 0;

	directory = from;
	text = read_all(list);

	while (text.len > 0 && n < ROWS_MAX)
		rows[n++] = read_row(str_cut(&text, '\n'));
	*out = rows;
	return n;
}
