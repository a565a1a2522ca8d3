/* SPDX-License-Identifier: ISC */
/* Numbers to the last digit, what is a line, and what is none. */
#include "config.h"

#include "collector/prometheus.h"
#include "common/buf.h"
#include "common/json.h"
#include "t/tap.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* A text in an allocation of its own. */
struct parsed {
	struct prometheus t;
	struct arena arena;
	char *text;
};

static void
begin(struct parsed *p, struct str text)
{
	p->text = malloc(text.len + JSON_PAD);
	if (p->text == NULL)
		bail("no memory");
	memcpy(p->text, text.p, text.len);
	memset(p->text + text.len, '7', JSON_PAD);
	arena_init(&p->arena, 65536);
	prometheus_begin(&p->t, (struct str){ p->text, text.len }, &p->arena);
}

static void
parsed_fini(struct parsed *p)
{
	arena_fini(&p->arena);
	free(p->text);
}

#define NONE UINT64_C(0xdeadbeef)	/* of no case */

static const struct number_case {
	const char *text;
	uint64_t as_s;		/* with a scale of 0, and */
	uint64_t as_ns;		/* with one of 9 */
} number_cases[] = {
	{ "0", 0, 0 },
	{ "-0", 0, 0 },
	{ "0.0", 0, 0 },
	{ "0e+30", 0, 0 },
	{ "7", 7, 7000000000 },
	{ "+7", 7, 7000000000 },
	{ "0.286027161", 0, 286027161 },
	{ "1207.186394587", 1207, 1207186394587 },
	{ "15.76253756", 15, 15762537560 },
	{ "0.9999999999", 0, 999999999 },
	{ "1.263616e+08", 126361600, 126361600000000000 },
	{ "1.20410112e+09", 1204101120, 1204101120000000000 },
	{ "1.263616E+08", 126361600, 126361600000000000 },
	{ "1.263616e8", 126361600, 126361600000000000 },
	{ "1.7954241900754187e+09", 1795424190, 1795424190075418700 },
	{ "2.5e-05", 0, 25000 },
	{ "1e-09", 0, 1 },
	{ "9.9e-10", 0, 0 },
	{ "1e-400", 0, 0 },
	{ "123456789.123456789", 123456789, 123456789123456789 },
	{ "12345678901.5", 12345678901, 12345678901500000000u },
	{ "9007199254740993", 9007199254740993, NONE },
	{ "18446744073.709551615", 18446744073, UINT64_MAX },
	{ "18446744073.7095516159", 18446744073, UINT64_MAX },
	{ "18446744073.709551616", 18446744073, NONE },
	{ "0.00000000000000000000000000001", 0, 0 },
	{ "00000000000000000000000000000001", 1, 1000000000 },
	{ "1.0000000000000000000000000000001", 1, 1000000000 },
	{ "1234567890123456789", 1234567890123456789, NONE },
	{ "12345678901234567899", 12345678901234567899u, NONE },
	{ "1.8446744073709551609e+19", 18446744073709551609u, NONE },
	{ "1.8446744073709551616e+19", NONE, NONE },
	{ "100000000000000000000e-20", 1, 1000000000 },
	{ "1234567890123456789012345e-20", 12345, 12345678901234 },
	{ "1e19", 10000000000000000000u, NONE },
	{ "1e20", NONE, NONE },
	{ "1e+308", NONE, NONE },
	{ "1e+99999999999999999999", NONE, NONE },
	{ "-1", NONE, NONE },
	{ "-1e-30", NONE, NONE },
	{ "-6.21355968e+10", NONE, NONE },
	{ "NaN", NONE, NONE },
	{ "nan", NONE, NONE },
	{ "Inf", NONE, NONE },
	{ "+Inf", NONE, NONE },
	{ "-Inf", NONE, NONE },
	{ "+infinity", NONE, NONE },
	{ "1.", 1, 1000000000 },
	{ ".5", 0, 500000000 },
};

static void
is_number(const char *text, const char *behind, unsigned scale, uint64_t want)
{
	struct prometheus_sample sample = { .value = 0 };
	struct str name = { NULL, 0 };
	struct parsed p;
	struct err err;
	char line[256];
	bool is_read;

	snprintf(line, sizeof line, "a %s%s", text, behind);
	begin(&p, str_of(line));
	is_read = prometheus_next(&p.t, &name) &&
	    prometheus_sample(&p.t, scale, &sample) &&
	    !prometheus_next(&p.t, &name) && prometheus_end(&p.t, &err);
	if (want == NONE)
		ok(is_read && !sample.has_value, "%s has no value", text);
	else if (ok(is_read && sample.has_value, "%s has a value", text))
		is_u64(sample.value, want, "%s times 10^%u", text, scale);
	parsed_fini(&p);
}

static void
test_numbers(void)
{
	static const char *const behind[] =
	    { "\n", " 1795424247814\n", "\t -62135596800000 \n" };

	for (size_t i = 0; i < COUNT(number_cases); i++)
		for (size_t f = 0; f < COUNT(behind); f++) {
			const struct number_case *c = &number_cases[i];

			is_number(c->text, behind[f], 0, c->as_s);
			is_number(c->text, behind[f], 9, c->as_ns);
		}
}

static void
test_times(void)
{
	static const struct { const char *line; int64_t time_ms; } cases[] = {
		{ "a 1 0\n", 0 }, { "a 1 1795424247814\n", 1795424247814 },
		{ "a 1 -62135596800000\n", -62135596800000 },
		{ "a 1 123456789012345\n", 123456789012345 },
		{ "a 1 1234567890123456\n", 1234567890123456 },
		{ "a 1 9223372036854775807\n", INT64_MAX },
		{ "a 1 12 \t\n", 12 },
	};
	struct prometheus_sample sample = { .time_ms = 0 };
	struct parsed p;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str name = { NULL, 0 };

		begin(&p, str_of(cases[i].line));
		ok(prometheus_next(&p.t, &name) &&
		    prometheus_sample(&p.t, 0, &sample) && sample.has_time,
		    "has a time: %s", cases[i].line);
		is_i64(sample.time_ms, cases[i].time_ms, "it is that");
		parsed_fini(&p);
	}
}

/* All lines, as "NAME[KEY=VALUE|...]VALUE@TIME ". */
static void
walk(struct buf *out, struct prometheus *t)
{
	struct prometheus_sample sample;
	struct str name = { NULL, 0 }, key, value;

	while (prometheus_next(t, &name)) {
		buf_addf(out, "%.*s[", STR_ARG(name));
		if (prometheus_labels_begin(t))
			while (prometheus_label(t, &key, &value))
				buf_addf(out, "%.*s=%.*s|", STR_ARG(key),
				    STR_ARG(value));
		if (!prometheus_sample(t, 0, &sample))
			break;
		buf_addf(out, "]");
		if (sample.has_value)
			buf_add_u64(out, sample.value);
		if (sample.has_time)
			buf_addf(out, "@%" PRId64, sample.time_ms);
		buf_add_char(out, ' ');
	}
	buf_add_char(out, '\0');
}

static void
test_lines(void)
{
	static const struct { const char *text; const char *want; } cases[] = {
		{ "", "" }, { "\n\n", "" }, { " \t\n", "" },
		{ "# HELP a b\n#\n# \"{\n", "" },
		{ "a 1\n", "a[]1 " }, { "a{} 1\n", "a[]1 " },
		{ "a{}1\n", "a[]1 " }, { " a 1\n", "a[]1 " },
		{ "a:b_9 1 2\n", "a:b_9[]1@2 " },
		{ "a{b=\"c\"} 1\n", "a[b=c|]1 " },
		{ "a{b=\"c\",} 1\n", "a[b=c|]1 " },
		{ "a { b = \"c\" , d\t=\"e\" } 1\n", "a[b=c|d=e|]1 " },
		{ "a{b=\"\"} 1\n", "a[b=|]1 " },
		{ "a{b=\"}{,#=\"} 1\n", "a[b=}{,#=|]1 " },
		{ "a{b=\"\\\\\\\"\\n\"} 1\n", "a[b=\\\"\n|]1 " },
		{ "a{b=\"x\\\\\"} 1\n", "a[b=x\\|]1 " },
		{ "a{b=\"\t\303\251\"} 1\n", "a[b=\t\303\251|]1 " },
		{ "a{b=\"0123456789abcdef0123456789abcdef\"} 1\n",
		    "a[b=0123456789abcdef0123456789abcdef|]1 " },
		{ "a{b=\"0123456789abcdef\\\"0123\"} 1\n",
		    "a[b=0123456789abcdef\"0123|]1 " },
		{ "a 1\na{b=\"c\"} 2\na 3\naa 4\n",
		    "a[]1 a[b=c|]2 a[]3 aa[]4 " },
		{ "a NaN 5\nb 1\n", "a[]@5 b[]1 " },
	};
	struct buf got = BUF_INIT;
	struct parsed p;
	struct err err;

	for (size_t i = 0; i < COUNT(cases); i++) {
		buf_reset(&got);
		begin(&p, str_of(cases[i].text));
		walk(&got, &p.t);
		is_str(got.p, cases[i].want, "says %s: %s", cases[i].want,
		    cases[i].text);
		ok(prometheus_end(&p.t, &err), "without an error");
		parsed_fini(&p);
	}
	buf_fini(&got);
}

static const struct {
	const char *text;
	const char *msg;
} damage_cases[] = {
	{ "a", "the text ends within line 1" },
	{ "a 1", "the text ends within line 1" },
	{ "a 1\n\na{b=\"", "the text ends within line 3" },
	{ "a 1\na{b=\"c\\", "the text ends within line 2" },
	{ "a 1\n# HELP", "the text ends within line 2" },
	{ "a 1 17", "the text ends within line 1" },
	{ "a 1 \n9a 1\n", "expected a name in line 2" },
	{ "<html>\n", "expected a name in line 1" },
	{ "{\"node\":{}}\n", "expected a name in line 1" },
	{ "a\n", "expected a number in line 1" },
	{ "a<b> 1\n", "expected a number in line 1" },
	{ "a x\n", "expected a number in line 1" },
	{ "a -\n", "expected a number in line 1" },
	{ "a 1.2.3\n", "expected a number in line 1" },
	{ "a 0x1p3\n", "expected a number in line 1" },
	{ "a 1e\n", "expected a number in line 1" },
	{ "a 1e+\n", "expected a number in line 1" },
	{ "a 1e5.\n", "expected a number in line 1" },
	{ "a 1_000\n", "expected a number in line 1" },
	{ "a .\n", "expected a number in line 1" },
	{ "a 12345678901234567x\n", "expected a number in line 1" },
	{ "a 1\r\n", "expected a number in line 1" },
	{ "a 1 x\n", "expected a time in line 1" },
	{ "a 1 1.5\n", "expected a time in line 1" },
	{ "a 1 9223372036854775808\n", "expected a time in line 1" },
	{ "a 1 2 3\n", "expected a line feed in line 1" },
	{ "a{ 1\n", "expected a label in line 1" },
	{ "a{,} 1\n", "expected a label in line 1" },
	{ "a{b} 1\n", "expected '=' in line 1" },
	{ "a{b=c} 1\n", "expected '\"' in line 1" },
	{ "a{b=\"c} 1\n", "expected the end of a label in line 1" },
	{ "a{b=\"c\"d=\"e\"} 1\n", "expected ',' or '}' in line 1" },
	{ "a{b=\"c\"\n", "expected ',' or '}' in line 1" },
	{ "a{b=\"\\t\"} 1\n", "bad escape in line 1" },
	{ "a{b=\"\\\n\"} 1\n", "bad escape in line 1" },
};

static void
test_damage(void)
{
	struct buf got = BUF_INIT;
	struct parsed p;
	struct err err;

	for (size_t i = 0; i < COUNT(damage_cases); i++) {
		for (int is_skipped = 0; is_skipped < 2; is_skipped++) {
			struct str name = { NULL, 0 };

			begin(&p, str_of(damage_cases[i].text));
			if (is_skipped)
				while (prometheus_next(&p.t, &name))
					prometheus_skip(&p.t);
			else
				walk(&got, &p.t);
			ok(!prometheus_end(&p.t, &err) &&
			    !prometheus_next(&p.t, &name),
			    "refuses%s: %s", is_skipped ? " to skip" : "",
			    damage_cases[i].text);
			is_str(err.msg, damage_cases[i].msg, "and says why");
			parsed_fini(&p);
		}
	}
	begin(&p, STR("a{b=\"\0\"} 1\n"));
	walk(&got, &p.t);
	ok(!prometheus_end(&p.t, &err), "refuses a NUL in a label");
	parsed_fini(&p);
	buf_fini(&got);
}

static void
test_prediction(void)
{
	struct str name = STR("ab"), guess = name, key, value, labels;
	struct prometheus_sample sample;
	struct parsed p;
	struct err err;

	begin(&p, STR("ab{c=\"d\"} 1\nab{c=\"d\"} 2\nab{c=\"dd\"} 3\nabc 4\n"));
	ok(prometheus_next(&p.t, &name) && name.p == guess.p,
	    "a right guess stays");
	ok(prometheus_labels_begin(&p.t) &&
	    prometheus_label(&p.t, &key, &value) &&
	    !prometheus_label(&p.t, &key, &value), "labels are read");
	labels = p.t.labels;
	is_mem(labels.p, labels.len, "{c=\"d\"}", 7, "they stood like this");
	prometheus_sample(&p.t, 0, &sample);
	ok(prometheus_next(&p.t, &name) && name.p == guess.p &&
	    p.t.labels.p == NULL, "the next line has none yet");
	ok(prometheus_labels_are(&p.t, labels), "the same labels are known");
	prometheus_sample(&p.t, 0, &sample);
	is_u64(sample.value, 2, "the value is behind them");
	prometheus_next(&p.t, &name);
	ok(!prometheus_labels_are(&p.t, labels), "others are not these");
	ok(!prometheus_labels_are(&p.t, (struct str){ NULL, 0 }),
	    "none are no guess");
	prometheus_skip(&p.t);
	ok(prometheus_next(&p.t, &name) && str_is(name, "abc"),
	    "a name that begins with the guess is another");
	prometheus_skip(&p.t);
	ok(!prometheus_next(&p.t, &name) && prometheus_end(&p.t, &err),
	    "that was all");
	parsed_fini(&p);
}

int
main(void)
{
	test_numbers();
	test_times();
	test_lines();
	test_damage();
	test_prediction();
	return done_testing();
}
