/* SPDX-License-Identifier: ISC */
/*
 * The goldens are what t/data/kubelet-1.26/golden.jq says of the same bodies;
 * the vectors are Heapster's.
 */
#include "config.h"

#include <jansson.h>

#include "collector/summary.h"
#include "common/json.h"
#include "common/labels.h"
#include "common/timestamp.h"
#include "t/tap.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define ARENA_BYTES (16u << 20)
#define NOW_NS INT64_C(1795425845000000000)	/* 2026-11-23T09:24:05Z */

/* A body in an allocation of its own and what was made of it. */
struct decoded {
	char *body;
	struct arena arena;
	struct frame frame;
	struct err err;
	bool is_decoded;
};

static void
decode(struct decoded *d, struct str body)
{
	d->body = malloc(body.len + JSON_PAD);
	if (d->body == NULL)
		bail("no memory");
	memcpy(d->body, body.p, body.len);
	memset(d->body + body.len, '}', JSON_PAD);
	arena_init(&d->arena, ARENA_BYTES);
	d->is_decoded = summary_decode(&d->frame, &d->arena,
	    (struct str){ d->body, body.len }, NOW_NS, &d->err);
}

static void
decoded_fini(struct decoded *d)
{
	arena_fini(&d->arena);
	free(d->body);
}

static void
read_file(struct buf *out, const char *name)
{
	const char *top = getenv("top_srcdir");
	struct buf path = BUF_INIT;
	FILE *f;
	int c;

	buf_addf(&path, "%s/t/data/kubelet-1.26/%s", top == NULL ? "." : top,
	    name);
	buf_add_char(&path, '\0');
	f = fopen(path.p, "r");
	if (f == NULL)
		bail("cannot open %s", path.p);
	while ((c = getc(f)) != EOF)
		buf_add_char(out, (char)c);
	fclose(f);
	buf_fini(&path);
}

/* "KEY WHAT VALUE" per fact. */

static void
begin_line(struct buf *out, const struct frame *f, size_t set,
    const char *what)
{
	labels_key(out, f, set);
	buf_addf(out, " %s", what);
}

static void
dump_resource(struct buf *out, const struct frame *f, size_t set,
    const struct resource *r)
{
	for (unsigned i = 0; i < METRIC_LABELLED_COUNT; i++)
		if (r->present >> i & 1) {
			begin_line(out, f, set,
			    metrics[METRIC_PLAIN_COUNT + i].name.p);
			buf_addf(out, "{%.*s} ",
			    STR_ARG(r->make.p != NULL ? r->accelerator_id :
			    r->resource_id));
			buf_add_u64(out, r->values[i].u);
			buf_add_char(out, '\n');
		}
}

static void
dump(struct buf *out, const struct frame *f)
{
	for (size_t i = 0; i < f->n_sets; i++) {
		const struct metric_set *s = &f->sets[i];

		if (s->pod_id.p != NULL) {
			begin_line(out, f, i, "uid ");
			buf_add_str(out, s->pod_id);
			buf_add_char(out, '\n');
		}
		if (s->start_ns != 0) {
			begin_line(out, f, i, "start ");
			buf_addf(out, "%" PRId64 "\n", s->start_ns / NS_PER_S);
		}
		if (s->scraped_ns != 0) {
			begin_line(out, f, i, "scraped ");
			buf_addf(out, "%" PRId64 "\n",
			    s->scraped_ns / NS_PER_S);
		}
		for (unsigned m = 0; m < METRIC_PLAIN_COUNT; m++)
			if (set_has(s, m)) {
				begin_line(out, f, i, metrics[m].name.p);
				buf_addf(out, " %" PRIu64 "\n",
				    s->values[m].u);
			}
		for (uint32_t r = 0; r < s->n_resources; r++)
			dump_resource(out, f, i, &s->resources[r]);
	}
}

static int
compare_lines(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorts the lines of b. */
static void
sort_lines(struct buf *b)
{
	char *text, *save = NULL, *lines[1024];
	size_t n = 0;

	buf_add_char(b, '\0');
	text = strdup(b->p);
	buf_reset(b);
	for (char *line = strtok_r(text, "\n", &save);
	    line != NULL && n < COUNT(lines);
	    line = strtok_r(NULL, "\n", &save))
		lines[n++] = line;
	qsort(lines, n, sizeof lines[0], compare_lines);
	for (size_t i = 0; i < n; i++)
		buf_addf(b, "%s\n", lines[i]);
	free(text);
}

/* Each set behind its parent and with its siblings, in order of types. */
static bool
is_hierarchical(const struct frame *f)
{
	size_t pod = 0;

	for (size_t i = 0; i < f->n_sets; i++) {
		const struct metric_set *s = &f->sets[i];

		if (s->type == SET_POD)
			pod = i;
		if ((s->type == SET_NODE) != (i == 0) ||
		    (s->type == SET_SYS_CONTAINER && pod != 0) ||
		    s->parent != (s->type == SET_POD_CONTAINER ? pod : 0))
			return false;
	}
	return f->n_sets > 0;
}

static void
is_golden(struct str body, const char *golden_name, const char *what)
{
	struct decoded d;
	struct buf got = BUF_INIT, want = BUF_INIT;

	decode(&d, body);
	if (ok(d.is_decoded, "%s is decoded", what)) {
		dump(&got, &d.frame);
		sort_lines(&got);
		read_file(&want, golden_name);
		is_mem(got.p, got.len, want.p, want.len,
		    "%s says what is golden", what);
		ok(is_hierarchical(&d.frame), "%s gives a hierarchy", what);
	} else {
		diag("%s", d.err.msg);
	}
	buf_fini(&got);
	buf_fini(&want);
	decoded_fini(&d);
}

static uint32_t random_state = 1;

static uint32_t
next_random(uint32_t n)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 16) % n;
}

/* Writes v with the members of all objects in random order. */
static void
shuffle(struct buf *out, json_t *v, const char *gap)
{
	const char *keys[64], *key;
	json_t *member;
	size_t n = 0, i;

	if (json_is_array(v)) {
		buf_addf(out, "[");
		json_array_foreach(v, i, member) {
			buf_addf(out, "%s%s", i == 0 ? "" : ",", gap);
			shuffle(out, member, gap);
		}
		buf_addf(out, "%s]", gap);
	} else if (json_is_object(v)) {
		json_object_foreach(v, key, member)
			keys[n++] = key;
		buf_addf(out, "{%s", gap);
		for (; n > 0; n--) {
			i = next_random((uint32_t)n);
			buf_addf(out, "\"%s\":%s", keys[i], gap);
			shuffle(out, json_object_get(v, keys[i]), gap);
			buf_addf(out, "%s%s", n == 1 ? "" : ",", gap);
			keys[i] = keys[n - 1];
		}
		buf_addf(out, "}");
	} else {
		char *text = json_dumps(v, JSON_ENCODE_ANY);

		buf_addf(out, "%s", text);
		free(text);
	}
}

static void
test_genuine(const char *name, const char *golden_name)
{
	static const char *const gaps[] = { "", " ", "\n  ", "\r\n\t" };
	struct buf body = BUF_INIT, shuffled = BUF_INIT;
	json_t *root;

	read_file(&body, name);
	is_golden(buf_str(&body), golden_name, name);

	root = json_loadb(body.p, body.len, 0, NULL);
	for (size_t i = 0; i < COUNT(gaps); i++) {
		buf_reset(&shuffled);
		shuffle(&shuffled, root, gaps[i]);
		is_golden(buf_str(&shuffled), golden_name, "the same shuffled");
	}
	json_decref(root);
	buf_fini(&body);
	buf_fini(&shuffled);
}

static void
test_truncation(void)
{
	struct buf body = BUF_INIT;
	struct decoded d;
	size_t n_accepted = 0;

	read_file(&body, "summary-cpumem.body");
	for (size_t len = 0; len < body.len; len++) {
		decode(&d, (struct str){ body.p, len });
		n_accepted += d.is_decoded;
		decoded_fini(&d);
	}
	is_u64(n_accepted, 0, "no beginning of a body is decoded");
	buf_fini(&body);
}

static size_t
find_set(const struct frame *f, const char *key)
{
	struct buf b = BUF_INIT;
	size_t i;

	for (i = 0; i < f->n_sets; i++) {
		buf_reset(&b);
		labels_key(&b, f, i);
		if (str_is(buf_str(&b), key))
			break;
	}
	buf_fini(&b);
	return i;
}

/* The value as text, "-" if it is absent. */
static const char *
value_of(const struct frame *f, const char *key, enum metric m)
{
	static char text[32];
	size_t set = find_set(f, key);

	if (set == f->n_sets || !set_has(&f->sets[set], m))
		return "-";
	snprintf(text, sizeof text, "%" PRIu64, f->sets[set].values[m].u);
	return text;
}

static const char *
labelled_value_of(const struct frame *f, const char *key, const char *id,
    enum metric m)
{
	static char text[32];
	size_t set = find_set(f, key);
	unsigned i = m - METRIC_PLAIN_COUNT;

	for (uint32_t r = 0; set < f->n_sets && r < f->sets[set].n_resources;
	    r++) {
		const struct resource *item = &f->sets[set].resources[r];

		if ((str_is(item->resource_id, id) ||
		    str_is(item->accelerator_id, id)) &&
		    item->present >> i & 1) {
			snprintf(text, sizeof text, "%" PRIu64,
			    item->values[i].u);
			return text;
		}
	}
	return "-";
}

#define NODE(members) "{\"node\":{\"nodeName\":\"n\"" members "}}"
#define POD(members) "{\"node\":{\"nodeName\":\"n\"},\"pods\":[{\"podRef\":" \
	"{\"name\":\"p\",\"namespace\":\"ns\",\"uid\":\"u\"}" members "}]}"
#define CONTAINER(members) POD(",\"containers\":[{\"name\":\"c\"" members "}]")
#define NODE_KEY "node:n"
#define POD_KEY "namespace:ns/pod:p"
#define CONTAINER_KEY POD_KEY "/container:c"

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
	{ POD(",\"io\":{\"time\":\"t\",\"psi\":{\"full\":{\"total\":14}}}"),
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

/* Heapster's vectors: offsets added to a seed. */

static void
add_cpu_and_memory(struct buf *b, unsigned seed)
{
	buf_addf(b, ",\"cpu\":{\"time\":\"2026-11-23T09:24:05Z\","
	    "\"usageCoreNanoSeconds\":%u},\"memory\":{\"time\":"
	    "\"2026-11-23T09:24:05Z\",\"usageBytes\":%u,"
	    "\"workingSetBytes\":%u,\"rssBytes\":%u,\"pageFaults\":%u,"
	    "\"majorPageFaults\":%u}", seed + 1, seed + 4, seed + 6, seed + 5,
	    seed + 2, seed + 3);
}

static void
add_fs(struct buf *b, const char *key, unsigned seed)
{
	buf_addf(b, ",\"%s\":{\"availableBytes\":%u,\"capacityBytes\":%u,"
	    "\"usedBytes\":%u}", key, seed + 13, seed + 12, seed + 11);
}

static void
add_network(struct buf *b, unsigned seed)
{
	buf_addf(b, ",\"network\":{\"time\":\"2026-11-23T09:24:05Z\","
	    "\"rxBytes\":%u,\"rxErrors\":%u,\"txBytes\":%u,\"txErrors\":%u}",
	    seed + 7, seed + 8, seed + 9, seed + 10);
}

static void
add_container(struct buf *b, const char *name, unsigned seed)
{
	buf_addf(b, "{\"name\":\"%s\",\"startTime\":\"2026-11-23T09:23:05Z\"",
	    name);
	add_cpu_and_memory(b, seed);
	add_fs(b, "rootfs", seed);
	add_fs(b, "logs", seed);
	buf_addf(b, "}");
}

static void
begin_pod(struct buf *b, const char *namespace, const char *name,
    unsigned network_seed)
{
	buf_addf(b, "{\"podRef\":{\"name\":\"%s\",\"namespace\":\"%s\"}",
	    name, namespace);
	if (network_seed > 0) {
		buf_addf(b, ",\"startTime\":\"2026-11-23T09:23:05Z\"");
		add_network(b, network_seed);
	}
	buf_addf(b, ",\"containers\":[");
}

#define OLDER(name, rest) ",{\"name\":\"" name "\"," \
	"\"startTime\":\"2026-11-23T09:22:05Z\"" rest "}"

static void
make_vectors(struct buf *b)
{
	buf_addf(b, "{\"node\":{\"nodeName\":\"test\","
	    "\"startTime\":\"2026-11-23T09:23:05Z\"");
	add_cpu_and_memory(b, 0);
	add_network(b, 0);
	add_fs(b, "fs", 0);
	buf_addf(b, ",\"systemContainers\":[");
	add_container(b, "kubelet", 200);
	buf_addf(b, ",");
	add_container(b, "runtime", 100);
	buf_addf(b, ",");
	add_container(b, "misc", 300);
	buf_addf(b, "]},\"pods\":[");
	begin_pod(b, "test0", "pod0", 1000);
	add_container(b, "c0", 2000);
	buf_addf(b, ",");
	add_container(b, "c1", 2001);
	buf_addf(b, OLDER("c0", ",\"memory\":{\"rssBytes\":0}") "]},");
	begin_pod(b, "test0", "pod1", 3000);
	add_container(b, "c0", 4000);
	buf_addf(b, "],\"volume\":[{\"name\":\"A\",\"availableBytes\":3013,"
	    "\"capacityBytes\":3012,\"usedBytes\":3011},{\"name\":\"B\","
	    "\"availableBytes\":3013,\"capacityBytes\":3012,"
	    "\"usedBytes\":3011}]},");
	begin_pod(b, "test1", "pod0", 5000);
	add_container(b, "c1", 6000);
	buf_addf(b, ",");
	add_container(b, "runtime", 7000);
	buf_addf(b, "]},");
	begin_pod(b, "test0", "pod2", 0);
	add_container(b, "c3", 9000);
	buf_addf(b, "],\"volume\":[{\"name\":\"C\",\"availableBytes\":1130,"
	    "\"usedBytes\":13340,\"capacityBytes\":2153,\"inodesFree\":10440,"
	    "\"inodes\":103620}]},");
	begin_pod(b, "test0", "pod4", 10000);
	add_container(b, "c4", 11000);
	buf_addf(b, OLDER("c4", "") OLDER("c4", ",\"cpu\":{},\"memory\":{}")
	    "]},");
	begin_pod(b, "test0", "pod5", 12000);
	buf_addf(b, "{\"name\":\"c5\",\"startTime\":\"2026-11-23T09:23:05Z\","
	    "\"cpu\":{\"usageCoreNanoSeconds\":13001},\"accelerators\":[{"
	    "\"make\":\"nvidia\",\"model\":\"Tesla P100\",\"id\":\"GPU-dead\","
	    "\"memoryTotal\":13014,\"memoryUsed\":13015,"
	    "\"dutyCycle\":13016}]}]}]}");
}

static void
check_vector(const struct frame *f, const char *key, unsigned seed)
{
	static const struct { enum metric metric; unsigned offset; } plain[] = {
		{ METRIC_CPU_USAGE, 1 }, { METRIC_MEMORY_PAGE_FAULTS, 2 },
		{ METRIC_MEMORY_MAJOR_PAGE_FAULTS, 3 },
		{ METRIC_MEMORY_USAGE, 4 }, { METRIC_MEMORY_RSS, 5 },
		{ METRIC_MEMORY_WORKING_SET, 6 },
	};
	size_t n_wrong = 0;
	char want[16];

	for (size_t i = 0; i < COUNT(plain); i++) {
		snprintf(want, sizeof want, "%u", seed + plain[i].offset);
		n_wrong += strcmp(value_of(f, key, plain[i].metric), want) != 0;
	}
	snprintf(want, sizeof want, "%u", seed + 11);
	n_wrong += strcmp(labelled_value_of(f, key, "/",
	    METRIC_FILESYSTEM_USAGE), want) != 0;
	n_wrong += strcmp(value_of(f, key, METRIC_UPTIME), "60000") != 0;
	is_u64(n_wrong, 0, "%s has the values of %u", key, seed);
}

static void
test_vectors(void)
{
	static const struct { const char *key; unsigned seed; } cases[] = {
		{ "node:test", 0 }, { "node:test/container:kubelet", 200 },
		{ "node:test/container:docker-daemon", 100 },
		{ "node:test/container:system", 300 },
		{ "namespace:test0/pod:pod0/container:c0", 2000 },
		{ "namespace:test0/pod:pod0/container:c1", 2001 },
		{ "namespace:test0/pod:pod1/container:c0", 4000 },
		{ "namespace:test1/pod:pod0/container:c1", 6000 },
		{ "namespace:test1/pod:pod0/container:runtime", 7000 },
		{ "namespace:test0/pod:pod2/container:c3", 9000 },
		{ "namespace:test0/pod:pod4/container:c4", 11000 },
	};
	struct buf b = BUF_INIT;
	struct decoded d;
	const struct frame *f = &d.frame;
	size_t set;

	make_vectors(&b);
	decode(&d, buf_str(&b));
	if (!ok(d.is_decoded, "the vectors are decoded"))
		diag("%s", d.err.msg);
	is_u64(f->n_sets, 18, "they are 18 sets");
	ok(is_hierarchical(f), "in a hierarchy");
	for (size_t i = 0; i < COUNT(cases); i++)
		check_vector(f, cases[i].key, cases[i].seed);
	is_str(value_of(f, "namespace:test1/pod:pod0", METRIC_NETWORK_RX),
	    "5007", "a pod has received bytes");
	is_str(value_of(f, "namespace:test0/pod:pod0",
	    METRIC_NETWORK_TX_ERRORS), "1010", "and errors");
	is_str(labelled_value_of(f, "namespace:test0/pod:pod1", "Volume:B",
	    METRIC_FILESYSTEM_AVAILABLE), "3013", "and volumes");
	is_str(labelled_value_of(f, "namespace:test0/pod:pod2", "Volume:C",
	    METRIC_FILESYSTEM_INODES_FREE), "10440", "with inodes");
	is_str(labelled_value_of(f, "namespace:test0/pod:pod5/container:c5",
	    "GPU-dead", METRIC_ACCELERATOR_MEMORY_USED), "13015",
	    "a container has an accelerator");
	set = find_set(f, "namespace:test0/pod:pod2");
	ok(set < f->n_sets && f->sets[set].scraped_ns == 0 &&
	    f->sets[set].start_ns == 0, "a pod may have no times");
	ok(str_is(f->node, "test") && f->kind == FRAME_NODE,
	    "the node's name is the kubelet's");
	decoded_fini(&d);
	buf_fini(&b);
}

#define ENTRY(name, containers) "{\"podRef\":{\"name\":\"" name "\"," \
	"\"namespace\":\"ns\"},\"containers\":[" containers "]}"
#define BARE(name, minute, rss) "{\"name\":\"" name "\",\"startTime\":" \
	"\"2026-11-23T09:" minute ":00Z\",\"memory\":{\"rssBytes\":" rss "}}"

static void
test_duplicates(void)
{
	static const struct { const char *pods, *rss; size_t n_sets; } cases[] = {
		{ ENTRY("p", BARE("c", "10", "1") "," BARE("c", "11", "2")),
		    "2", 3 },
		{ ENTRY("p", BARE("c", "11", "1") "," BARE("c", "10", "2")),
		    "1", 3 },
		{ ENTRY("p", BARE("c", "10", "1") "," BARE("c", "10", "2")),
		    "2", 3 },
		{ ENTRY("p", BARE("c", "10", "1") ",{\"name\":\"c\"}"),
		    "1", 3 },
		{ ENTRY("p", BARE("c", "10", "1")) ","
		    ENTRY("q", BARE("c", "11", "9")) ","
		    ENTRY("p", BARE("c", "11", "2") "," BARE("d", "11", "3")),
		    "2", 6 },
		{ ENTRY("p", BARE("c", "11", "1")) ","
		    ENTRY("q", BARE("c", "12", "9")) ","
		    ENTRY("p", BARE("c", "10", "2")), "1", 5 },
	};
	static const char system[] =
	    "{\"pods\":[" ENTRY("p", BARE("c", "10", "1")) "],"
	    "\"node\":{\"systemContainers\":[" BARE("runtime", "10", "1") ","
	    BARE("runtime", "09", "2") "," BARE("pods", "10", "3") "],"
	    "\"nodeName\":\"n\"}}";
	struct buf b = BUF_INIT;
	struct decoded d;

	for (size_t i = 0; i < COUNT(cases); i++) {
		buf_reset(&b);
		buf_addf(&b, "{\"node\":{},\"pods\":[%s]}", cases[i].pods);
		decode(&d, buf_str(&b));
		ok(d.is_decoded && is_hierarchical(&d.frame),
		    "duplicates: %s", cases[i].pods);
		is_u64(d.frame.n_sets, cases[i].n_sets, "each name once");
		is_str(value_of(&d.frame, CONTAINER_KEY, METRIC_MEMORY_RSS),
		    cases[i].rss, "the latest start counts");
		decoded_fini(&d);
	}
	decode(&d, str_of(system));
	ok(d.is_decoded && is_hierarchical(&d.frame),
	    "a node may come behind its pods");
	is_u64(d.frame.n_sets, 5, "its system containers are there once each");
	is_str(value_of(&d.frame, "node:n/container:docker-daemon",
	    METRIC_MEMORY_RSS), "1", "the latest start counts for them too");
	decoded_fini(&d);
	buf_fini(&b);
}

static void
test_bounds(void)
{
	struct buf b = BUF_INIT;
	struct decoded d;
	struct frame frame;
	struct arena small;
	struct err err;

	buf_addf(&b, "{\"node\":{\"systemContainers\":[{\"name\":\"0\"}");
	for (unsigned i = 1; i < FRAME_SETS_MAX; i++)
		buf_addf(&b, ",{\"name\":\"%u\"}", i);
	buf_addf(&b, "]}}");
	arena_init(&small, (size_t)FRAME_SETS_MAX * 4096);
	buf_pad(&b);
	ok(!summary_decode(&frame, &small, buf_str(&b), NOW_NS, &err),
	    "more sets than a frame holds are an error");
	ok(strstr(err.msg, "too many sets") != NULL, "and it says so");
	arena_fini(&small);

	buf_reset(&b);
	buf_addf(&b, POD(",\"volume\":["));
	b.len -= 3;
	for (unsigned i = 0; i < FRAME_RESOURCES_MAX + 3; i++)
		buf_addf(&b, "%s{\"name\":\"%u\",\"usedBytes\":1}",
		    i == 0 ? "" : ",", i);
	buf_addf(&b, "]}]}");
	decode(&d, buf_str(&b));
	ok(d.is_decoded, "a pod with many volumes is decoded");
	is_u64(d.frame.sets[1].n_resources, FRAME_RESOURCES_MAX,
	    "with as many as a frame holds");
	decoded_fini(&d);

	buf_reset(&b);
	make_vectors(&b);
	buf_pad(&b);
	for (size_t bytes = 0; bytes <= 8192; bytes += 1024) {
		arena_init(&small, bytes);
		ok(!summary_decode(&frame, &small, buf_str(&b), NOW_NS, &err),
		    "fails in an arena of %zu bytes", bytes);
		arena_fini(&small);
	}
	buf_fini(&b);
}

int
main(void)
{
	test_genuine("summary.body", "summary.golden");
	test_genuine("summary-cpumem.body", "summary-cpumem.golden");
	test_values();
	test_failures();
	test_times();
	test_vectors();
	test_duplicates();
	test_bounds();
	test_truncation();
	return done_testing();
}
