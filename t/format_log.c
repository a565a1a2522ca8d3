/* SPDX-License-Identifier: ISC */
/*
 * The text of the log sink, set by set, against what Heapster's printed.
 */
#include "config.h"

#include "common/frame_json.h"
#include "common/json.h"

#include "sinks/format_log.h"

#include "t/tap.h"

#define HEAD "{\"v\":1,\"window_us\":1772600760000000," \
	"\"resolution_us\":60000000,\"metrics\":[\"uptime\",\"cpu/usage_rate\"," \
	"\"network/rx_rate\",\"cpu/usage\"]," \
	"\"labelled\":[\"filesystem/usage\",\"filesystem/available\"," \
	"\"resource/request\",\"custom/value\"],"
#define BATCH "DataBatch     Timestamp: 2026-03-04 05:06:00 +0000 UTC\n\n"
#define UNSET "0001-01-01 00:00:00 +0000 UTC -6795364578871345152\n"
#define NO_TIMES "   Scrape time: " UNSET "   Create time: " UNSET

static const struct {
	const char *what;
	const char *json;	/* behind HEAD */
	const char *want;	/* behind BATCH */
} vectors[] = {
	{
		"a pod: its times, sorted labels and metrics, resources",
		"\"kind\":\"node\",\"node\":{\"name\":\"node1\","
		"\"hostname\":\"node1.example.com\",\"host_id\":\"i-123\","
		"\"values\":[],\"system\":[],\"pods\":[{"
		"\"namespace\":\"kube-system\",\"name\":\"web.1-abc\","
		"\"uid\":\"pod-uid\",\"namespace_id\":\"ns-uid\","
		"\"labels\":\"app:web,tier:a b\","
		"\"start_us\":1772596800000000,\"scraped_us\":1772600758000000,"
		"\"values\":[3960000,250,1234.5,18446744073709551615],"
		"\"resources\":[{\"resource_id\":\"Volume:data\","
		"\"values\":[4096]},{\"resource_id\":\"/\","
		"\"values\":[8192,1]}],\"containers\":[]}]}}",
		"MetricSet: namespace:kube-system/pod:web.1-abc\n"
		"   Scrape time: 2026-03-04 05:05:58 +0000 UTC "
		"1772600758000000000\n"
		"   Create time: 2026-03-04 04:00:00 +0000 UTC "
		"1772596800000000000\n"
		"   Labels:\n"
		"      host_id = i-123\n"
		"      hostname = node1.example.com\n"
		"      labels = app:web,tier:a b\n"
		"      namespace_id = ns-uid\n"
		"      namespace_name = kube-system\n"
		"      nodename = node1\n"
		"      pod_id = pod-uid\n"
		"      pod_name = web.1-abc\n"
		"      type = pod\n"
		"   Metrics:\n"
		"      cpu/usage = 18446744073709551615\n"
		"      cpu/usage_rate = 250\n"
		"      network/rx_rate = 1234.500000\n"
		"      uptime = 3960000\n"
		"   Labeled Metrics:\n"
		"      filesystem/usage = 4096\n"
		"         resource_id = Volume:data\n"
		"      filesystem/usage = 8192\n"
		"         resource_id = /\n"
		"      filesystem/available = 1\n"
		"         resource_id = /\n"
		"\n"
		"MetricSet: node:node1\n"
		NO_TIMES
		"   Labels:\n"
		"      host_id = i-123\n"
		"      hostname = node1.example.com\n"
		"      nodename = node1\n"
		"      type = node\n"
		"   Metrics:\n"
		"   Labeled Metrics:\n"
		"\n",
	},
	{
		"what Heapster named after a resource is a metric",
		"\"kind\":\"rollup\",\"answered\":1,\"missing\":[],"
		"\"cluster\":{\"values\":[null,7],\"resources\":["
		"{\"resource_id\":\"nvidia.com/gpu\",\"values\":"
		"[null,null,2]},{\"resource_id\":\"logs\",\"values\":"
		"[1,null,null,0.5]}]},\"namespaces\":[]}",
		"MetricSet: cluster\n"
		NO_TIMES
		"   Labels:\n"
		"      type = cluster\n"
		"   Metrics:\n"
		"      cpu/usage_rate = 7\n"
		"      custom/logs = 0.500000\n"
		"      nvidia.com/gpu/request = 2\n"
		"   Labeled Metrics:\n"
		"      filesystem/usage = 1\n"
		"         resource_id = logs\n"
		"\n",
	},
	{
		"sets are sorted by key, fractions of a second are kept",
		"\"kind\":\"node\",\"node\":{\"name\":\"n\",\"values\":[],"
		"\"system\":[{\"name\":\"kubelet\",\"values\":[],"
		"\"scraped_us\":1772600758012300}],\"pods\":[{"
		"\"namespace\":\"a\",\"name\":\"p\",\"values\":[],"
		"\"containers\":[{\"name\":\"c\",\"image\":\"nginx:1.25\","
		"\"values\":[]}]}]}}",
		"MetricSet: namespace:a/pod:p\n"
		NO_TIMES
		"   Labels:\n"
		"      host_id = \n"
		"      hostname = n\n"
		"      namespace_name = a\n"
		"      nodename = n\n"
		"      pod_name = p\n"
		"      type = pod\n"
		"   Metrics:\n"
		"   Labeled Metrics:\n"
		"\n"
		"MetricSet: namespace:a/pod:p/container:c\n"
		NO_TIMES
		"   Labels:\n"
		"      container_base_image = nginx:1.25\n"
		"      container_name = c\n"
		"      host_id = \n"
		"      hostname = n\n"
		"      namespace_name = a\n"
		"      nodename = n\n"
		"      pod_name = p\n"
		"      type = pod_container\n"
		"   Metrics:\n"
		"   Labeled Metrics:\n"
		"\n"
		"MetricSet: node:n\n"
		NO_TIMES
		"   Labels:\n"
		"      host_id = \n"
		"      hostname = n\n"
		"      nodename = n\n"
		"      type = node\n"
		"   Metrics:\n"
		"   Labeled Metrics:\n"
		"\n"
		"MetricSet: node:n/container:kubelet\n"
		"   Scrape time: 2026-03-04 05:05:58.0123 +0000 UTC "
		"1772600758012300000\n"
		"   Create time: " UNSET
		"   Labels:\n"
		"      container_name = kubelet\n"
		"      host_id = \n"
		"      hostname = n\n"
		"      nodename = n\n"
		"      type = sys_container\n"
		"   Metrics:\n"
		"   Labeled Metrics:\n"
		"\n",
	},
	{
		"control characters of names are written out",
		"\"kind\":\"rollup\",\"answered\":1,\"missing\":[],"
		"\"cluster\":{\"values\":[],\"resources\":["
		"{\"resource_id\":\"a\\nb\\u001b[2J\",\"values\":"
		"[1,null,null,2]}]},\"namespaces\":[{\"name\":\"\\u007f\\\\\","
		"\"values\":[]}]}",
		"MetricSet: cluster\n"
		NO_TIMES
		"   Labels:\n"
		"      type = cluster\n"
		"   Metrics:\n"
		"      custom/a\\x0ab\\x1b[2J = 2.000000\n"
		"   Labeled Metrics:\n"
		"      filesystem/usage = 1\n"
		"         resource_id = a\\x0ab\\x1b[2J\n"
		"\n"
		"MetricSet: namespace:\\x7f\\\n"
		NO_TIMES
		"   Labels:\n"
		"      namespace_id = \n"
		"      namespace_name = \\x7f\\\n"
		"      type = ns\n"
		"   Metrics:\n"
		"   Labeled Metrics:\n"
		"\n",
	},
	{
		"the cluster and its namespaces",
		"\"kind\":\"rollup\",\"answered\":1,\"missing\":[],"
		"\"cluster\":{\"values\":[null,7]},\"namespaces\":["
		"{\"name\":\"default\",\"uid\":\"u\",\"values\":[null,6]}]}",
		"MetricSet: cluster\n"
		NO_TIMES
		"   Labels:\n"
		"      type = cluster\n"
		"   Metrics:\n"
		"      cpu/usage_rate = 7\n"
		"   Labeled Metrics:\n"
		"\n"
		"MetricSet: namespace:default\n"
		NO_TIMES
		"   Labels:\n"
		"      namespace_id = u\n"
		"      namespace_name = default\n"
		"      type = ns\n"
		"   Metrics:\n"
		"      cpu/usage_rate = 6\n"
		"   Labeled Metrics:\n"
		"\n",
	},
};

static void
check(size_t i)
{
	struct buf json = BUF_INIT, want = BUF_INIT, got = BUF_INIT;
	struct arena roomy, tiny;
	struct err err = { "" };
	struct frame f;

	arena_init(&roomy, 1 << 20);
	arena_init(&tiny, 16);
	buf_addf(&json, "%s%s", HEAD, vectors[i].json);
	buf_pad(&json);
	buf_addf(&want, "%s%s", BATCH, vectors[i].want);
	if (ok(frame_decode(&f, &roomy, buf_str(&json), &err),
	    "%s: a valid frame %s", vectors[i].what, err.msg)) {
		ok(format_log(&got, &f, &roomy), "%s: it has room",
		    vectors[i].what);
		is_mem(got.p, got.len, want.p, want.len, "%s: the text",
		    vectors[i].what);
		ok(!format_log(&got, &f, &tiny), "%s: no room is told",
		    vectors[i].what);
	}
	arena_fini(&roomy);
	arena_fini(&tiny);
	buf_fini(&json);
	buf_fini(&want);
	buf_fini(&got);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
		check(i);
	return done_testing();
}
