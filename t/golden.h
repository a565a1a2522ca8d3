/* SPDX-License-Identifier: ISC */
/*
 * Decoded bodies as text, and what they are compared with: the files of
 * t/data/kubelet-1.26.
 */
#ifndef T_GOLDEN_H
#define T_GOLDEN_H

#include "common/timestamp.h"
#include "t/decoded.h"
#include "t/tap.h"

static inline void
read_file(struct buf *out, const char *name)
{
	const char *srcdir = getenv("top_srcdir");
	struct buf path = BUF_INIT;
	FILE *f;
	int c;

	buf_addf(&path, "%s/t/data/kubelet-1.26/%s",
	    srcdir == NULL ? "." : srcdir, name);
	buf_add_char(&path, '\0');
	f = fopen(path.p, "r");
	if (f == NULL) {
		perror(path.p);
		exit(1);
	}
	while ((c = getc(f)) != EOF)
		buf_add_char(out, (char)c);
	fclose(f);
	buf_fini(&path);
}

/* "KEY WHAT VALUE" per fact. */

static inline void
begin_line(struct buf *out, const struct frame *f, size_t set,
    const char *what)
{
	labels_key(out, f, set);
	buf_addf(out, " %s", what);
}

static inline void
dump_resource(struct buf *out, const struct frame *f, size_t set,
    const struct resource *r)
{
	for (unsigned i = 0; i < METRIC_LABELLED_COUNT; i++)
		if (r->present >> i & 1) {
			begin_line(out, f, set,
			    metrics[METRIC_PLAIN_COUNT + i].name.p);
			buf_addf(out, "{%.*s} ",
			    STR_ARG(r->make.p != NULL ? r->accelerator_id :
			    r->resource_id));
			buf_add_u64(out, r->values[i].u);
			buf_add_char(out, '\n');
		}
}

/* In seconds, with a fraction if there is one. */
static inline void
dump_time(struct buf *out, const struct frame *f, size_t set,
    const char *what, int64_t at_ns)
{
	if (at_ns == 0)
		return;
	begin_line(out, f, set, what);
	buf_addf(out, " %" PRId64, at_ns / NS_PER_S);
	if (at_ns % NS_PER_S != 0)
		buf_addf(out, ".%09" PRId64, at_ns % NS_PER_S);
	buf_add_char(out, '\n');
}

static inline void
dump(struct buf *out, const struct frame *f)
{
	static const char *const parts[SET_PART_COUNT] = {
		"memory-scraped", "network-scraped", "io-scraped",
	};

	for (size_t i = 0; i < f->n_sets; i++) {
		const struct metric_set *s = &f->sets[i];

		if (s->pod_id.p != NULL) {
			begin_line(out, f, i, "uid ");
			buf_add_str(out, s->pod_id);
			buf_add_char(out, '\n');
		}
		dump_time(out, f, i, "start", s->start_ns);
		dump_time(out, f, i, "scraped", s->scraped_ns);
		for (int p = 0; p < SET_PART_COUNT; p++)
			dump_time(out, f, i, parts[p], s->parts_ns[p]);
		for (unsigned m = 0; m < METRIC_PLAIN_COUNT; m++)
			if (set_has(s, m)) {
				begin_line(out, f, i, metrics[m].name.p);
				buf_addf(out, " %" PRIu64 "\n",
				    s->values[m].u);
			}
		for (uint32_t r = 0; r < s->n_resources; r++)
			dump_resource(out, f, i, &s->resources[r]);
	}
}

static inline int
compare_lines(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorts the lines of b. */
static inline void
sort_lines(struct buf *b)
{
	char *text, *save = NULL, *lines[1024];
	size_t n = 0;

	buf_add_char(b, '\0');
	text = strdup(b->p);
	buf_reset(b);
	for (char *line = strtok_r(text, "\n", &save);
	    line != NULL && n < COUNT(lines);
	    line = strtok_r(NULL, "\n", &save))
		lines[n++] = line;
	qsort(lines, n, sizeof lines[0], compare_lines);
	for (size_t i = 0; i < n; i++)
		buf_addf(b, "%s\n", lines[i]);
	free(text);
}

static inline void
is_golden(decode_fn *decode, struct str body, const char *golden_name,
    const char *what)
{
	struct decoded d;
	struct buf got = BUF_INIT, want = BUF_INIT;

	decode_with(&d, body, decode);
	if (ok(d.is_decoded, "%s is decoded", what)) {
		dump(&got, &d.frame);
		sort_lines(&got);
		buf_add_char(&got, '\0');
		read_file(&want, golden_name);
		buf_add_char(&want, '\0');
		is_str(got.p, want.p, "%s says what is golden", what);
		ok(is_hierarchical(&d.frame), "%s gives a hierarchy", what);
	} else {
		diag("%s", d.err.msg);
	}
	buf_fini(&got);
	buf_fini(&want);
	decoded_fini(&d);
}

#endif
