/* SPDX-License-Identifier: ISC */
/* OpenTSDB's points against the bytes that Heapster's own sink sent. */
#include "config.h"

#include "sinks/format_opentsdb.h"

#include "t/formatting.h"

static uint64_t
run(void *format, struct buf *out, const struct frame *f)
{
	return format_opentsdb(out, format, f);
}

static void
test_golden(void)
{
	struct opentsdb_format format = { .cluster = STR("c1") };
	struct formatting f = formatting(run, &format, &format.filter);

	formatting_golden(&f, "t/data/heapster-sinks/opentsdb.points", 21);
	format.want_labelled = true;
	formatting_reset(&f);
	batch_sample(formatting_add, &f);
	is_u64(f.n, 26, "more with labelled metrics");
	opentsdb_format_fini(&format);
	formatting_fini(&f);
}

#define NODE "{\"v\":1,\"kind\":\"node\",\"window_us\":61500000," \
	"\"resolution_us\":1000000,\"metrics\":[\"uptime\"," \
	"\"network/rx_rate\"],\"labelled\":[\"filesystem/usage\"],\"node\":{" \
	"\"name\":\"n\",\"system\":[],\"pods\":[],"
#define TAGS "\"hostname\":\"n\",\"nodename\":\"n\","

static const struct {
	const char *what;
	const char *frame;
	const char *lines;
} cases[] = {
	{ "what it does not take is one _ per character",
	    NODE "\"stored\":{\"a:b\":\"x \xc3\xa4\xe2\x82\xac\\\"\\\\\\n/-_.9\","
	    "\"\xc3\xa4\":\"y\"},\"values\":[1]}}",
	    "{\"metric\":\"uptime_cumulative\",\"timestamp\":61,\"value\":1,"
	    "\"tags\":{\"_\":\"y\",\"a_b\":\"x______/-_.9\","
	    "\"cluster\":\"c1\"," TAGS "\"type\":\"node\"}}\n" },
	{ "keys that become one are there once, nothing is no tag",
	    NODE "\"stored\":{\"a:b\":\"1\",\"a,b\":\"2\",\"c\":\"\","
	    "\"cluster\":\"mine\"},\"values\":[1]}}",
	    "{\"metric\":\"uptime_cumulative\",\"timestamp\":61,\"value\":1,"
	    "\"tags\":{\"a_b\":\"1\",\"cluster\":\"c1\"," TAGS
	    "\"type\":\"node\"}}\n" },
	{ "floats are JSON, integers beyond 63 bits are no points",
	    NODE "\"values\":[9223372036854775808,0.5]}}",
	    "{\"metric\":\"network_rx_rate_gauge\",\"timestamp\":61,"
	    "\"value\":0.5,\"tags\":{\"cluster\":\"c1\"," TAGS
	    "\"type\":\"node\"}}\n" },
	{ "a resource is a tag",
	    NODE "\"values\":[],\"resources\":[{\"resource_id\":\"/\","
	    "\"values\":[7]}]}}",
	    "{\"metric\":\"filesystem_usage_gauge\",\"timestamp\":61,"
	    "\"value\":7,\"tags\":{\"cluster\":\"c1\"," TAGS
	    "\"resource_id\":\"/\",\"type\":\"node\"}}\n" },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct opentsdb_format format = {
			.cluster = STR("c1"),
			.want_labelled = true,
		};
		struct formatting f = formatting(run, &format, &format.filter);

		formatting_case(&f, cases[i].frame, cases[i].lines,
		    cases[i].what);
		opentsdb_format_fini(&format);
		formatting_fini(&f);
	}
}

static void
test_join(void)
{
	static const struct { const char *lines, *want; } joins[] = {
		{ "", "" }, { "{1}\n", "{1}" }, { "{1}\n{2}\n", "[{1},{2}]" },
	};

	for (size_t i = 0; i < sizeof joins / sizeof joins[0]; i++) {
		struct buf out = BUF_INIT;

		opentsdb_join(&out, str_of(joins[i].lines));
		is_mem(out.p, out.len, joins[i].want, strlen(joins[i].want),
		    "joined: %s", joins[i].want);
		buf_fini(&out);
	}
}

int
main(void)
{
	test_golden();
	test_cases();
	test_join();
	return done_testing();
}
