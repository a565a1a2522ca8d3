/* SPDX-License-Identifier: ISC */
/*
 * Genuine bodies: what they say is what t/data/kubelet-1.26/golden.jq says of
 * them, also with their members in any order.
 */
#include "config.h"

#include <jansson.h>

#include "common/timestamp.h"
#include "t/summary_decoded.h"
#include "t/tap.h"

static void
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

static void
begin_line(struct buf *out, const struct frame *f, size_t set,
    const char *what)
{
	labels_key(out, f, set);
	buf_addf(out, " %s", what);
}

static void
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

static void
dump(struct buf *out, const struct frame *f)
{
	for (size_t i = 0; i < f->n_sets; i++) {
		const struct metric_set *s = &f->sets[i];

		if (s->pod_id.p != NULL) {
			begin_line(out, f, i, "uid ");
			buf_add_str(out, s->pod_id);
			buf_add_char(out, '\n');
		}
		if (s->start_ns != 0) {
			begin_line(out, f, i, "start ");
			buf_addf(out, "%" PRId64 "\n", s->start_ns / NS_PER_S);
		}
		if (s->scraped_ns != 0) {
			begin_line(out, f, i, "scraped ");
			buf_addf(out, "%" PRId64 "\n",
			    s->scraped_ns / NS_PER_S);
		}
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

static int
compare_lines(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorts the lines of b. */
static void
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

static void
is_golden(struct str body, const char *golden_name, const char *what)
{
	struct decoded d;
	struct buf got = BUF_INIT, want = BUF_INIT;

	decode(&d, body);
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

static uint32_t random_state = 1;

static uint32_t
next_random(uint32_t n)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 16) % n;
}

/* Writes v with the members of all objects in random order. */
static void
shuffle(struct buf *out, json_t *v, const char *gap)
{
	const char *keys[64], *key;
	json_t *member;
	size_t n = 0, i;

	if (json_is_array(v)) {
		buf_addf(out, "[");
		json_array_foreach(v, i, member) {
			buf_addf(out, "%s%s", i == 0 ? "" : ",", gap);
			shuffle(out, member, gap);
		}
		buf_addf(out, "%s]", gap);
	} else if (json_is_object(v)) {
		json_object_foreach(v, key, member)
			keys[n++] = key;
		buf_addf(out, "{%s", gap);
		for (; n > 0; n--) {
			i = next_random((uint32_t)n);
			buf_addf(out, "\"%s\":%s", keys[i], gap);
			shuffle(out, json_object_get(v, keys[i]), gap);
			buf_addf(out, "%s%s", n == 1 ? "" : ",", gap);
			keys[i] = keys[n - 1];
		}
		buf_addf(out, "}");
	} else {
		char *text = json_dumps(v, JSON_ENCODE_ANY);

		buf_addf(out, "%s", text);
		free(text);
	}
}

static void
test_genuine(const char *name, const char *golden_name)
{
	static const char *const gaps[] = { "", " ", "\n  ", "\r\n\t" };
	struct buf body = BUF_INIT, shuffled = BUF_INIT;
	json_t *root;

	read_file(&body, name);
	is_golden(buf_str(&body), golden_name, name);

	root = json_loadb(body.p, body.len, 0, NULL);
	for (size_t i = 0; i < COUNT(gaps); i++) {
		buf_reset(&shuffled);
		shuffle(&shuffled, root, gaps[i]);
		is_golden(buf_str(&shuffled), golden_name, "the same shuffled");
	}
	json_decref(root);
	buf_fini(&body);
	buf_fini(&shuffled);
}

static void
test_truncation(void)
{
	struct buf body = BUF_INIT;
	struct decoded d;
	size_t n_accepted = 0;

	read_file(&body, "summary-cpumem.body");
	for (size_t len = 0; len < body.len; len++) {
		decode(&d, (struct str){ body.p, len });
		n_accepted += d.is_decoded;
		decoded_fini(&d);
	}
	is_u64(n_accepted, 0, "no beginning of a body is decoded");
	buf_fini(&body);
}

int
main(void)
{
	test_genuine("summary.body", "summary.golden");
	test_genuine("summary-cpumem.body", "summary-cpumem.golden");
	test_truncation();
	return done_testing();
}
