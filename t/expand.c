/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "common/expand.h"
#include "t/tap.h"

static char *
lookup(const char *name)
{
	static char host[] = "h:8086", dollar[] = "$HOST";

	if (strcmp(name, "HOST") == 0)
		return host;
	if (strcmp(name, "D_1") == 0)
		return dollar;
	return NULL;
}

static const struct {
	const char *title, *text, *expected;
} cases[] = {
	{ "nothing to do", "http://h?a=b", "http://h?a=b" },
	{ "empty", "", "" },
	{ "$NAME", "http://$HOST/", "http://h:8086/" },
	{ "${NAME}", "http://${HOST}x", "http://h:8086x" },
	{ "at the end", "x$HOST", "xh:8086" },
	{ "two in a row", "$HOST${HOST}", "h:8086h:8086" },
	{ "a longer name is another name", "<$HOSTX>", "<>" },
	{ "not set is empty", "a${NOT}b$NOT", "ab" },
	{ "the result is not expanded again", "$D_1", "$HOST" },
	{ "a '$' alone", "$", "$" },
	{ "a '$' before something else", "5$ $/", "5$ $/" },
	{ "two '$'", "$$HOST", "$h:8086" },
	{ "a brace that is not closed", "${HOST", "${HOST" },
	{ "empty braces", "${}", "${}" },
	{ "no name in the braces", "${a-b}", "${a-b}" },
	{ "a brace at the end", "${", "${" },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf out = BUF_INIT;

		expand_variables(str_of(cases[i].text), lookup, &out);
		buf_add_char(&out, '\0');
		is_str(out.p, cases[i].expected, "expands: %s",
		    cases[i].title);
		buf_fini(&out);
	}
	return done_testing();
}
