/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/timestamp.h"

#include "apiserver/http_access.h"
#include "t/tap.h"

#define NOW_S 1790000000

struct access_case {
	const char *name;
	bool wants_certificate;
	const char *allowed;
	const char *path;
	bool is_verified;
	const char *user;
	int64_t until_s;
	int status;
};

#define SERIES "/api/v1/model/metrics"

static const struct access_case cases[] = {
	{ "everybody without a CA", false, NULL, SERIES, false, "", 0, 0 },
	{ "nobody without a certificate", true, NULL, SERIES, false, "", 0,
	    401 },
	{ "nobody whose chain is not trusted", true, NULL, SERIES, false, "a",
	    NOW_S + 1, 401 },
	{ "nobody without a name", true, NULL, SERIES, true, "", NOW_S + 1,
	    401 },
	{ "nobody whose certificate ended meanwhile", true, NULL, SERIES, true,
	    "a", NOW_S - 1, 401 },
	{ "whoever has a good one", true, NULL, SERIES, true, "a", NOW_S + 1,
	    0 },
	{ "the same with an empty list", true, "", SERIES, true, "a",
	    NOW_S + 1, 0 },
	{ "who is on the list", true, "b,a,c", SERIES, true, "a", NOW_S + 1,
	    0 },
	{ "with blanks in it", true, "b, a ,c", SERIES, true, "a", NOW_S + 1,
	    0 },
	{ "not who is not on it", true, "b,c", SERIES, true, "a", NOW_S + 1,
	    403 },
	{ "nor half of a name", true, "ab,ba", SERIES, true, "a", NOW_S + 1,
	    403 },
	{ "nor the whole list", true, "a,b", SERIES, true, "a,b", NOW_S + 1,
	    403 },
	{ "all for health", true, "b", "/healthz", false, "", 0, 0 },
	{ "and its detail", true, "b", "/healthz/healthz", false, "", 0, 0 },
	{ "but nothing like it", true, "b", "/healthzz", false, "", 0, 401 },
	{ "nor behind it", true, "b", "/healthz/..", false, "", 0, 401 },
	{ "nor our own metrics", true, "b", "/metrics", false, "", 0, 401 },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct access_case *c = &cases[i];
		struct http_access access = { c->wants_certificate,
			str_of(c->allowed) };
		struct tls_peer peer = { .is_verified = c->is_verified,
			.until_s = c->until_s };

		strcpy(peer.name, c->user);
		is_i64(http_access_check(&access, str_of(c->path), &peer,
		    NOW_S * NS_PER_S), c->status, "serves %s", c->name);
	}
	return done_testing();
}
