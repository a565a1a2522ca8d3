/* SPDX-License-Identifier: ISC */
/* Points that wait, how they are cut, and what answers mean. */
#include "config.h"

#include "sinks/batch.h"
#include "sinks/decimal.h"
#include "sinks/http_verdict.h"

#include "t/tap.h"

static void
add(struct batch *b, const char *lines)
{
	size_t begin = b->text.len;
	uint64_t n = 0;

	for (const char *p = lines; *p != '\0'; p++)
		n += *p == '\n';
	buf_add_str(&b->text, str_of(lines));
	if (!batch_add(b, begin, n))
		bail("no room for %s", lines);
}

/* The pieces that are still to be sent, with '|' between them. */
static void
is_cut(const struct batch *batch, const char *want, const char *what)
{
	struct batch rest = *batch;
	struct batch_piece piece;
	struct buf got = BUF_INIT;
	uint64_t n = 0;

	while (batch_next(&rest, &piece)) {
		buf_add_str(&got, piece.lines);
		buf_add_char(&got, '|');
		n += piece.n_points;
		batch_sent(&rest, &piece);
	}
	is_mem(got.p, got.len, want, strlen(want), "%s", what);
	ok(n <= batch->n_points, "%s: no point twice", what);
	buf_fini(&got);
}

static void
test_batch(void)
{
	struct batch_piece piece;
	struct batch b;

	batch_init(&b, 2, 8);
	is_cut(&b, "", "nothing");
	add(&b, "a\n");
	ok(!batch_is_full(&b), "one of two points");
	add(&b, "b\nc\n");
	ok(batch_is_full(&b), "three of two points");
	is_cut(&b, "a\nb\n|c\n|", "cut after so many points");
	if (batch_next(&b, &piece))
		batch_sent(&b, &piece);
	is_cut(&b, "c\n|", "what was sent does not come again");
	batch_clear(&b);
	is_cut(&b, "", "cleared");
	add(&b, "12345\n67\n");
	ok(batch_is_full(&b), "so many bytes");
	is_cut(&b, "12345\n|67\n|", "cut before too many bytes");
	batch_clear(&b);
	add(&b, "123456789012\na\n");
	is_cut(&b, "123456789012\n|a\n|", "a line is not cut");
	batch_fini(&b);
}

static void
test_kept(void)
{
	static const bool is_kept[3] = { true, false, true };
	static const bool none[2] = { false, false };
	struct batch_piece piece;
	struct batch b;

	batch_init(&b, 3, 100);
	add(&b, "a\nbb\nccc\nd\ne\n");
	if (batch_next(&b, &piece))
		batch_sent_but(&b, &piece, is_kept);
	is_cut(&b, "a\nccc\nd\n|e\n|", "what was not taken comes again");
	b.points_max = 2;
	if (batch_next(&b, &piece))
		batch_sent_but(&b, &piece, none);
	is_cut(&b, "d\ne\n|", "and no more when it was");
	batch_fini(&b);
}

static void
test_room(void)
{
	struct batch b;
	size_t begin;

	batch_init(&b, 100, 100);
	add(&b, "kept\n");
	b.text.max_bytes = 8;
	begin = b.text.len;
	buf_add_str(&b.text, STR("ab\n"));
	buf_add_str(&b.text, STR("cd\n"));
	ok(!batch_add(&b, begin, 2), "no room is told");
	is_cut(&b, "kept\n|", "and half a frame is not kept");
	is_u64(b.n_points, 1, "nor counted");
	add(&b, "x\n");
	is_cut(&b, "kept\nx\n|", "the next one may have room");
	batch_fini(&b);
}

static void
test_verdicts(void)
{
	static const struct { int status; enum http_verdict verdict; } all[] = {
		{ 200, HTTP_TAKEN }, { 204, HTTP_TAKEN }, { 0, HTTP_AGAIN },
		{ 500, HTTP_AGAIN }, { 503, HTTP_AGAIN }, { 429, HTTP_AGAIN },
		{ 408, HTTP_AGAIN }, { 401, HTTP_FORBIDDEN },
		{ 403, HTTP_FORBIDDEN }, { 407, HTTP_FORBIDDEN },
		{ 413, HTTP_TOO_LARGE }, { 400, HTTP_REFUSED },
		{ 404, HTTP_REFUSED }, { 422, HTTP_REFUSED },
		{ 301, HTTP_REFUSED },
	};
	static const struct { const char *body, *reason; } bodies[] = {
		{ "", "" }, { "plain\ntext\n", "plain text" },
		{ "{\"error\":\"a \\\"b\\\"\"}", "a \"b\"" },
		{ "{\"code\":\"invalid\", \"message\": \"m\"}", "m" },
		{ "{\"error\":{\"code\":400,\"message\":\"deep\"}}", "deep" },
		{ "{\"error\":{\"type\":\"x\",\"reason\":\"why\"}}", "why" },
		{ "{\"error\":\"cut", "cut" }, { "{\"error\"", "{\"error\"" },
		{ "{\"error\":\"\\", "\\" },
	};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		is_u64(http_verdict(all[i].status), all[i].verdict,
		    "status %d", all[i].status);
	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
		struct buf out = BUF_INIT;

		http_reason(&out, str_of(bodies[i].body));
		is_mem(out.p, out.len, bodies[i].reason,
		    strlen(bodies[i].reason), "the reason in %s",
		    bodies[i].body);
		buf_fini(&out);
	}
}

static void
test_decimals(void)
{
	static const struct { double v; const char *text; } cases[] = {
		{ 0, "0" }, { 4000, "4000" }, { 0.1, "0.1" },
		{ 1234567.5, "1234567.5" }, { 1e6, "1000000" },
		{ 1e-5, "0.00001" }, { 1e-7, "0.0000001" },
		{ 1.25e-9, "0.00000000125" }, { -2.5e-8, "-0.000000025" },
		{ 1e21, "1000000000000000000000" },
		{ -1.5e22, "-15000000000000000000000" },
	};
	char text[DECIMAL_MAX_BYTES];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t n = print_decimal(text, cases[i].v);

		is_mem(text, n, cases[i].text, strlen(cases[i].text), "%s",
		    cases[i].text);
	}
	ok(print_decimal(text, 1.7e308) == 309, "the largest has 309 digits");
	ok(print_decimal(text, -4e-323) < DECIMAL_MAX_BYTES,
	    "the smallest has room");
}

static void
test_go_values(void)
{
	static const struct { double v; const char *text; } cases[] = {
		{ 0, "0" }, { 4000, "4000" }, { 0.1, "0.1" }, { 0.25, "0.25" },
		{ 100000, "100000" }, { 123456.75, "123456.75" },
		{ 1234567.5, "1.2345675e+06" }, { 1e6, "1e+06" },
		{ 2097152, "2.097152e+06" }, { 0.0001, "0.0001" },
		{ 1e-5, "1e-05" }, { 1.5e-7, "1.5e-07" }, { 1e21, "1e+21" },
		{ -2.5e123, "-2.5e+123" }, { -1.5, "-1.5" }, { 10, "10" },
	};
	char text[DECIMAL_MAX_BYTES];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t n = print_go_value(text, cases[i].v);

		is_mem(text, n, cases[i].text, strlen(cases[i].text),
		    "%%v: %s", cases[i].text);
	}
}

int
main(void)
{
	test_batch();
	test_kept();
	test_room();
	test_verdicts();
	test_decimals();
	test_go_values();
	return done_testing();
}
