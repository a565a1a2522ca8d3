/* SPDX-License-Identifier: ISC */
/* JSON of our own, indented and as YAML. */
#include "config.h"

#include "apiserver/kube_text.h"

#include "t/tap.h"

static void
test_yaml(void)
{
	static const struct { const char *text, *want; } strings[] = {
		{ "plain", "plain" }, { "", "\"\"" }, { "0", "\"0\"" },
		{ "372Ki", "372Ki" }, { "1e3", "\"1e3\"" },
		{ "10.085s", "10.085s" }, { "1419474591n", "1419474591n" },
		{ "true", "\"true\"" }, { "No", "\"No\"" },
		{ "y", "\"y\"" }, { "~", "\"~\"" }, { "0x1f", "\"0x1f\"" },
		{ "1.5", "\"1.5\"" }, { "-7", "\"-7\"" }, { "10:20",
		    "\"10:20\"" }, { "2026-11-23T09:17:14Z",
		    "\"2026-11-23T09:17:14Z\"" },
		{ "node \"x\" not found", "node \"x\" not found" },
		{ "a: b", "'a: b'" }, { "it's: so", "'it''s: so'" },
		{ "-x", "-x" }, { "- x", "'- x'" }, { "*", "'*'" },
		{ "a #b", "'a #b'" }, { "a\nb", "\"a\\nb\"" },
		{ "10.0.0.1", "10.0.0.1" }, { "\u00e9", "\u00e9" },
		{ "\u2028", "\"\\L\"" }, { "a\u2029\xc2\x85", "\"a\\P\\N\"" },
		{ "\ufeff", "\"\\uFEFF\"" },
	};
	static const char tree[] = "a9:\n  k: a<b\na10:\n- x:\n  - 1\n  - 2\n"
	    "  \"y\": {}\nb: []\nc: true\n";
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++) {
		buf_reset(&out);
		kube_text_yaml_str(&out, str_of(strings[i].text));
		is_mem(out.p, out.len, strings[i].want,
		    strlen(strings[i].want), "%s", strings[i].want);
	}
	buf_reset(&out);
	kube_text_yaml(&out, STR("{\"b\":[],\"a10\":[{\"y\":{},\"x\":[1,2]}],"
	    "\"a9\":{\"k\":\"a\\u003cb\"},\"c\":true}"));
	is_mem(out.p, out.len, tree, sizeof tree - 1, "a tree");
	buf_fini(&out);
}

static void
test_indent(void)
{
	static const char want[] = "{\n  \"a\": {},\n  \"b\": [],\n  \"c\": [\n"
	    "    \"x:,{\\\"\",\n    null\n  ],\n  \"d\": {\n    \"e\": -1\n"
	    "  }\n}";
	struct buf out = BUF_INIT;

	kube_text_indent(&out, STR("{\"a\":{},\"b\":[],\"c\":[\"x:,{\\\"\","
	    "null],\"d\":{\"e\":-1}}"));
	is_mem(out.p, out.len, want, sizeof want - 1, "indented");
	buf_fini(&out);
}

int
main(void)
{
	test_yaml();
	test_indent();
	return done_testing();
}
