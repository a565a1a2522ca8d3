/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/err.h"

#include "t/tap.h"

int
main(void)
{
	struct err err;
	char large[400];

	ok(!err_set(&err, "token %s: %d", "/x", 5), "err_set returns false");
	is_str(err.msg, "token /x: 5", "formats its message");
	ok(!err_wrap(&err, "node %s", "n1"), "err_wrap returns false");
	is_str(err.msg, "node n1: token /x: 5", "puts the context in front");
	memset(large, 'a', sizeof large - 1);
	large[sizeof large - 1] = '\0';
	err_set(&err, "%s", large);
	is_u64(strlen(err.msg), sizeof err.msg - 1, "cuts what is too long");
	err_wrap(&err, "context");
	ok(strncmp(err.msg, "context: aaa", 12) == 0,
	    "wraps a message that is as long as can be");
	return done_testing();
}
