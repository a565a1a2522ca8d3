/* SPDX-License-Identifier: ISC */
/*
 * Whatever names a frame has, documents, events and messages stay well-formed:
 * their receiver takes them apart as they were put together.
 */
#include "config.h"

#include "sinks/format_elasticsearch.h"
#include "sinks/format_otlp.h"
#include "sinks/format_riemann.h"
#include "sinks/otlp_join.h"
#include "sinks/protobuf.h"

#include "t/fuzz/any_frame.h"

/* How many data points: those of each list of fields that lead to them. */
static uint64_t
count_points(struct str message, unsigned depth)
{
	static const unsigned way[] = { 1, 2, 2, 0, 1 };
	struct str bytes;
	unsigned field;
	uint64_t v, n = 0;

	while (message.len > 0) {
		demand(protobuf_next(&message, &field, &v, &bytes));
		/* A metric's data is a gauge, or a sum. */
		if (field != way[depth] &&
		    !(way[depth] == 0 && (field == 5 || field == 7)))
			continue;
		n += depth == 4 ? 1 : count_points(bytes, depth + 1);
	}
	return n;
}

static void
try_otlp(const struct frame *f, const struct point_filter *filter,
    enum otlp_encoding encoding)
{
	static struct otlp_format format;
	static struct otlp_join join;
	struct buf records = BUF_INIT, out = BUF_INIT;
	struct arena a;
	struct json j;
	struct err err;
	uint64_t n;

	format.filter = *filter;
	format.want_rates = true;
	format.encoding = join.encoding = encoding;
	join.scope = join.version = join.schema = STR("x");
	n = format_otlp(&records, &format, f);
	otlp_join(&out, &join, buf_str(&records));
	demand(!records.failed && !out.failed);
	buf_pad(&out);
	if (encoding == OTLP_JSON) {
		arena_init(&a, ARENA_BYTES);
		json_begin(&j, buf_str(&out), &a);
		json_skip(&j);
		demand(json_end(&j, &err));
		arena_fini(&a);
	} else {
		demand(count_points(buf_str(&out), 0) == n);
	}
	for (struct str rest = buf_str(&records); rest.len > 0; n--) {
		size_t len = otlp_record_len(rest);

		rest.p += len;
		rest.len -= len;
	}
	demand(n == 0);
	buf_fini(&records);
	buf_fini(&out);
}

/* What a server might say. */
static void
try_answers(const uint8_t *data, size_t size)
{
	struct buf body = BUF_INIT, reason = BUF_INIT;
	uint64_t n;

	buf_add(&body, data, size);
	buf_pad(&body);
	otlp_answer(buf_str(&body), OTLP_PROTOBUF, &n, &reason);
	otlp_answer(buf_str(&body), OTLP_JSON, &n, &reason);
	buf_fini(&body);
	buf_fini(&reason);
}

static void
try_riemann(const struct frame *f, const struct point_filter *filter)
{
	static struct riemann_format format;
	struct buf out = BUF_INIT;
	struct str rest;
	uint64_t n;

	format.filter = *filter;
	format.host = STR("h");
	format.state = STR("ok");
	format.ttl_s = 60;
	format.want_micros = true;
	n = format_riemann(&out, &format, f);
	demand(!out.failed);
	for (rest = buf_str(&out); rest.len > 0; n--) {
		size_t len = riemann_record_len(rest), begin = 1;
		struct str error;
		bool is_ok;

		/* An event is made of fields, as an answer is. */
		demand(rest.p[0] == 0x32 && len <= rest.len);
		while ((rest.p[begin++] & 0x80) != 0)
			continue;
		demand(riemann_answer((struct str){ rest.p + begin,
		    len - begin }, &is_ok, &error) && error.p != NULL);
		rest.p += len;
		rest.len -= len;
	}
	demand(n == 0);
	buf_fini(&out);
}

/* A line that is one object and nothing else. */
static void
check_json(struct str *rest, struct arena *a)
{
	struct str line = str_cut(rest, '\n');
	struct err err;
	struct json j;

	json_begin(&j, line, a);
	json_skip(&j);
	demand(line.len > 2 && line.p[0] == '{' && json_end(&j, &err));
}

static void
try_elasticsearch(const struct frame *f, const struct point_filter *filter,
    enum elastic_version version)
{
	static struct elastic_format format;
	struct buf out = BUF_INIT;
	struct arena a;
	struct str rest;
	uint64_t n;

	format.filter = *filter;
	format.cluster_name = STR("c");
	format.index = STR("i");
	format.version = version;
	format.is_stream = version == ELASTIC_8;
	format.want_underscores = version >= ELASTIC_6;
	arena_init(&a, ARENA_BYTES);
	n = format_elasticsearch(&out, &format, f);
	demand(!out.failed);
	buf_pad(&out);
	for (rest = buf_str(&out); rest.len > 0; n--) {
		size_t len = elastic_record_len(rest);
		const char *end = rest.p + len;

		check_json(&rest, &a);
		check_json(&rest, &a);
		demand(rest.len == 0 || rest.p == end);
		arena_reset(&a);
	}
	demand(n == 0);
	arena_fini(&a);
	buf_fini(&out);
}

static void
try_formats(const struct frame *f, const struct point_filter *filter)
{
	try_riemann(f, filter);
	try_elasticsearch(f, filter, ELASTIC_5);
	try_elasticsearch(f, filter, ELASTIC_8);
	try_otlp(f, filter, OTLP_PROTOBUF);
	try_otlp(f, filter, OTLP_JSON);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_answers(data, size);
	with_any_frame(data, size, try_formats);
	return 0;
}
