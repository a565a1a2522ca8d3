/* SPDX-License-Identifier: ISC */
/* Messages for Kafka against those that Heapster's own sink sent. */
#include "config.h"

#include "sinks/format_kafka.h"

#include "t/heapster_batch.h"

struct formatting {
	struct kafka_format format;
	struct kafka_messages out;
};

static void
begin(struct formatting *f, enum kafka_key key, const char *options)
{
	struct sink_uri uri;
	struct err err;

	*f = (struct formatting){ .format.key = key };
	if (!sink_uri_parse(&uri, str_of(options), &err) ||
	    !point_filter_init(&f->format.filter, &uri, &err))
		bail("%s", err.msg);
	sink_uri_fini(&uri);
}

static void
end(struct formatting *f)
{
	kafka_format_fini(&f->format);
	kafka_messages_fini(&f->out);
}

static void
on_frame(void *arg, const struct frame *frame)
{
	struct formatting *f = arg;

	if (!format_kafka(&f->out, &f->format, frame))
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
	struct formatting f;
	struct str rest;

	begin(&f, KAFKA_KEY_NONE, "");
	batch_sample(on_frame, &f);
	is_u64(f.out.n, 26, "as many messages as points");
	batch_read(&want, "t/data/heapster-sinks/kafka.messages");
	for (rest = buf_str(&want); rest.len > 0;) {
		struct str line = str_cut(&rest, '\n');

		ok(is_among(&f.out, line), "as it was: %.*s",
		    STR_ARG(((struct str){ line.p, 60 })));
	}
	for (size_t i = 0; i < f.out.n; i++)
		if (f.out.items[i].key_len > 0 ||
		    f.out.items[i].state != KAFKA_WAITING)
			bail("message %zu has a key, or was sent", i);
	buf_fini(&want);
	kafka_messages_clear(&f.out);
	is_u64(f.out.n, 0, "nothing is left of what is cleared");
	end(&f);
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
		struct formatting f;
		struct str got = { NULL, 0 };

		begin(&f, KAFKA_KEY_NONE, "");
		batch_each(str_of(cases[i].frame), on_frame, &f);
		if (f.out.n > 0)
			got = value_of(&f.out, f.out.n - 1);
		is_mem(got.p, got.len, cases[i].value, strlen(cases[i].value),
		    "%s", cases[i].what);
		end(&f);
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
		struct formatting f;
		size_t n_good = 0;

		snprintf(options, sizeof options, "?types=%s", keys[i].type);
		if (!kafka_key_find(str_of(keys[i].name), &found))
			bail("no key is called %s", keys[i].name);
		begin(&f, found, options);
		batch_sample(on_frame, &f);
		for (size_t k = 0; k < f.out.n; k++)
			n_good += str_is(key_of(&f.out, k), keys[i].want);
		ok(found == keys[i].key && n_good > 0 && n_good == f.out.n,
		    "by %s the key of a %s is \"%s\"", keys[i].name,
		    keys[i].type, keys[i].want);
		end(&f);
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
