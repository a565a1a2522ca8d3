/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/authority.h"
#include "common/mem.h"
#include "common/str.h"
#include "common/timestamp.h"

#include "collector/source.h"

static const struct {
	const char *key;
	enum kubelet_api api;
} clusters[] = {
	{ "kubernetes", KUBELET_AUTO },
	{ "kubernetes.summary_api", KUBELET_SUMMARY },
	{ "kubernetes.resource", KUBELET_RESOURCE },
	{ "kubernetes.cadvisor", KUBELET_CADVISOR },
};

static bool
str_has_suffix(struct str s, const char *suffix)
{
	size_t n = strlen(suffix);

	return s.len >= n && memcmp(s.p + s.len - n, suffix, n) == 0;
}

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
	out->api = str_has_suffix(rest, kubelet_path(KUBELET_RESOURCE)) ?
	    KUBELET_RESOURCE : KUBELET_SUMMARY;
	out->url = slash == NULL || slash + 1 == rest.p + rest.len ?
	    xasprintf("%s%.*s%s", is_https ? "https://" : "http://",
	    STR_ARG(authority), kubelet_path(KUBELET_SUMMARY)) : str_dup(url);
	return true;
}

/* A password may stand before an @. */
static const char *
without_secret(const char *text)
{
	return strchr(text, '@') == NULL ? text : "...";
}

bool
source_parse(struct source *out, const char *text,
    const struct kube_source_conf *conf, struct err *err)
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
	for (size_t i = 0; i < sizeof clusters / sizeof clusters[0]; i++) {
		if (!str_is(key, clusters[i].key))
			continue;
		out->kind = SOURCE_KUBERNETES;
		out->api = clusters[i].api;
		return kube_source_parse(&out->kube, rest, conf, err) ||
		    (err_wrap(err, "--source=%s", without_secret(text)), false);
	}
	return err_set(err, "--source=%s: unknown source \"%.*s\" (there are "
	    "local:, kubelet: and kubernetes:)", text, STR_ARG(key));
}

void
source_fini(struct source *s)
{
	free(s->url);
	free(s->address);
	kube_source_fini(&s->kube);
	*s = (struct source){ .kind = s->kind };
}

int64_t
source_resolution_ns(enum source_kind kind)
{
	return kind == SOURCE_LOCAL ? 10 * NS_PER_S : 60 * NS_PER_S;
}
