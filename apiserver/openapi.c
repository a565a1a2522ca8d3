/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "common/json_out.h"

#include "apiserver/openapi.h"

/* What the segment behind one of these is. */
static struct str
parameter_name(struct str before)
{
	static const struct {
		const char *before, *name;
	} names[] = {
		{ "nodes", "node" },
		{ "namespaces", "namespace" },
		{ "pods", "pod" },
		{ "pod-list", "pods" },
		{ "pod-id", "uid" },
		{ "pod-id-list", "uids" },
		{ "containers", "container" },
		{ "freecontainers", "container" },
		{ "metrics-aggregated", "aggregations" },
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (str_is(before, names[i].before))
			return str_of(names[i].name);
	return STR("name");
}

/* Calls of a walk over the segments of a pattern; name is absent for those
 * that are as they stand. */
typedef void segment_fn(void *arg, struct str segment, struct str name);

static void
walk(const char *pattern, segment_fn *fn, void *arg)
{
	struct str rest = str_of(pattern), before = STR("");

	while (rest.len > 0) {
		struct str segment = str_cut(&rest, '/');
		struct str name = { NULL, 0 };

		if (str_is(segment, "{*}"))
			name = STR("metric");
		else if (str_is(segment, "{}"))
			name = parameter_name(before);
		fn(arg, segment, name);
		before = segment;
	}
}

static void
add_segment(void *arg, struct str segment, struct str name)
{
	struct buf *out = arg;

	buf_add_char(out, '/');
	if (name.p == NULL)
		buf_add_str(out, segment);
	else
		buf_addf(out, "{%.*s}", STR_ARG(name));
}

void
openapi_path(struct buf *out, const struct api_family *family,
    const struct api_route *route)
{
	buf_addf(out, "%s", family->root);
	walk(route->pattern, add_segment, out);
	if (out->len == 0)
		buf_add_char(out, '/');
}

static void
write_parameter(struct json_out *json, struct str name, const char *where,
    const char *description)
{
	json_out_object(json);
	json_out_key(json, "name");
	json_out_str(json, name);
	json_out_key(json, "in");
	json_out_strz(json, where);
	if (description != NULL) {
		json_out_key(json, "description");
		json_out_strz(json, description);
	}
	if (strcmp(where, "path") == 0) {
		json_out_key(json, "required");
		json_out_bool(json, true);
	}
	json_out_key(json, "schema");
	json_out_object(json);
	json_out_key(json, "type");
	json_out_strz(json, "string");
	json_out_object_end(json);
	json_out_object_end(json);
}

static void
add_parameter(void *arg, struct str segment, struct str name)
{
	if (name.p != NULL)
		write_parameter(arg, name, "path", str_is(segment, "{*}") ?
		    "may have slashes, as in cpu/usage_rate" : NULL);
}

static bool
ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), n_end = strlen(end);

	return n >= n_end && strcmp(text + n - n_end, end) == 0;
}

static bool
is_series(const struct api_route *r)
{
	return ends_with(r->pattern, "{*}");
}

static bool
is_aggregated(const struct api_route *r)
{
	return strstr(r->pattern, "metrics-aggregated/") != NULL;
}

static void
write_parameters(struct json_out *json, const struct api_family *family,
    const struct api_route *r)
{
	json_out_key(json, "parameters");
	json_out_array(json);
	walk(r->pattern, add_parameter, json);
	if (is_series(r)) {
		write_parameter(json, STR("start"), "query",
		    "the first moment, as in 2006-01-02T15:04:05Z");
		write_parameter(json, STR("end"), "query",
		    "the last one; without it now");
		write_parameter(json, STR("labels"), "query", "all labels of "
		    "a labelled metric, as in resource_id:/");
	}
	if (is_aggregated(r))
		write_parameter(json, STR("bucket"), "query",
		    "the length of a bucket, as in 5m; without it there is "
		    "one");
	if (family->has_selectors && !ends_with(r->pattern, "s/{}"))
		write_parameter(json, STR("labelSelector"), "query",
		    "which objects, as in app=web,tier!=db");
	json_out_array_end(json);
}

/* NULL: any JSON. */
static const char *
schema_of(const struct api_family *family, const struct api_route *r)
{
	bool is_list = strstr(r->pattern, "-list/") != NULL;

	if (family->has_selectors)
		return ends_with(r->pattern, "s/{}") ? "Usage" : "UsageList";
	if (is_aggregated(r))
		return is_list ? "BucketsList" : "Buckets";
	if (is_series(r))
		return is_list ? "SeriesList" : "Series";
	return *r->pattern == '\0' ? NULL : "Names";
}

static void
write_response(struct json_out *json, const struct api_family *family,
    const struct api_route *r)
{
	const char *schema = family->is_json ? schema_of(family, r) : NULL;
	struct buf reference = BUF_INIT;

	buf_addf(&reference, "#/components/schemas/%s",
	    schema == NULL ? "" : schema);
	json_out_key(json, "responses");
	json_out_object(json);
	json_out_key(json, "200");
	json_out_object(json);
	json_out_key(json, "description");
	json_out_strz(json, r->help);
	json_out_key(json, "content");
	json_out_object(json);
	json_out_key(json, family->is_json ? "application/json" : "*/*");
	json_out_object(json);
	if (schema != NULL) {
		json_out_key(json, "schema");
		json_out_object(json);
		json_out_key(json, "$ref");
		json_out_str(json, buf_str(&reference));
		json_out_object_end(json);
	}
	for (int i = 0; i < 4; i++)
		json_out_object_end(json);
	buf_fini(&reference);
}

static void
write_path(struct json_out *json, const struct api_family *family,
    const struct api_route *r)
{
	struct buf path = BUF_INIT;

	openapi_path(&path, family, r);
	json_out_key_str(json, buf_str(&path));
	json_out_object(json);
	json_out_key(json, "get");
	json_out_object(json);
	json_out_key(json, "summary");
	json_out_strz(json, r->help);
	write_parameters(json, family, r);
	write_response(json, family, r);
	json_out_object_end(json);
	json_out_object_end(json);
	buf_fini(&path);
}

#define TEXT "{\"type\":\"string\"}"
#define TIME "{\"type\":\"string\",\"format\":\"date-time\"}"
#define OBJECT(properties) \
	"{\"type\":\"object\",\"properties\":{" properties "}}"
#define LIST(items) "{\"type\":\"array\",\"items\":" items "}"
#define ONE_OF_LIST(name) OBJECT("\"items\":" \
	LIST("{\"$ref\":\"#/components/schemas/" name "\"}"))

/* What JSON of a kind looks like. */
static const char schemas[] =
	"{\"Names\":" LIST(TEXT)
	",\"Series\":" OBJECT("\"metrics\":" LIST(OBJECT(
		"\"timestamp\":" TIME
		",\"value\":{\"type\":\"integer\",\"minimum\":0}"
		",\"floatValue\":{\"type\":\"number\"}"))
		",\"latestTimestamp\":" TIME)
	",\"SeriesList\":" ONE_OF_LIST("Series")
	",\"Buckets\":" OBJECT("\"buckets\":" LIST("{\"type\":\"object\"}")
		",\"bucketSize\":{\"type\":\"integer\"}")
	",\"BucketsList\":" ONE_OF_LIST("Buckets")
	",\"Usage\":" OBJECT("\"metadata\":" OBJECT("\"name\":" TEXT
		",\"namespace\":" TEXT ",\"creationTimestamp\":" TIME)
		",\"timestamp\":" TIME ",\"window\":" TEXT
		",\"usage\":{\"$ref\":\"#/components/schemas/Amounts\"}"
		",\"containers\":" LIST(OBJECT("\"name\":" TEXT
		",\"usage\":{\"$ref\":\"#/components/schemas/Amounts\"}")))
	",\"Amounts\":" OBJECT("\"cpu\":" TEXT ",\"memory\":" TEXT)
	",\"UsageList\":" ONE_OF_LIST("Usage") "}";

void
openapi_write(struct buf *out, const struct api *api)
{
	struct json_out json;

	json_out_begin(&json, out, JSON_COMPACT);
	json_out_object(&json);
	json_out_key(&json, "openapi");
	json_out_strz(&json, "3.0.0");
	json_out_key(&json, "info");
	json_out_object(&json);
	json_out_key(&json, "title");
	json_out_strz(&json, "cheapster");
	json_out_key(&json, "version");
	json_out_strz(&json, PACKAGE_VERSION);
	json_out_object_end(&json);
	json_out_key(&json, "paths");
	json_out_object(&json);
	for (size_t i = 0; api_families[i] != NULL; i++)
		for (const struct api_route *r = api_families[i]->routes;
		    api_serves(api, api_families[i], false) &&
		    r->pattern != NULL; r++)
			write_path(&json, api_families[i], r);
	json_out_object_end(&json);
	json_out_object_end(&json);
	/* The rest is the same for ever: it takes the place of the brace. */
	if (!out->failed)
		out->len--;
	buf_addf(out, ",\"components\":{\"schemas\":%s}}\n", schemas);
}
