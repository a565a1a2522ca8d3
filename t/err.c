/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "common/err.h"
#include "t/tap.h"

static void
test_messages(void)
{
	struct err err;

	ok(!err_set(&err, "port %d: %s", 80, "in use"), "err_set is false");
	is_str(err.msg, "port 80: in use", "err_set formats");
	ok(!err_wrap(&err, "listen on %s", "localhost"), "err_wrap is false");
	is_str(err.msg, "listen on localhost: port 80: in use",
	    "err_wrap puts the context first");
}

/* Exactly as long as fits, and a byte more on each side of that. */
static void
test_lengths(void)
{
	struct err err;
	char text[sizeof err.msg + 2];

	for (size_t n = sizeof err.msg - 2; n < sizeof text; n++) {
		size_t want = n < sizeof err.msg ? n : sizeof err.msg - 1;

		memset(text, 'x', n);
		text[n] = '\0';
		err_set(&err, "%s", text);
		is_u64(strlen(err.msg), want, "keeps %zu of %zu bytes", want,
		    n);
		err_wrap(&err, "context");
		is_u64(strlen(err.msg), sizeof err.msg - 1,
		    "and cuts it when wrapped");
		ok(strncmp(err.msg, "context: xxx", 12) == 0,
		    "with the context whole");
	}
	err_set(&err, "inner");
	memset(text, 'y', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	err_wrap(&err, "%s", text);
	is_u64(strlen(err.msg), sizeof err.msg - 1,
	    "a context that fills it leaves no room for the rest");
}

int
main(void)
{
	test_messages();
	test_lengths();
	return done_testing();
}
