/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/timestamp.h"

#include "apiserver/http_access.h"

static bool
is_listed(struct str list, const char *name)
{
	while (list.p != NULL) {
		struct str one = str_cut(&list, ',');

		while (one.len > 0 && *one.p == ' ') {
			one.p++;
			one.len--;
		}
		while (one.len > 0 && one.p[one.len - 1] == ' ')
			one.len--;
		if (str_is(one, name))
			return true;
	}
	return false;
}

int
http_access_check(const struct http_access *access, struct str path,
    const struct tls_peer *peer, int64_t now_ns)
{
	if (!access->wants_certificate || str_is(path, "/healthz") ||
	    str_is(path, "/healthz/healthz"))
		return 0;
	if (!peer->is_verified || peer->name[0] == '\0' ||
	    now_ns / NS_PER_S > peer->until_s)
		return 401;
	if (access->allowed_users.len > 0 &&
	    !is_listed(access->allowed_users, peer->name))
		return 403;
	return 0;
}
