/* SPDX-License-Identifier: ISC */
/* The Audit-Id of a request is its own, or a UUID. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "apiserver/audit_id.h"

#include "t/tap.h"

#define LONGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
	const char *said;
	bool is_kept;
} cases[] = {
	{ "82c4abd7-5124-4c31-9ea1-958111ab2791", true },
	{ "x", true },
	{ "!\"~", true },
	{ LONGEST, true },
	{ LONGEST "0", false },
	{ "", false },
	{ "a b", false },
	{ "a\tb", false },
	{ "\x7f", false },
	{ "\xc3\xa4", false },
};

static bool
is_uuid(const char *id)
{
	static const char like[] = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";

	if (strlen(id) != sizeof like - 1)
		return false;
	for (size_t i = 0; like[i] != '\0'; i++)
		if (like[i] == 'x' ? strchr("0123456789abcdef", id[i]) == NULL :
		    like[i] == 'y' ? strchr("89ab", id[i]) == NULL :
		    like[i] != id[i])
			return false;
	return true;
}

int
main(void)
{
	char id[AUDIT_ID_MAX], other[AUDIT_ID_MAX];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct str said = { strdup(cases[i].said),
		    strlen(cases[i].said) };

		audit_id_choose(id, said);
		ok(cases[i].is_kept ? strcmp(id, cases[i].said) == 0 :
		    is_uuid(id), "\"%s\" is %s", cases[i].said,
		    cases[i].is_kept ? "kept" : "replaced");
		free((char *)said.p);
	}
	audit_id_choose(id, (struct str){ NULL, 0 });
	audit_id_choose(other, (struct str){ NULL, 0 });
	ok(is_uuid(id) && is_uuid(other) && strcmp(id, other) != 0,
	    "two that say nothing are two");
	return done_testing();
}
