/* SPDX-License-Identifier: ISC */
/*
 * The API says byte for byte what Heapster said.
 *
 * t/data/heapster-1.5.4 has its answers and the paths.  The store is filled
 * with what they say of its cluster; then every path is asked again.  Lists
 * were in random order: they are compared sorted.  floatValue is ours.
 */
#include "config.h"

#include "common/timestamp.h"

#include "apiserver/api.h"

#include "t/captured.h"
#include "t/tap.h"

#define ROOT "/api/v1/model/"
#define NODE "rig-node"
#define R (15 * NS_PER_S)
#define FACTS_MAX 4096

/* That a set has a metric; window 0: at some time. */
struct fact {
	char key[160];
	enum metric metric;
	char resource[32];
	int64_t window_ns;
	uint64_t value;
};

static const struct captured *rows;
static size_t n_rows;
static struct fact facts[FACTS_MAX];
static size_t n_facts;

/* "node:N", "namespace:N/pod:P/container:C", ... and what is behind metrics/;
 * false: not the metrics of a set. */
static bool
split_path(struct str path, char key[160], struct str *metric)
{
	size_t n = 0;

	if (!str_has_prefix(path, STR(ROOT)))
		return false;
	path.p += strlen(ROOT);
	path.len -= strlen(ROOT);
	snprintf(key, 160, "cluster");
	while (path.p != NULL) {
		struct str kind = str_cut(&path, '/'), name;

		if (str_is(kind, "metrics")) {
			*metric = path;
			return true;
		}
		name = str_cut(&path, '/');
		if (name.p == NULL)
			return false;
		n += (size_t)snprintf(key + n, 160 - n, "%s%s:%.*s",
		    n == 0 ? "" : "/", str_is(kind, "nodes") ? "node" :
		    str_is(kind, "namespaces") ? "namespace" :
		    str_is(kind, "pods") ? "pod" : "container",
		    STR_ARG(name));
	}
	return false;
}

static struct fact *
add_fact(const char *key, enum metric m)
{
	struct fact *fact = &facts[n_facts++];

	if (n_facts > FACTS_MAX)
		bail("too many facts");
	snprintf(fact->key, sizeof fact->key, "%s", key);
	fact->metric = m;
	return fact;
}

/* The text between two quotes, which is cut off. */
static struct str
quoted(struct str *text)
{
	str_cut(text, '"');
	return str_cut(text, '"');
}

static void
learn_names(const char *key, struct str body)
{
	while (body.p != NULL && memchr(body.p, '"', body.len) != NULL) {
		enum metric m = metric_find(quoted(&body));

		if (m == METRIC_COUNT)
			bail("%s has an unknown metric", key);
		add_fact(key, m);
	}
}

static void
learn_series(const char *key, struct str metric, struct str body)
{
	struct str name = str_cut(&metric, '?'), labels = metric;
	enum metric m;

	if (labels.p != NULL && !str_has_prefix(labels, STR("labels=")))
		return;
	if (name.p[name.len - 1] == '/')
		name.len--;
	m = metric_find(name);
	str_cut(&labels, ':');
	while (body.p != NULL && m != METRIC_COUNT) {
		const char *at = memmem(body.p, body.len, "\"timestamp\"", 11);
		struct fact *fact;

		if (at == NULL)
			return;
		body.len -= (size_t)(at - body.p);
		body.p = at;
		quoted(&body);
		fact = add_fact(key, m);
		if (!timestamp_parse(quoted(&body), &fact->window_ns))
			bail("%s: not a time", key);
		quoted(&body);
		fact->value = strtoull(body.p + 2, NULL, 10);
		snprintf(fact->resource, sizeof fact->resource, "%.*s",
		    STR_ARG(labels));
	}
}

static void
learn_all(void)
{
	for (size_t i = 0; i < n_rows; i++) {
		char key[160];
		struct str metric;

		if (rows[i].status != 200 ||
		    !split_path(rows[i].path, key, &metric))
			continue;
		if (metric.len == 0)
			learn_names(key, rows[i].body);
		else
			learn_series(key, metric, rows[i].body);
	}
}

static void
set_value(struct frame *f, struct arena *a, size_t set,
    const struct fact *fact)
{
	bool is_float = metrics[fact->metric].type == METRIC_FLOAT;
	struct resource *r;

	if (fact->metric >= METRIC_PLAIN_COUNT) {
		r = frame_add_resource(f, a, set);
		r->resource_id = str_of(fact->resource);
		resource_u64(r, fact->metric, fact->value);
	} else if (is_float) {
		set_float(&f->sets[set], fact->metric, (double)fact->value);
	} else {
		set_u64(&f->sets[set], fact->metric, fact->value);
	}
}

static bool
has_series(const struct fact *fact)
{
	for (size_t i = 0; i < n_facts; i++)
		if (facts[i].window_ns != 0 &&
		    facts[i].metric == fact->metric &&
		    strcmp(facts[i].key, fact->key) == 0)
			return true;
	return false;
}

/* Names without a series get a value in the second window. */
static void
fill_set(struct frame *f, struct arena *a, size_t set, struct str key,
    bool is_second)
{
	for (size_t i = 0; i < n_facts; i++)
		if (str_is(key, facts[i].key) &&
		    (facts[i].window_ns == f->window_ns ||
		    (facts[i].window_ns == 0 && is_second &&
		    !has_series(&facts[i]))))
			set_value(f, a, set, &facts[i]);
}

static struct str keys[256];
static size_t n_keys;

static void
read_keys(void)
{
	for (size_t i = 0; i < n_rows; i++) {
		struct str body = rows[i].body;

		if (!str_is(rows[i].name, "allkeys"))
			continue;
		while (memchr(body.p, '"', body.len) != NULL)
			keys[n_keys++] = quoted(&body);
	}
}

/* Cuts "KIND:NAME" off the front of the key. */
static struct str
next_name(struct str *key)
{
	struct str part = str_cut(key, '/');

	str_cut(&part, ':');
	return part;
}

static void
add_containers(struct frame *f, struct arena *a, size_t pod, struct str of,
    bool is_second)
{
	for (size_t i = 0; i < n_keys; i++) {
		struct str rest = keys[i];
		size_t set;

		if (!str_has_prefix(keys[i], of) ||
		    !str_has_prefix((struct str){ keys[i].p + of.len,
		    keys[i].len - of.len }, STR("/container:")))
			continue;
		set = frame_add_set(f, a, f->sets[pod].type == SET_POD ?
		    SET_POD_CONTAINER : SET_SYS_CONTAINER, pod);
		rest.p += of.len + 1;
		rest.len -= of.len + 1;
		f->sets[set].name = next_name(&rest);
		fill_set(f, a, set, keys[i], is_second);
	}
}

static void
make_node(struct frame *f, struct arena *a, bool is_second)
{
	f->kind = FRAME_NODE;
	f->node = STR(NODE);
	frame_add_set(f, a, SET_NODE, 0);
	f->sets[0].name = f->node;
	fill_set(f, a, 0, STR("node:" NODE), is_second);
	add_containers(f, a, 0, STR("node:" NODE), is_second);
	for (size_t i = 0; i < n_keys; i++) {
		struct str rest = keys[i], namespace_name, pod;
		size_t set;

		namespace_name = next_name(&rest);
		pod = rest.p == NULL ? rest : next_name(&rest);
		if (!str_has_prefix(keys[i], STR("namespace:")) ||
		    pod.p == NULL || rest.p != NULL)
			continue;
		set = frame_add_set(f, a, SET_POD, 0);
		f->sets[set].namespace_name = namespace_name;
		f->sets[set].name = pod;
		fill_set(f, a, set, keys[i], is_second);
		add_containers(f, a, set, keys[i], is_second);
	}
}

static void
make_rollup(struct frame *f, struct arena *a, bool is_second)
{
	f->kind = FRAME_ROLLUP;
	f->n_answered = 1;
	frame_add_set(f, a, SET_CLUSTER, 0);
	fill_set(f, a, 0, STR("cluster"), is_second);
	for (size_t i = 0; i < n_keys; i++) {
		struct str rest = keys[i], name = next_name(&rest);
		size_t set;

		if (!str_has_prefix(keys[i], STR("namespace:")) ||
		    rest.p != NULL)
			continue;
		set = frame_add_set(f, a, SET_NAMESPACE, 0);
		f->sets[set].name = name;
		fill_set(f, a, set, keys[i], is_second);
	}
}

static void
fill_store(struct store *s, int64_t from_ns, int64_t to_ns)
{
	uint64_t seq = 0;
	struct arena a;
	struct err err;

	arena_init(&a, 64 << 20);
	for (int64_t at_ns = from_ns; at_ns <= to_ns; at_ns += R) {
		for (int is_rollup = 0; is_rollup < 2; is_rollup++) {
			struct frame f;

			arena_reset(&a);
			frame_clear(&f);
			f.window_ns = at_ns;
			f.resolution_ns = R;
			if (is_rollup)
				make_rollup(&f, &a, at_ns == from_ns + R);
			else
				make_node(&f, &a, at_ns == from_ns + R);
			if (!store_add(s, &f, 1, ++seq, at_ns, &err))
				bail("%s", err.msg);
		}
	}
	arena_fini(&a);
}

static int
by_bytes(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* The names of a list, sorted, without what is between them. */
static void
sort_list(struct buf *out, struct str body)
{
	struct str names[256];
	size_t n = 0;

	while (body.p != NULL && memchr(body.p, '"', body.len) != NULL)
		names[n++] = quoted(&body);
	qsort(names, n, sizeof names[0], by_bytes);
	for (size_t i = 0; i < n; i++) {
		buf_add_str(out, names[i]);
		buf_add_char(out, '\n');
	}
}

/* Without our floatValue. */
static void
strip_floats(struct buf *out, struct str body)
{
	static const char key[] = ",\n    \"floatValue\":";

	while (body.len > 0) {
		const char *at = memmem(body.p, body.len, key, sizeof key - 1);
		size_t n = at == NULL ? body.len : (size_t)(at - body.p);

		buf_add(out, body.p, n);
		body.p += n;
		body.len -= n;
		if (at == NULL)
			return;
		body.p += sizeof key - 1;
		body.len -= sizeof key - 1;
		while (body.len > 0 && body.p[0] != '\n') {
			body.p++;
			body.len--;
		}
	}
}

static void
compare_body(const struct captured *row, struct str body)
{
	struct buf got = BUF_INIT, want = BUF_INIT;
	bool is_list = row->status == 200 && row->body.len > 2 &&
	    row->body.p[0] == '[';

	if (is_list) {
		sort_list(&got, body);
		sort_list(&want, row->body);
		ok(body.len == row->body.len, "%.*s: a list as long",
		    STR_ARG(row->name));
	} else {
		strip_floats(&got, body);
		buf_add_str(&want, row->body);
	}
	is_mem(got.p, got.len, want.p, want.len, "%.*s: the body",
	    STR_ARG(row->name));
	buf_fini(&got);
	buf_fini(&want);
}

static void
ask(struct api *api, const struct captured *row, int64_t now_ns)
{
	struct api_response response = { .status = 0 };
	struct api_request request = {
		.method = str_is(row->name, "err-method") ? STR("POST") :
		    str_is(row->name, "head") ? STR("HEAD") : STR("GET"),
		.query = row->path,
		.accept = str_is(row->name, "accept-xml") ?
		    STR("application/xml") :
		    str_is(row->name, "accept-text") ? STR("text/html") :
		    STR("*/*"),
		.now_ns = now_ns,
	};

	request.path = str_cut(&request.query, '?');
	api_answer(api, &request, &response);
	is_i64(response.status, row->status, "%.*s: the status",
	    STR_ARG(row->name));
	is_mem(response.content_type, strlen(response.content_type),
	    row->type.p, row->type.len, "%.*s: the type", STR_ARG(row->name));
	if (!str_is(row->name, "head"))
		compare_body(row, buf_str(&response.body));
	buf_fini(&response.body);
}

int
main(void)
{
	struct store_counters counters = { 0 };
	struct api api = { .store = NULL };
	int64_t from_ns, to_ns;
	struct err err;

	n_rows = captured_read("paths", &rows);
	timestamp_parse(STR("2026-11-23T09:18:30Z"), &from_ns);
	timestamp_parse(STR("2026-11-23T09:20:15Z"), &to_ns);
	learn_all();
	read_keys();
	ok(n_keys > 20 && n_facts > 300, "%zu sets and %zu values are known",
	    n_keys, n_facts);
	api.store = store_open(NULL, 3600 * NS_PER_S, 1u << 30, &counters,
	    &err);
	if (api.store == NULL)
		bail("%s", err.msg);
	fill_store(api.store, from_ns, to_ns);
	for (size_t i = 0; i < n_rows; i++)
		ask(&api, &rows[i], to_ns + R);
	store_close(api.store);
	api_fini(&api);
	return done_testing();
}
