/* SPDX-License-Identifier: ISC */
/* What the URI of a Kafka sink becomes for librdkafka. */
#include "config.h"

#include "common/timestamp.h"

#include "sinks/kafka_options.h"

#include "t/tap.h"

struct opened {
	struct sink_uri uri;
	struct kafka_options options;
};

static bool
begin(struct opened *o, const char *text, struct err *err)
{
	if (!sink_uri_parse(&o->uri, str_of(text), err))
		bail("%s: %s", text, err->msg);
	return kafka_options_open(&o->options, &o->uri, err);
}

static void
end(struct opened *o)
{
	kafka_options_close(&o->options);
	sink_uri_fini(&o->uri);
}

static const struct {
	const char *uri, *name, *want;	/* want NULL: not set */
} cases[] = {
	{ "?brokers=a:1", "bootstrap.servers", "a:1" },
	{ "?brokers=a:1&brokers=b,c:2,,", "bootstrap.servers", "a:1,b,c:2" },
	{ "http://x:1/?brokers=a", "bootstrap.servers", "a" },
	{ "?brokers=a", "client.id", "kafka-sink" },
	{ "?brokers=a", "acks", "all" },
	{ "?brokers=a", "enable.idempotence", "true" },
	{ "?brokers=a", "message.timeout.ms", "0" },
	{ "?brokers=a", "socket.timeout.ms", "20000" },
	{ "?brokers=a&timeout=1.5s", "socket.timeout.ms", "1500" },
	{ "?brokers=a&acks=1", "acks", "1" },
	{ "?brokers=a&acks=1", "enable.idempotence", "false" },
	{ "?brokers=a&acks=-1", "acks", "all" },
	{ "?brokers=a&idempotence=false", "acks", "all" },
	{ "?brokers=a&idempotence=false", "enable.idempotence", "false" },
	{ "?brokers=a", "compression.codec", "none" },
	{ "?brokers=a&compression=zstd", "compression.codec", "zstd" },
	{ "?brokers=a", "security.protocol", "plaintext" },
	{ "?brokers=a", "sasl.mechanism", NULL },
	{ "?brokers=a&tls=true", "security.protocol", "ssl" },
	{ "?brokers=a&cacert=/ca", "security.protocol", "ssl" },
	{ "?brokers=a&cacert=/ca", "ssl.ca.location", "/ca" },
	{ "?brokers=a&cert=/c&key=/k", "security.protocol", "ssl" },
	{ "?brokers=a&cert=/c&key=/k", "ssl.certificate.location", "/c" },
	{ "?brokers=a&cert=/c&key=/k", "ssl.key.location", "/k" },
	{ "?brokers=a&insecuressl=true", "security.protocol", "plaintext" },
	{ "?brokers=a&tls=1&insecuressl=t",
	    "enable.ssl.certificate.verification", "false" },
	{ "?brokers=a&tls=1", "enable.ssl.certificate.verification", NULL },
	{ "?brokers=a&user=u&password=p", "security.protocol",
	    "sasl_plaintext" },
	{ "?brokers=a&user=u&password=p", "sasl.mechanism", "PLAIN" },
	{ "?brokers=a&user=u%26&password=p", "sasl.username", "u&" },
	{ "?brokers=a&user=u&password=p&cacert=/ca", "security.protocol",
	    "sasl_ssl" },
	{ "?brokers=a&user=u&password=p&mechanism=SCRAM-SHA-512",
	    "sasl.mechanism", "SCRAM-SHA-512" },
	{ "?brokers=a&user=u&password=p", "sasl.password", NULL },
	{ "?brokers=a&property=linger.ms=7", "linger.ms", "7" },
	{ "?brokers=a&property=acks=1&property=x=y%3Dz", "acks", "1" },
	{ "?brokers=a&property=acks=1&property=x=y%3Dz", "x", "y=z" },
	{ "?brokers=a&property=x=", "x", "" },
};

static void
test_properties(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct err err = { "" };
		struct opened o;
		const char *got;

		if (!begin(&o, cases[i].uri, &err))
			bail("%s: %s", cases[i].uri, err.msg);
		got = kafka_options_value(&o.options, cases[i].name);
		ok((got == NULL) == (cases[i].want == NULL) && (got == NULL ||
		    strcmp(got, cases[i].want) == 0), "%s: %s is %s",
		    cases[i].uri, cases[i].name,
		    cases[i].want == NULL ? "not set" : cases[i].want);
		end(&o);
	}
}

static const struct {
	const char *uri, *reason;
} refusals[] = {
	{ "", "There is no broker assigned for connecting kafka" },
	{ "?brokers=,", "There is no broker assigned for connecting kafka" },
	{ "?brokers=a&compression=x", "Compression 'x' is illegal" },
	{ "?brokers=a&acks=2", "`acks`" },
	{ "?brokers=a&acks=1&idempotence=true", "needs acks=all" },
	{ "?brokers=a&idempotence=maybe", "`idempotence`" },
	{ "?brokers=a&partitionkey=x", "`partitionkey`" },
	{ "?brokers=a&timeout=1ms", "`timeout`" },
	{ "?brokers=a&timeout=1h", "`timeout`" },
	{ "?brokers=a&batch=0", "`batch`" },
	{ "?brokers=a&user=u", "`user` and `password`" },
	{ "?brokers=a&password=hush", "`user` and `password`" },
	{ "?brokers=a&cert=/c", "`cert` and `key`" },
	{ "?brokers=a&cacert=/c&tls=false", "`tls`" },
	{ "?brokers=a&user=u&password=hush&mechanism=x", "`mechanism`" },
	{ "?brokers=a&property=hush", "`property`" },
	{ "?brokers=a&property==hush", "`property`" },
};

static void
test_refusals(void)
{
	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
		struct err err = { "" };
		struct opened o;

		ok(!begin(&o, refusals[i].uri, &err) &&
		    strstr(err.msg, refusals[i].reason) != NULL &&
		    strstr(err.msg, "hush") == NULL, "%s: %s",
		    refusals[i].uri, err.msg);
		end(&o);
	}
}

static void
test_many_properties(void)
{
	struct buf text = BUF_INIT;
	struct err err = { "" };
	struct opened o;

	buf_add_str(&text, STR("?brokers=a"));
	for (int i = 0; i < KAFKA_PROPERTIES_MAX; i++)
		buf_addf(&text, "&property=a%d=b", i);
	buf_add_char(&text, '\0');
	ok(!begin(&o, text.p, &err) &&
	    strstr(err.msg, "more than 64 properties") != NULL,
	    "too many properties are refused");
	end(&o);
	buf_fini(&text);
}

static void
test_rest(void)
{
	struct err err = { "" };
	struct opened o;

	if (!begin(&o, "?brokers=a", &err))
		bail("%s", err.msg);
	is_str(o.options.topic, "heapster-metrics", "the topic is Heapster's");
	ok(o.options.key == KAFKA_KEY_NONE && o.options.is_idempotent,
	    "no keys, no message twice");
	end(&o);
	if (!begin(&o, "?brokers=a&timeseriestopic=t&partitionkey=pod&batch=7&"
	    "batchdelay=5ms&user=u&password=p&eventstopic=e", &err))
		bail("%s", err.msg);
	is_str(o.options.topic, "t", "or another");
	is_str(o.options.password.value, "p", "the password is kept apart");
	ok(o.options.key == KAFKA_KEY_POD && o.options.messages_max == 7 &&
	    o.options.delay_ns == 5 * NS_PER_MS, "keys and batches");
	end(&o);
}

int
main(void)
{
	test_properties();
	test_refusals();
	test_many_properties();
	test_rest();
	return done_testing();
}
