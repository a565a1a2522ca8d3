/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/number.h"

#include "collector/kube_source.h"
#include "collector/kubeconfig.h"

#define READ_ONLY_PORT 10255

struct options {
	bool is_in_cluster;
	bool has_in_cluster;
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

/* "not a pod, no file": what could have been said. */
static bool
find_default(struct cluster_access *out, const struct kube_source_conf *conf,
    struct err *err)
{
	if (conf->kubeconfig_default != NULL)
		return kubeconfig_load(out, conf->kubeconfig_default,
		    conf->context, err);
	return err_set(err, "not inside a cluster: KUBERNETES_SERVICE_HOST "
	    "is not set; and there is no kubeconfig file");
}

static bool
find_access(struct cluster_access *out, const struct options *o,
    struct str url, const struct kube_source_conf *conf, struct err *err)
{
	bool must_be_in_cluster = o->has_in_cluster && o->is_in_cluster;

	if (o->auth.len > 0 && !must_be_in_cluster) {
		char *path = str_dup(o->auth);
		bool ok = kubeconfig_load(out, path, conf->context, err);

		free(path);
		return ok;
	}
	if (conf->kubeconfig != NULL && !must_be_in_cluster &&
	    !kubeconfig_load(out, conf->kubeconfig, conf->context, err))
		return false;
	if (!is_empty(url) && !access_set_server(out, url, err))
		return false;
	if (out->server == NULL && !o->is_in_cluster)
		return err_set(err, "no address of a kube-apiserver");
	if (!o->is_in_cluster || (conf->kubeconfig != NULL &&
	    !must_be_in_cluster))
		return true;
	if (must_be_in_cluster || out->server != NULL || is_in_pod())
		return access_in_cluster(out, conf->service_account_dir, err);
	return find_default(out, conf, err);
}

/* Whatever says that the certificate is to be trusted goes. */
static void
trust_all(struct cluster_access *a)
{
	a->is_insecure = true;
	free(a->ca_file);
	free(a->ca_pem);
	a->ca_file = a->ca_pem = NULL;
}

static void
apply(struct kube_source *out, const struct options *o, const char *dir)
{
	struct cluster_access *a = &out->access;

	if (o->uses_service_account && a->token_file == NULL &&
	    a->token == NULL && a->exec.argv == NULL)
		a->token_file = xasprintf("%s/token", dir == NULL ?
		    ACCESS_SERVICE_ACCOUNT_DIR : dir);
	if (o->is_insecure)
		trust_all(a);
	out->kubelet_port = (uint16_t)o->kubelet_port;
	out->is_kubelet_plain = o->has_kubelet_https ? !o->is_kubelet_https :
	    o->kubelet_port == READ_ONLY_PORT;
	if (o->host_id_annotation.len > 0)
		out->host_id_annotation = str_dup(o->host_id_annotation);
}

bool
kube_source_parse(struct kube_source *out, struct str text,
    const struct kube_source_conf *conf, struct err *err)
{
	struct options o = { .is_in_cluster = true };
	struct str query = text, url = str_cut(&query, '?');

	*out = (struct kube_source){ .kubelet_port = 0 };
	if (parse_query(&o, query, err) &&
	    find_access(&out->access, &o, url, conf, err)) {
		apply(out, &o, conf->service_account_dir);
		return true;
	}
	kube_source_fini(out);
	return false;
}

void
kube_source_fini(struct kube_source *s)
{
	access_fini(&s->access);
	free(s->host_id_annotation);
	*s = (struct kube_source){ .kubelet_port = 0 };
}
