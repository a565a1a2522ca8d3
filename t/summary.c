/* SPDX-License-Identifier: ISC */
/* What becomes of each field, and of bodies that are not as expected. */
#include "config.h"

#include "collector/custom.h"
#include "common/timestamp.h"
#include "t/summary_decoded.h"
#include "t/tap.h"

#define CUSTOM(members) CONTAINER(",\"userDefinedMetrics\":[{" members "}]")
/* A name that is a file system's too. */
#define CUSTOM_AND_LOGS CUSTOM("\"name\":\"logs\",\"type\":\"gauge\"," \
	"\"value\":3}],\"logs\":{\"usedBytes\":4},\"other\":[{")

static const struct value_case {
	const char *body;
	const char *key;
	enum metric metric;
	const char *id;		/* of the resource */
	const char *value;
} value_cases[] = {
	{ NODE(",\"cpu\":{\"usageCoreNanoSeconds\":18446744073709551615}"),
	    NODE_KEY, METRIC_CPU_USAGE, NULL, "18446744073709551615" },
	{ NODE(",\"cpu\":{\"usageCoreNanoSeconds\":-1}"),
	    NODE_KEY, METRIC_CPU_USAGE, NULL, "-" },
	{ NODE(",\"cpu\":{\"usageCoreNanoSeconds\":1.5}"),
	    NODE_KEY, METRIC_CPU_USAGE, NULL, "-" },
	{ NODE(",\"cpu\":{\"usageCoreNanoSeconds\":null}"),
	    NODE_KEY, METRIC_CPU_USAGE, NULL, "-" },
	{ NODE(",\"cpu\":null,\"memory\":{\"rssBytes\":0}"),
	    NODE_KEY, METRIC_MEMORY_RSS, NULL, "0" },
	{ NODE(",\"startTime\":\"2026-11-23T09:24:03.25Z\""),
	    NODE_KEY, METRIC_UPTIME, NULL, "1750" },
	{ NODE(",\"startTime\":\"2026-11-23T10:24:04+01:00\""),
	    NODE_KEY, METRIC_UPTIME, NULL, "1000" },
	{ NODE(",\"startTime\":null"), NODE_KEY, METRIC_UPTIME, NULL, "-" },
	{ NODE(",\"startTime\":\"0001-01-01T00:00:00Z\""),
	    NODE_KEY, METRIC_UPTIME, NULL, "-" },
	{ NODE(",\"startTime\":\"1970-01-01T00:00:00Z\""),
	    NODE_KEY, METRIC_UPTIME, NULL, "-" },
	{ NODE(",\"startTime\":\"2026-11-23T09:24:06Z\""),
	    NODE_KEY, METRIC_UPTIME, NULL, "-" },
	{ NODE(",\"rlimit\":{\"maxpid\":32768,\"curproc\":397}"),
	    NODE_KEY, METRIC_PROCESS_LIMIT, NULL, "32768" },
	{ NODE(",\"rlimit\":{\"maxpid\":32768,\"curproc\":397}"),
	    NODE_KEY, METRIC_PROCESS_COUNT, NULL, "397" },
	{ NODE(",\"swap\":{\"swapUsageBytes\":5,\"swapAvailableBytes\":6}"),
	    NODE_KEY, METRIC_SWAP_USAGE, NULL, "5" },
	{ NODE(",\"swap\":{\"swapUsageBytes\":5,\"swapAvailableBytes\":6}"),
	    NODE_KEY, METRIC_SWAP_AVAILABLE, NULL, "6" },
	{ NODE(",\"fs\":{\"usedBytes\":7,\"inodesUsed\":1}"),
	    NODE_KEY, METRIC_EPHEMERAL_STORAGE_USAGE, NULL, "7" },
	{ NODE(",\"fs\":{\"capacityBytes\":7}"),
	    NODE_KEY, METRIC_EPHEMERAL_STORAGE_USAGE, NULL, "-" },
	{ NODE(",\"fs\":{\"capacityBytes\":7}"),
	    NODE_KEY, METRIC_FILESYSTEM_LIMIT, "/", "7" },
	{ NODE(",\"network\":{\"rxBytes\":3,\"interfaces\":[{\"name\":\"a\","
	    "\"rxBytes\":4,\"txBytes\":5}]}"),
	    NODE_KEY, METRIC_NETWORK_RX, NULL, "3" },
	{ NODE(",\"network\":{\"rxBytes\":3,\"interfaces\":[{\"name\":\"a\","
	    "\"rxBytes\":4,\"txBytes\":5}]}"),
	    NODE_KEY, METRIC_NETWORK_TX, NULL, "-" },
	{ NODE(",\"cpu\":{\"psi\":{\"full\":{\"total\":11,\"avg10\":0.5,"
	    "\"avg60\":1e-2,\"avg300\":0},\"some\":{\"total\":12}}}"),
	    NODE_KEY, METRIC_CPU_PRESSURE_FULL, NULL, "11" },
	{ NODE(",\"cpu\":{\"psi\":{\"full\":{\"total\":11,\"avg10\":0.5},"
	    "\"some\":{\"total\":12,\"avg10\":1.25}}}"),
	    NODE_KEY, METRIC_CPU_PRESSURE_SOME, NULL, "12" },
	{ NODE(",\"memory\":{\"psi\":{\"some\":{\"total\":13}}}"),
	    NODE_KEY, METRIC_MEMORY_PRESSURE_SOME, NULL, "13" },
	{ NODE(",\"memory\":{\"psi\":{\"some\":{\"total\":13}}}"),
	    NODE_KEY, METRIC_MEMORY_PRESSURE_FULL, NULL, "-" },
	{ POD(",\"io\":{\"time\":null,\"psi\":{\"full\":{\"total\":14}}}"),
	    POD_KEY, METRIC_IO_PRESSURE_FULL, NULL, "14" },
	{ POD(",\"cpu\":{\"usageCoreNanoSeconds\":21}"),
	    POD_KEY, METRIC_CPU_USAGE, NULL, "21" },
	{ POD(",\"memory\":{\"usageBytes\":22,\"availableBytes\":23}"),
	    POD_KEY, METRIC_MEMORY_AVAILABLE, NULL, "23" },
	{ POD(",\"process_stats\":{\"process_count\":24}"),
	    POD_KEY, METRIC_PROCESS_COUNT, NULL, "24" },
	{ POD(",\"ephemeral-storage\":{\"usedBytes\":25}"),
	    POD_KEY, METRIC_EPHEMERAL_STORAGE_USAGE, NULL, "25" },
	{ POD(",\"volume\":[{\"usedBytes\":26,\"pvcRef\":{\"name\":\"x\"},"
	    "\"name\":\"d\\u0061ta\"}]"),
	    POD_KEY, METRIC_FILESYSTEM_USAGE, "Volume:data", "26" },
	{ POD(",\"volume\":[{\"usedBytes\":26}]"),
	    POD_KEY, METRIC_FILESYSTEM_USAGE, "Volume:", "-" },
	{ POD(",\"volume\":[{\"name\":\"a\",\"usedBytes\":1},null,"
	    "{\"usedBytes\":2,\"name\":\"b\"}],\"containers\":null"),
	    POD_KEY, METRIC_FILESYSTEM_USAGE, "Volume:b", "2" },
	{ CONTAINER(",\"rootfs\":{\"usedBytes\":31},\"logs\":{\"usedBytes\":"
	    "32}"), CONTAINER_KEY, METRIC_EPHEMERAL_STORAGE_USAGE, NULL, "63" },
	{ CONTAINER(",\"rootfs\":{\"usedBytes\":null},\"logs\":{\"usedBytes\":"
	    "32}"), CONTAINER_KEY, METRIC_EPHEMERAL_STORAGE_USAGE, NULL, "32" },
	{ CONTAINER(",\"rootfs\":{\"usedBytes\":31}"),
	    CONTAINER_KEY, METRIC_EPHEMERAL_STORAGE_USAGE, NULL, "31" },
	{ CONTAINER(",\"rootfs\":{},\"logs\":null"),
	    CONTAINER_KEY, METRIC_EPHEMERAL_STORAGE_USAGE, NULL, "-" },
	{ CONTAINER(",\"logs\":{\"inodes\":33,\"inodesFree\":34}"),
	    CONTAINER_KEY, METRIC_FILESYSTEM_INODES_FREE, "logs", "34" },
	{ CONTAINER(",\"accelerators\":[{\"make\":\"m\",\"model\":\"o\","
	    "\"id\":\"gpu\",\"memoryTotal\":35,\"memoryUsed\":-1,"
	    "\"dutyCycle\":36}]"),
	    CONTAINER_KEY, METRIC_ACCELERATOR_DUTY_CYCLE, "gpu", "36" },
	{ CONTAINER(",\"userDefinedMetrics\":[{\"name\":\"x\",\"value\":1.5}],"
	    "\"swap\":{\"time\":null,\"swapUsageBytes\":37}"),
	    CONTAINER_KEY, METRIC_SWAP_USAGE, NULL, "37" },
	{ CUSTOM("\"name\":\"x\",\"type\":\"gauge\",\"units\":\"u\",\"labe"
	    "ls\":{\"a\":\"b\"},\"time\":\"2026-11-23T09:24:00Z\",\"v"
	    "alue\":1.5"),
	    CONTAINER_KEY, METRIC_CUSTOM_VALUE, "x", "1.5" },
	{ CUSTOM("\"value\":-2e3,\"type\":\"cumulative\",\"name\":\"x\""),
	    CONTAINER_KEY, METRIC_CUSTOM_VALUE, "x", "-2000" },
	{ CUSTOM("\"name\":\"x\",\"type\":\"delta\",\"value\":0"),
	    CONTAINER_KEY, METRIC_CUSTOM_VALUE, "x", "0" },
	{ CUSTOM("\"name\":\"x\",\"type\":\"gauge\",\"value\":1},null,{\"n"
	    "ame\":\"x\",\"type\":\"gauge\",\"value\":2"),
	    CONTAINER_KEY, METRIC_CUSTOM_VALUE, "x", "2" },
	{ CUSTOM("\"name\":\"x\",\"type\":\"other\",\"value\":1"),
	    CONTAINER_KEY, METRIC_CUSTOM_VALUE, "x", "-" },
	{ CUSTOM("\"name\":\"x\",\"value\":1"),
	    CONTAINER_KEY, METRIC_CUSTOM_VALUE, "x", "-" },
	{ CUSTOM("\"name\":\"x\",\"type\":\"gauge\",\"value\":null"),
	    CONTAINER_KEY, METRIC_CUSTOM_VALUE, "x", "-" },
	{ CUSTOM("\"name\":\"\",\"type\":\"gauge\",\"value\":1"),
	    CONTAINER_KEY, METRIC_CUSTOM_VALUE, "", "-" },
	{ CUSTOM_AND_LOGS, CONTAINER_KEY, METRIC_CUSTOM_VALUE, "logs", "3" },
	{ CUSTOM_AND_LOGS, CONTAINER_KEY, METRIC_FILESYSTEM_USAGE, "logs", "4" },
	/* Only a runtime's interface: the time and the working set. */
	{ CONTAINER(",\"memory\":{\"time\":\"2026-11-23T09:24:00Z\","
	    "\"workingSetBytes\":41},\"rootfs\":{\"time\":"
	    "\"1970-01-01T00:00:00Z\",\"usedBytes\":42}"),
	    CONTAINER_KEY, METRIC_MEMORY_WORKING_SET, NULL, "41" },
	{ CONTAINER(",\"memory\":{\"time\":\"2026-11-23T09:24:00Z\","
	    "\"workingSetBytes\":41}"),
	    CONTAINER_KEY, METRIC_MEMORY_USAGE, NULL, "-" },
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
		    "%s of %s is %s", metrics[c->metric].name.p, c->body,
		    c->value);
		decoded_fini(&d);
	}
}

static void
test_failures(void)
{
	static const char *const bodies[] = {
		"", " ", "null", "[]", "1", "\"node\"", "{}", "{\"pods\":[]}",
		"{\"node\":null}", "{\"node\":[]}", "{\"Node\":{}}",
		"{\"node\":{}} x", "{\"node\":{},}", "<html></html>",
		"Unauthorized", "{\"node\":{},\"pods\":{}}",
		NODE(",\"cpu\":[]"), NODE(",\"cpu\":1"),
		NODE(",\"cpu\":{\"time\":1}"),
		NODE(",\"cpu\":{\"time\":\"yesterday\"}"),
		NODE(",\"cpu\":{\"time\":\"\"}"),
		NODE(",\"cpu\":{\"time\":\"2026-11-31T00:00:00Z\"}"),
		NODE(",\"startTime\":\"2026-11-23 09:24:00Z\""),
		NODE(",\"cpu\":{\"usageCoreNanoSeconds\":\"1\"}"),
		NODE(",\"cpu\":{\"usageCoreNanoSeconds\":"
		    "18446744073709551616}"),
		NODE(",\"cpu\":{\"usageNanoCores\":01}"),
		NODE(",\"systemContainers\":{}"),
		NODE(",\"systemContainers\":[1]"),
		NODE(",\"systemContainers\":[{\"name\":5}]"),
		POD(",\"containers\":[{\"name\":\"c\"}"),
		POD(",\"volume\":[{\"name\":[]}]"),
	};
	static const char *const fine[] = {
		"{\"node\":{}}", "{\"pods\":null,\"node\":{\"nodeName\":null}}",
		"{\"node\":{},\"pods\":[null,{},{\"containers\":[{}]}]}",
		"{\"node\":{\"systemContainers\":[{},null],\"x\":[{}]}}",
	};
	struct decoded d;

	for (size_t i = 0; i < COUNT(bodies); i++) {
		decode(&d, str_of(bodies[i]));
		ok(!d.is_decoded, "fails: %s", bodies[i]);
		decoded_fini(&d);
	}
	for (size_t i = 0; i < COUNT(fine); i++) {
		decode(&d, str_of(fine[i]));
		ok(d.is_decoded && d.frame.n_sets == 1,
		    "is a node and no more: %s", fine[i]);
		decoded_fini(&d);
	}
}

/* However many metrics an application has, its file systems are told. */
static void
test_many_custom(void)
{
	static const char pattern[] = CONTAINER(",\"userDefinedMetrics\":[@]"
	    ",\"rootfs\":{\"usedBytes\":1},\"logs\":{\"usedBytes\":2}");
	const char *at = strchr(pattern, '@');
	struct buf body = BUF_INIT;
	struct decoded d;
	size_t n_custom = 0, n_used = 0;

	buf_add(&body, pattern, (size_t)(at - pattern));
	for (int i = 0; i < 2 * FRAME_RESOURCES_MAX; i++)
		buf_addf(&body, "%s{\"name\":\"m%d\",\"type\":\"gauge\","
		    "\"value\":1}", i == 0 ? "" : ",", i);
	buf_add_str(&body, str_of(at + 1));
	decode(&d, buf_str(&body));
	for (size_t i = 0; d.is_decoded && i < d.frame.n_sets; i++)
		for (size_t r = 0; r < d.frame.sets[i].n_resources; r++) {
			const struct resource *one =
			    &d.frame.sets[i].resources[r];

			n_custom += one->present >> (METRIC_CUSTOM_VALUE -
			    METRIC_PLAIN_COUNT) & 1;
			n_used += one->present >> (METRIC_FILESYSTEM_USAGE -
			    METRIC_PLAIN_COUNT) & 1;
		}
	is_u64(n_custom, CUSTOM_METRICS_MAX, "custom metrics are bounded");
	is_u64(n_used, 2, "and leave room for file systems");
	decoded_fini(&d);
	buf_fini(&body);
}

/* Times of 2026-11-23T09:24: the second. */
#define AT(part, second) ",\"" part "\":{\"time\":" \
	"\"2026-11-23T09:24:" second "Z\"}"
#define MINUTE_S 1795425840

static void
test_parts(void)
{
	static const struct {
		const char *body;
		int64_t scraped_s, parts_s[SET_PART_COUNT];
	} cases[] = {
		{ NODE(AT("cpu", "01") AT("memory", "01") AT("network", "01")
		    AT("io", "01")), 1, { 0, 0, 0 } },
		{ NODE(AT("cpu", "01") AT("memory", "02") AT("network", "03")
		    AT("io", "04")), 1, { 2, 3, 4 } },
		{ NODE(AT("network", "02") AT("memory", "01")), 1,
		    { 0, 2, 0 } },
		{ NODE(AT("io", "03") AT("network", "02")), 2, { 0, 0, 3 } },
		{ NODE(AT("io", "03")), 3, { 0, 0, 0 } },
		{ NODE(AT("network", "02") ",\"cpu\":{\"time\":null}"), 2,
		    { 0, 0, 0 } },
		{ NODE(AT("cpu", "01") ",\"network\":{\"time\":null}"), 1,
		    { 0, 0, 0 } },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct metric_set *s;
		struct decoded d;

		decode(&d, str_of(cases[i].body));
		ok(d.is_decoded, "parts: %s", cases[i].body);
		s = &d.frame.sets[0];
		is_i64(s->scraped_ns / NS_PER_S,
		    MINUTE_S + cases[i].scraped_s, "the set's time");
		for (int p = 0; p < SET_PART_COUNT; p++)
			is_i64(s->parts_ns[p] / NS_PER_S,
			    cases[i].parts_s[p] == 0 ? 0 :
			    MINUTE_S + cases[i].parts_s[p],
			    "that of part %d", p);
		decoded_fini(&d);
	}
}

static void
test_times(void)
{
	static const struct { const char *body; int64_t scraped_s; } cases[] = {
		{ NODE(",\"cpu\":{\"time\":\"2026-11-23T09:24:01Z\"},\"memory\""
		    ":{\"time\":\"2026-11-23T09:24:02Z\"}"), 1795425841 },
		{ NODE(",\"cpu\":{\"time\":null},\"memory\""
		    ":{\"time\":\"2026-11-23T09:24:02Z\"},\"network\":"
		    "{\"time\":\"2026-11-23T09:24:03Z\"}"), 1795425842 },
		{ NODE(",\"network\":{\"time\":\"2026-11-23T09:24:03Z\"},"
		    "\"fs\":{\"time\":\"2026-11-23T09:24:04Z\"}"), 1795425843 },
		{ NODE(",\"cpu\":{\"time\":\"0001-01-01T00:00:00Z\"}"), 0 },
		{ NODE(",\"cpu\":{\"time\":\"1969-12-31T23:59:59Z\"}"), 0 },
		{ NODE(",\"cpu\":{\"time\":\"2026-11-22T23:59:60Z\"}"),
		    1795392000 },
		{ NODE(",\"startTime\":\"2026-11-23T00:00:00Z\",\"cpu\":"
		    "{\"time\":\"2026-11-22T23:59:59Z\"}"), 1795391999 },
		{ NODE(",\"fs\":{\"time\":\"2026-11-23T09:24:04Z\"}"), 0 },
	};
	struct decoded d;

	for (size_t i = 0; i < COUNT(cases); i++) {
		decode(&d, str_of(cases[i].body));
		ok(d.is_decoded, "times: %s", cases[i].body);
		is_i64(d.frame.sets[0].scraped_ns,
		    cases[i].scraped_s * NS_PER_S, "the sample's time");
		decoded_fini(&d);
	}
	decode(&d, STR(NODE(
	    ",\"cpu\":{\"time\":\"2026-11-23T09:24:01.123456789Z\"}")));
	is_i64(d.frame.sets[0].scraped_ns, INT64_C(1795425841123456000),
	    "times are cut to microseconds");
	decoded_fini(&d);
}

int
main(void)
{
	test_values();
	test_failures();
	test_times();
	test_many_custom();
	test_parts();
	return done_testing();
}
