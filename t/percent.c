/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/percent.h"

#include "t/tap.h"

static void
test_decode(void)
{
	static const struct {
		const char *text;
		bool is_query;
		const char *decoded;	/* NULL: refused */
	} cases[] = {
		{ "", false, "" },
		{ "plain", false, "plain" },
		{ "a%2Fb", false, "a/b" },
		{ "a%2fb", false, "a/b" },
		{ "%e2%82%AC", false, "\xe2\x82\xac" },
		{ "a+b", false, "a+b" },
		{ "a+b", true, "a b" },
		{ "a%2Bb", true, "a+b" },
		{ "%", false, NULL },
		{ "%4", false, NULL },
		{ "%zz", false, NULL },
		{ "%4g", false, NULL },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf out = BUF_INIT;
		bool decoded = percent_decode(&out, str_of(cases[i].text),
		    cases[i].is_query);

		if (cases[i].decoded == NULL)
			ok(!decoded, "\"%s\" is refused", cases[i].text);
		else
			ok(decoded && str_is(buf_str(&out),
			    cases[i].decoded), "\"%s\" is \"%s\"",
			    cases[i].text, cases[i].decoded);
		buf_fini(&out);
	}
}

static void
test_encode(void)
{
	static const struct {
		const char *text, *encoded;
	} cases[] = {
		{ "", "" },
		{ "Az09-._~", "Az09-._~" },
		{ "a b+c", "a%20b%2Bc" },
		{ "\"cpu/x\" = 'y';&", "%22cpu%2Fx%22%20%3D%20%27y%27%3B%26" },
		{ "\n\xff", "%0A%FF" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf out = BUF_INIT, back = BUF_INIT;

		percent_encode(&out, str_of(cases[i].text));
		ok(str_is(buf_str(&out), cases[i].encoded), "encodes as %s",
		    cases[i].encoded);
		ok(percent_decode(&back, buf_str(&out), true) &&
		    str_is(buf_str(&back), cases[i].text), "and back");
		buf_fini(&out);
		buf_fini(&back);
	}
}

int
main(void)
{
	test_decode();
	test_encode();
	return done_testing();
}
