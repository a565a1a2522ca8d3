/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "contrib/kubesim/discovery.h"

struct resource {
	const char *group;		/* ascending */
	const char *plural, *singular, *kind, *short_name;
	const char *verbs;
	bool is_namespaced;
};

#define READ "\"get\",\"list\",\"watch\""

/* All are v1. */
static const struct resource resources[] = {
	{ "", "configmaps", "configmap", "ConfigMap", "cm", "\"get\"", true },
	{ "", "namespaces", "namespace", "Namespace", "ns", READ, false },
	{ "", "nodes", "node", "Node", "no", READ, false },
	{ "", "pods", "pod", "Pod", "po", READ, true },
	{ "authentication.k8s.io", "tokenreviews", "tokenreview",
	    "TokenReview", NULL, "\"create\"", false },
	{ "authorization.k8s.io", "subjectaccessreviews",
	    "subjectaccessreview", "SubjectAccessReview", NULL, "\"create\"",
	    false },
};
#define N_RESOURCES (sizeof resources / sizeof *resources)

const char *const metrics_versions[] = { "v1", "v1beta1", NULL };
static const char *const v1_alone[] = { "v1", NULL };

/* Of a group, after those of another; "" is not one of /apis. */
static bool
begins_group(size_t at)
{
	return *resources[at].group != '\0' && (at == 0 ||
	    strcmp(resources[at - 1].group, resources[at].group) != 0);
}

/* Without its last brace. */
static void
print_group(struct buf *out, const char *name, const char *const *versions)
{
	buf_addf(out, "\"name\":\"%s\",\"versions\":[", name);
	for (int i = 0; versions[i] != NULL; i++)
		buf_addf(out, "%s{\"groupVersion\":\"%s/%s\",\"version\":\"%s\""
		    "}", i == 0 ? "" : ",", name, versions[i], versions[i]);
	buf_addf(out, "],\"preferredVersion\":{\"groupVersion\":\"%s/%s\","
	    "\"version\":\"%s\"}}", name, versions[0], versions[0]);
}

static void
print_groups(struct buf *out, bool has_metrics)
{
	bool is_first = true;

	buf_addf(out, "{\"kind\":\"APIGroupList\",\"apiVersion\":\"v1\","
	    "\"groups\":[");
	for (size_t i = 0; i < N_RESOURCES; i++) {
		if (!begins_group(i))
			continue;
		buf_addf(out, is_first ? "{" : ",{");
		print_group(out, resources[i].group, v1_alone);
		is_first = false;
	}
	if (has_metrics) {
		buf_addf(out, ",{");
		print_group(out, METRICS_GROUP, metrics_versions);
	}
	buf_addf(out, "]}\n");
}

static bool
print_one_group(struct buf *out, const char *name, bool has_metrics)
{
	bool is_metrics = has_metrics && strcmp(name, METRICS_GROUP) == 0;

	for (size_t i = 0; i < N_RESOURCES || is_metrics; i++) {
		if (!is_metrics && (!begins_group(i) ||
		    strcmp(resources[i].group, name) != 0))
			continue;
		buf_addf(out, "{\"kind\":\"APIGroup\",\"apiVersion\":\"v1\",");
		print_group(out, name, is_metrics ? metrics_versions :
		    v1_alone);
		buf_addf(out, "\n");
		return true;
	}
	return false;
}

/* "" or "authentication.k8s.io" */
static bool
print_resources(struct buf *out, const char *group)
{
	size_t n = 0;

	for (size_t i = 0; i < N_RESOURCES; i++) {
		const struct resource *r = &resources[i];

		if (strcmp(r->group, group) != 0)
			continue;
		if (n++ == 0)
			buf_addf(out, "{\"kind\":\"APIResourceList\",%s"
			    "\"groupVersion\":\"%s%sv1\",\"resources\":[",
			    *group == '\0' ? "" : "\"apiVersion\":\"v1\",",
			    group, *group == '\0' ? "" : "/");
		buf_addf(out, "%s{\"name\":\"%s\",\"singularName\":\"%s\","
		    "\"namespaced\":%s,\"kind\":\"%s\",\"verbs\":[%s]",
		    n == 1 ? "" : ",", r->plural, r->singular,
		    r->is_namespaced ? "true" : "false", r->kind, r->verbs);
		if (r->short_name != NULL)
			buf_addf(out, ",\"shortNames\":[\"%s\"]",
			    r->short_name);
		buf_addf(out, "}");
	}
	if (n > 0)
		buf_addf(out, "]}\n");
	return n > 0;
}

bool
discovery_print(struct buf *out, const char *path, const char *address,
    bool has_metrics)
{
	char group[64];
	const char *version;

	if (strcmp(path, "/api") == 0) {
		buf_addf(out, "{\"kind\":\"APIVersions\",\"versions\":[\"v1\"],"
		    "\"serverAddressByClientCIDRs\":[{\"clientCIDR\":"
		    "\"0.0.0.0/0\",\"serverAddress\":\"%s\"}]}\n", address);
		return true;
	}
	if (strcmp(path, "/api/v1") == 0)
		return print_resources(out, "");
	if (strcmp(path, "/apis") == 0) {
		print_groups(out, has_metrics);
		return true;
	}
	if (strncmp(path, "/apis/", 6) != 0)
		return false;
	version = strchr(path + 6, '/');
	if (version == NULL)
		return print_one_group(out, path + 6, has_metrics);
	if (strcmp(version, "/v1") != 0 ||
	    (size_t)(version - path - 6) >= sizeof group)
		return false;
	memcpy(group, path + 6, (size_t)(version - path - 6));
	group[version - path - 6] = '\0';
	return *group != '\0' && print_resources(out, group);
}

static void
print_item(struct buf *out, size_t *at)
{
	const char *group = resources[*at].group;
	size_t n = 0;

	buf_addf(out, "{\"metadata\":{");
	if (*group != '\0')
		buf_addf(out, "\"name\":\"%s\"", group);
	buf_addf(out, "},\"versions\":[{\"version\":\"v1\",\"resources\":[");
	for (; *at < N_RESOURCES && strcmp(resources[*at].group, group) == 0;
	    ++*at) {
		const struct resource *r = &resources[*at];

		buf_addf(out, "%s{\"resource\":\"%s\",\"responseKind\":{"
		    "\"group\":\"%s\",\"version\":\"v1\",\"kind\":\"%s\"},"
		    "\"scope\":\"%s\",\"singularResource\":\"%s\",\"verbs\":["
		    "%s]", n++ == 0 ? "" : ",", r->plural, group, r->kind,
		    r->is_namespaced ? "Namespaced" : "Cluster", r->singular,
		    r->verbs);
		if (r->short_name != NULL)
			buf_addf(out, ",\"shortNames\":[\"%s\"]",
			    r->short_name);
		buf_addf(out, "}");
	}
	buf_addf(out, "],\"freshness\":\"Current\"}]}");
}

void
discovery_print_aggregated(struct buf *out, const char *path,
    const char *version, const char *metrics_items)
{
	bool is_core = strcmp(path, "/api") == 0, is_first = true;

	buf_addf(out, "{\"kind\":\"APIGroupDiscoveryList\",\"apiVersion\":"
	    "\"apidiscovery.k8s.io/%s\",\"metadata\":{},\"items\":[", version);
	for (size_t at = 0; at < N_RESOURCES;) {
		if ((*resources[at].group == '\0') != is_core) {
			at++;
			continue;
		}
		if (!is_first)
			buf_addf(out, ",");
		is_first = false;
		print_item(out, &at);
	}
	if (!is_core && metrics_items != NULL)
		buf_addf(out, ",%s", metrics_items);
	buf_addf(out, "]}\n");
}
