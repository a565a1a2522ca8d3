/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>

#include "common/timestamp.h"

#include "contrib/kubesim/objects.h"

#define MS_NS 1000000

const char *const sim_plural[SIM_KIND_COUNT] = {
	"nodes", "pods", "namespaces"
};
const char *const sim_kind_name[SIM_KIND_COUNT] = {
	"Node", "Pod", "Namespace"
};

size_t
sim_n_objects(const struct sim *s, enum sim_kind kind)
{
	return kind == SIM_NODE ? s->conf.nodes :
	    kind == SIM_POD ? sim_n_pods(s) : s->conf.namespaces;
}

static void
print_node(struct buf *b, const struct sim *s, size_t at,
    unsigned kubelet_port)
{
	const struct sim_node *n = &s->nodes[at];

	buf_addf(b, "{\"kind\":\"Node\",\"apiVersion\":\"v1\",\"metadata\":{"
	    "\"name\":\"%s\",\"uid\":\"node-uid-%zu\","
	    "\"resourceVersion\":\"%" PRIu64 "\","
	    "\"labels\":{\"kubernetes.io/hostname\":\"%s\","
	    "\"topology.kubernetes.io/zone\":\"z%zu\"}},\"spec\":{},"
	    "\"status\":{\"capacity\":{\"cpu\":\"64\",\"memory\":\"256Gi\","
	    "\"pods\":\"%" PRIu64 "\"},\"allocatable\":{\"cpu\":\"63\","
	    "\"memory\":\"250Gi\"},", n->name, at, n->version, n->name, at % 3,
	    s->conf.pods);
	buf_addf(b, "\"conditions\":[{\"type\":\"Ready\",\"status\":\"%s\"}],"
	    "\"addresses\":[{\"type\":\"InternalIP\",\"address\":\"%s\"},"
	    "{\"type\":\"Hostname\",\"address\":\"%s\"}],"
	    "\"daemonEndpoints\":{\"kubeletEndpoint\":{\"Port\":%u}}}}",
	    n->is_ready ? "True" : "False", n->address, n->name, kubelet_port);
}

static void
print_time(struct buf *b, int64_t at_ms)
{
	char text[TIMESTAMP_MAX_BYTES];

	buf_add(b, text, timestamp_print(text, at_ms * MS_NS));
}

static void
print_containers(struct buf *b, const struct sim *s, const struct sim_pod *p)
{
	for (size_t i = 0; i < s->conf.containers; i++)
		buf_addf(b, "%s{\"name\":\"c%zu\",\"image\":\"registry/app:%zu\""
		    ",\"resources\":{\"requests\":{\"cpu\":\"100m\","
		    "\"memory\":\"64Mi\"},\"limits\":{\"memory\":\"128Mi\"}}}",
		    i == 0 ? "" : ",", i, i);
	buf_addf(b, "]},\"status\":{\"phase\":\"Running\",\"startTime\":\"");
	print_time(b, p->created_ms);
	buf_addf(b, "\",\"containerStatuses\":[");
	for (size_t i = 0; i < s->conf.containers; i++)
		buf_addf(b, "%s{\"name\":\"c%zu\",\"ready\":true,"
		    "\"restartCount\":%" PRIu32 "}", i == 0 ? "" : ",", i,
		    p->containers[i].restarts);
	buf_addf(b, "]}}");
}

static void
print_pod(struct buf *b, const struct sim *s, size_t at)
{
	const struct sim_pod *p = &s->pods[at];

	buf_addf(b, "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{"
	    "\"name\":\"%s\",\"namespace\":\"ns-%zu\",\"uid\":\"%s\","
	    "\"resourceVersion\":\"%" PRIu64 "\",\"creationTimestamp\":\"",
	    p->name, sim_namespace_of(s, at), p->uid, p->version);
	print_time(b, p->created_ms);
	buf_addf(b, "\",\"labels\":{\"app\":\"app-%zu\",\"tier\":\"t%zu\"}},"
	    "\"spec\":{\"nodeName\":\"%s\",\"containers\":[", at % 100, at % 7,
	    s->nodes[sim_node_of(s, at)].name);
	print_containers(b, s, p);
}

void
object_print(struct buf *out, const struct sim *s, enum sim_kind kind,
    size_t at, unsigned kubelet_port)
{
	if (kind == SIM_NODE)
		print_node(out, s, at, kubelet_port);
	else if (kind == SIM_POD)
		print_pod(out, s, at);
	else
		buf_addf(out, "{\"kind\":\"Namespace\",\"apiVersion\":\"v1\","
		    "\"metadata\":{\"name\":\"ns-%zu\",\"uid\":\"ns-uid-%zu\","
		    "\"resourceVersion\":\"1\"}}", at, at);
}
