/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/number.h"
#include "common/number_put.h"
#include "common/timestamp.h"

#include "sinks/format_opentsdb.h"
#include "sinks/metric_text.h"

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

static bool
take_tag(const void *arg, struct label *label, struct buf *names)
{
	size_t begin = names->len;

	(void)arg;
	for (size_t i = 0; i < label->key.len; i++)
		if (!is_taken(label->key.p[i])) {
			add_clean(names, label->key);
			label->key = (struct str){ names->p + begin,
				names->len - begin };
			break;
		}
	return label->key.len > 0 && label->value.len > 0;
}

static void
write_tag(const void *arg, struct buf *out, const struct label *label)
{
	(void)arg;
	buf_add_str(out, STR(",\""));
	buf_add_str(out, label->key);
	buf_add_str(out, STR("\":\""));
	add_clean(out, label->value);
	buf_add_char(out, '"');
}

/* What stands before the timestamp. */
static void
add_head(struct buf *out, struct str name, enum metric m)
{
	size_t begin;

	buf_add_str(out, STR("{\"metric\":\""));
	begin = out->len;
	add_clean(out, name);
	for (size_t i = begin; i < out->len; i++)
		if (out->p[i] == '/')
			out->p[i] = '_';
	buf_add_str(out, metrics[m].kind == METRIC_CUMULATIVE ?
	    STR("_cumulative\",\"timestamp\":") :
	    STR("_gauge\",\"timestamp\":"));
}

static struct metric_texts heads;

static void
add_plain_head(struct buf *out, enum metric m)
{
	add_head(out, metrics[m].name, m);
}

static struct str
find_head(struct opentsdb_format *format, const struct point *point)
{
	if (!metric_is_composed(point->metric))
		return metric_text(&heads, point->metric);
	buf_reset(&format->head);
	add_head(&format->head, point->name, point->metric);
	return buf_str(&format->head);
}

static bool
is_wanted(const struct opentsdb_format *format, const struct point *point)
{
	if (point->resource != NULL && !format->want_labelled)
		return false;
	return metrics[point->metric].type == METRIC_FLOAT ||
	    point->value.u <= INT64_MAX;
}

static void
add_line(struct buf *out, const struct point *point, struct str head,
    struct str middle, struct str tags)
{
	char *p = buf_reserve(out, head.len + middle.len + NUMBER_MAX_BYTES +
	    sizeof ",\"tags\":{}}\n" + tags.len);

	if (p == NULL)
		return;
	p = str_put(p, head);
	p = str_put(p, middle);
	if (metrics[point->metric].type == METRIC_FLOAT)
		p += print_double(p, point->value.f);
	else
		p = number_put_u64(p, point->value.u);
	p = str_put(p, STR(",\"tags\":{"));
	if (tags.len > 0)		/* without the first comma */
		p = str_put(p, (struct str){ tags.p + 1, tags.len - 1 });
	p = str_put(p, STR("}}\n"));
	out->len = (size_t)(p - out->p);
}

uint64_t
format_opentsdb(struct buf *out, struct opentsdb_format *format,
    const struct frame *f)
{
	const struct label_text_how how = {
		.take = take_tag,
		.write = write_tag,
		.extra = { STR("cluster"), format->cluster },
		.is_last_kept = true,
	};
	char text[NUMBER_MAX_BYTES + sizeof ",\"value\":"];
	struct str middle = { text, 0 };
	struct point point;
	uint64_t n = 0;

	middle.len = print_i64(text, f->window_ns / NS_PER_S);
	middle.len = (size_t)(str_put(text + middle.len,
	    STR(",\"value\":")) - text);
	metric_texts_make(&heads, add_plain_head);
	label_text_begin(&format->tags);
	format->points.leaves_labels = true;
	points_begin(&format->points, f, &format->filter);
	while (points_next(&format->points, &point)) {
		if (!is_wanted(format, &point))
			continue;
		add_line(out, &point, find_head(format, &point), middle,
		    label_text(&format->tags, &how, &format->points, &point));
		n++;
	}
	return n;
}

void
opentsdb_format_fini(struct opentsdb_format *format)
{
	points_fini(&format->points);
	label_text_fini(&format->tags);
	buf_fini(&format->head);
}

void
opentsdb_join(struct buf *out, struct str lines)
{
	bool is_array;
	char *p;

	if (lines.len > 0 && lines.p[lines.len - 1] == '\n')
		lines.len--;
	is_array = lines.len > 0 && memchr(lines.p, '\n', lines.len) != NULL;
	p = buf_reserve(out, lines.len + sizeof "[]");
	if (p == NULL)
		return;
	if (is_array)
		*p++ = '[';
	while (lines.p != NULL) {
		p = str_put(p, str_cut(&lines, '\n'));
		if (lines.p != NULL)
			*p++ = ',';
	}
	if (is_array)
		*p++ = ']';
	out->len = (size_t)(p - out->p);
}
