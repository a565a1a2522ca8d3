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

/* Mostly a batch is one request, and no line has to be looked for. */
static void
test_whole(void)
{
	struct batch_piece piece;
	struct batch b;

	batch_init(&b, 5, 100);
	add(&b, "a\nb\n");
	ok(!batch_is_full(&b), "there is room for another frame like that");
	add(&b, "c\nd\n");
	ok(batch_is_full(&b), "but not for a third one");
	is_cut(&b, "a\nb\nc\nd\n|", "so that all is one request");
	ok(batch_next(&b, &piece) && piece.n_points == 4, "of so many points");
	batch_sent(&b, &piece);
	is_cut(&b, "", "that is not sent again");
	batch_rewind(&b);
	is_cut(&b, "a\nb\nc\nd\n|", "unless it has to be");
	add(&b, "e\nf\n");
	is_cut(&b, "a\nb\nc\nd\ne\n|f\n|", "too many after all");
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
	ok(batch_next(&b, &piece) && piece.n_points == 2, "the two last ones");
	batch_fini(&b);
}

/* What was too large once must not make all requests small for ever. */
static void
test_too_large(void)
{
	struct batch_piece piece;
	struct batch b;
	unsigned n = 0;

	batch_init(&b, 1000, 64);
	add(&b, "1234567\n1234567\n1234567\n1234567\n");
	if (batch_next(&b, &piece))
		batch_too_large(&b, &piece);
	is_cut(&b, "1234567\n1234567\n|1234567\n1234567\n|", "in halves");
	if (batch_next(&b, &piece))
		batch_too_large(&b, &piece);
	for (; batch_next(&b, &piece) && piece.n_points < 4; n++) {
		if (piece.n_points > 2)
			bail("%u points at once", (unsigned)piece.n_points);
		batch_clear(&b);
		add(&b, "1234567\n1234567\n1234567\n1234567\n");
		if (batch_next(&b, &piece))
			batch_sent(&b, &piece);
		batch_rewind(&b);
	}
	ok(n > 100, "they grow slowly");
	is_cut(&b, "1234567\n1234567\n1234567\n1234567\n|", "but they do");
	while (b.bytes_max != 64 && n++ < 1000)
		batch_sent(&b, &piece);
	is_u64(b.bytes_max, 64, "until they are as large as they were");
	for (n = 0; n < 100; n++)
		batch_sent(&b, &piece);
	is_u64(b.bytes_max, 64, "and no larger");
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
		{ 301, HTTP_AGAIN }, { 307, HTTP_AGAIN },
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

/* As printf() does it, in its own time. */
static void
test_millionths(void)
{
	static const double edges[] = {
		0, -0.0, 1, -1, 0.5, 1e-6, 5e-7, 4.9999999e-7, -4e-7, 1.5e-6,
		2.5e-6, 0.1, 0.9999995, 0.99999949999, 999999.9999995, 1e-300,
		5e-324, 4503599627370496.5, 1.8446744073709e13, 1.9e13, 1e15,
		9007199254740992, 1e18, 1e22, 1.7976931348623157e308,
		7.0000005, 0.0000035, 123456.7890125, 2251799813685247.75,
	};
	char got[DECIMAL_MAX_BYTES], want[DECIMAL_MAX_BYTES];
	uint64_t state = 1, n_wrong = 0;

	for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
		size_t n = print_millionths(got, edges[i]);

		snprintf(want, sizeof want, "%f", edges[i]);
		is_mem(got, n, want, strlen(want), "%%f: %s", want);
	}
	for (int i = 0; i < 200000; i++) {
		double v;
		size_t n;

		state = state * 6364136223846793005 + 1442695040888963407;
		/* Ties and near ties of all sizes. */
		v = (double)(state >> 30) / (double)(UINT64_C(1) << i % 60) *
		    (i % 3 == 0 ? 1 : 0.001);
		n = print_millionths(got, v);
		snprintf(want, sizeof want, "%f", v);
		n_wrong += n != strlen(want) || memcmp(got, want, n) != 0;
	}
	is_u64(n_wrong, 0, "%%f: any number");
}

int
main(void)
{
	test_batch();
	test_whole();
	test_kept();
	test_too_large();
	test_room();
	test_verdicts();
	test_decimals();
	test_go_values();
	test_millionths();
	return done_testing();
}
