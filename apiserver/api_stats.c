/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/mem.h"
#include "common/quantiles.h"

#include "apiserver/api_stats.h"

#define NS_PER_MICROSECOND 1e3
#define CODES_MAX 16		/* of one handler */

/* A pattern has one name, whatever it is below; a root may say more. */
static const struct {
	const char *root, *pattern, *name;
} handlers[] = {
	{ NULL, "metrics/{*}", "clusterMetrics" },
	{ NULL, "nodes/{}/metrics", "availableNodeMetrics" },
	{ NULL, "nodes/{}/metrics/{*}", "nodeMetrics" },
	{ NULL, "nodes/{}/freecontainers", "systemContainerList" },
	{ NULL, "nodes/{}/freecontainers/{}/metrics", "availableMetrics" },
	{ NULL, "nodes/{}/freecontainers/{}/metrics/{*}",
	    "freeContainerMetrics" },
	{ NULL, "namespaces", "namespaceList" },
	{ NULL, "namespaces/{}/metrics", "availableNamespaceMetrics" },
	{ NULL, "namespaces/{}/metrics/{*}", "namespaceMetrics" },
	{ NULL, "namespaces/{}/pods/{}/metrics", "availablePodMetrics" },
	{ NULL, "namespaces/{}/pods/{}/metrics/{*}", "podMetrics" },
	{ NULL, "namespaces/{}/pods/{}/containers", "podContainerList" },
	{ NULL, "namespaces/{}/pods/{}/containers/{}/metrics",
	    "availableContainerMetrics" },
	{ NULL, "namespaces/{}/pods/{}/containers/{}/metrics/{*}",
	    "podContainerMetrics" },
	{ NULL, "namespaces/{}/pod-list/{}/metrics/{*}", "podListMetric" },
	{ NULL, "pod-id/{}/metrics/{*}", "podMetrics" },
	{ NULL, "pod-id/{}/containers/{}/metrics/{*}",
	    "podContainerMetrics" },
	{ NULL, "pod-id-list/{}/metrics/{*}", "podListMetric" },
	{ NULL, "debug/allkeys", "debugAllKeys" },
	{ "/apis", "nodes", "resourceNodeList" },
	{ "/apis", "nodes/{}", "resourceNode" },
	{ "/apis", "pods", "resourcePodList" },
	{ "/apis", "namespaces/{}/pods", "resourceNamespacePodList" },
	{ "/apis", "namespaces/{}/pods/{}", "resourcePod" },
	{ "/apis", "", "apiResources" },
	{ "/apis", "{*}", "notFound" },
	{ "/api/v1/metric-export-schema", "", "metricExportSchema" },
	{ "/api/v1/metric-export", "", "metricExport" },
	{ "/api/v1", "metrics", "availableClusterMetrics" },
	{ "/api/v1", "nodes", "nodeList" },
	{ "/api/v1", "namespaces/{}/pods", "namespacePodList" },
	{ "", "metrics", "prometheus" },
	{ "", "healthz", "healthz" },
	{ "", "healthz/healthz", "healthz" },
	{ "", "healthz/{*}", "healthz" },
	{ "", "livez", "livez" },
	{ "", "livez/{*}", "livez" },
	{ "", "readyz", "readyz" },
	{ "", "readyz/{*}", "readyz" },
	{ "", "", "index" },
	{ "", "apis", "apiGroups" },
	{ "", "apis/metrics.k8s.io", "apiGroups" },
	{ "", "version", "version" },
	{ "", "openapi/v2", "openapi" },
	{ "", "openapi/v3", "openapi" },
	{ "", "openapi/v3/apis/metrics.k8s.io/{}", "openapi" },
	{ "", "{*}", "notFound" },
	/* The last three are not looked up in the table. */
	{ NULL, "", "aggregations" },
	{ NULL, "", "podListAggregations" },
	{ NULL, "", "other" },
};

enum {
	N_HANDLERS = sizeof handlers / sizeof handlers[0],
	HANDLER_AGGREGATIONS = N_HANDLERS - 3,
	HANDLER_LIST_AGGREGATIONS,
	HANDLER_OTHER,
};

struct code {
	char method[8];		/* "get" */
	int status;
	uint64_t n;
};

struct handler_stats {
	struct code codes[CODES_MAX];
	size_t n_codes;
	struct quantiles duration_us, request_bytes, response_bytes;
};

struct api_stats {
	struct handler_stats *handlers[N_HANDLERS];	/* NULL: unused */
};

struct api_stats *
api_stats_new(void)
{
	return xcalloc(1, sizeof(struct api_stats));
}

void
api_stats_free(struct api_stats *s)
{
	for (size_t i = 0; s != NULL && i < N_HANDLERS; i++)
		free(s->handlers[i]);
	free(s);
}

/* Routes of one name are one handler: the first. */
static size_t
first_of_name(size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(handlers[k].name, handlers[i].name) == 0)
			return k;
	return i;
}

static size_t
find_handler(const struct api_exchange *e)
{
	if (e->pattern == NULL)
		return HANDLER_OTHER;
	if (strstr(e->pattern, "metrics-aggregated/") != NULL)
		return strstr(e->pattern, "-list/") != NULL ?
		    HANDLER_LIST_AGGREGATIONS : HANDLER_AGGREGATIONS;
	for (size_t i = 0; i < HANDLER_AGGREGATIONS; i++)
		if (strcmp(handlers[i].pattern, e->pattern) == 0 &&
		    (handlers[i].root == NULL || strncmp(handlers[i].root,
		    e->root, strlen(handlers[i].root)) == 0))
			return first_of_name(i);
	return HANDLER_OTHER;
}

/* Methods are few; what there is no room for is counted as the last. */
static void
count_code(struct handler_stats *h, struct str method, int status)
{
	char lower[sizeof h->codes[0].method] = "";
	struct code *code = h->codes;

	for (size_t i = 0; i < method.len && i < sizeof lower - 1; i++)
		lower[i] = method.p[i] >= 'A' && method.p[i] <= 'Z' ?
		    (char)(method.p[i] - 'A' + 'a') : method.p[i];
	while (code < &h->codes[h->n_codes] && (code->status != status ||
	    strcmp(code->method, lower) != 0))
		code++;
	if (code == &h->codes[h->n_codes]) {
		if (h->n_codes == CODES_MAX) {
			code--;
		} else {
			memcpy(code->method, lower, sizeof lower);
			code->status = status;
			h->n_codes++;
		}
	}
	code->n++;
}

void
api_stats_note(struct api_stats *s, const struct api_exchange *e)
{
	struct handler_stats **h = &s->handlers[find_handler(e)];

	if (*h == NULL)
		*h = xcalloc(1, sizeof **h);
	count_code(*h, e->method, e->status);
	quantiles_add(&(*h)->duration_us,
	    (double)e->duration_ns / NS_PER_MICROSECOND);
	quantiles_add(&(*h)->request_bytes, (double)e->request_bytes);
	quantiles_add(&(*h)->response_bytes, (double)e->response_bytes);
}

/* One of the three of every handler that was used. */
static void
print_summary(const struct api_stats *s, struct buf *out, const char *name,
    const char *help, size_t offset)
{
	quantiles_print_head(out, name, help);
	for (size_t i = 0; i < N_HANDLERS; i++)
		if (s->handlers[i] != NULL)
			quantiles_print(out, name, "handler",
			    handlers[i].name, (const void *)((const char *)
			    s->handlers[i] + offset));
}

void
api_stats_print(const void *stats, struct buf *out)
{
	const struct api_stats *s = stats;

	print_summary(s, out, "http_request_duration_microseconds",
	    "time until an answer is made",
	    offsetof(struct handler_stats, duration_us));
	print_summary(s, out, "http_request_size_bytes",
	    "bytes of requests without headers",
	    offsetof(struct handler_stats, request_bytes));
	print_summary(s, out, "http_response_size_bytes",
	    "bytes of answers before they are compressed",
	    offsetof(struct handler_stats, response_bytes));
	buf_addf(out, "# HELP http_requests_total requests answered\n"
	    "# TYPE http_requests_total counter\n");
	for (size_t i = 0; i < N_HANDLERS; i++) {
		const struct handler_stats *h = s->handlers[i];

		for (size_t k = 0; h != NULL && k < h->n_codes; k++)
			buf_addf(out, "http_requests_total{code=\"%d\","
			    "handler=\"%s\",method=\"%s\"} %" PRIu64 "\n",
			    h->codes[k].status, handlers[i].name,
			    h->codes[k].method, h->codes[k].n);
	}
}
