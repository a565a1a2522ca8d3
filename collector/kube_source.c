/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"
#include "common/number.h"

#include "collector/kube_source.h"
#include "common/kubeconfig.h"

#define READ_ONLY_PORT 10255

struct options {
	bool is_in_cluster;
	bool has_in_cluster;
	bool is_insecure;
	bool uses_service_account;
	bool is_kubelet_https;
	bool has_kubelet_https;
	uint64_t kubelet_port;
	char *host_id_annotation;
	char *auth;
};

static void
options_fini(struct options *o)
{
	free(o->host_id_annotation);
	free(o->auth);
}

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
		o->has_in_cluster |= flag == &o->is_in_cluster;
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
		o->host_id_annotation = str_dup(value);
	else if (str_is(name, "auth"))
		o->auth = str_dup(value);
	else if (!str_is(name, "apiVersion"))
		return err_set(err, "unknown option \"%.*s\"", STR_ARG(name));
	return true;
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
	    (c >= 'A' && c <= 'F');
}

/* %XX, and + for a blank; in place.  Nothing of ours has a control character
 * in it. */
static bool
decode(struct str *value, char *text, struct err *err)
{
	size_t n = 0;

	for (size_t i = 0; i < value->len; i++) {
		char c = value->p[i];

		if (c == '+') {
			c = ' ';
		} else if (c == '%') {
			char hex[3] = { 0 };

			if (value->len - i < 3 || !is_hex(value->p[i + 1]) ||
			    !is_hex(value->p[i + 2]))
				return err_set(err, "%% without two digits");
			memcpy(hex, value->p + i + 1, 2);
			c = (char)strtoul(hex, NULL, 16);
			i += 2;
		}
		if ((unsigned char)c < ' ' || c == 0x7f)
			return err_set(err, "control character");
		text[n++] = c;
	}
	*value = (struct str){ text, n };
	return true;
}

static bool
take_encoded(struct options *o, struct str name, struct str value,
    struct err *err)
{
	char *text = xcalloc(value.len + 1, 1);
	bool ok = decode(&value, text, err) ?
	    take_option(o, name, value, err) :
	    err_wrap(err, "%.*s", STR_ARG(name));

	free(text);
	return ok;
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
		if (!take_encoded(o, name, value, err))
			return false;
	}
	return true;
}

static bool
is_empty(struct str url)
{
	return url.len == 0 || str_is(url, "''") || str_is(url, "\"\"");
}

static bool
is_in_pod(void)
{
	const char *host = getenv("KUBERNETES_SERVICE_HOST");

	return host != NULL && *host != '\0';
}

/* The file that says it all; NULL: none is to. */
static const char *
find_kubeconfig(const struct options *o, const struct kube_source_conf *conf)
{
	if (o->has_in_cluster && o->is_in_cluster)
		return NULL;
	if (conf->kubeconfig != NULL)
		return conf->kubeconfig;
	return o->is_in_cluster && !is_in_pod() ? conf->kubeconfig_default :
	    NULL;
}

static bool
find_access(struct cluster_access *out, const struct options *o,
    struct str url, const struct kube_source_conf *conf, struct err *err)
{
	bool must_be_in_cluster = o->has_in_cluster && o->is_in_cluster;
	const char *file = find_kubeconfig(o, conf);

	if (o->auth != NULL && *o->auth != '\0' && !must_be_in_cluster)
		return kubeconfig_load(out, o->auth, conf->context, err);
	if (file != NULL &&
	    !kubeconfig_load(out, file, conf->context, err))
		return false;
	if (!is_empty(url) && !access_set_server(out, url, err))
		return false;
	if (file != NULL)
		return true;
	if (must_be_in_cluster || (o->is_in_cluster && is_in_pod()))
		return access_in_cluster(out, conf->service_account_dir, err);
	if (o->is_in_cluster)
		return err_set(err, "not inside a cluster: "
		    "KUBERNETES_SERVICE_HOST is not set; and there is no "
		    "kubeconfig file%s", out->server == NULL ? "" :
		    "; inClusterConfig=false does without");
	return out->server != NULL ||
	    err_set(err, "no address of a kube-apiserver");
}

static void
use_service_account(struct cluster_access *a, const char *dir)
{
	char *path = xasprintf("%s/token", dir == NULL ?
	    ACCESS_SERVICE_ACCOUNT_DIR : dir);

	if (access(path, R_OK) == 0)
		access_set_token_file(a, path);
	free(path);
}

static bool
override(struct cluster_access *a, const struct options *o,
    const struct kube_source_conf *conf, struct err *err)
{
	if (o->uses_service_account)
		use_service_account(a, conf->service_account_dir);
	if (conf->token_file != NULL)
		access_set_token_file(a, conf->token_file);
	if (conf->cert_file != NULL)
		access_set_certificate(a, conf->cert_file, conf->key_file);
	if (o->is_insecure && conf->ca_file != NULL)
		return err_set(err, "insecure=true and "
		    "--kube-certificate-authority are one or the other");
	if (o->is_insecure)
		access_set_insecure(a);
	if (conf->ca_file != NULL)
		access_set_ca_file(a, conf->ca_file);
	return true;
}

static void
take_the_rest(struct kube_source *out, struct options *o)
{
	out->kubelet_port = (uint16_t)o->kubelet_port;
	out->is_kubelet_plain = o->has_kubelet_https ? !o->is_kubelet_https :
	    o->kubelet_port == READ_ONLY_PORT;
	if (o->host_id_annotation != NULL && *o->host_id_annotation != '\0')
		out->host_id_annotation = xstrdup(o->host_id_annotation);
}

bool
kube_source_parse(struct kube_source *out, struct str text,
    const struct kube_source_conf *conf, struct err *err)
{
	struct options o = { .is_in_cluster = true };
	struct str query = text, url = str_cut(&query, '?');
	bool ok;

	*out = (struct kube_source){ .kubelet_port = 0 };
	ok = parse_query(&o, query, err) &&
	    find_access(&out->access, &o, url, conf, err) &&
	    override(&out->access, &o, conf, err);
	if (ok)
		take_the_rest(out, &o);
	else
		kube_source_fini(out);
	options_fini(&o);
	return ok;
}

void
kube_source_fini(struct kube_source *s)
{
	access_fini(&s->access);
	free(s->host_id_annotation);
	*s = (struct kube_source){ .kubelet_port = 0 };
}
