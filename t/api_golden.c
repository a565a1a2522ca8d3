/* SPDX-License-Identifier: ISC */
/*
 * Everything but the model API says byte for byte what Heapster said.
 *
 * The store is filled with what Heapster exported of its cluster, and with the
 * rates that its resource API told; then all is asked again.  Its lists were
 * in random order: they are compared sorted, and are as long.
 *
 * What is said differently, and why:
 *   root	there is an index
 *   pprof	no part of Go is here; the 404 is that of unknown paths
 *   metrics	types and names are the same; values are our own, and those of
 *		Go's runtime and libraries are missing
 *   export-schema	descriptions are our own
 *   v1a1-pod*	containers are sorted by name, not in the order of the
 *		specification
 *
 * The answers of Heapster's second server, that of --api-server (secure-*), are
 * not asked again: its group "metrics" was no client's, and our secure port
 * answers as metrics-server does: t/metrics_golden.c, t/3200-secure-port.sh.
 */
#include "config.h"

#include <jansson.h>
#include <zlib.h>

#include "common/timestamp.h"

#include "apiserver/api.h"

#include "t/captured.h"
#include "t/captured_store.h"
#include "t/tap.h"

#define TEXT_MAX (1 << 16)

static json_t *
load(struct str text)
{
	json_t *json = json_loadb(text.p, text.len, 0, NULL);

	if (json == NULL)
		bail("not JSON: %.*s", STR_ARG(text));
	return json;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *
dump(const json_t *json)
{
	return json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT |
	    JSON_PRESERVE_ORDER);
}

/* Of a pod there are two at most. */
static void
sort_containers(const json_t *pod)
{
	json_t *list = json_object_get(pod, "containers");
	json_t *first = json_array_get(list, 0);
	json_t *second = json_array_get(list, 1);

	if (second == NULL || strcmp(json_string_value(json_object_get(first,
	    "name")), json_string_value(json_object_get(second, "name"))) < 0)
		return;
	json_incref(first);
	json_array_remove(list, 0);
	json_array_append_new(list, first);
}

/* The items of a list, or the one that is none, sorted, each as it was written
 * but for blanks. */
static void
sort_items(struct buf *out, struct str body)
{
	json_t *json = load(body), *item;
	json_t *list = json_is_array(json) ? json :
	    json_object_get(json, "items");
	char *texts[256];
	size_t i, n = 0;

	if (list == NULL) {
		sort_containers(json);
		texts[n++] = dump(json);
	}
	json_array_foreach(list, i, item) {
		sort_containers(item);
		texts[n++] = dump(item);
	}
	qsort(texts, n, sizeof texts[0], by_text);
	for (i = 0; i < n; i++) {
		buf_addf(out, "%s\n", texts[i]);
		free(texts[i]);
	}
	json_decref(json);
}

/* Not all of the body is in the capture: what is has to be ours. */
static void
compare_some(const struct captured *want, struct str body)
{
	struct buf all = BUF_INIT, some = BUF_INIT;
	struct str rest;

	sort_items(&all, body);
	sort_items(&some, want->body);
	for (rest = buf_str(&some); rest.len > 0;) {
		struct str item = str_cut(&rest, '\n');

		ok(memmem(all.p, all.len, item.p, item.len) != NULL,
		    "%.*s: an item", STR_ARG(want->name));
	}
	buf_fini(&all);
	buf_fini(&some);
}

static void
compare_list(const struct captured *want, struct str body)
{
	struct buf ours = BUF_INIT, theirs = BUF_INIT;

	sort_items(&ours, body);
	sort_items(&theirs, want->body);
	is_u64(body.len, want->body.len, "%.*s: as long", STR_ARG(want->name));
	is_mem(ours.p, ours.len, theirs.p, theirs.len, "%.*s: the items",
	    STR_ARG(want->name));
	buf_fini(&ours);
	buf_fini(&theirs);
}

/* Without the texts of descriptions. */
static void
strip_descriptions(struct buf *out, struct str body)
{
	while (body.p != NULL) {
		struct str line = str_cut(&body, '\n');
		const char *at = memmem(line.p, line.len, "\"description\"",
		    13);

		if (at != NULL)
			line.len = (size_t)(at - line.p) + 13;
		buf_add_str(out, line);
		buf_add_char(out, '\n');
	}
}

static void
compare_schema(const struct captured *want, struct str body)
{
	struct buf ours = BUF_INIT, theirs = BUF_INIT;

	strip_descriptions(&ours, body);
	strip_descriptions(&theirs, want->body);
	is_mem(ours.p, ours.len, theirs.p, theirs.len, "the schema");
	buf_fini(&ours);
	buf_fini(&theirs);
}

static void
compare_compressed(const struct captured *want, struct str body)
{
	static Bytef plain[TEXT_MAX];
	struct captured inflated = *want;
	z_stream z = {
		.next_in = (Bytef *)(uintptr_t)want->body.p,
		.avail_in = (uInt)want->body.len,
		.next_out = plain,
		.avail_out = sizeof plain,
	};

	inflateInit2(&z, 31);
	is_i64(inflate(&z, Z_FINISH), Z_STREAM_END, "what was compressed");
	inflated.body = (struct str){ (char *)plain, z.total_out };
	inflateEnd(&z);
	compare_list(&inflated, body);
}

static void
compare(const struct captured *want, struct str body)
{
	const struct str name = want->name;

	if (str_is(name, "export-slash"))
		compare_some(want, body);
	else if (str_is(name, "export-schema"))
		compare_schema(want, body);
	else if (str_is(name, "gzip"))
		compare_compressed(want, body);
	else if (str_is(name, "export") || str_is(name, "v1a1-pod") ||
	    str_has_prefix(name, STR("v1a1-pods")))
		compare_list(want, body);
	else
		is_mem(body.p, body.len, want->body.p, want->body.len,
		    "%.*s: the body", STR_ARG(name));
}

static bool
is_different(struct str name)
{
	return str_is(name, "root") || str_is(name, "pprof") ||
	    str_is(name, "metrics");
}

static void
ask(struct api *api, const struct captured *want, int64_t now_ns)
{
	struct api_response response = { .status = 0 };
	struct api_request request = {
		.method = STR("GET"), .query = want->path, .now_ns = now_ns,
	};

	request.path = str_cut(&request.query, '?');
	api_answer(api, &request, &response);
	if (!is_different(want->name)) {
		is_i64(response.status, want->status, "%.*s: the status",
		    STR_ARG(want->name));
		is_mem(response.content_type, strlen(response.content_type),
		    want->type.p, want->type.len, "%.*s: the type",
		    STR_ARG(want->name));
		compare(want, buf_str(&response.body));
	}
	buf_fini(&response.body);
}

int
main(void)
{
	const struct captured *rows;
	struct store_counters counters = { 0 };
	struct counters own_counters = { .program = "apiserver" };
	struct api api = {
		.counters = &own_counters, .label_separator = STR(","),
	};
	struct err err;
	int64_t now_ns;
	size_t n_rows = captured_read("paths-others", &rows);

	timestamp_parse(STR("2026-11-23T09:20:19Z"), &now_ns);
	api.store = store_open(NULL, 3600 * NS_PER_S, 1u << 30, &counters,
	    &err);
	if (api.store == NULL)
		bail("%s", err.msg);
	captured_fill_store(api.store, rows, n_rows);
	for (size_t i = 0; i < n_rows; i++)
		if (!str_is(rows[i].name, "v1a1-pod-nometrics"))
			ask(&api, &rows[i], now_ns);
	captured_add_crashing(api.store);
	for (size_t i = 0; i < n_rows; i++)
		if (str_is(rows[i].name, "v1a1-pod-nometrics"))
			ask(&api, &rows[i], now_ns);
	api_fini(&api);
	store_close(api.store);
	return done_testing();
}
