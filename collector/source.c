/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"
#include "common/timestamp.h"

#include "collector/authority.h"
#include "collector/source.h"

#define SUMMARY_PATH "/stats/summary"

static bool
parse_kubelet(struct source *out, struct str url, struct err *err)
{
	static const struct str http = STR_INIT("http://");
	static const struct str https = STR_INIT("https://");
	bool is_https = str_has_prefix(url, https);
	struct str rest = url, authority;
	const char *slash;

	if (!is_https && !str_has_prefix(url, http))
		return err_set(err, "expected http:// or https://");
	rest.p += is_https ? https.len : http.len;
	rest.len -= is_https ? https.len : http.len;
	slash = rest.len == 0 ? NULL : memchr(rest.p, '/', rest.len);
	authority = rest;
	if (slash != NULL)
		authority.len = (size_t)(slash - rest.p);
	if (!authority_check(authority, !is_https, err))
		return false;
	out->address = str_dup(authority);
	out->url = slash == NULL || slash + 1 == rest.p + rest.len ?
	    xasprintf("%s%.*s" SUMMARY_PATH, is_https ? "https://" : "http://",
	    STR_ARG(authority)) : str_dup(url);
	return true;
}

/* A password may stand before an @. */
static const char *
without_secret(const char *text)
{
	return strchr(text, '@') == NULL ? text : "kubelet:...";
}

bool
source_parse(struct source *out, const char *text, struct err *err)
{
	struct str rest = str_of(text), key = str_cut(&rest, ':');

	*out = (struct source){ .kind = SOURCE_LOCAL };
	if (str_is(key, "local")) {
		if (rest.len > 0)
			return err_set(err, "--source=%s: local: takes nothing "
			    "behind the colon", text);
		return true;
	}
	if (str_is(key, "kubelet")) {
		out->kind = SOURCE_KUBELET;
		if (parse_kubelet(out, rest, err))
			return true;
		source_fini(out);
		err_wrap(err, "--source=%s", without_secret(text));
		return false;
	}
	return err_set(err, "--source=%s: unknown source \"%.*s\" (there are "
	    "local: and kubelet:)", text, STR_ARG(key));
}

void
source_fini(struct source *s)
{
	free(s->url);
	free(s->address);
	*s = (struct source){ .kind = s->kind };
}

int64_t
source_resolution_ns(enum source_kind kind)
{
	return kind == SOURCE_LOCAL ? 10 * NS_PER_S : 60 * NS_PER_S;
}
