/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "common/number.h"
#include "common/timestamp.h"

#include "sinks/format_opentsdb.h"

static bool
is_taken(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
	    c == '/';
}

/* How many bytes of UTF-8 the character has that begins with c. */
static size_t
char_len(unsigned char c)
{
	return c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

/* One '_' per character, not per byte. */
static void
add_clean(struct buf *out, struct str s)
{
	char *p = buf_reserve(out, s.len);
	size_t n = 0;

	if (p == NULL)
		return;
	for (size_t i = 0; i < s.len;) {
		size_t end = i + char_len((unsigned char)s.p[i]);

		p[n++] = is_taken(s.p[i]) ? s.p[i] : '_';
		for (i++; i < end && i < s.len &&
		    ((unsigned char)s.p[i] & 0xc0) == 0x80; i++)
			continue;
	}
	out->len += n;
}

struct tag {
	struct str key;		/* cleaned */
	struct str value;	/* not yet */
};

/* Keeps the tags sorted; of equal keys the later one counts. */
static size_t
put_tag(struct tag *tags, size_t n, struct tag tag)
{
	size_t at = n;
	int order = 1;

	while (at > 0 && (order = str_cmp(tag.key, tags[at - 1].key)) < 0)
		at--;
	if (at > 0 && order == 0) {
		tags[at - 1] = tag;
		return n;
	}
	memmove(&tags[at + 1], &tags[at], (n - at) * sizeof *tags);
	tags[at] = tag;
	return n + 1;
}

static void
print_tags(struct buf *out, const struct tag *tags, size_t n)
{
	buf_reset(out);
	buf_add_str(out, STR(",\"tags\":{"));
	for (size_t i = 0; i < n; i++) {
		buf_add_str(out, i == 0 ? STR("\"") : STR(",\""));
		buf_add_str(out, tags[i].key);
		buf_add_str(out, STR("\":\""));
		add_clean(out, tags[i].value);
		buf_add_char(out, '"');
	}
	buf_add_str(out, STR("}}\n"));
}

static void
make_tags(struct opentsdb_format *format, const struct label_list *labels)
{
	struct tag tags[LABELS_MAX + 1];
	struct buf *names = &format->names;
	size_t n = 0, n_bytes = 0;

	buf_reset(names);
	for (size_t i = 0; i < labels->n; i++)
		n_bytes += labels->items[i].key.len;
	/* Keys point into it: it must not move. */
	if (buf_reserve(names, n_bytes) == NULL)
		return;
	for (size_t i = 0; i < labels->n; i++) {
		struct tag tag = { { names->p + names->len, 0 },
			labels->items[i].value };

		add_clean(names, labels->items[i].key);
		tag.key.len = (size_t)(names->p + names->len - tag.key.p);
		if (tag.key.len > 0 && tag.value.len > 0)
			n = put_tag(tags, n, tag);
	}
	if (format->cluster.len > 0)
		n = put_tag(tags, n,
		    (struct tag){ STR("cluster"), format->cluster });
	print_tags(&format->tags, tags, n);
}

static void
add_metric(struct buf *out, const struct point *point)
{
	size_t begin;

	buf_add_str(out, STR("{\"metric\":\""));
	begin = out->len;
	add_clean(out, point->name);
	for (size_t i = begin; i < out->len; i++)
		if (out->p[i] == '/')
			out->p[i] = '_';
	buf_add_str(out, metrics[point->metric].kind == METRIC_CUMULATIVE ?
	    STR("_cumulative\",\"timestamp\":") :
	    STR("_gauge\",\"timestamp\":"));
}

static bool
is_wanted(const struct opentsdb_format *format, const struct point *point)
{
	if (point->resource != NULL && !format->want_labelled)
		return false;
	return metrics[point->metric].type == METRIC_FLOAT ||
	    point->value.u <= INT64_MAX;
}

uint64_t
format_opentsdb(struct buf *out, struct opentsdb_format *format,
    const struct frame *f)
{
	char number[NUMBER_MAX_BYTES];
	struct point point;
	uint64_t n = 0;

	points_begin(&format->points, f, &format->filter);
	while (points_next(&format->points, &point)) {
		if (point.has_new_labels)
			make_tags(format, point.labels);
		if (!is_wanted(format, &point))
			continue;
		add_metric(out, &point);
		buf_add_i64(out, f->window_ns / NS_PER_S);
		buf_add_str(out, STR(",\"value\":"));
		if (metrics[point.metric].type == METRIC_FLOAT)
			buf_add(out, number, print_double(number,
			    point.value.f));
		else
			buf_add_u64(out, point.value.u);
		buf_add_str(out, buf_str(&format->tags));
		n++;
	}
	return n;
}

void
opentsdb_format_fini(struct opentsdb_format *format)
{
	points_fini(&format->points);
	buf_fini(&format->tags);
	buf_fini(&format->names);
}

void
opentsdb_join(struct buf *out, struct str lines)
{
	size_t begin = out->len;
	bool is_array;

	if (lines.len > 0 && lines.p[lines.len - 1] == '\n')
		lines.len--;
	is_array = lines.len > 0 && memchr(lines.p, '\n', lines.len) != NULL;
	if (is_array)
		buf_add_char(out, '[');
	buf_add_str(out, lines);
	for (size_t i = begin; i < out->len; i++)
		if (out->p[i] == '\n')
			out->p[i] = ',';
	if (is_array)
		buf_add_char(out, ']');
}
