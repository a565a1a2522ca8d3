/* SPDX-License-Identifier: ISC */
/* Messages for Kafka against those that Heapster's own sink sent. */
#include "config.h"

#include "sinks/format_kafka.h"

#include "t/formatting.h"

/* Messages take the place of bytes. */
struct kafka {
	struct kafka_format format;
	struct kafka_messages out;
};

static void
begin(struct kafka *k, enum kafka_key key, const char *options)
{
	*k = (struct kafka){ .format.key = key };
	formatting_filter(&k->format.filter, options);
}

static void
end(struct kafka *k)
{
	kafka_format_fini(&k->format);
	kafka_messages_fini(&k->out);
}

static void
on_frame(void *arg, const struct frame *frame)
{
	struct kafka *k = arg;

	if (!format_kafka(&k->out, &k->format, frame))
		bail("no room");
}

static struct str
value_of(const struct kafka_messages *m, size_t i)
{
	return (struct str){ m->text.p + m->items[i].value,
		m->items[i].value_len };
}

static struct str
key_of(const struct kafka_messages *m, size_t i)
{
	return (struct str){ m->text.p + m->items[i].key,
		m->items[i].key_len };
}

static bool
is_among(const struct kafka_messages *m, struct str value)
{
	for (size_t i = 0; i < m->n; i++)
		if (str_eq(value_of(m, i), value))
			return true;
	return false;
}

static void
test_golden(void)
{
	struct buf want = BUF_INIT;
	struct kafka k;
	struct str rest;

	begin(&k, KAFKA_KEY_NONE, "");
	batch_sample(on_frame, &k);
	is_u64(k.out.n, 26, "as many messages as points");
	batch_read(&want, "t/data/heapster-sinks/kafka.messages");
	for (rest = buf_str(&want); rest.len > 0;) {
		struct str line = str_cut(&rest, '\n');

		ok(is_among(&k.out, line), "as it was: %.*s",
		    STR_ARG(((struct str){ line.p, 60 })));
	}
	for (size_t i = 0; i < k.out.n; i++)
		if (k.out.items[i].key_len > 0 ||
		    k.out.items[i].state != KAFKA_WAITING)
			bail("message %zu has a key, or was sent", i);
	buf_fini(&want);
	kafka_messages_clear(&k.out);
	is_u64(k.out.n, 0, "nothing is left of what is cleared");
	end(&k);
}

#define NODE "{\"v\":1,\"kind\":\"node\",\"window_us\":61500000," \
	"\"resolution_us\":1000000,\"metrics\":[\"uptime\"," \
	"\"network/rx_rate\"],\"labelled\":[\"filesystem/usage\"," \
	"\"resource/request\"],\"node\":{\"name\":\"n\",\"system\":[]," \
	"\"pods\":[],"
#define TAGS "\"host_id\":\"\",\"hostname\":\"n\",\"nodename\":\"n\""
#define VALUE(name, number) "{\"MetricsName\":\"" name "\"," \
	"\"MetricsValue\":{\"value\":" number "}," \
	"\"MetricsTimestamp\":\"1970-01-01T00:01:01.5Z\",\"MetricsTags\":{"

static const struct {
	const char *what;
	const char *frame;
	const char *value;	/* of the last message */
} cases[] = {
	{ "names are escaped as Go does it",
	    NODE "\"stored\":{\"a\\\"\":\"<\\\\\\n\xc3\xa4.\\t/ \"},"
	    "\"values\":[1]}}",
	    VALUE("uptime", "1") "\"a\\\"\":"
	    "\"\\u003c\\\\\\n\xc3\xa4.\\t/ \"," TAGS ",\"type\":\"node\"}}" },
	{ "labels that are empty stay", NODE
	    "\"stored\":{\"c\":\"\"},\"values\":[1]}}",
	    VALUE("uptime", "1") "\"c\":\"\"," TAGS ",\"type\":\"node\"}}" },
	{ "integers of 64 bits are whole",
	    NODE "\"values\":[18446744073709551615]}}",
	    VALUE("uptime", "18446744073709551615") TAGS
	    ",\"type\":\"node\"}}" },
	{ "floats are JSON", NODE "\"values\":[1,1234567.5]}}",
	    VALUE("network/rx_rate", "1234567.5") TAGS
	    ",\"type\":\"node\"}}" },
	{ "a resource is a tag", NODE "\"values\":[],\"resources\":[{"
	    "\"resource_id\":\"/\",\"values\":[7]}]}}",
	    VALUE("filesystem/usage", "7") TAGS
	    ",\"resource_id\":\"/\",\"type\":\"node\"}}" },
	{ "but of composed metrics a part of the name", NODE
	    "\"values\":[],\"resources\":[{\"resource_id\":\"a/b\\\"\","
	    "\"values\":[null,7]}]}}",
	    VALUE("a/b\\\"/request", "7") TAGS ",\"type\":\"node\"}}" },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct kafka k;
		struct str got = { NULL, 0 };

		begin(&k, KAFKA_KEY_NONE, "");
		batch_each(str_of(cases[i].frame), on_frame, &k);
		if (k.out.n > 0)
			got = value_of(&k.out, k.out.n - 1);
		is_mem(got.p, got.len, cases[i].value, strlen(cases[i].value),
		    "%s", cases[i].what);
		end(&k);
	}
}

static const struct {
	enum kafka_key key;
	const char *name;
	const char *type;
	const char *want;
} keys[] = {
	{ KAFKA_KEY_NONE, "none", "pod", "" },
	{ KAFKA_KEY_POD, "pod", "pod", "kube-system/web.1-abc" },
	{ KAFKA_KEY_POD, "pod", "pod_container", "kube-system/web.1-abc" },
	{ KAFKA_KEY_POD, "pod", "node", "node1" },
	{ KAFKA_KEY_POD, "pod", "sys_container", "node1" },
	{ KAFKA_KEY_POD, "pod", "ns", "kube-system" },
	{ KAFKA_KEY_POD, "pod", "cluster", "cluster" },
	{ KAFKA_KEY_NODE, "node", "pod_container", "node1" },
	{ KAFKA_KEY_NODE, "node", "ns", "kube-system" },
	{ KAFKA_KEY_NODE, "node", "cluster", "cluster" },
	{ KAFKA_KEY_NAMESPACE, "namespace", "pod_container", "kube-system" },
	{ KAFKA_KEY_NAMESPACE, "namespace", "ns", "kube-system" },
	{ KAFKA_KEY_NAMESPACE, "namespace", "node", "node1" },
	{ KAFKA_KEY_NAMESPACE, "namespace", "cluster", "cluster" },
};

static void
test_keys(void)
{
	enum kafka_key found;

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		char options[64];
		struct kafka k;
		size_t n_good = 0;

		snprintf(options, sizeof options, "?types=%s", keys[i].type);
		if (!kafka_key_find(str_of(keys[i].name), &found))
			bail("no key is called %s", keys[i].name);
		begin(&k, found, options);
		batch_sample(on_frame, &k);
		for (size_t m = 0; m < k.out.n; m++)
			n_good += str_is(key_of(&k.out, m), keys[i].want);
		ok(found == keys[i].key && n_good > 0 && n_good == k.out.n,
		    "by %s the key of a %s is \"%s\"", keys[i].name,
		    keys[i].type, keys[i].want);
		end(&k);
	}
	ok(!kafka_key_find(STR("Pod"), &found), "no key is called Pod");
}

int
main(void)
{
	test_golden();
	test_cases();
	test_keys();
	return done_testing();
}
