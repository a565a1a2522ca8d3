/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"
#include "common/number.h"

#include "collector/kube_source.h"

#define READ_ONLY_PORT 10255

struct options {
	bool is_in_cluster;
	bool is_insecure;
	bool uses_service_account;
	bool is_kubelet_https;
	bool has_kubelet_https;
	uint64_t kubelet_port;
	struct str host_id_annotation;
	struct str auth;
};

static bool
parse_go_bool(struct str text, bool *out)
{
	static const char *const yes[] = { "1", "t", "T", "TRUE", "true",
	    "True" };
	static const char *const no[] = { "0", "f", "F", "FALSE", "false",
	    "False" };

	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
		if (str_is(text, yes[i]) || str_is(text, no[i])) {
			*out = str_is(text, yes[i]);
			return true;
		}
	}
	return false;
}

static bool
take_option(struct options *o, struct str name, struct str value,
    struct err *err)
{
	bool *flag = NULL;

	if (str_is(name, "inClusterConfig"))
		flag = &o->is_in_cluster;
	else if (str_is(name, "insecure"))
		flag = &o->is_insecure;
	else if (str_is(name, "useServiceAccount"))
		flag = &o->uses_service_account;
	else if (str_is(name, "kubeletHttps"))
		flag = &o->is_kubelet_https;
	if (flag != NULL) {
		o->has_kubelet_https |= flag == &o->is_kubelet_https;
		return parse_go_bool(value, flag) ||
		    err_set(err, "%.*s: not true or false: \"%.*s\"",
		    STR_ARG(name), STR_ARG(value));
	}
	if (str_is(name, "kubeletPort"))
		return (parse_u64(value, &o->kubelet_port) &&
		    o->kubelet_port > 0 && o->kubelet_port <= UINT16_MAX) ||
		    err_set(err, "kubeletPort: not a port: \"%.*s\"",
		    STR_ARG(value));
	if (str_is(name, "host_id_annotation"))
		o->host_id_annotation = value;
	else if (str_is(name, "auth"))
		o->auth = value;
	else if (!str_is(name, "apiVersion"))
		return err_set(err, "unknown option \"%.*s\"", STR_ARG(name));
	return true;
}

static bool
is_seen(struct str query, struct str name, const char *before)
{
	while (query.p != NULL && query.p < before) {
		struct str value = str_cut(&query, '&');
		struct str other = str_cut(&value, '=');

		if (other.p < before && str_eq(other, name) &&
		    other.p != name.p)
			return true;
	}
	return false;
}

static bool
parse_query(struct options *o, struct str query, struct err *err)
{
	struct str rest = query;

	while (rest.len > 0) {
		struct str value = str_cut(&rest, '&');
		struct str name = str_cut(&value, '=');

		if (name.len == 0 || is_seen(query, name, name.p))
			continue;
		if (value.p == NULL)
			value = STR("");
		if (!take_option(o, name, value, err))
			return false;
	}
	return true;
}

/* "https://HOST[:PORT][/...]" without its path. */
static bool
take_server(struct kube_source *out, struct str url, struct err *err)
{
	static const struct str https = STR_INIT("https://");
	static const struct str http = STR_INIT("http://");
	size_t scheme = str_has_prefix(url, https) ? https.len :
	    str_has_prefix(url, http) ? http.len : 0;
	struct str host;

	if (url.len == 0 || str_is(url, "''") || str_is(url, "\"\""))
		return true;
	if (memchr(url.p, '@', url.len) != NULL)
		return err_set(err, "a user in a URL is not taken");
	if (scheme == 0)
		return err_set(err, "expected http:// or https://");
	host = (struct str){ url.p + scheme, url.len - scheme };
	host = str_cut(&host, '/');
	if (host.len == 0)
		return err_set(err, "no host");
	out->server = xasprintf("%.*s%.*s", (int)scheme, url.p,
	    STR_ARG(host));
	return true;
}

static bool
find_in_cluster(struct kube_source *out, const char *dir, struct err *err)
{
	const char *host = getenv("KUBERNETES_SERVICE_HOST");
	const char *port = getenv("KUBERNETES_SERVICE_PORT");
	char *ca_file = xasprintf("%s/ca.crt", dir);

	if (access(ca_file, R_OK) == 0)
		out->ca_file = ca_file;
	else
		free(ca_file);
	out->token_file = xasprintf("%s/token", dir);
	if (out->server == NULL && host != NULL && *host != '\0' &&
	    port != NULL && *port != '\0')
		out->server = xasprintf(strchr(host, ':') == NULL ?
		    "https://%s:%s" : "https://[%s]:%s", host, port);
	if (out->server == NULL)
		return err_set(err, "not inside a cluster: "
		    "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are "
		    "not set");
	return true;
}

static bool
apply(struct kube_source *out, const struct options *o, const char *dir,
    struct err *err)
{
	if (o->auth.len > 0)
		return err_set(err, "auth: kubeconfig files are not read yet");
	if (o->is_in_cluster && !find_in_cluster(out, dir, err))
		return false;
	if (o->uses_service_account && out->token_file == NULL)
		out->token_file = xasprintf("%s/token", dir);
	if (out->server == NULL)
		return err_set(err, "no address of a kube-apiserver");
	if (o->is_insecure) {
		out->is_insecure = true;
		free(out->ca_file);
		out->ca_file = NULL;
	}
	out->kubelet_port = (uint16_t)o->kubelet_port;
	out->is_kubelet_plain = o->has_kubelet_https ? !o->is_kubelet_https :
	    o->kubelet_port == READ_ONLY_PORT;
	if (o->host_id_annotation.len > 0)
		out->host_id_annotation = str_dup(o->host_id_annotation);
	return true;
}

bool
kube_source_parse(struct kube_source *out, struct str text,
    const char *service_account_dir, struct err *err)
{
	struct options o = { .is_in_cluster = true };
	struct str query = text, url = str_cut(&query, '?');

	*out = (struct kube_source){ .server = NULL };
	if (take_server(out, url, err) && parse_query(&o, query, err) &&
	    apply(out, &o, service_account_dir == NULL ? SERVICE_ACCOUNT_DIR :
	    service_account_dir, err))
		return true;
	kube_source_fini(out);
	return false;
}

void
kube_source_fini(struct kube_source *s)
{
	free(s->server);
	free(s->ca_file);
	free(s->token_file);
	free(s->host_id_annotation);
	*s = (struct kube_source){ .server = NULL };
}
