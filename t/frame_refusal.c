/* SPDX-License-Identifier: ISC */
/*
 * What the decoder of frames refuses.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/frame_json.h"
#include "t/frames.h"
#include "t/tap.h"

#define ARENA_BYTES (16u << 20)

#define HEAD "{\"v\":1,\"kind\":\"node\",\"window_us\":1,\"resolution_us\":2,"
#define METRICS "\"metrics\":[\"cpu/usage\",\"memory/usage\"],"

static bool
decodes(struct str text, struct err *err)
{
	struct frames_copy c = frames_copy(text);
	struct arena a;
	struct frame f;
	bool is_fine;

	arena_init(&a, ARENA_BYTES);
	is_fine = frame_decode(&f, &a, c.text, err);
	arena_fini(&a);
	free(c.p);
	return is_fine;
}

#define NODE(fields) HEAD METRICS "\"node\":{\"name\":\"n\"," fields "}}"
#define POD(fields) NODE("\"pods\":[{\"namespace\":\"a\",\"name\":\"b\"," \
	    fields "}]")
static const struct { const char *what, *text, *reason; } refusals[] = {
	{ "nothing", "", "json" },
	{ "no object", "[]", "json" },
	{ "null", "null", "object" },
	{ "garbage", "hello", "json" },
	{ "an empty object", "{}", "version" },
	{ "version 2", "{\"v\":2,\"kind\":\"node\"}", "unknown version" },
	{ "no version", "{\"kind\":\"roster\"}", "version" },
	{ "no kind", "{\"v\":1,\"node\":{\"name\":\"n\"}}", "kind" },
	{ "an unknown kind", "{\"v\":1,\"kind\":\"nod\"}", "unknown kind" },
	{ "a node frame without node", HEAD METRICS "\"nodes\":[]}",
	  "no node" },
	{ "a failed frame without node", "{\"v\":1,\"kind\":\"failed\"}",
	  "no node" },
	{ "a roll-up without cluster", "{\"v\":1,\"kind\":\"rollup\"}",
	  "no cluster" },
	{ "a roll-up with a node instead",
	  "{\"v\":1,\"kind\":\"rollup\",\"node\":{\"name\":\"n\"}}",
	  "no cluster" },
	{ "a node frame with a cluster instead",
	  "{\"v\":1,\"kind\":\"node\",\"cluster\":{}}", "no node" },
	{ "both a node and a cluster",
	  HEAD "\"cluster\":{},\"node\":{\"name\":\"n\"}}",
	  "a node and a cluster" },
	{ "a cluster beside a node",
	  HEAD "\"node\":{\"name\":\"n\"},\"namespaces\":[]}",
	  "a node and a cluster" },
	{ "a node without name", HEAD "\"node\":{\"values\":[]}}",
	  "node without a name" },
	{ "a node whose name is null", HEAD "\"node\":{\"name\":null}}",
	  "node without a name" },
	{ "a node that is null", HEAD "\"node\":null}", "object" },
	{ "a pod that is null", NODE("\"pods\":[null]"), "object" },
	{ "a pod without namespace", NODE("\"pods\":[{\"name\":\"b\"}]"),
	  "pod without" },
	{ "a pod without name", NODE("\"pods\":[{\"namespace\":\"b\"}]"),
	  "pod without" },
	{ "a container without name", POD("\"containers\":[{}]"),
	  "container without" },
	{ "a system container without name", NODE("\"system\":[{}]"),
	  "container without" },
	{ "a namespace without name",
	  "{\"v\":1,\"kind\":\"rollup\",\"namespaces\":[{\"uid\":\"u\"}]}",
	  "namespace without" },
	{ "a roster with a nameless node",
	  "{\"v\":1,\"kind\":\"roster\",\"nodes\":[\"a\",null]}",
	  "node without a name" },
	{ "more values than metrics", NODE("\"values\":[1,2,3]"),
	  "more values" },
	{ "one null more than metrics", NODE("\"values\":[1,2,null]"),
	  "more values" },
	{ "values without metrics",
	  HEAD "\"node\":{\"name\":\"n\",\"values\":[1]}}", "more values" },
	{ "a negative integer", NODE("\"values\":[-1]"), "json" },
	{ "an integer with a fraction", NODE("\"values\":[1.5]"), "json" },
	{ "an integer with an exponent", NODE("\"values\":[1,1e3]"), "json" },
	{ "an integer with a leading zero", NODE("\"values\":[01]"), "json" },
	{ "an integer of 2^64", NODE("\"values\":[18446744073709551616]"),
	  "json" },
	{ "an integer of 40 digits", NODE("\"values\":["
	  "1111111111111111111111111111111111111111]"), "json" },
	{ "a string for a value", NODE("\"values\":[\"1\"]"), "json" },
	{ "a comma at the end of the values", NODE("\"values\":[1,]"),
	  "json" },
	{ "two commas between values", NODE("\"values\":[1,,2]"), "json" },
	{ "a comma before the values", NODE("\"values\":[,1]"), "json" },
	{ "values that end in another bracket", NODE("\"values\":[1}"),
	  "json" },
	{ "a time beyond 64 bits of ns",
	  NODE("\"start_us\":9223372036854775807"), "time out of range" },
	{ "a time with a fraction", NODE("\"start_us\":1.5"), "json" },
	{ "a name that is a number", HEAD "\"node\":{\"name\":1}}", "json" },
	{ "a name that is not UTF-8", HEAD "\"node\":{\"name\":\"\xff\"}}",
	  "json" },
	{ "a field twice", NODE("\"values\":[],\"values\":[]"), "twice" },
	{ "pods twice", NODE("\"pods\":[],\"pods\":[]"), "twice" },
	{ "metrics twice", HEAD METRICS METRICS "\"node\":{\"name\":\"n\"}}",
	  "twice" },
	{ "one metric twice", HEAD "\"metrics\":[\"uptime\",\"uptime\"],"
	  "\"node\":{\"name\":\"n\"}}", "metric stands twice" },
	{ "something behind the frame",
	  "{\"v\":1,\"kind\":\"roster\"}{}", "json" },
};

static void
test_refusals(void)
{
	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
		struct err err = { "accepted" };

		ok(!decodes(str_of(refusals[i].text), &err) &&
		    strstr(err.msg, refusals[i].reason) != NULL,
		    "refuses %s", refusals[i].what);
		if (strstr(err.msg, refusals[i].reason) == NULL)
			printf("# says: %s\n", err.msg);
	}
}

static void
test_truncation(void)
{
	struct arena a;
	struct frame f;
	struct buf b = BUF_INIT;
	struct err err;
	size_t n_accepted = 0;

	arena_init(&a, ARENA_BYTES);
	for (uint64_t seed = 0; seed < 8; seed++) {
		frames_random(&f, &a, seed);
		buf_reset(&b);
		frame_encode(&f, &b);
		for (size_t n = 0; n < b.len; n++)
			n_accepted += decodes((struct str){ b.p, n }, &err);
	}
	ok(n_accepted == 0, "a frame cut at any byte is refused");
	buf_fini(&b);
	arena_fini(&a);
}

/* n times text, between head and tail. */
static struct buf
repeated(const char *head, const char *text, size_t n, const char *tail)
{
	struct buf b = BUF_INIT;

	buf_add_str(&b, str_of(head));
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_add_char(&b, ',');
		buf_add_str(&b, str_of(text));
	}
	buf_add_str(&b, str_of(tail));
	return b;
}

static void
test_bounds(void)
{
#define POD_HEAD HEAD "\"node\":{\"name\":\"n\",\"pods\":[{" \
	"\"namespace\":\"a\",\"name\":\"b\","
	static const struct {
		const char *what, *head, *text, *tail;
		size_t max;
	} cases[] = {
		{ "metrics", HEAD "\"metrics\":[", "\"x\"",
		  "],\"node\":{\"name\":\"n\"}}", FRAME_COLUMNS_MAX },
		{ "resources", POD_HEAD "\"resources\":[", "{}", "]}]}}",
		  FRAME_RESOURCES_MAX },
		{ "stored labels", POD_HEAD "\"stored\":{", "\"a\":\"b\"",
		  "}}]}}", FRAME_STORED_MAX },
		{ "nodes", "{\"v\":1,\"kind\":\"roster\",\"nodes\":[", "\"\"",
		  "]}", FRAME_NODES_MAX },
	};
	struct err err;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf b = repeated(cases[i].head, cases[i].text,
		    cases[i].max, cases[i].tail);

		ok(decodes(buf_str(&b), &err), "takes %zu %s", cases[i].max,
		    cases[i].what);
		buf_fini(&b);
		b = repeated(cases[i].head, cases[i].text, cases[i].max + 1,
		    cases[i].tail);
		ok(!decodes(buf_str(&b), &err) &&
		    strstr(err.msg, "too many") != NULL,
		    "refuses one more of the %s", cases[i].what);
		buf_fini(&b);
	}
}

static void
test_memory(void)
{
	struct buf b = repeated(HEAD "\"node\":{\"name\":\"n\",\"system\":[",
	    "{\"name\":\"s\"}", FRAME_SETS_MAX - 1, "]}}");
	struct buf small = { .max_bytes = 10000 };
	struct arena a;
	struct frame f;
	struct err err;
	struct frames_copy c;

	ok(!decodes(buf_str(&b), &err) &&
	    strstr(err.msg, "too large") != NULL,
	    "a frame that does not fit into the arena is refused");
	c = frames_copy(buf_str(&b));
	arena_init(&a, 256u << 20);
	ok(frame_decode(&f, &a, c.text, &err) && f.n_sets == FRAME_SETS_MAX,
	    "takes %d sets", FRAME_SETS_MAX);
	frame_encode(&f, &small);
	ok(small.failed, "a full buffer is marked as failed");
	free(c.p);
	buf_fini(&b);
	b = repeated(HEAD "\"node\":{\"name\":\"n\",\"system\":[",
	    "{\"name\":\"s\"}", FRAME_SETS_MAX, "]}}");
	c = frames_copy(buf_str(&b));
	arena_reset(&a);
	ok(!frame_decode(&f, &a, c.text, &err) &&
	    strstr(err.msg, "too many sets") != NULL, "refuses one set more");
	free(c.p);
	buf_fini(&b);
	buf_fini(&small);
	arena_fini(&a);
}

static void
test_nesting(void)
{
	struct buf b = BUF_INIT;
	struct err err;

	buf_add_str(&b, str_of("{\"v\":1,\"kind\":\"roster\",\"x\":"));
	for (int i = 0; i < 100000; i++)
		buf_add_char(&b, '[');
	ok(!decodes(buf_str(&b), &err), "refuses 100000 open brackets");
	buf_fini(&b);
}

int
main(void)
{
	test_refusals();
	test_truncation();
	test_bounds();
	test_memory();
	test_nesting();
	return done_testing();
}
