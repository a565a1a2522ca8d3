/* SPDX-License-Identifier: ISC */
/* Remote write against bytes that Prometheus' own definitions decode. */
#include "config.h"

#include "sinks/format_remote_write.h"
#include "sinks/snappy.h"

#include "t/formatting.h"
#include "t/unsnappy.h"

/* Of npm's protobufjs with prometheus' remote.proto. */
static const char golden[] =
    "0a740a270a085f5f6e616d655f5f121b68656170737465725f6d656d6f72795f7573616765"
    "5f62797465730a180a096e616d657370616365120b6b7562652d73797374656d0a100a0370"
    "6f6412097765622e312d6162630a0b0a04747970651203706f641210090000000000009941"
    "10c0adf4b9cb33";

static void
test_golden(void)
{
	static const struct label labels[] = {
		{ STR_INIT("__name__"), STR_INIT("heapster_memory_usage_bytes") },
		{ STR_INIT("namespace"), STR_INIT("kube-system") },
		{ STR_INIT("pod"), STR_INIT("web.1-abc") },
		{ STR_INIT("type"), STR_INIT("pod") },
	};
	struct buf out = BUF_INIT, hex = BUF_INIT;

	remote_write_series(&out, labels, 4, 104857600,
	    INT64_C(1772600760000));
	for (size_t i = 0; i < out.len; i++)
		buf_addf(&hex, "%02x", (unsigned char)out.p[i]);
	is_mem(hex.p, hex.len, golden, strlen(golden), "a record");
	is_u64(remote_write_record_len(buf_str(&out)), out.len, "its length");
	buf_add_str(&out, STR("more"));
	is_u64(remote_write_record_len(buf_str(&out)), out.len - 4,
	    "and with more behind it");
	is_u64(remote_write_record_len((struct str){ out.p, 40 }), 40,
	    "a cut one is all that there is");
	buf_fini(&out);
	buf_fini(&hex);
}

static uint64_t
run(void *format, struct buf *out, const struct frame *f)
{
	return format_remote_write(out, format, f);
}

static uint64_t
varint(const unsigned char **p)
{
	uint64_t v = 0;
	unsigned shift = 0;

	for (; (**p & 0x80) != 0; shift += 7)
		v |= (uint64_t)(*(*p)++ & 0x7f) << shift;
	return v | (uint64_t)*(*p)++ << shift;
}

/* "name=value,... VALUE MS\n" of every record. */
static void
print_records(struct buf *out, struct str records)
{
	while (records.len > 0) {
		size_t len = remote_write_record_len(records);
		const unsigned char *p = (const unsigned char *)records.p + 1;
		const unsigned char *end = p + len - 1;
		const char *comma = "";
		double value;

		varint(&p);
		while (p < end && *p == 0x0a) {
			size_t n;

			p++;
			varint(&p);
			p++;
			n = varint(&p);
			buf_addf(out, "%s%.*s=", comma, (int)n, p);
			p += n + 1;
			n = varint(&p);
			buf_addf(out, "%.*s", (int)n, p);
			p += n;
			comma = ",";
		}
		p += 3;
		memcpy(&value, p, sizeof value);
		p += 9;
		buf_addf(out, " %.15g %" PRIu64 "\n", value, varint(&p));
		records.p += len;
		records.len -= len;
	}
}

#define NODE "{\"v\":1,\"kind\":\"node\",\"window_us\":61500000," \
	"\"resolution_us\":1000000,\"metrics\":[\"uptime\",\"cpu/usage\"," \
	"\"cpu/usage_rate\",\"network/rx_rate\"]," \
	"\"labelled\":[\"filesystem/usage\",\"custom/value\"],\"node\":{" \
	"\"name\":\"n\",\"host_id\":\"h\",\"pods\":[],\"system\":[],"

static const struct {
	const char *what;
	const char *frame;
	bool is_all;		/* rates, a cluster and all labels */
	const char *records;
} cases[] = {
	{ "base units, labels under their names",
	    NODE "\"values\":[1500,2500000000,250,7]}}", false,
	    "__name__=heapster_cpu_usage_seconds_total,node=n,type=node 2.5 "
	    "61500\n"
	    "__name__=heapster_uptime_seconds,node=n,type=node 1.5 61500\n"
	    "__name__=heapster_cpu_usage_cores,node=n,type=node 0.25 61500\n" },
	{ "stored labels have a prefix, resources are labels",
	    NODE "\"stored\":{\"a.b\":\"x\",\"a/b\":\"y\",\"node\":\"z\","
	    "\"e\":\"\"},\"values\":[],\"resources\":[{\"resource_id\":\"/\","
	    "\"values\":[5]},{\"resource_id\":\"q\",\"values\":"
	    "[null,0.5]}]}}", false,
	    "__name__=heapster_filesystem_usage_bytes,label_a_b=x,"
	    "label_node=z,node=n,resource_id=/,type=node 5 61500\n"
	    "__name__=heapster_custom_value,label_a_b=x,label_node=z,node=n,"
	    "resource_id=q,type=node 0.5 61500\n" },
	{ "rates and other labels if they are wanted",
	    NODE "\"labels\":\"k:v\",\"values\":[null,null,null,7]}}", true,
	    "__name__=heapster_network_receive_bytes_per_second,cluster=c,"
	    "host=n,host_id=h,labels=k:v,node=n,type=node 7 61500\n" },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct remote_write_format format = { .all = BUF_INIT };
		struct formatting f = formatting(run, &format, &format.filter);
		struct buf text = BUF_INIT;

		if (cases[i].is_all) {
			format.labels.want_rates = true;
			format.labels.cluster = STR("c");
			memset(format.labels.is_wanted, 1,
			    sizeof format.labels.is_wanted);
		}
		batch_each(str_of(cases[i].frame), formatting_add, &f);
		print_records(&text, buf_str(&f.out));
		is_mem(text.p, text.len, cases[i].records,
		    strlen(cases[i].records), "%s", cases[i].what);
		remote_write_format_fini(&format);
		buf_fini(&text);
		formatting_fini(&f);
	}
}

/* Of every metric: [a-z_], unique, counters and only they are totals. */
static void
test_names(void)
{
	for (unsigned m = 0; m < METRIC_COUNT; m++) {
		const struct prometheus_name *n =
		    prometheus_name((enum metric)m);
		bool is_total = n->name.len > 6 &&
		    memcmp(n->name.p + n->name.len - 6, "_total", 6) == 0;
		bool is_counter = metrics[m].kind == METRIC_CUMULATIVE &&
		    m != METRIC_UPTIME;

		ok(n->name.len > 9 && strspn(n->name.p,
		    "abcdefghijklmnopqrstuvwxyz_") == n->name.len &&
		    n->divisor >= 1, "%.*s is %.*s",
		    STR_ARG(metrics[m].name), STR_ARG(n->name));
		ok(is_total == (is_counter || m == METRIC_RESTART_COUNT),
		    "it is a total if it is a counter");
		for (unsigned other = 0; other < m; other++)
			if (str_eq(prometheus_name((enum metric)other)->name,
			    n->name))
				ok(false, "%.*s twice", STR_ARG(n->name));
	}
}

static void
is_packed(struct str bytes, size_t len_max, const char *what)
{
	struct buf packed = BUF_INIT, back = BUF_INIT;

	snappy_pack(&packed, bytes);
	ok(packed.len <= len_max, "%s: %zu bytes of %zu", what, packed.len,
	    bytes.len);
	ok(unsnappy(&back, buf_str(&packed)), "%s: it can be unpacked", what);
	is_mem(back.p, back.len, bytes.p, bytes.len, "%s: to the same", what);
	buf_fini(&packed);
	buf_fini(&back);
}

static void
test_snappy(void)
{
	struct buf bytes = BUF_INIT;
	uint32_t random = 1;

	is_packed(STR(""), 1, "nothing");
	is_packed(STR("abc"), 5, "three bytes");
	is_packed(STR("abcdabcdabcdabcd"), 10, "a repetition");
	for (int i = 0; i < 200000; i++)
		buf_add_char(&bytes, 'x');
	is_packed(buf_str(&bytes), 12000, "one byte, often");
	buf_reset(&bytes);
	for (int i = 0; i < 200000; i++) {
		random = random * 1664525 + 1013904223;
		buf_add_char(&bytes, (char)(random >> 24));
	}
	is_packed(buf_str(&bytes), 201000, "what has no order");
	/* Copies of all lengths, from near and far, with one byte changed. */
	for (size_t len = 1; len < 300; len++) {
		size_t from = random % (bytes.len - len);

		random = random * 1664525 + 1013904223;
		if (len % 2 == 0)
			from = bytes.len - len - random % 5000;
		if (buf_reserve(&bytes, len + 1) == NULL)
			bail("out of memory");
		memcpy(bytes.p + bytes.len, bytes.p + from, len);
		bytes.len += len;
		buf_add_char(&bytes, (char)(random >> 24));
	}
	is_packed(buf_str(&bytes), 235000, "copies of parts of it");
	buf_fini(&bytes);
}

int
main(void)
{
	test_golden();
	test_cases();
	test_names();
	test_snappy();
	return done_testing();
}
