/* SPDX-License-Identifier: ISC */
/* Label selectors: what they select, and what is said of wrong ones. */
#include "config.h"

#include "apiserver/label_selector.h"
#include "t/tap.h"

#define REQUIREMENT "unable to parse requirement: "

static const struct label stored[] = {
	{ STR_INIT("team"), STR_INIT("blue") },
};
static const struct object_labels web = {
	.joined = STR_INIT("app:web,gen:7,kubernetes.io/os:linux,void:"),
	.separator = STR_INIT(","),
	.stored = stored,
	.n_stored = 1,
};

static void
test_matches(void)
{
	static const struct {
		const char *selector;
		bool matches;
	} cases[] = {
		{ "", true }, { "  ", true },
		{ "app=web", true }, { "app==web", true },
		{ " app = web ", true }, { "app=back", false },
		{ "ap=web", false }, { "pp=web", false }, { "app=we", false },
		{ "app!=web", false }, { "app!=back", true },
		{ "nosuch!=x", true }, { "nosuch=x", false },
		{ "app in (web)", true }, { "app in (back, web)", true },
		{ "app in (back)", false }, { "app notin (back)", true },
		{ "app notin (back,web)", false }, { "no notin (a)", true },
		{ "app", true }, { "!app", false }, { "nosuch", false },
		{ "!nosuch", true }, { "! nosuch", true },
		{ "app,gen", true }, { "app=web,!gen", false },
		{ "app=web,gen=7,nosuch!=x", true },
		{ "gen>6", true }, { "gen>7", false }, { "gen<8", true },
		{ "gen<7", false },
		{ "app>1", false }, { "nosuch<1", false },
		{ "kubernetes.io/os=linux", true }, { "os=linux", false },
		{ "void=", true }, { "void", true }, { "app=", false },
		{ "void in ()", true }, { "void in (,)", true },
		{ "void in (a,,b)", true }, { "app in (,web)", true },
		{ "app in (web,)", true }, { "void=,app", true },
		{ "team=blue", true }, { "team in (red)", false },
		{ "in=x", false }, { "!notin", true }, { "in notin (in)", true },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct label_selector s;
		struct buf error = BUF_INIT;
		struct arena a;

		arena_init(&a, 1 << 20);
		ok(label_selector_parse(&s, &a, str_of(cases[i].selector),
		    &error) && error.len == 0, "\"%s\" is a selector",
		    cases[i].selector);
		ok(label_selector_matches(&s, &web) == cases[i].matches,
		    "and selects%s it", cases[i].matches ? "" : " not");
		arena_fini(&a);
		buf_fini(&error);
	}
}

static void
test_errors(void)
{
	static const char name[] = "must consist of alphanumeric characters, "
	    "'-', '_' or '.', and must start and end with an alphanumeric "
	    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex "
	    "used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?"
	    "[A-Za-z0-9]')";
	static const struct {
		const char *selector, *error;	/* "%": the rule of names */
	} cases[] = {
		{ "a===b", REQUIREMENT "found '=', expected: identifier" },
		{ "a,,,=", "found ',', expected: identifier after ','" },
		{ "a,", "found '', expected: identifier after ','" },
		{ ",", "found ',', expected: !, identifier, or 'end of "
		    "string'" },
		{ "=a", "found '=', expected: !, identifier, or 'end of "
		    "string'" },
		{ "!", REQUIREMENT "found '', expected: identifier" },
		{ "!!a", REQUIREMENT "found '!', expected: identifier" },
		{ "!a=b", "found '=', expected: ',' or 'end of string'" },
		{ "a b", REQUIREMENT "found 'b', expected: '=', '!=', '==', "
		    "'in', notin'" },
		{ "a=b c", "found 'c', expected: ',' or 'end of string'" },
		{ "a in", REQUIREMENT "found '' expected: '('" },
		{ "a in b", REQUIREMENT "found 'b' expected: '('" },
		{ "a in (=)", REQUIREMENT "found '=', expected: ',', ')' or "
		    "identifier" },
		{ "a in (b c)", REQUIREMENT "found 'c', expected: ',' or "
		    "')'" },
		{ "a in (b", REQUIREMENT "found '', expected: ',' or ')'" },
		{ "a in (b,", REQUIREMENT "found '', expected: ',', or "
		    "identifier" },
		{ "a>x", REQUIREMENT "for 'Gt', 'Lt' operators, the value "
		    "must be an integer" },
		{ "a>", REQUIREMENT "for 'Gt', 'Lt' operators, the value "
		    "must be an integer" },
		{ "a>9223372036854775808", REQUIREMENT "for 'Gt', 'Lt' "
		    "operators, the value must be an integer" },
		{ "a>-1", REQUIREMENT "invalid label value: \"-1\": a valid "
		    "label must be an empty string or consist of "
		    "alphanumeric characters, '-', '_' or '.', and must start "
		    "and end with an alphanumeric character (e.g. 'MyValue',  "
		    "or 'my_value',  or '12345', regex used for validation is "
		    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')" },
		{ "-a", REQUIREMENT "invalid label key \"-a\": name part %" },
		{ "/a", REQUIREMENT "invalid label key \"/a\": prefix part "
		    "must be non-empty" },
		{ "a/", REQUIREMENT "invalid label key \"a/\": name part "
		    "must be non-empty; name part %" },
		{ "a/b/c", REQUIREMENT "invalid label key \"a/b/c\": a "
		    "qualified name % with an optional DNS subdomain prefix "
		    "and '/' (e.g. 'example.com/MyName')" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf error = BUF_INIT, want = BUF_INIT;
		struct str rest = str_of(cases[i].error);
		struct label_selector s;
		struct arena a;

		arena_init(&a, 1 << 20);
		buf_add_str(&want, str_cut(&rest, '%'));
		if (rest.p != NULL) {
			buf_add_str(&want, str_of(name));
			buf_add_str(&want, rest);
		}
		ok(!label_selector_parse(&s, &a, str_of(cases[i].selector),
		    &error), "\"%s\" is none", cases[i].selector);
		is_mem(error.p, error.len, want.p, want.len, "and this is why");
		arena_fini(&a);
		buf_fini(&error);
		buf_fini(&want);
	}
}

static bool
is_selector(const char *text)
{
	struct label_selector s;
	struct buf error = BUF_INIT;
	struct arena a;
	bool is_good;

	arena_init(&a, 1 << 20);
	is_good = label_selector_parse(&s, &a, str_of(text), &error);
	arena_fini(&a);
	buf_fini(&error);
	return is_good;
}

static void
test_names(void)
{
	char key[400];

	snprintf(key, sizeof key, "%063d", 0);
	ok(is_selector(key), "a name of 63 bytes");
	snprintf(key, sizeof key, "%064d", 0);
	ok(!is_selector(key), "and none of 64");
	snprintf(key, sizeof key, "%0253d/a", 0);
	ok(is_selector(key), "a prefix of 253 bytes");
	snprintf(key, sizeof key, "%0254d/a", 0);
	ok(!is_selector(key), "and none of 254");
	snprintf(key, sizeof key, "a=%063d", 0);
	ok(is_selector(key), "a value of 63 bytes");
	snprintf(key, sizeof key, "a=%064d", 0);
	ok(!is_selector(key), "and none of 64");
	ok(!is_selector("A.b/c") && !is_selector("a..b/c") &&
	    !is_selector("a-/c") && !is_selector("a-.b/c") &&
	    !is_selector("a.-b/c") && is_selector("a-b.c--d.9/c"),
	    "prefixes are names of hosts");
	ok(!is_selector("a=-b") && !is_selector("a=b.") &&
	    is_selector("a=b-._c"), "values begin and end with a letter");
}

/* One request must not keep all others waiting: each is looked for in each of
 * many thousand pods. */
static void
test_bounds(void)
{
	static const struct {
		const char *begin, *again, *end;
		size_t n_max;
	} cases[] = {
		{ "!a", ",!a", "", 100 }, { "a", ",b=c", "", 100 },
		{ "a in (b", ",b", ")", 1000 },
		{ "a in (b),c in (b", ",b", ")", 999 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf text = BUF_INIT;

		buf_add_str(&text, str_of(cases[i].begin));
		for (size_t n = 1; n < cases[i].n_max; n++)
			buf_add_str(&text, str_of(cases[i].again));
		buf_addf(&text, "%s%c", cases[i].end, 0);
		ok(is_selector(text.p), "%zu of %s", cases[i].n_max,
		    cases[i].again);
		text.len -= strlen(cases[i].end) + 1;
		buf_addf(&text, "%s%s%c", cases[i].again, cases[i].end, 0);
		ok(!is_selector(text.p), "and not one more");
		buf_fini(&text);
	}
}

static void
test_separator(void)
{
	struct object_labels labels = {
		.joined = STR("a:1; b:2; c:x,y"), .separator = STR("; "),
	};

	ok(str_is(object_label(&labels, STR("b")), "2"), "any separator");
	ok(str_is(object_label(&labels, STR("c")), "x,y"), "of any length");
	labels.separator = STR("");
	ok(object_label(&labels, STR("b")).p == NULL, "or none");
	labels.joined = (struct str){ NULL, 0 };
	ok(object_label(&labels, STR("a")).p == NULL, "nothing is known");
	labels.joined = STR("");
	ok(object_label(&labels, STR("a")).p == NULL, "there are none");
}

int
main(void)
{
	test_matches();
	test_errors();
	test_names();
	test_bounds();
	test_separator();
	return done_testing();
}
