/* SPDX-License-Identifier: ISC */
/* Riemann's events against those that Heapster's own sink sent, and answers. */
#include "config.h"

#include "sinks/format_riemann.h"

#include "t/formatting.h"

static uint64_t
run(void *format, struct buf *out, const struct frame *f)
{
	return format_riemann(out, format, f);
}

/* A line per record. */
static void
add_hex(struct buf *hex, struct str records)
{
	while (records.len > 0) {
		size_t len = riemann_record_len(records);

		for (size_t i = 0; i < len; i++)
			buf_addf(hex, "%02x", (unsigned char)records.p[i]);
		buf_add_char(hex, '\n');
		records.p += len;
		records.len -= len;
	}
}

static void
test_golden(void)
{
	struct riemann_format format = {
		.host = STR("machine"),
		.state = STR("ok"),
		.tags = { STR("foobar"), STR("b,c") },
		.n_tags = 2,
		.ttl_s = 120,
	};
	struct formatting f = formatting(run, &format, &format.filter);
	struct buf hex = BUF_INIT;

	formatting_filter(&format.filter, "?types=pod");
	batch_sample(formatting_add, &f);
	add_hex(&hex, buf_str(&f.out));
	batch_is(buf_str(&hex), "t/data/heapster-sinks/riemann.events");
	is_u64(f.n, 8, "it says how many events there are");
	buf_fini(&hex);
	riemann_format_fini(&format);
	formatting_fini(&f);
}

#define NODE "{\"v\":1,\"kind\":\"node\",\"window_us\":61500000," \
	"\"resolution_us\":500000,\"metrics\":[\"uptime\"," \
	"\"network/rx_rate\"],\"node\":{" \
	"\"name\":\"n\",\"system\":[],\"pods\":[],"
#define ROLLUP "{\"v\":1,\"kind\":\"rollup\",\"window_us\":61500000," \
	"\"resolution_us\":500000,\"metrics\":[\"memory/usage\"]," \
	"\"answered\":1,\"missing\":[],\"cluster\":{\"values\":[300]}," \
	"\"namespaces\":[]}"
#define HOST "\x22\x01" "n"
#define NODE_LABELS "\x4a\x0b\x0a\x07" "host_id\x12\x00" \
	"\x4a\x0d\x0a\x08" "hostname\x12\x01" "n" \
	"\x4a\x0d\x0a\x08" "nodename\x12\x01" "n" \
	"\x4a\x0c\x0a\x04" "type\x12\x04" "node"

#define BYTES(s) s, sizeof(s) - 1

static const struct {
	const char *what;
	const char *frame;
	bool want_micros;
	const char *bytes;
	size_t n;
} cases[] = {
	{ "without state, tags and ttl", NODE "\"values\":[1]}}", false,
	    BYTES("\x32\x48\x08\x3d\x1a\x06" "uptime" HOST NODE_LABELS
	    "\x68\x02") },
	{ "with microseconds", NODE "\"values\":[null,0.5]}}", true,
	    BYTES("\x32\x5d\x08\x3d\x1a\x0f" "network/rx_rate" HOST NODE_LABELS
	    "\x50\xe0\xd4\xa9\x1d" "\x71\0\0\0\0\0\0\xe0\x3f") },
	{ "an integer beyond 63 bits is a double",
	    NODE "\"values\":[9223372036854775808]}}", false,
	    BYTES("\x32\x4f\x08\x3d\x1a\x06" "uptime" HOST NODE_LABELS
	    "\x71\0\0\0\0\0\0\xe0\x43") },
	{ "what is of no node has this machine as host", ROLLUP, false,
	    BYTES("\x32\x2d\x08\x3d\x1a\x0c" "memory/usage\x22\x07" "machine"
	    "\x4a\x0f\x0a\x04" "type\x12\x07" "cluster\x68\xd8\x04") },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct riemann_format format = {
			.host = STR("machine"),
			.want_micros = cases[i].want_micros,
		};
		struct formatting f = formatting(run, &format, &format.filter);

		formatting_run(&f, cases[i].frame);
		is_mem(f.out.p, f.out.len, cases[i].bytes, cases[i].n, "%s",
		    cases[i].what);
		is_u64(riemann_record_len(buf_str(&f.out)), f.out.len,
		    "as long as it says");
		riemann_format_fini(&format);
		formatting_fini(&f);
	}
}

static const struct {
	const char *what;
	const char *bytes;
	size_t n;
	bool is_msg, is_ok;
	const char *error;
} answers[] = {
	{ "ok", BYTES("\x10\x01"), true, true, NULL },
	{ "not ok", BYTES("\x10\x00"), true, false, NULL },
	{ "an error", BYTES("\x10\x00\x1a\x03" "why"), true, false, "why" },
	{ "fields that are not known", BYTES("\x09" "12345678\x15" "1234\x12\x01"
	    "x\x10\x01"), true, true, NULL },
	{ "nothing", BYTES(""), true, false, NULL },
	{ "an error that is cut", BYTES("\x1a\x04" "why"), false, false, NULL },
	{ "a number that is cut", BYTES("\x10\x80"), false, false, NULL },
	{ "a tag that is cut", BYTES("\xff"), false, false, NULL },
	{ "no length", BYTES("\x1a"), false, false, NULL },
	{ "a group", BYTES("\x0b"), false, false, NULL },
	{ "HTTP", BYTES("HTTP/1.1 400 Bad Request"), false, false, NULL },
};

static void
test_answers(void)
{
	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		struct str error;
		bool is_ok;

		ok(riemann_answer((struct str){ answers[i].bytes,
		    answers[i].n }, &is_ok, &error) == answers[i].is_msg,
		    "whether it is an answer: %s", answers[i].what);
		if (!answers[i].is_msg)
			continue;
		ok(is_ok == answers[i].is_ok, "whether it is good: %s",
		    answers[i].what);
		ok(str_eq(error, str_of(answers[i].error)), "its error: %s",
		    answers[i].what);
	}
}

static void
test_header(void)
{
	char header[RIEMANN_HEADER_BYTES];

	riemann_put_header(header, 0x01020304);
	is_mem(header, sizeof header, "\1\2\3\4", 4, "the high byte is first");
	is_u64(riemann_header(header), 0x01020304, "and read so");
}

int
main(void)
{
	test_golden();
	test_cases();
	test_answers();
	test_header();
	return done_testing();
}
