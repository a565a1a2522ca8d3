/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/frame_json.h"
#include "t/tap.h"

static void
test_lines(void)
{
	static const struct { const char *what, *line; } bad[] = {
		{ "an empty line", "" },
		{ "a topic alone", "node" },
		{ "no topic", " 1.2 {}" },
		{ "a topic in capitals", "Node 1.2 {}" },
		{ "no position", "node {}" },
		{ "no sequence number", "node 1 {}" },
		{ "an empty sequence number", "node 1. {}" },
		{ "an empty epoch", "node .1 {}" },
		{ "three numbers", "node 1.2.3 {}" },
		{ "a negative epoch", "node -1.2 {}" },
		{ "an epoch of 2^64", "node 18446744073709551616.2 {}" },
		{ "two blanks", "node  1.2 {}" },
		{ "two blanks before the JSON", "node 1.2  {}" },
		{ "no JSON", "node 1.2 " },
		{ "no JSON and no blank", "node 1.2" },
		{ "an array", "node 1.2 []" },
	};
	struct frame_line l;
	struct buf b = BUF_INIT;
	struct err err;

	ok(frame_line_parse(&l, STR("rollup 7.18446744073709551615 {a b}"),
	    &err) && str_is(l.topic, "rollup") && l.epoch == 7 &&
	    l.seq == UINT64_MAX && str_is(l.json, "{a b}"),
	    "a line is cut into its parts");
	frame_line_begin(&b, STR("node"), UINT64_MAX, 0);
	ok(str_is(buf_str(&b), "node 18446744073709551615.0 "),
	    "a line begins with topic and position");
	buf_fini(&b);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ok(!frame_line_parse(&l, str_of(bad[i].line), &err),
		    "refuses a line: %s", bad[i].what);
}

int
main(void)
{
	test_lines();
	return done_testing();
}
