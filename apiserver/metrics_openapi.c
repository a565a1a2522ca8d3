/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "common/json_out.h"

#include "apiserver/metrics_openapi.h"

#define META "io.k8s.apimachinery.pkg.apis.meta.v1."
#define QUANTITY "io.k8s.apimachinery.pkg.api.resource.Quantity"

struct writing {
	struct json_out json;
	const char *version;
	bool is_v2;
};

static void
text(struct writing *w, const char *key, const char *value)
{
	json_out_key(&w->json, key);
	json_out_strz(&w->json, value);
}

static void
object(struct writing *w, const char *key)
{
	json_out_key(&w->json, key);
	json_out_object(&w->json);
}

static void
end(struct writing *w)
{
	json_out_object_end(&w->json);
}

/* The schema of that name; a '*' in it is the package of the version. */
static void
reference(struct writing *w, const char *name)
{
	struct buf out = BUF_INIT;

	buf_addf(&out, "#/%s/", w->is_v2 ? "definitions" :
	    "components/schemas");
	if (*name == '*')
		buf_addf(&out, "io.k8s.metrics.pkg.apis.metrics.%s.%s",
		    w->version, name + 1);
	else
		buf_addf(&out, "%s", name);
	json_out_key(&w->json, "$ref");
	json_out_str(&w->json, buf_str(&out));
	buf_fini(&out);
}

/* Version 3 has no description beside a reference. */
static void
described_reference(struct writing *w, const char *description,
    const char *name)
{
	text(w, "description", description);
	if (w->is_v2) {
		reference(w, name);
		return;
	}
	json_out_key(&w->json, "allOf");
	json_out_array(&w->json);
	json_out_object(&w->json);
	reference(w, name);
	end(w);
	json_out_array_end(&w->json);
}

static const struct property {
	const char *of, *name, *description, *type, *reference;
} properties[] = {
	{ "NodeMetrics", "apiVersion", "APIVersion defines the versioned "
	    "schema of this representation of an object.", "string", NULL },
	{ "NodeMetrics", "kind", "Kind is a string value representing the "
	    "REST resource this object represents.", "string", NULL },
	{ "NodeMetrics", "metadata", "Standard object's metadata.", NULL,
	    META "ObjectMeta" },
	{ "NodeMetrics", "timestamp", "When the sample was taken that the "
	    "window ends with.", NULL, META "Time" },
	{ "NodeMetrics", "usage", "What is used: cpu, memory and, where they "
	    "are known, swap and ephemeral-storage.", "map", QUANTITY },
	{ "NodeMetrics", "window", "The time between the two samples that "
	    "cpu is taken from.", NULL, META "Duration" },
	{ "NodeMetricsList", "apiVersion", "APIVersion defines the versioned "
	    "schema of this representation of an object.", "string", NULL },
	{ "NodeMetricsList", "items", "Nodes, by name.", "array",
	    "*NodeMetrics" },
	{ "NodeMetricsList", "kind", "Kind is a string value representing "
	    "the REST resource this object represents.", "string", NULL },
	{ "NodeMetricsList", "metadata", "Standard list metadata.", NULL,
	    META "ListMeta" },
	{ "PodMetrics", "apiVersion", "APIVersion defines the versioned "
	    "schema of this representation of an object.", "string", NULL },
	{ "PodMetrics", "containers", "All containers that run and are "
	    "known, by name.", "array", "*ContainerMetrics" },
	{ "PodMetrics", "kind", "Kind is a string value representing the "
	    "REST resource this object represents.", "string", NULL },
	{ "PodMetrics", "metadata", "Standard object's metadata.", NULL,
	    META "ObjectMeta" },
	{ "PodMetrics", "timestamp", "When the sample was taken that the "
	    "window ends with: the oldest of its containers'.", NULL,
	    META "Time" },
	{ "PodMetrics", "window", "The time between the two samples that "
	    "cpu is taken from.", NULL, META "Duration" },
	{ "PodMetricsList", "apiVersion", "APIVersion defines the versioned "
	    "schema of this representation of an object.", "string", NULL },
	{ "PodMetricsList", "items", "Pods, by namespace and name.", "array",
	    "*PodMetrics" },
	{ "PodMetricsList", "kind", "Kind is a string value representing the "
	    "REST resource this object represents.", "string", NULL },
	{ "PodMetricsList", "metadata", "Standard list metadata.", NULL,
	    META "ListMeta" },
	{ "ContainerMetrics", "name", "The container's name.", "string",
	    NULL },
	{ "ContainerMetrics", "usage", "What is used: cpu, memory and, where "
	    "they are known, swap and ephemeral-storage.", "map", QUANTITY },
};

#define N_PROPERTIES (sizeof properties / sizeof properties[0])

static void
write_property(struct writing *w, const struct property *p)
{
	object(w, p->name);
	if (p->type == NULL) {
		described_reference(w, p->description, p->reference);
	} else {
		text(w, "description", p->description);
		text(w, "type", strcmp(p->type, "map") == 0 ? "object" :
		    p->type);
		if (p->reference != NULL) {
			object(w, strcmp(p->type, "map") == 0 ?
			    "additionalProperties" : "items");
			reference(w, p->reference);
			end(w);
		}
	}
	end(w);
}

static void
write_kind(struct writing *w, const char *kind)
{
	json_out_object(&w->json);
	text(w, "group", "metrics.k8s.io");
	text(w, "kind", kind);
	text(w, "version", w->version);
	end(w);
}

static const struct schema {
	const char *name, *description;
	bool is_kind;
} schemas[] = {
	{ "ContainerMetrics", "ContainerMetrics sets resource usage metrics "
	    "of a container.", false },
	{ "NodeMetrics", "NodeMetrics sets resource usage metrics of a "
	    "node.", true },
	{ "NodeMetricsList", "NodeMetricsList is a list of NodeMetrics.",
	    true },
	{ "PodMetrics", "PodMetrics sets resource usage metrics of a pod.",
	    true },
	{ "PodMetricsList", "PodMetricsList is a list of PodMetrics.",
	    true },
};

static void
write_schema(struct writing *w, const struct schema *s)
{
	struct buf name = BUF_INIT;

	buf_addf(&name, "io.k8s.metrics.pkg.apis.metrics.%s.%s", w->version,
	    s->name);
	json_out_key_str(&w->json, buf_str(&name));
	buf_fini(&name);
	json_out_object(&w->json);
	text(w, "description", s->description);
	text(w, "type", "object");
	object(w, "properties");
	for (size_t i = 0; i < N_PROPERTIES; i++)
		if (strcmp(properties[i].of, s->name) == 0)
			write_property(w, &properties[i]);
	end(w);
	if (s->is_kind) {
		json_out_key(&w->json, "x-kubernetes-group-version-kind");
		json_out_array(&w->json);
		write_kind(w, s->name);
		json_out_array_end(&w->json);
	}
	end(w);
}

static void
write_string(struct writing *w, const char *name, const char *description,
    const char *format)
{
	object(w, name);
	text(w, "description", description);
	text(w, "type", "string");
	if (format != NULL)
		text(w, "format", format);
	end(w);
}

/* What is Kubernetes' own, as far as it is used. */
static void
write_common(struct writing *w)
{
	write_string(w, QUANTITY, "Quantity is a fixed-point representation "
	    "of a number.", NULL);
	write_string(w, META "Duration", "Duration is a time span as in "
	    "1m0.5s.", NULL);
	write_string(w, META "Time", "Time is a moment, in RFC 3339.",
	    "date-time");
	object(w, META "ListMeta");
	text(w, "description", "ListMeta describes a list.");
	text(w, "type", "object");
	object(w, "properties");
	write_string(w, "continue", "Where the next page of the list goes "
	    "on.", NULL);
	object(w, "remainingItemCount");
	text(w, "description", "How many items come after this page.");
	text(w, "type", "integer");
	text(w, "format", "int64");
	end(w);
	end(w);
	end(w);
	object(w, META "ObjectMeta");
	text(w, "description", "ObjectMeta is metadata that all objects "
	    "have.");
	text(w, "type", "object");
	object(w, "properties");
	object(w, "creationTimestamp");
	described_reference(w, "When the answer was made.", META "Time");
	end(w);
	object(w, "labels");
	text(w, "description", "The labels of the node or pod.");
	text(w, "type", "object");
	object(w, "additionalProperties");
	text(w, "type", "string");
	end(w);
	end(w);
	write_string(w, "name", "The name of the node or pod.", NULL);
	write_string(w, "namespace", "The namespace of the pod.", NULL);
	end(w);
	end(w);
}

static void
write_parameter(struct writing *w, const char *name, const char *where,
    const char *type)
{
	json_out_object(&w->json);
	text(w, "name", name);
	text(w, "in", where);
	if (strcmp(where, "path") == 0) {
		json_out_key(&w->json, "required");
		json_out_bool(&w->json, true);
	}
	if (!w->is_v2)
		object(w, "schema");
	text(w, "type", type);
	if (!w->is_v2)
		end(w);
	end(w);
}

static const struct path {
	const char *path, *operation, *kind, *action, *answer;
} paths[] = {
	{ "/nodes", "listMetrics%sNodeMetrics", "NodeMetrics", "list",
	    "*NodeMetricsList" },
	{ "/nodes/{name}", "readMetrics%sNodeMetrics", "NodeMetrics", "get",
	    "*NodeMetrics" },
	{ "/pods", "listMetrics%sPodMetricsForAllNamespaces", "PodMetrics",
	    "list", "*PodMetricsList" },
	{ "/namespaces/{namespace}/pods",
	    "listMetrics%sNamespacedPodMetrics", "PodMetrics", "list",
	    "*PodMetricsList" },
	{ "/namespaces/{namespace}/pods/{name}",
	    "readMetrics%sNamespacedPodMetrics", "PodMetrics", "get",
	    "*PodMetrics" },
};

static void
write_parameters(struct writing *w, const struct path *p)
{
	json_out_key(&w->json, "parameters");
	json_out_array(&w->json);
	if (strstr(p->path, "{namespace}") != NULL)
		write_parameter(w, "namespace", "path", "string");
	if (strstr(p->path, "{name}") != NULL)
		write_parameter(w, "name", "path", "string");
	if (strcmp(p->action, "list") == 0) {
		write_parameter(w, "labelSelector", "query", "string");
		write_parameter(w, "fieldSelector", "query", "string");
		write_parameter(w, "limit", "query", "integer");
		write_parameter(w, "continue", "query", "string");
	}
	write_parameter(w, "pretty", "query", "string");
	json_out_array_end(&w->json);
}

static void
write_answer(struct writing *w, const struct path *p)
{
	static const char *const types[] = { "application/json",
		"application/yaml", "application/vnd.kubernetes.protobuf" };

	object(w, "responses");
	object(w, "200");
	text(w, "description", "OK");
	if (!w->is_v2)
		object(w, "content");
	for (size_t i = 0; i < (w->is_v2 ? 1 :
	    sizeof types / sizeof types[0]); i++) {
		if (!w->is_v2)
			object(w, types[i]);
		object(w, "schema");
		reference(w, p->answer);
		end(w);
		if (!w->is_v2)
			end(w);
	}
	if (!w->is_v2)
		end(w);
	end(w);
	end(w);
}

static void
write_path(struct writing *w, const struct path *p)
{
	struct buf out = BUF_INIT;
	const char *mark = strchr(p->operation, '%');

	buf_addf(&out, "/apis/metrics.k8s.io/%s%s", w->version, p->path);
	json_out_key_str(&w->json, buf_str(&out));
	json_out_object(&w->json);
	object(w, "get");
	buf_reset(&out);
	buf_add(&out, p->operation, (size_t)(mark - p->operation));
	buf_addf(&out, "V%s%s", w->version + 1, mark + 2);
	json_out_key(&w->json, "operationId");
	json_out_str(&w->json, buf_str(&out));
	buf_fini(&out);
	write_parameters(w, p);
	write_answer(w, p);
	text(w, "x-kubernetes-action", p->action);
	json_out_key(&w->json, "x-kubernetes-group-version-kind");
	write_kind(w, p->kind);
	end(w);
	end(w);
}

static void
write_document(struct writing *w, struct buf *out, const char *const *list)
{
	json_out_begin(&w->json, out, JSON_COMPACT);
	json_out_object(&w->json);
	text(w, w->is_v2 ? "swagger" : "openapi", w->is_v2 ? "2.0" :
	    "3.0.0");
	object(w, "info");
	text(w, "title", "cheapster");
	text(w, "version", "v" PACKAGE_VERSION);
	end(w);
	object(w, "paths");
	for (const char *const *v = list; *v != NULL; v++) {
		w->version = *v;
		for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
			write_path(w, &paths[i]);
	}
	end(w);
	if (!w->is_v2)
		object(w, "components");
	object(w, w->is_v2 ? "definitions" : "schemas");
	write_common(w);
	for (const char *const *v = list; *v != NULL; v++) {
		w->version = *v;
		for (size_t i = 0; i < sizeof schemas / sizeof schemas[0];
		    i++)
			write_schema(w, &schemas[i]);
	}
	end(w);
	if (!w->is_v2)
		end(w);
	end(w);
}

void
metrics_openapi_v2(struct buf *out)
{
	static const char *const list[] = { "v1", "v1beta1", NULL };
	struct writing w = { .is_v2 = true };

	write_document(&w, out, list);
}

void
metrics_openapi_v3(struct buf *out, const char *version)
{
	const char *const list[] = { version, NULL };
	struct writing w = { .is_v2 = false };

	write_document(&w, out, list);
}
