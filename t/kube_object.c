/* SPDX-License-Identifier: ISC */
/* What becomes of the members of pods, nodes, events and statuses. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "collector/kube_object.h"
#include "common/buf.h"
#include "common/json.h"
#include "common/mem.h"
#include "t/kube_text.h"
#include "t/tap.h"

struct object_case {
	const char *title;
	const char *json;
	const char *text;	/* as in t/kube_text.h; or the error */
};

#define META "\"metadata\":{\"name\":\"p\",\"namespace\":\"n\",\"uid\":\"u\"}"
#define POD "pod n/p uid=u"

static const struct object_case pods[] = {
	{ "next to nothing", "{" META "}", POD "\n" },
	{ "nulls", "{" META ",\"spec\":null,\"status\":{\"startTime\":null,"
	    "\"containerStatuses\":null}}", POD "\n" },
	{ "indented, as curl gets it", "{\n  \"metadata\": {\n    \"name\": "
	    "\"p\",\n    \"namespace\": \"n\",\n    \"uid\": \"u\"\n  },\n"
	    "  \"spec\": {\n    \"nodeName\": \"k\"\n  }\n}\n",
	    POD " node=k\n" },
	{ "labels and times", "{\"metadata\":{\"labels\":{\"b\":\"2\",\"a\":"
	    "\"\"},\"name\":\"p\"},\"status\":{\"startTime\":"
	    "\"2026-11-23T09:17:04Z\"}}",
	    "pod /p start=1795425424000000000 b:2 a:\n" },
	{ "a static pod", "{\"metadata\":{\"name\":\"p\",\"namespace\":\"n\","
	    "\"uid\":\"u\",\"annotations\":{\"x\":\"y\","
	    "\"kubernetes.io/config.mirror\":\"hash\"}}}",
	    POD " kubelet_uid=hash\n" },
	{ "requests and limits", "{" META ",\"spec\":{\"containers\":[{\"name\":"
	    "\"c\",\"image\":\"i\",\"resources\":{\"limits\":{\"cpu\":\"0.1m\"},"
	    "\"requests\":{\"cpu\":\"1500m\",\"memory\":\"64Mi\","
	    "\"ephemeral-storage\":\"1k\",\"nvidia.com/gpu\":\"2\"}}}]}}",
	    POD "\n c image=i requests=1500,67108864,1000 limits=1,-,- "
	    "nvidia.com/gpu=2\n" },
	{ "quantities that are none", "{" META ",\"spec\":{\"containers\":[{"
	    "\"name\":\"c\",\"resources\":{\"requests\":{\"cpu\":\"much\","
	    "\"memory\":\"-1\",\"x/y\":\"?\"}}}]}}", POD "\n c\n" },
	{ "a container without a name", "{" META ",\"spec\":{\"containers\":[{"
	    "\"image\":\"i\"},null,{\"name\":\"c\"}]}}", POD "\n c\n" },
	{ "status before spec", "{\"status\":{\"containerStatuses\":[{\"name\":"
	    "\"c\",\"restartCount\":3},{\"name\":\"gone\",\"restartCount\":9}"
	    "]},\"spec\":{\"containers\":[{\"name\":\"c\"},{\"name\":\"d\"}]},"
	    META "}", POD "\n c restarts=3\n d\n" },
	{ "resized in place: the status counts", "{" META ",\"spec\":{"
	    "\"containers\":[{\"name\":\"c\",\"resources\":{\"requests\":{"
	    "\"cpu\":\"1\",\"memory\":\"1\"},\"limits\":{\"cpu\":\"2\"}}}]},"
	    "\"status\":{\"containerStatuses\":[{\"name\":\"c\","
	    "\"allocatedResources\":{\"cpu\":\"7\",\"memory\":\"3\"},"
	    "\"resources\":{\"limits\":{\"cpu\":\"5\"},"
	    "\"requests\":{\"cpu\":\"4\"}}}]}}",
	    POD "\n c requests=4000,3,- limits=5000,-,- restarts=0\n" },
	{ "init containers and sidecars", "{" META ",\"spec\":{"
	    "\"initContainers\":[{\"name\":\"i\"},{\"name\":\"s\","
	    "\"restartPolicy\":\"Always\"}],\"containers\":[{\"name\":\"c\"}]},"
	    "\"status\":{\"initContainerStatuses\":[{\"name\":\"s\","
	    "\"restartCount\":1}]}}",
	    POD "\n i init\n s restarts=1\n c\n" },
	{ "overhead and resources of the pod", "{" META ",\"spec\":{\"overhead\""
	    ":{\"cpu\":\"250m\"},\"resources\":{\"requests\":{\"memory\":\"8\"}"
	    ",\"limits\":{\"cpu\":\"1\"}}},\"status\":{\"resources\":{"
	    "\"requests\":{\"memory\":\"9\"}}}}", POD " overhead=250,-,- "
	    "requests=-,9,- limits=1000,-,-\n" },
	{ "a NUL, where it is kept and where it is not", "{\"metadata\":{"
	    "\"name\":\"p\",\"labels\":{\"a\":\"x\\u0000y\"},\"z\":"
	    "\"\\u0000\"},\"status\":{\"message\":\"\\u0000\"}}",
	    "pod /p a:x\xef\xbf\xbdy\n" },
	{ "the same of other resources", "{" META ",\"spec\":{\"overhead\":{"
	    "\"a/b\":\"1\",\"cpu\":\"1\"},\"resources\":{\"requests\":{"
	    "\"hugepages-2Mi\":\"4Mi\",\"x\":\"2\"}}}}", POD
	    " overhead=1000,-,- requests:hugepages-2Mi=4194304 requests:x=2 "
	    "overhead:a/b=1\n" },
	{ "restarts without end", "{" META ",\"spec\":{\"containers\":[{"
	    "\"name\":\"c\"}]},\"status\":{\"containerStatuses\":[{\"name\":"
	    "\"c\",\"restartCount\":99999999999}]}}",
	    POD "\n c restarts=4294967295\n" },
	{ "no name", "{\"metadata\":{}}", "an object without a name" },
	{ "not an object", "[]", "json: " },
	{ "cut off", "{" META, "json: " },
	{ "a number as a name", "{\"metadata\":{\"name\":1}}", "json: " },
};

static const struct object_case nodes[] = {
	{ "next to nothing", "{" META "}", "node p uid=u\n" },
	{ "all of it", "{\"metadata\":{\"name\":\"k\",\"labels\":{\"a\":\"1\"}"
	    "},\"spec\":{\"unschedulable\":true,\"externalID\":\"x\"},"
	    "\"status\":{\"capacity\":{\"cpu\":\"2\",\"memory\":\"4Ki\","
	    "\"pods\":\"110\"},\"allocatable\":{\"cpu\":\"1900m\"},"
	    "\"conditions\":[{\"type\":\"DiskPressure\",\"status\":\"True\"},"
	    "{\"type\":\"Ready\",\"status\":\"True\"}],\"addresses\":[{"
	    "\"type\":\"InternalIP\",\"address\":\"10.0.0.1\"},{\"type\":"
	    "\"Hostname\",\"address\":\"h\"}],\"daemonEndpoints\":{"
	    "\"kubeletEndpoint\":{\"Port\":10250}}}}",
	    "node k external=x unschedulable ready port=10250 "
	    "InternalIP=10.0.0.1 Hostname=h capacity=2000,4096,- "
	    "allocatable=1900,-,- a:1\n" },
	{ "not ready", "{" META ",\"status\":{\"conditions\":[{\"status\":"
	    "\"Unknown\",\"type\":\"Ready\"}]}}", "node p uid=u notready\n" },
	{ "an endpoint that is none", "{" META ",\"status\":{"
	    "\"daemonEndpoints\":{\"kubeletEndpoint\":{\"Port\":-1},"
	    "\"other\":{\"Port\":1}}}}", "node p uid=u\n" },
	{ "nulls", "{" META ",\"spec\":null,\"status\":{\"addresses\":null,"
	    "\"conditions\":[null],\"daemonEndpoints\":{\"kubeletEndpoint\":"
	    "null}}}", "node p uid=u\n" },
	{ "no name", "{\"status\":{}}", "an object without a name" },
};

static const struct object_case events[] = {
	{ "added", "{\"type\":\"ADDED\",\"object\":{\"a\":[1]}}",
	    "0 {\"a\":[1]}" },
	{ "object first", "{ \"object\" : {} , \"type\" : \"DELETED\" }",
	    "2 {}" },
	{ "what is no object of ours has a version", "{\"type\":\"ADDED\","
	    "\"object\":{\"spec\":7,\"metadata\":{\"name\":[1],"
	    "\"resourceVersion\":\"9\"}}}", "0 {\"spec\":7,\"metadata\":{"
	    "\"name\":[1],\"resourceVersion\":\"9\"}} version=9" },
	{ "a version that is none", "{\"type\":\"ADDED\",\"object\":{"
	    "\"metadata\":{\"resourceVersion\":9}}}", "0 {\"metadata\":{"
	    "\"resourceVersion\":9}}" },
	{ "metadata that are none", "{\"type\":\"ADDED\",\"object\":{"
	    "\"metadata\":[]}}", "0 {\"metadata\":[]}" },
	{ "an object that is none", "{\"type\":\"ADDED\",\"object\":7}",
	    "0 7" },
	{ "a NUL", "{\"type\":\"ADDED\",\"object\":{\"a\":\"\\u0000\"}}",
	    "0 {\"a\":\"\\u0000\"}" },
	{ "an unknown type", "{\"type\":\"added\",\"object\":{}}",
	    "an event of an unknown type" },
	{ "no type", "{\"object\":{}}", "an event of an unknown type" },
	{ "no object", "{\"type\":\"BOOKMARK\"}", "an event of nothing" },
	{ "cut off", "{\"type\":\"ADDED\",\"object\":{\"a\"", "json: " },
};

static const struct object_case statuses[] = {
	{ "expired", "{\"kind\":\"Status\",\"message\":\"too old\",\"reason\":"
	    "\"Expired\",\"code\":410}", "410 Expired too old 0" },
	{ "retry", "{\"code\":429,\"details\":{\"retryAfterSeconds\":3,"
	    "\"causes\":[]}}", "429   3" },
	{ "null", "{\"code\":null,\"details\":null}", "0   0" },
	{ "text", "Unauthorized", "json: " },
};

typedef void describe_fn(struct buf *out, struct arena *a, struct str json,
    struct err *err);

static void
describe_pod(struct buf *out, struct arena *a, struct str json,
    struct err *err)
{
	struct kube_pod pod;

	if (kube_pod_decode(&pod, a, json, err))
		kube_text_pod(out, &pod);
	else
		buf_addf(out, "%s", err->msg);
}

static void
describe_node(struct buf *out, struct arena *a, struct str json,
    struct err *err)
{
	struct kube_node node;

	if (kube_node_decode(&node, a, json, err))
		kube_text_node(out, &node);
	else
		buf_addf(out, "%s", err->msg);
}

static void
describe_event(struct buf *out, struct arena *a, struct str json,
    struct err *err)
{
	struct kube_event event;

	if (!kube_event_decode(&event, a, json, err)) {
		buf_addf(out, "%s", err->msg);
		return;
	}
	buf_addf(out, "%d %.*s", event.type, STR_ARG(event.object));
	kube_text_str(out, "version", event.resource_version);
}

static void
describe_status(struct buf *out, struct arena *a, struct str json,
    struct err *err)
{
	struct kube_status s;

	if (kube_status_decode(&s, a, json, err))
		buf_addf(out, "%" PRId64 " %.*s %.*s %" PRId64, s.code,
		    STR_ARG(s.reason), STR_ARG(s.message), s.retry_after_s);
	else
		buf_addf(out, "%s", err->msg);
}

static void
run(const char *what, const struct object_case *c, describe_fn *describe)
{
	size_t len = strlen(c->json);
	char *text = xcalloc(len + JSON_PAD, 1);
	struct buf got = BUF_INIT;
	struct arena a;
	struct err err;

	memcpy(text, c->json, len);
	arena_init(&a, 1u << 20);
	describe(&got, &a, (struct str){ text, len }, &err);
	if (str_is(STR("json: "), c->text))
		got.len = got.len < 6 ? got.len : 6;
	is_mem(got.p, got.len, c->text, strlen(c->text), "%s: %s", what,
	    c->title);
	arena_fini(&a);
	buf_fini(&got);
	free(text);
}

#define RUN(what, table, describe) \
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) \
		run(what, &table[i], describe)

int
main(void)
{
	RUN("pod", pods, describe_pod);
	RUN("node", nodes, describe_node);
	RUN("event", events, describe_event);
	RUN("status", statuses, describe_status);
	return done_testing();
}
