/* SPDX-License-Identifier: ISC */
/*
 * Whatever names a frame has, each format stays well-formed: a line per point
 * that its receiver takes apart as it was put together.
 */
#include "config.h"

#include "sinks/exposition.h"
#include "sinks/format_graphite.h"
#include "sinks/format_influxdb.h"
#include "sinks/format_kafka.h"
#include "sinks/format_log.h"
#include "sinks/format_opentsdb.h"
#include "sinks/format_remote_write.h"
#include "sinks/format_statsd.h"
#include "sinks/snappy.h"

#include "t/fuzz/any_frame.h"
#include "t/unsnappy.h"

/* Blanks that no backslash stands before: they part tags, field and time. */
static void
check_influxdb_line(struct str line)
{
	unsigned n_blanks = 0;

	for (size_t i = 0; i < line.len; i++) {
		demand((unsigned char)line.p[i] >= ' ' && line.p[i] != 0x7f);
		if (line.p[i] == '\\' && i + 1 < line.len &&
		    strchr(", =\"", line.p[i + 1]) != NULL)
			i++;
		else if (line.p[i] == ' ')
			n_blanks++;
	}
	demand(n_blanks == 2);
}

static void
try_influxdb(const struct frame *f, const struct point_filter *filter,
    bool want_fields)
{
	static struct influx_format format;
	struct buf out = BUF_INIT;
	struct str rest;
	uint64_t n;

	format.filter = *filter;
	format.cluster_name = STR("c");
	format.want_fields = want_fields;
	n = format_influxdb(&out, &format, f);
	demand(!out.failed);
	for (rest = buf_str(&out); rest.len > 0; n--)
		check_influxdb_line(str_cut(&rest, '\n'));
	demand(n == 0);
	buf_fini(&out);
}

/* A path, a value, a time; no part of the path is empty. */
static void
check_graphite_line(struct str line)
{
	struct str path = str_cut(&line, ' ');
	struct str value = str_cut(&line, ' ');

	demand(path.len > 0 && value.len > 0 && line.len > 0);
	for (size_t i = 0; i < line.len; i++)
		demand(line.p[i] == '-' ||
		    (line.p[i] >= '0' && line.p[i] <= '9'));
	for (size_t i = 0; i < path.len; i++)
		demand((unsigned char)path.p[i] > ' ' && path.p[i] != 0x7f);
}

static void
try_graphite(const struct frame *f, const struct point_filter *filter,
    bool want_tags)
{
	static struct graphite_format format;
	struct buf out = BUF_INIT;
	struct str rest;
	uint64_t n;

	format.filter = *filter;
	format.prefix = STR("k");
	format.want_tags = want_tags;
	format.want_resources = !want_tags;
	n = format_graphite(&out, &format, f);
	demand(!out.failed);
	for (rest = buf_str(&out); rest.len > 0; n--)
		check_graphite_line(str_cut(&rest, '\n'));
	demand(n == 0);
	buf_fini(&out);
}

static void
try_opentsdb(const struct frame *f, const struct point_filter *filter)
{
	static struct opentsdb_format format;
	struct buf out = BUF_INIT;
	uint64_t n;

	format.filter = *filter;
	format.cluster = STR("c");
	format.want_labelled = true;
	n = format_opentsdb(&out, &format, f);
	demand(!out.failed);
	buf_pad(&out);
	for (const char *p = out.p; n > 0; n--) {
		const char *end = strchr(p, '\n');

		demand(end != NULL && p[0] == '{' && end[-1] == '}');
		for (; p < end; p++)
			demand(*p != '\\' && *p > ' ' && *p < 0x7f);
		p = end + 1;
	}
	buf_fini(&out);
}

/* One JSON document each, with what a key is made of before it. */
static void
try_kafka(const struct frame *f, const struct point_filter *filter,
    enum kafka_key key)
{
	static struct kafka_format format;
	struct kafka_messages out = { .items = NULL };
	struct arena a;

	format.filter = *filter;
	format.key = key;
	demand(format_kafka(&out, &format, f));
	buf_pad(&out.text);
	arena_init(&a, ARENA_BYTES);
	for (size_t i = 0; i < out.n; i++) {
		const struct kafka_message *m = &out.items[i];
		struct json j;
		struct err err;

		demand(m->key + m->key_len <= m->value &&
		    m->value + m->value_len <= out.text.len &&
		    (m->key_len == 0 || key != KAFKA_KEY_NONE));
		json_begin(&j, (struct str){ out.text.p + m->value,
		    m->value_len }, &a);
		json_skip(&j);
		demand(json_end(&j, &err) && memchr(out.text.p + m->value, '\n',
		    m->value_len) == NULL);
		arena_reset(&a);
	}
	arena_fini(&a);
	kafka_messages_fini(&out);
}

/* A line is a heading, or what belongs to one. */
static void
try_log(const struct frame *f)
{
	struct buf out = BUF_INIT;
	struct arena a;
	struct str rest;

	arena_init(&a, ARENA_BYTES);
	demand(format_log(&out, f, &a) && !out.failed);
	for (rest = buf_str(&out); rest.len > 0;) {
		struct str line = str_cut(&rest, '\n');

		demand(line.len == 0 || str_has_prefix(line, STR("   ")) ||
		    str_has_prefix(line, STR("DataBatch     Timestamp: ")) ||
		    str_has_prefix(line, STR("MetricSet: ")));
		for (size_t i = 0; i < line.len; i++)
			demand((unsigned char)line.p[i] >= ' ' &&
			    line.p[i] != 0x7f);
	}
	arena_fini(&a);
	buf_fini(&out);
}

static void
try_statsd(const struct frame *f, const struct point_filter *filter,
    bool is_influx)
{
	static struct statsd_format format;
	struct buf out = BUF_INIT;
	struct str rest;
	uint64_t n;

	format.filter = *filter;
	format.is_influx = is_influx;
	format.style = is_influx ? STATSD_LOWER_CAMEL : STATSD_AS_IS;
	format.is_strict = !is_influx;
	n = format_statsd(&out, &format, f);
	demand(!out.failed);
	for (rest = buf_str(&out); rest.len > 0; n--) {
		struct str line = str_cut(&rest, '\n');
		struct str value = line, name = str_cut(&value, ':');

		demand(name.len > 0 && value.len > 2 &&
		    str_is((struct str){ value.p + value.len - 2, 2 }, "|g") &&
		    memchr(value.p, ':', value.len) == NULL);
	}
	demand(n == 0);
	buf_fini(&out);
}

static void
try_remote_write(const struct frame *f, const struct point_filter *filter)
{
	static struct remote_write_format format;
	struct buf out = BUF_INIT, packed = BUF_INIT, back = BUF_INIT;
	struct str rest;
	uint64_t n;

	format.filter = *filter;
	format.labels.want_rates = true;
	memset(format.labels.is_wanted, 1, sizeof format.labels.is_wanted);
	n = format_remote_write(&out, &format, f);
	demand(!out.failed);
	for (rest = buf_str(&out); rest.len > 0; n--) {
		size_t len = remote_write_record_len(rest);

		demand(rest.p[0] == 0x0a && len > 2 && len <= rest.len);
		rest.p += len;
		rest.len -= len;
	}
	demand(n == 0);
	snappy_pack(&packed, buf_str(&out));
	demand(unsnappy(&back, buf_str(&packed)) &&
	    str_eq(buf_str(&out), buf_str(&back)));
	buf_fini(&out);
	buf_fini(&packed);
	buf_fini(&back);
}

/* NAME="VALUE",... of a line, and what is behind the brace. */
static struct str
check_labels(struct str rest)
{
	do {
		struct str name = str_cut(&rest, '=');
		size_t i = 1;

		demand(name.len > 0 && strspn(name.p, "abcdefghijklmnopqrstuvw"
		    "xyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == name.len);
		demand(rest.len > 2 && rest.p[0] == '"');
		for (; i < rest.len && rest.p[i] != '"'; i++)
			if (rest.p[i] == '\\')
				demand(++i < rest.len && strchr("\\\"n",
				    rest.p[i]) != NULL);
		demand(i > 1 && i + 1 < rest.len &&
		    strchr(",}", rest.p[i + 1]) != NULL);
		rest = (struct str){ rest.p + i + 1, rest.len - i - 1 };
		rest.p++;
		rest.len--;
	} while (rest.p[-1] == ',');
	return rest;
}

/* Families stand together, and each line has a value and a time. */
static void
check_exposition(struct str text, uint64_t n_points, bool is_open)
{
	struct str family = STR("");

	while (text.len > 0) {
		struct str line = str_cut(&text, '\n');
		struct str name = str_cut(&line, '{');

		demand(text.p != NULL);
		if (name.p[0] == '#') {
			if (str_has_prefix(name, STR("# HELP ")))
				family = STR("");
			is_open &= !str_is(name, "# EOF");
			continue;
		}
		demand(family.len == 0 || str_eq(family, name));
		family = name;
		line = check_labels(line);
		demand(line.len > 3 && line.p[0] == ' ' &&
		    strspn(line.p, " -.e+0123456789") == line.len);
		n_points--;
	}
	demand(n_points == 0 && !is_open);
}

static void
try_exposition(const struct frame *f, const struct point_filter *filter,
    enum exposition_form form)
{
	static struct exposer exposer;
	struct exposed_list list = { .bytes_max = SIZE_MAX };
	struct exposition e;
	struct buf out = BUF_INIT;

	exposer.filter = *filter;
	exposer.labels.want_rates = true;
	memset(exposer.labels.is_wanted, 1, sizeof exposer.labels.is_wanted);
	if ((f->kind == FRAME_NODE || f->kind == FRAME_ROLLUP) &&
	    f->window_ns < INT64_MAX - 1)
		exposed_list_put(&list, &exposer, f, f->window_ns + 1);
	demand(exposition_open(&e, &list, form, true));
	while (exposition_next(&e, &out, 100))
		;
	demand(!out.failed);
	buf_pad(&out);
	check_exposition(buf_str(&out), e.n_points,
	    form == EXPOSITION_OPENMETRICS);
	exposition_close(&e);
	exposed_list_fini(&list);
	demand(list.n_bytes == 0);
	buf_fini(&out);
}

static void
try_formats(const struct frame *f, const struct point_filter *filter)
{
	try_influxdb(f, filter, false);
	try_influxdb(f, filter, true);
	try_graphite(f, filter, false);
	try_graphite(f, filter, true);
	try_kafka(f, filter, KAFKA_KEY_NONE);
	try_kafka(f, filter, KAFKA_KEY_POD);
	try_log(f);
	try_opentsdb(f, filter);
	try_remote_write(f, filter);
	try_exposition(f, filter, EXPOSITION_TEXT);
	try_exposition(f, filter, EXPOSITION_OPENMETRICS);
	try_statsd(f, filter, false);
	try_statsd(f, filter, true);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	with_any_frame(data, size, try_formats);
	return 0;
}
