/* SPDX-License-Identifier: ISC */
/*
 * The batch that Heapster's own sinks were given, as frames of ours, and what
 * they made of it (t/data/README).  Heapster's order was random, so lines are
 * compared as sets.  For the file with main() alone.
 */
#ifndef T_HEAPSTER_BATCH_H
#define T_HEAPSTER_BATCH_H

#include "common/frame_json.h"
#include "common/json.h"

#include "t/tap.h"

#define BATCH_ARENA_BYTES (1u << 20)
#define BATCH_LINES_MAX 128

/* A file of the tree, followed by JSON_PAD readable bytes. */
static inline void
batch_read(struct buf *out, const char *name)
{
	FILE *f = fopen(tap_path(name), "rb");
	size_t n = 0;

	if (f == NULL)
		bail("%s cannot be read", name);
	do {
		char *p = buf_reserve(out, BUFSIZ);

		n = fread(p, 1, BUFSIZ, f);
		out->len += n;
	} while (n > 0);
	fclose(f);
	buf_pad(out);
}

/* Calls fn for each frame of the text, one per line. */
static inline void
batch_each(struct str text, void (*fn)(void *arg, const struct frame *f),
    void *arg)
{
	struct arena a;
	struct err err;

	arena_init(&a, BATCH_ARENA_BYTES);
	while (text.len > 0) {
		struct buf line = BUF_INIT;
		struct frame f;

		buf_add_str(&line, str_cut(&text, '\n'));
		buf_pad(&line);
		if (!frame_decode(&f, &a, buf_str(&line), &err))
			bail("a frame of the sample: %s", err.msg);
		fn(arg, &f);
		buf_fini(&line);
	}
	arena_fini(&a);
}

static inline void
batch_sample(void (*fn)(void *arg, const struct frame *f), void *arg)
{
	struct buf text = BUF_INIT;

	batch_read(&text, "t/data/heapster-sinks/sample.frames");
	batch_each(buf_str(&text), fn, arg);
	buf_fini(&text);
}

static inline int
batch_order(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static inline size_t
batch_lines(struct str *lines, struct str text)
{
	size_t n = 0;

	while (text.len > 0) {
		if (n == BATCH_LINES_MAX)
			bail("more than %d lines", BATCH_LINES_MAX);
		lines[n++] = str_cut(&text, '\n');
	}
	qsort(lines, n, sizeof *lines, batch_order);
	return n;
}

/* Whether got has the lines of the captured file, in any order. */
static inline void
batch_is(struct str got, const char *name)
{
	struct str got_lines[BATCH_LINES_MAX], want_lines[BATCH_LINES_MAX];
	struct buf want = BUF_INIT;
	size_t n_got = batch_lines(got_lines, got), n_want;

	batch_read(&want, name);
	n_want = batch_lines(want_lines, buf_str(&want));
	is_u64(n_got, n_want, "%s: as many lines", name);
	for (size_t i = 0; i < n_got && i < n_want; i++)
		is_mem(got_lines[i].p, got_lines[i].len, want_lines[i].p,
		    want_lines[i].len, "%s: line %zu", name, i + 1);
	buf_fini(&want);
}

#endif
