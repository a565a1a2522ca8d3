/* SPDX-License-Identifier: ISC */
/* Heapster's vectors, what becomes of each field, and bodies that are not as
 * expected. */
#include "config.h"

#include "t/cadvisor_decoded.h"
#include "t/tap.h"

static const struct key_case {
	const char *name;
	const char *spec;
	const char *key;	/* NULL: there is only the node */
	enum set_type type;
} key_cases[] = {
	{ "/docker-daemon", "", "node:/container:docker-daemon",
	    SET_SYS_CONTAINER },
	{ "/system.slice/docker.service", "",
	    "node:/container:system.slice/docker.service", SET_SYS_CONTAINER },
	{ "testKubelet", LABELS("testContainer", "testPodNS", "testPodName"),
	    "namespace:testPodNS/pod:testPodName/container:testContainer",
	    SET_POD_CONTAINER },
	{ "k8s_test.testkubelet",
	    ",\"labels\":{" LABEL("container.name", "POD") ","
	    LABEL("pod.name", "testnamespace/testPodName") "}",
	    "namespace:testnamespace/pod:testPodName", SET_POD },
	{ "k8s_test.testkubelet",
	    ",\"labels\":{" LABEL("container.name", "") ","
	    LABEL("pod.name", "testnamespace/testPodName") "}",
	    "namespace:testnamespace/pod:testPodName/container:test",
	    SET_POD_CONTAINER },
	{ "k8s_POD.hash_x", LABELS("", "ns", "p"), "namespace:ns/pod:p",
	    SET_POD },
	{ "k8s_c.hash", LABELS("", "ns", "p"),
	    "namespace:ns/pod:p/container:c", SET_POD_CONTAINER },
	{ "k8s_.hash", LABELS("", "ns", "p"), "node:/container:k8s_.hash",
	    SET_SYS_CONTAINER },
	{ "k8s_c", LABELS("", "ns", "p"), "node:/container:k8s_c",
	    SET_SYS_CONTAINER },
	{ "/a.b", LABELS("", "ns", "p"), "node:/container:a.b",
	    SET_SYS_CONTAINER },
	{ "/a.b", "", "node:/container:a.b", SET_SYS_CONTAINER },
	{ ".", LABELS("", "ns", "p"), "node:/container:.",
	    SET_SYS_CONTAINER },
	{ "/c", LABELS("c", "", "p"), "node:/container:c", SET_SYS_CONTAINER },
	{ "/c", LABELS("c", "", "/p"), "node:/container:c",
	    SET_SYS_CONTAINER },
	{ "/c", LABELS("c", "", "ns/"), "node:/container:c",
	    SET_SYS_CONTAINER },
	{ "/c", LABELS("c", "ns", ""), "node:/container:c",
	    SET_SYS_CONTAINER },
	{ "/c", LABELS("c", "ns", "p"), "namespace:ns/pod:p/container:c",
	    SET_POD_CONTAINER },
	{ "//c", "", "node:/container:/c", SET_SYS_CONTAINER },
	{ "/docker/abc\",\"aliases\":[\"k8s_c.hash\",\"abc\"],\"id\":\"",
	    LABELS("", "ns", "p"), "namespace:ns/pod:p/container:c",
	    SET_POD_CONTAINER },
	{ "/docker/abc\",\"aliases\":[],\"id\":\"", "",
	    "node:/container:docker/abc", SET_SYS_CONTAINER },
	{ "", "", NULL, SET_NODE },
};

static void
test_keys(void)
{
	struct buf b = BUF_INIT;
	struct decoded d;
	size_t set;

	for (size_t i = 0; i < COUNT(key_cases); i++) {
		const struct key_case *c = &key_cases[i];

		buf_reset(&b);
		buf_addf(&b, "{" CONTAINER("%s", "%s", "{}") "," NODE "}",
		    c->name, c->spec);
		decode(&d, buf_str(&b));
		if (!ok(d.is_decoded && is_hierarchical(&d.frame),
		    "%s with%s", c->name, c->spec)) {
			diag("%s", d.err.msg);
		} else if (c->key == NULL) {
			is_u64(d.frame.n_sets, 1, "is left out");
		} else {
			set = find_set(&d.frame, c->key);
			ok(set < d.frame.n_sets &&
			    d.frame.sets[set].type == c->type, "is %s",
			    c->key);
			is_u64(d.frame.n_sets,
			    c->type == SET_POD_CONTAINER ? 3 : 2,
			    "and nothing more");
		}
		decoded_fini(&d);
	}
	buf_fini(&b);
}

#define INTERFACES ONE("{\"network\":{\"name\":\"a\",\"rx_bytes\":9," \
	"\"interfaces\":[{\"name\":\"a\",\"rx_bytes\":7,\"rx_packets\":3," \
	"\"rx_errors\":1,\"tx_bytes\":2},{\"name\":\"b\",\"rx_bytes\":5," \
	"\"rx_errors\":1,\"tx_errors\":4}],\"tcp\":{}}}")
#define FS ONE("{\"filesystem\":[{\"device\":\"/dev/sda1\",\"capacity\":1," \
	"\"usage\":2,\"base_usage\":3,\"available\":4,\"has_inodes\":true," \
	"\"inodes\":5,\"inodes_free\":6,\"reads_completed\":7},{\"usage\":8," \
	"\"device\":\"tmpfs\",\"inodes\":9,\"has_inodes\":false}," \
	"{\"usage\":10},null]}")
#define DISKS ONE("{\"diskio\":{\"io_service_bytes\":[{\"device\":\"\"," \
	"\"major\":8,\"minor\":16,\"stats\":{\"Async\":1,\"Read\":2}}," \
	"{\"device\":\"/dev/sda1\",\"major\":8,\"minor\":0,\"stats\":" \
	"{\"Read\":3,\"Total\":7,\"Write\":4}},{\"major\":8}]," \
	"\"io_serviced\":[{\"device\":\"\",\"stats\":{\"Read\":5}}]}," \
	"\"filesystem\":[{\"device\":\"/dev/sda1\",\"usage\":6}]}")
#define GPU ONE("{\"accelerators\":[{\"make\":\"m\",\"model\":\"o\"," \
	"\"id\":\"gpu\",\"memory_total\":1,\"memory_used\":2," \
	"\"duty_cycle\":3},{\"id\":\"other\",\"duty_cycle\":4}]}")

/* spec and samples of custom metrics. */
#define CUSTOM(specs, samples) BODY(NODE "," CONTAINER("/k", \
	LABELS("c", "ns", "p") ALL ",\"has_custom_metrics\":true," \
	"\"custom_metrics\":[" specs "]", "{\"custom_metrics\":{" samples "}}"))
#define SPEC(type, format) "{\"name\":\"x\",\"type\":\"" type "\"," \
	"\"format\":\"" format "\",\"units\":\"u\"}"
#define SAMPLE(second, values) "{\"timestamp\":\"2026-11-23T09:24:" second \
	"Z\"" values "}"

static const struct value_case {
	const char *body;
	const char *key;
	enum metric metric;
	const char *id;		/* of the resource */
	const char *value;
} value_cases[] = {
	{ "{\"/\":{\"name\":\"/\",\"spec\":{\"has_cpu\":true},\"stats\":[{"
	    "\"cpu\":{\"usage\":{\"total\":100}}}]}}",
	    "node:", METRIC_CPU_USAGE, NULL, "100" },
	{ ONE("{\"cpu\":{\"usage\":{\"total\":18446744073709551615,"
	    "\"per_cpu_usage\":[1,2],\"user\":3},\"cfs\":{\"periods\":1},"
	    "\"load_average\":5}}"),
	    ONE_KEY, METRIC_CPU_USAGE, NULL, "18446744073709551615" },
	{ ONE("{\"cpu\":{\"usage\":{\"total\":1},\"load_average\":5}}"),
	    ONE_KEY, METRIC_CPU_LOAD, NULL, "5" },
	{ ONE("{\"cpu\":{\"load_average\":-1}}"),
	    ONE_KEY, METRIC_CPU_LOAD, NULL, "-" },
	{ ONE("{\"cpu\":{\"usage\":{\"total\":0}}}"),
	    ONE_KEY, METRIC_CPU_USAGE, NULL, "0" },
	{ ONE("{\"cpu\":{\"usage\":{\"total\":1}}},"
	    "{\"cpu\":{\"usage\":{\"total\":2}}}"),
	    ONE_KEY, METRIC_CPU_USAGE, NULL, "2" },
	{ ONE("{\"cpu\":{\"usage\":{\"total\":1}}},{\"memory\":{\"rss\":1}}"),
	    ONE_KEY, METRIC_CPU_USAGE, NULL, "-" },
	{ ONE("{\"cpu\":{\"usage\":{\"total\":1}}},null"),
	    ONE_KEY, METRIC_CPU_USAGE, NULL, "1" },
	{ ONE("{\"cpu\":{\"usage\":null},\"memory\":null,\"network\":null,"
	    "\"diskio\":null,\"filesystem\":null,\"accelerators\":null}"),
	    ONE_KEY, METRIC_CPU_USAGE, NULL, "-" },
	{ ONE("{\"memory\":{\"usage\":1,\"max_usage\":2,\"cache\":3,\"rss\":4,"
	    "\"swap\":5,\"working_set\":6,\"failcnt\":7}}"),
	    ONE_KEY, METRIC_MEMORY_CACHE, NULL, "3" },
	{ ONE("{\"memory\":{\"usage\":1,\"max_usage\":2,\"cache\":3,\"rss\":4,"
	    "\"swap\":5,\"working_set\":6,\"failcnt\":7}}"),
	    ONE_KEY, METRIC_MEMORY_WORKING_SET, NULL, "6" },
	{ ONE("{\"memory\":{\"usage\":1,\"container_data\":{\"pgfault\":8,"
	    "\"pgmajfault\":9},\"hierarchical_data\":{\"pgfault\":10}}}"),
	    ONE_KEY, METRIC_MEMORY_PAGE_FAULTS, NULL, "8" },
	{ ONE("{\"memory\":{\"container_data\":{\"pgmajfault\":9}}}"),
	    ONE_KEY, METRIC_MEMORY_MAJOR_PAGE_FAULTS, NULL, "9" },
	{ ONE("{}"), ONE_KEY, METRIC_UPTIME, NULL, "4750" },
	{ INTERFACES, ONE_KEY, METRIC_NETWORK_RX, NULL, "12" },
	{ INTERFACES, ONE_KEY, METRIC_NETWORK_RX_ERRORS, NULL, "2" },
	{ INTERFACES, ONE_KEY, METRIC_NETWORK_TX, NULL, "2" },
	{ INTERFACES, ONE_KEY, METRIC_NETWORK_TX_ERRORS, NULL, "4" },
	{ FS, ONE_KEY, METRIC_FILESYSTEM_LIMIT, "/dev/sda1", "1" },
	{ FS, ONE_KEY, METRIC_FILESYSTEM_USAGE, "/dev/sda1", "2" },
	{ FS, ONE_KEY, METRIC_FILESYSTEM_AVAILABLE, "/dev/sda1", "4" },
	{ FS, ONE_KEY, METRIC_FILESYSTEM_INODES, "/dev/sda1", "5" },
	{ FS, ONE_KEY, METRIC_FILESYSTEM_INODES_FREE, "/dev/sda1", "6" },
	{ FS, ONE_KEY, METRIC_FILESYSTEM_USAGE, "tmpfs", "8" },
	{ FS, ONE_KEY, METRIC_FILESYSTEM_INODES, "tmpfs", "-" },
	{ DISKS, ONE_KEY, METRIC_DISK_IO_READ_BYTES, "8:16", "2" },
	{ DISKS, ONE_KEY, METRIC_DISK_IO_WRITE_BYTES, "8:16", "0" },
	{ DISKS, ONE_KEY, METRIC_DISK_IO_READ_BYTES, "/dev/sda1", "3" },
	{ DISKS, ONE_KEY, METRIC_DISK_IO_WRITE_BYTES, "/dev/sda1", "4" },
	{ DISKS, ONE_KEY, METRIC_FILESYSTEM_USAGE, "/dev/sda1", "6" },
	{ DISKS, ONE_KEY, METRIC_DISK_IO_READ_BYTES, "8:0", "0" },
	{ GPU, ONE_KEY, METRIC_ACCELERATOR_MEMORY_TOTAL, "gpu", "1" },
	{ GPU, ONE_KEY, METRIC_ACCELERATOR_MEMORY_USED, "gpu", "2" },
	{ GPU, ONE_KEY, METRIC_ACCELERATOR_DUTY_CYCLE, "other", "4" },
	{ CUSTOM(SPEC("gauge", "int"), "\"x\":[" SAMPLE("01",
	    ",\"int_value\":1") "]"),
	    ONE_KEY, METRIC_CUSTOM_VALUE, "x", "1" },
	{ CUSTOM(SPEC("cumulative", "float"), "\"x\":[" SAMPLE("01",
	    ",\"float_value\":1.5") "]"),
	    ONE_KEY, METRIC_CUSTOM_VALUE, "x", "1.5" },
	{ CUSTOM(SPEC("cumulative", "int"), "\"x\":[" SAMPLE("01",
	    ",\"int_value\":-7,\"float_value\":1") "]"),
	    ONE_KEY, METRIC_CUSTOM_VALUE, "x", "-7" },
	{ CUSTOM(SPEC("gauge", "float"), "\"x\":[" SAMPLE("01", "") "]"),
	    ONE_KEY, METRIC_CUSTOM_VALUE, "x", "0" },
	{ CUSTOM(SPEC("gauge", "int"), "\"x\":[" SAMPLE("01", ",\"int_value\":1") "," SAMPLE("03",
	    ",\"int_value\":2") "," SAMPLE("03", ",\"int_value\":3") ",null,"
	    SAMPLE("02", ",\"int_value\":4") "]"),
	    ONE_KEY, METRIC_CUSTOM_VALUE, "x", "2" },
	{ CUSTOM(SPEC("delta", "int"), "\"x\":[" SAMPLE("01",
	    ",\"int_value\":1") "]"),
	    ONE_KEY, METRIC_CUSTOM_VALUE, "x", "-" },
	{ CUSTOM(SPEC("gauge", "text"), "\"x\":[" SAMPLE("01",
	    ",\"int_value\":1") "]"),
	    ONE_KEY, METRIC_CUSTOM_VALUE, "x", "-" },
	{ CUSTOM(SPEC("gauge", "int"), "\"y\":[" SAMPLE("01",
	    ",\"int_value\":1") "]"),
	    ONE_KEY, METRIC_CUSTOM_VALUE, "y", "-" },
	{ CUSTOM(SPEC("gauge", "int"), "\"x\":[],\"y\":null"),
	    ONE_KEY, METRIC_CUSTOM_VALUE, "x", "-" },
	{ CUSTOM("null", "\"x\":[" SAMPLE("01", ",\"int_value\":1") "]"),
	    ONE_KEY, METRIC_CUSTOM_VALUE, "x", "-" },
};

static void
test_values(void)
{
	struct decoded d;

	for (size_t i = 0; i < COUNT(value_cases); i++) {
		const struct value_case *c = &value_cases[i];
		const char *got;

		decode(&d, str_of(c->body));
		if (!d.is_decoded)
			diag("%s", d.err.msg);
		got = c->id == NULL ?
		    value_of(&d.frame, c->key, c->metric) :
		    labelled_value_of(&d.frame, c->key, c->id, c->metric);
		ok(d.is_decoded && strcmp(got, c->value) == 0,
		    "%s%s%s is %s", metrics[c->metric].name.p,
		    c->id == NULL ? "" : " of ", c->id == NULL ? "" : c->id,
		    c->value);
		decoded_fini(&d);
	}
}

/* Each flag with what it stands for. */
static void
test_flags(void)
{
	static const char stats[] = "{\"cpu\":{\"usage\":{\"total\":1}},"
	    "\"memory\":{\"rss\":2},\"network\":{\"interfaces\":["
	    "{\"rx_bytes\":3}]},\"filesystem\":[{\"device\":\"d\","
	    "\"usage\":4},{\"usage\":7}],\"diskio\":{\"io_service_bytes\":["
	    "{\"device\":\"d\",\"stats\":{\"Read\":5}},{\"device\":\"e\"}]},"
	    "\"accelerators\":[{\"id\":\"g\",\"duty_cycle\":6}],"
	    "\"custom_metrics\":{\"c\":[{\"int_value\":8}]}}";
	static const struct {
		const char *flag;
		const char *values;	/* of the above, in that order */
		unsigned n_resources;
	} cases[] = {
		{ "has_cpu", "1 - - - - 6 -", 1 },
		{ "has_memory", "- 2 - - - 6 -", 1 },
		{ "has_network", "- - 3 - - 6 -", 1 },
		{ "has_filesystem", "- - - 4 - 6 -", 2 },
		{ "has_diskio", "- - - - 5 6 -", 3 },
		{ "has_custom_metrics", "- - - - - 6 8", 2 },
	};
	struct buf b = BUF_INIT, got = BUF_INIT;
	struct decoded d;
	const struct frame *f = &d.frame;

	for (size_t i = 0; i < COUNT(cases); i++) {
		buf_reset(&b);
		buf_reset(&got);
		buf_addf(&b, "{\"/\":{\"stats\":[%s],\"spec\":{\"has_cpu\":"
		    "null,\"has_diskio\":false,\"custom_metrics\":[{\"name\":"
		    "\"c\",\"type\":\"gauge\",\"format\":\"int\"}],\"%s\":true},"
		    "\"name\":\"/\"}}", stats, cases[i].flag);
		decode(&d, buf_str(&b));
		buf_addf(&got, "%s ", value_of(f, "node:", METRIC_CPU_USAGE));
		buf_addf(&got, "%s ", value_of(f, "node:", METRIC_MEMORY_RSS));
		buf_addf(&got, "%s ", value_of(f, "node:", METRIC_NETWORK_RX));
		buf_addf(&got, "%s ", labelled_value_of(f, "node:", "d",
		    METRIC_FILESYSTEM_USAGE));
		buf_addf(&got, "%s ", labelled_value_of(f, "node:", "d",
		    METRIC_DISK_IO_READ_BYTES));
		buf_addf(&got, "%s ", labelled_value_of(f, "node:", "g",
		    METRIC_ACCELERATOR_DUTY_CYCLE));
		buf_addf(&got, "%s%c", labelled_value_of(f, "node:", "c",
		    METRIC_CUSTOM_VALUE), '\0');
		is_str(got.p, cases[i].values, "%s is for its metrics",
		    cases[i].flag);
		is_u64(f->sets[0].n_resources, cases[i].n_resources,
		    "and leaves no empty resource");
		decoded_fini(&d);
	}
	buf_fini(&b);
	buf_fini(&got);
}

/* A container c of ns/p with an image, started in that minute. */
#define STARTED(label, minute, total) "\"x\":{\"name\":\"/" minute "\"," \
	"\"spec\":{\"creation_time\":\"2026-11-23T09:" minute ":00Z\"," \
	"\"image\":\"i" total "\",\"has_cpu\":true" \
	LABELS(label, "ns", "p") "},\"stats\":[{\"timestamp\":" \
	"\"2026-11-23T09:24:01.123456789Z\",\"cpu\":{\"usage\":{\"total\":" \
	total "}}}]}"

static void
test_sets(void)
{
	static const char *const keys[] = { "node:", "node:/container:b",
		"node:/container:a", "namespace:ns/pod:p",
		"namespace:ns/pod:p/container:c",
		"namespace:ns/pod:p/container:d", "namespace:other/pod:p",
		"namespace:other/pod:p/container:c" };
	struct decoded d;
	const struct metric_set *s;

	decode(&d, STR(BODY(STARTED("c", "10", "1") ","
	    CONTAINER("/b", "", "{}") ","
	    CONTAINER("/x", LABELS("c", "other", "p"), "{}") ","
	    STARTED("POD", "10", "2") "," STARTED("c", "12", "3") ","
	    STARTED("c", "11", "4") "," NODE "," STARTED("d", "10", "5") ","
	    CONTAINER("/a", "", "{}") "," CONTAINER("/dead", "", "") ","
	    "\"null\":null,\"none\":{}")));
	ok(d.is_decoded && d.frame.kind == FRAME_NODE &&
	    d.frame.node.p == NULL, "a node without a name");
	is_u64(d.frame.n_sets, COUNT(keys), "each name is there once");
	ok(is_hierarchical(&d.frame), "in a hierarchy");
	for (size_t i = 0; i < COUNT(keys); i++)
		is_u64(find_set(&d.frame, keys[i]), i, "%s has its place",
		    keys[i]);
	s = d.frame.sets;
	is_str(value_of(&d.frame, keys[4], METRIC_CPU_USAGE), "3",
	    "the latest start counts");
	ok(str_is(s[4].image, "i3") && s[3].image.p == NULL,
	    "containers have images, pods have none");
	ok(str_is(s[3].pod_id, "u") && str_is(s[6].pod_id, "u") &&
	    s[4].pod_id.p == NULL, "pods have ids, also without POD");
	is_u64(s[6].present, 0, "but then no values");
	is_i64(s[3].scraped_ns, INT64_C(1795425841123456000),
	    "the sample's time is cut to microseconds");
	is_i64(s[3].start_ns, INT64_C(1795425000000000000),
	    "the start is that of the container");
	decoded_fini(&d);
	decode(&d, STR("{\"/\":{\"name\":\"/\",\"stats\":null}}"));
	ok(d.is_decoded && d.frame.n_sets == 1 &&
	    d.frame.sets[0].present == 0, "a node may have no stats");
	decoded_fini(&d);
}

static void
test_failures(void)
{
	static const char *const bodies[] = {
		"", "null", "[]", "{}", "404: Page Not Found",
		BODY(CONTAINER("/a", "", "{}")),
		"{\"/\":{\"name\":\"\",\"stats\":[{}]}}",
		"{\"/\":[]}", "{\"/\":{\"name\":1}}", BODY(NODE) "x",
		ONE("{\"timestamp\":\"yesterday\"}"), ONE("{\"cpu\":[]}"),
		ONE("{\"cpu\":{\"usage\":{\"total\":\"1\"}}}"),
		ONE("{\"network\":{\"interfaces\":{}}}"),
		ONE("{\"filesystem\":[{\"device\":1}]}"),
		ONE("{\"diskio\":{\"io_service_bytes\":[[]]}}"), ONE("[]"),
		BODY(NODE "," CONTAINER("/a", ",\"labels\":[]", "{}")),
		BODY(NODE "," CONTAINER("/a", ",\"has_cpu\":1", "{}")),
		BODY(NODE "," CONTAINER("/a", ",\"image\":1", "{}")),
	};
	struct str body = STR(DISKS);
	struct decoded d;
	size_t n_accepted = 0;

	for (size_t i = 0; i < COUNT(bodies); i++) {
		decode(&d, str_of(bodies[i]));
		ok(!d.is_decoded, "fails: %s", bodies[i]);
		decoded_fini(&d);
	}
	decode(&d, str_of(BODY(CONTAINER("/a", "", "{}"))));
	is_str(d.err.msg, "cadvisor: no container \"/\"", "and says why");
	decoded_fini(&d);
	for (size_t len = 0; len < body.len; len++) {
		decode(&d, (struct str){ body.p, len });
		n_accepted += d.is_decoded;
		decoded_fini(&d);
	}
	is_u64(n_accepted, 0, "no beginning of a body is decoded");
}

static void
make_many(struct buf *b, unsigned n)
{
	buf_reset(b);
	buf_addf(b, "{" NODE);
	for (unsigned i = 0; i < n; i++)
		buf_addf(b, ",\"\":{\"name\":\"/%u\",\"stats\":[{}]}", i);
	buf_addf(b, "}");
	buf_pad(b);
}

static void
test_bounds(void)
{
	struct buf b = BUF_INIT;
	struct frame frame;
	struct arena arena;
	struct err err;

	arena_init(&arena, (size_t)FRAME_SETS_MAX * 8192);
	make_many(&b, FRAME_SETS_MAX);
	ok(!cadvisor_decode(&frame, &arena, buf_str(&b), NOW_NS, &err),
	    "more sets than a frame holds are an error");
	ok(strstr(err.msg, "too many sets") != NULL, "and it says so");
	arena_reset(&arena);
	make_many(&b, FRAME_SETS_MAX - 1);
	ok(cadvisor_decode(&frame, &arena, buf_str(&b), NOW_NS, &err),
	    "as many as a frame holds are none");
	arena_fini(&arena);

	make_many(&b, 100);
	for (size_t bytes = 0; bytes <= 65536; bytes += 8192) {
		arena_init(&arena, bytes);
		ok(!cadvisor_decode(&frame, &arena, buf_str(&b), NOW_NS,
		    &err), "fails in an arena of %zu bytes", bytes);
		arena_fini(&arena);
	}

	buf_reset(&b);
	buf_addf(&b, "{\"/\":{\"name\":\"/\",\"spec\":{\"has_filesystem\":true"
	    "},\"stats\":[{\"filesystem\":[");
	for (unsigned i = 0; i < FRAME_RESOURCES_MAX + 3; i++)
		buf_addf(&b, "%s{\"device\":\"%u\",\"usage\":1}",
		    i == 0 ? "" : ",", i);
	buf_addf(&b, "]}]}}");
	buf_pad(&b);
	arena_init(&arena, 1 << 20);
	ok(cadvisor_decode(&frame, &arena, buf_str(&b), NOW_NS, &err),
	    "a node with many file systems is decoded");
	is_u64(frame.sets[0].n_resources, FRAME_RESOURCES_MAX,
	    "with as many as a frame holds");
	arena_fini(&arena);
	buf_fini(&b);
}

static void
test_request(void)
{
	struct buf b = BUF_INIT;
	static const char want[] = "{\"containerName\":\"/\",\"num_stats\":1,"
	    "\"start\":\"2026-11-23T09:24:05Z\","
	    "\"end\":\"2026-11-23T09:25:05.5Z\",\"subcontainers\":true}";

	cadvisor_request(&b, NOW_NS, NOW_NS + 60500 * NS_PER_MS);
	is_mem(b.p, b.len, want, sizeof want - 1, "asks for all containers");
	buf_fini(&b);
}

int
main(void)
{
	test_keys();
	test_values();
	test_flags();
	test_sets();
	test_failures();
	test_bounds();
	test_request();
	return done_testing();
}
