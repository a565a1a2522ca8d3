/* SPDX-License-Identifier: ISC */
/* What Elasticsearch is told beforehand, and what it answers. */
#include "config.h"

#include <jansson.h>

#include "sinks/elastic_answer.h"
#include "sinks/elastic_mapping.h"
#include "sinks/format_elasticsearch.h"

#include "t/heapster_batch.h"

#define ARENA_BYTES (1u << 20)
#define ITEMS_MAX 8

/* Whether all that is in want is in got as well. */
static bool
has_all(const json_t *got, json_t *want)
{
	const char *key;
	json_t *value;

	if (!json_is_object(want))
		return json_equal(got, want);
	json_object_foreach(want, key, value)
		if (!has_all(json_object_get(got, key), value)) {
			diag("not at %s", key);
			return false;
		}
	return true;
}

static json_t *
parsed(const struct buf *text)
{
	json_t *root = json_loadb(text->p, text->len, 0, NULL);

	if (root == NULL)
		bail("not JSON: %.*s", STR_ARG(buf_str(text)));
	return root;
}

/* One type of Heapster's mapping per line. */
static void
test_heapster_mapping(void)
{
	struct buf ours = BUF_INIT, heapsters = BUF_INIT;
	struct str rest;
	json_t *got;

	elastic_index_body(&ours);
	batch_read(&heapsters, "t/data/heapster-sinks/elasticsearch.mapping");
	got = parsed(&ours);
	for (rest = buf_str(&heapsters); rest.len > 0;) {
		struct str line = str_cut(&rest, '\n');
		json_t *want = json_loadb(line.p, line.len, 0, NULL);

		ok(has_all(json_object_get(got, "mappings"), want),
		    "Heapster's mapping: %.*s", 16, line.p);
		json_decref(want);
	}
	json_decref(got);
	buf_fini(&ours);
	buf_fini(&heapsters);
}

static const struct {
	const char *what;
	enum elastic_version version;
	bool is_stream;
	const char *path;
	const char *has;
} templates[] = {
	{ "6 has one type", ELASTIC_6, false, "_template/heap",
	    "{\"index_patterns\":[\"heap-*\"],\"mappings\":{\"doc\":"
	    "{\"properties\":{\"family\":{\"type\":\"keyword\"}}}}}" },
	{ "7 has none", ELASTIC_7, false, "_template/heap",
	    "{\"index_patterns\":[\"heap-*\"],\"mappings\":{\"properties\":"
	    "{\"@timestamp\":{\"type\":\"date\"},\"MetricsTags\":"
	    "{\"properties\":{\"pod_name\":{\"type\":\"text\",\"fields\":"
	    "{\"raw\":{\"type\":\"keyword\"}}}}},\"Metrics\":{\"properties\":"
	    "{\"cpu/usage\":{\"properties\":{\"value\":"
	    "{\"type\":\"double\"}}}}}}},\"aliases\":{\"heap-cpu\":{\"filter\":"
	    "{\"term\":{\"family\":\"cpu\"}}},\"heap-general\":{}}}" },
	{ "8 has them in a template", ELASTIC_8, false, "_index_template/heap",
	    "{\"index_patterns\":[\"heap-*\"],\"priority\":150,\"template\":"
	    "{\"mappings\":{\"properties\":{\"MetricsName\":"
	    "{\"type\":\"text\"}}},\"aliases\":{\"heap-network\":{}}}}" },
	{ "a data stream has the name itself", ELASTIC_7, true,
	    "_index_template/heap", "{\"index_patterns\":[\"heap\"],"
	    "\"data_stream\":{},\"template\":{\"mappings\":{}}}" },
};

static void
test_templates(void)
{
	for (size_t i = 0; i < sizeof templates / sizeof templates[0]; i++) {
		struct buf path = BUF_INIT, body = BUF_INIT;
		json_t *want = json_loads(templates[i].has, 0, NULL), *got;

		elastic_template_path(&path, STR("heap"), templates[i].version,
		    templates[i].is_stream);
		elastic_template_body(&body, STR("heap"), templates[i].version,
		    templates[i].is_stream);
		got = parsed(&body);
		is_mem(path.p, path.len, templates[i].path,
		    strlen(templates[i].path), "%s", templates[i].path);
		ok(want != NULL && has_all(got, want), "%s",
		    templates[i].what);
		json_decref(got);
		json_decref(want);
		buf_fini(&path);
		buf_fini(&body);
	}
}

static void
test_aliases(void)
{
	struct buf body = BUF_INIT;
	const char *want = "{\"actions\":["
	    "{\"add\":{\"alias\":\"heap-cpu\",\"index\":\"heap-2026.03.04\"}},";

	elastic_aliases_body(&body, STR("heap"), STR("heap-2026.03.04"));
	json_decref(parsed(&body));
	ok(str_has_prefix(buf_str(&body), str_of(want)),
	    "aliases are Heapster's");
	buf_fini(&body);
}

static void
test_names(void)
{
	static const struct { const char *name; bool is_good; } names[] = {
		{ "heapster", true }, { "a.b-c_d9", true }, { "", false },
		{ "-a", false }, { ".a", false }, { "A", false },
		{ "a/b", false }, { "a*", false }, { "\xc3\xa4", false },
	};
	struct err err;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		ok(elastic_index_check(str_of(names[i].name), &err) ==
		    names[i].is_good, "a name of an index: \"%s\"",
		    names[i].name);
}

/* Verdicts as letters: taken, again, forbidden, refused. */
static const struct {
	const char *what;
	const char *body;
	uint64_t n;
	const char *fate;	/* NULL: it is no answer */
	const char *refused, *again;
} answers[] = {
	{ "all taken", "{\"took\":3,\"errors\":false}", 3, "ttt", "", "" },
	{ "the parts need no order",
	    "{\"items\":[{\"index\":{\"status\":201}}],\"errors\":true}", 1,
	    "t", "", "the answer has not all of them" },
	{ "each has a fate of its own",
	    "{\"errors\":true,\"items\":[{\"index\":{\"status\":201}},"
	    "{\"index\":{\"status\":400,\"error\":{\"type\":\"mapper\","
	    "\"reason\":\"failed to parse [x]\"}}},"
	    "{\"create\":{\"error\":{\"type\":\"rejected\",\"reason\":"
	    "\"queue \\\"full\\\"\"},\"status\":429}},"
	    "{\"create\":{\"status\":409,\"error\":{\"reason\":\"there\"}}},"
	    "{\"index\":{\"status\":404,\"error\":{\"reason\":\"no\"}}},"
	    "{\"index\":{\"status\":503}},{\"index\":{\"status\":403}}]}", 7,
	    "trAtAAf", "400: failed to parse [x]", "429: queue \"full\"" },
	{ "an error may be a text, as in 1 and 2",
	    "{\"errors\":true,\"items\":[{\"index\":{\"status\":400,"
	    "\"error\":\"Mapper[x]\"}}]}", 1, "r", "400: \"Mapper[x]\"",
	    "the answer has not all of them" },
	{ "what is not mentioned comes again",
	    "{\"errors\":true,\"items\":[{\"index\":{\"status\":201}}]}", 2,
	    "tA", "", "the answer has not all of them" },
	{ "one that is cut says what it says",
	    "{\"errors\":true,\"items\":[{\"index\":{\"status\":201}},"
	    "{\"index\":{\"sta", 2, "tA", "", NULL },
	{ "odd items come again",
	    "{\"errors\":true,\"items\":[null,{},{\"index\":null},"
	    "{\"index\":{\"status\":-1}}]}", 4, "AAAA", "", NULL },
	{ "no status is none", "{\"errors\":true,\"items\":[{\"index\":"
	    "{\"status\":9999}}]}", 1, "A", "", NULL },
	{ "more than there were", "{\"errors\":true,\"items\":[{},{}]}", 1,
	    NULL, NULL, NULL },
	{ "nothing", "", 1, NULL, NULL, NULL },
	{ "null", "null", 1, NULL, NULL, NULL },
	{ "no word of errors", "{}", 1, NULL, NULL, NULL },
	{ "a page", "<html>Please log in</html>", 1, NULL, NULL, NULL },
	{ "a list", "[{\"errors\":false}]", 1, NULL, NULL, NULL },
};

static char
letter(enum http_verdict verdict)
{
	return "tAf?r?"[verdict];
}

static void
test_bulk(void)
{
	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		enum http_verdict verdicts[ITEMS_MAX] = { HTTP_TAKEN };
		struct http_fate fate = { answers[i].n, verdicts, BUF_INIT,
			BUF_INIT };
		char got[ITEMS_MAX + 1] = "";
		struct buf body = BUF_INIT;
		struct arena arena;
		bool is_one;

		arena_init(&arena, ARENA_BYTES);
		buf_add_str(&body, str_of(answers[i].body));
		buf_pad(&body);
		is_one = elastic_bulk_answer(buf_str(&body), &arena, &fate);
		for (uint64_t k = 0; k < fate.n; k++)
			got[k] = letter(verdicts[k]);
		if (answers[i].fate == NULL)
			ok(!is_one, "no answer: %s", answers[i].what);
		else
			is_mem(got, strlen(got), answers[i].fate,
			    strlen(answers[i].fate), "%s", answers[i].what);
		if (answers[i].refused != NULL)
			ok(str_is(buf_str(&fate.refused), answers[i].refused),
			    "why some are refused: \"%.*s\"",
			    STR_ARG(buf_str(&fate.refused)));
		if (answers[i].again != NULL)
			ok(str_is(buf_str(&fate.again), answers[i].again),
			    "why some come again: \"%.*s\"",
			    STR_ARG(buf_str(&fate.again)));
		buf_fini(&body);
		buf_fini(&fate.refused);
		buf_fini(&fate.again);
		arena_fini(&arena);
	}
}

static const struct {
	const char *body;
	enum elastic_version version;	/* ELASTIC_UNKNOWN: an error */
} versions[] = {
	{ "{\"name\":\"n\",\"version\":{\"number\":\"2.4.6\","
	    "\"lucene_version\":\"5.5\"},\"tagline\":\"x\"}", ELASTIC_2 },
	{ "{\"version\":{\"number\":\"5.6.16\"}}", ELASTIC_5 },
	{ "{\"version\":{\"number\":\"6.8.23\"}}", ELASTIC_6 },
	{ "{\"version\":{\"number\":\"7.17.3\",\"build_flavor\":\"default\"}}",
	    ELASTIC_7 },
	{ "{\"version\":{\"number\":\"8.13.0\"}}", ELASTIC_8 },
	{ "{\"version\":{\"number\":\"9.1.0-SNAPSHOT\"}}", ELASTIC_8 },
	{ "{\"version\":{\"distribution\":\"opensearch\","
	    "\"number\":\"2.11.0\"}}", ELASTIC_8 },
	{ "{\"version\":{\"number\":\"1.7.5\"}}", ELASTIC_UNKNOWN },
	{ "{\"version\":{\"number\":\"x\"}}", ELASTIC_UNKNOWN },
	{ "{\"version\":{}}", ELASTIC_UNKNOWN },
	{ "{\"version\":null}", ELASTIC_UNKNOWN },
	{ "{}", ELASTIC_UNKNOWN }, { "", ELASTIC_UNKNOWN },
	{ "null", ELASTIC_UNKNOWN }, { "<html>", ELASTIC_UNKNOWN },
	{ "{\"version\":{\"number\":\"7.1\"}} x", ELASTIC_UNKNOWN },
};

static void
test_versions(void)
{
	for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
		enum elastic_version got = ELASTIC_UNKNOWN;
		struct buf body = BUF_INIT;
		struct arena arena;
		struct err err;
		bool is_known;

		arena_init(&arena, ARENA_BYTES);
		buf_add_str(&body, str_of(versions[i].body));
		buf_pad(&body);
		is_known = elastic_version_answer(buf_str(&body), &arena, &got,
		    &err);
		ok(is_known == (versions[i].version != ELASTIC_UNKNOWN) &&
		    (!is_known || got == versions[i].version),
		    "like version %d: %s", (int)got, versions[i].body);
		buf_fini(&body);
		arena_fini(&arena);
	}
}

static void
on_address(void *arg, struct str address)
{
	buf_addf(arg, "%.*s ", STR_ARG(address));
}

static const struct { const char *body, *want; } nodes[] = {
	{ "{\"_nodes\":{\"total\":3},\"nodes\":{\"a\":{\"name\":\"n\",\"http\":"
	    "{\"bound_address\":[\"x\"],\"publish_address\":"
	    "\"10.0.0.1:9200\"}},\"b\":{\"http\":{\"publish_address\":"
	    "\"es.example/10.0.0.2:9200\"}},\"c\":{\"http\":null},"
	    "\"d\":{\"http\":{\"publish_address\":null}},\"e\":null}}",
	    "10.0.0.1:9200 10.0.0.2:9200 " },
	{ "{\"nodes\":null}", NULL }, { "{}", NULL }, { "null", NULL },
	{ "", NULL },
};

static void
test_nodes(void)
{
	for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
		struct buf body = BUF_INIT, got = BUF_INIT;
		struct arena arena;
		bool is_one;

		arena_init(&arena, ARENA_BYTES);
		buf_add_str(&body, str_of(nodes[i].body));
		buf_pad(&body);
		is_one = elastic_nodes_answer(buf_str(&body), &arena,
		    on_address, &got);
		ok(is_one == (nodes[i].want != NULL) && (!is_one ||
		    str_is(buf_str(&got), nodes[i].want)), "nodes: %.*s",
		    STR_ARG(buf_str(&got)));
		buf_fini(&body);
		buf_fini(&got);
		arena_fini(&arena);
	}
}

int
main(void)
{
	test_heapster_mapping();
	test_templates();
	test_aliases();
	test_names();
	test_bulk();
	test_versions();
	test_nodes();
	return done_testing();
}
