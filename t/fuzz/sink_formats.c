/* SPDX-License-Identifier: ISC */
/*
 * Whatever names a frame has, each format stays well-formed: a line per point
 * that its receiver takes apart as it was put together.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/frame_json.h"
#include "common/json.h"

#include "sinks/format_graphite.h"
#include "sinks/format_influxdb.h"
#include "sinks/format_kafka.h"
#include "sinks/format_opentsdb.h"
#include "sinks/format_remote_write.h"
#include "sinks/format_statsd.h"
#include "sinks/snappy.h"

#include "t/frames.h"
#include "t/unsnappy.h"

#define ARENA_BYTES (64u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

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
	format.want_rates = true;
	memset(format.is_wanted, 1, sizeof format.is_wanted);
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

static void
try_formats(const struct frame *f)
{
	struct point_filter filter;
	struct sink_uri uri;
	struct err err;

	demand(sink_uri_parse(&uri, STR(""), &err) &&
	    point_filter_init(&filter, &uri, &err));
	sink_uri_fini(&uri);
	try_influxdb(f, &filter, false);
	try_influxdb(f, &filter, true);
	try_graphite(f, &filter, false);
	try_graphite(f, &filter, true);
	try_kafka(f, &filter, KAFKA_KEY_NONE);
	try_kafka(f, &filter, KAFKA_KEY_POD);
	try_opentsdb(f, &filter);
	try_remote_write(f, &filter);
	try_statsd(f, &filter, false);
	try_statsd(f, &filter, true);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frames_copy copy =
	    frames_copy((struct str){ (const char *)data, size });
	struct frame f;
	struct arena a;
	struct err err;
	uint64_t seed = 0;

	arena_init(&a, ARENA_BYTES);
	if (frame_decode(&f, &a, copy.text, &err)) {
		try_formats(&f);
	} else {
		memcpy(&seed, data, size < sizeof seed ? size : sizeof seed);
		frames_random(&f, &a, seed);
		try_formats(&f);
	}
	free(copy.p);
	arena_fini(&a);
	return 0;
}
