/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "common/clock.h"
#include "common/json_out.h"
#include "common/percent.h"
#include "common/timestamp.h"

#include "apiserver/api.h"
#include "apiserver/api_stats.h"
#include "apiserver/clean_path.h"
#include "apiserver/resource_table.h"

#define REST_AFTER_NS (600 * NS_PER_S)
#define TEXT "text/plain; charset=utf-8"

/* Every family of the API has its line here. */
const struct api_family *const api_families[] = {
	&model_family,
	&historical_family,
	&export_family,
	&export_schema_family,
	&resource_family,
	&resource_k8s_family,
	&health_family,
	&secure_family,
	&index_family,
	&metrics_v1_family,
	&metrics_v1beta1_family,
	&discovery_family,
	&nowhere_family,
	NULL
};

void
api_fini(struct api *api)
{
	buf_fini(&api->scratch);
	resource_table_free(api->resources);
	api->resources = NULL;
	resource_table_free(api->usage);
	api->usage = NULL;
}

void
api_rest(struct api *api, int64_t now_ns)
{
	if ((api->resources == NULL && api->usage == NULL) ||
	    now_ns - api->resources_used_ns < REST_AFTER_NS)
		return;
	resource_table_free(api->resources);
	api->resources = NULL;
	resource_table_free(api->usage);
	api->usage = NULL;
}

void
api_json(struct api_response *rs, struct json_out *json, bool is_pretty)
{
	rs->status = 200;
	rs->content_type = "application/json";
	json_out_begin(json, &rs->body, is_pretty ? JSON_PRETTY_HEAPSTER :
	    JSON_COMPACT);
	json->html_safe = true;
}

void
api_text(struct api_response *rs, int status, struct str text)
{
	rs->status = status;
	rs->content_type = TEXT;
	buf_reset(&rs->body);
	buf_add_str(&rs->body, text);
}

/* Decoded text stays where it is until the next request: scratch has been
 * given room for the whole request before. */
static bool
decode_to_scratch(struct api *api, struct str s, bool is_query,
    struct str *out)
{
	size_t before = api->scratch.len;

	if (!percent_decode(&api->scratch, s, is_query))
		return false;
	*out = (struct str){ api->scratch.p + before,
		api->scratch.len - before };
	return true;
}

struct str
api_parameter(struct api *api, const struct api_request *rq, const char *name)
{
	struct str rest = rq->query, value;

	while (rest.len > 0) {
		struct str pair = str_cut(&rest, '&');
		struct str key = str_cut(&pair, '=');

		if (str_is(key, name) &&
		    decode_to_scratch(api, pair, true, &value))
			return value;
	}
	return (struct str){ NULL, 0 };
}

bool
api_match(const char *pattern, struct str path, bool is_exact,
    struct str *captures, size_t *n_captures)
{
	struct str want = str_of(pattern);

	*n_captures = 0;
	if (!is_exact && path.len > 0 && path.p[path.len - 1] == '/')
		path.len--;
	while (want.p != NULL) {
		struct str expected = str_cut(&want, '/'), got;

		if (str_is(expected, "{*}")) {
			captures[(*n_captures)++] = path;
			return path.len > 0;
		}
		if (path.p == NULL)
			return false;
		got = str_cut(&path, '/');
		if (str_is(expected, "{}")) {
			if (got.len == 0)
				return false;
			captures[(*n_captures)++] = got;
		} else if (!str_eq(expected, got)) {
			return false;
		}
	}
	return path.p == NULL;
}

/* The part of the path behind the root; false if it is not below it. */
static bool
below_root(const struct api_family *family, struct str path, struct str *rest)
{
	size_t n = strlen(family->root);

	if (path.len < n || memcmp(path.p, family->root, n) != 0 ||
	    (n > 0 && path.len > n && path.p[n] != '/'))
		return false;
	*rest = (struct str){ path.p + n, path.len - n };
	if (rest->len > 0) {
		rest->p++;
		rest->len--;
	}
	return true;
}

static bool
accepts_json(struct str accept)
{
	return accept.p == NULL || accept.len == 0 ||
	    memmem(accept.p, accept.len, "*/*", 3) != NULL ||
	    memmem(accept.p, accept.len, "application/json", 16) != NULL;
}

static void
call(struct api *api, const struct api_family *family,
    const struct api_route *route, struct api_request *rq,
    struct api_response *rs)
{
	if (family->is_json && !str_is(rq->method, "GET")) {
		api_text(rs, 405, STR("405: Method Not Allowed"));
		return;
	}
	if (family->is_json && !accepts_json(rq->accept)) {
		api_text(rs, 406, STR("406: Not Acceptable"));
		return;
	}
	for (size_t i = 0; i < rq->n_captures; i++) {
		if (!decode_to_scratch(api, rq->captures[i], false,
		    &rq->captures[i])) {
			api_text(rs, 400, STR("malformed percent-encoding"));
			return;
		}
	}
	route->handler(api, rq, rs);
}

/* True: the path is none that anything is at, and the answer says the one it
 * should have been. */
static bool
redirect(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	bool is_other = clean_path(&api->scratch, rq->path);

	if (!is_other) {
		buf_reset(&api->scratch);
		return false;
	}
	if (rq->query.p != NULL) {
		buf_add_char(&api->scratch, '?');
		buf_add_str(&api->scratch, rq->query);
	}
	rs->status = 301;
	rs->content_type = "text/html; charset=utf-8";
	rs->location = buf_str(&api->scratch);
	clean_path_page(&rs->body, rs->location);
	return true;
}

bool
api_serves(const struct api *api, const struct api_family *family,
    bool is_secure)
{
	return family->port != (is_secure ? API_PLAIN : API_SECURE) &&
	    !(family->is_of_store && api->is_model_disabled) &&
	    !(family->is_historical && api->historical == NULL);
}

/* Whose the path is: its route; or its family alone, which has no such route;
 * or nobody. */
static void
find_route(const struct api *api, struct api_request *rq)
{
	struct str rest;

	rq->family = NULL;
	rq->route = NULL;
	for (size_t i = 0; api_families[i] != NULL; i++) {
		const struct api_family *family = api_families[i];
		const struct api_route *r = family->routes;

		if (!api_serves(api, family, rq->is_secure) ||
		    !below_root(family, rq->path, &rest))
			continue;
		while (r->pattern != NULL && !api_match(r->pattern, rest,
		    family->is_exact, rq->captures, &rq->n_captures))
			r++;
		if (r->pattern == NULL && !family->is_json)
			continue;
		rq->family = family;
		rq->route = r->pattern == NULL ? NULL : r;
		return;
	}
}

static void
answer(struct api *api, struct api_request *rq, struct api_response *rs)
{
	buf_reset(&api->scratch);
	if (buf_reserve(&api->scratch, rq->path.len + rq->query.len + 2) == NULL) {
		api_text(rs, 500, STR("out of memory"));
		return;
	}
	if (redirect(api, rq, rs))
		return;
	find_route(api, rq);
	if (rq->family != NULL) {
		rs->is_compressible = rq->family->is_json;
		rs->is_of_store = rq->family->is_of_store;
	}
	if (rq->route != NULL) {
		call(api, rq->family, rq->route, rq, rs);
	} else if (rq->family != NULL) {
		api_text(rs, 404, STR("404: Page Not Found"));
	} else {
		rs->is_nosniff = true;
		api_text(rs, 404, STR("404 page not found\n"));
	}
}

void
api_count(const struct api *api, const struct api_request *rq, int status,
    size_t body_bytes, int64_t duration_ns)
{
	struct api_request found = *rq;

	if (api->stats == NULL)
		return;
	if (found.route == NULL)
		find_route(api, &found);
	api_stats_note(api->stats, &(struct api_exchange){
		.root = found.family == NULL ? NULL : found.family->root,
		.pattern = found.route == NULL ? NULL : found.route->pattern,
		.method = rq->method,
		.status = status,
		.duration_ns = duration_ns,
		.request_bytes = rq->method.len + rq->path.len +
		    rq->query.len,
		.response_bytes = body_bytes,
	});
}

void
api_answer(struct api *api, struct api_request *rq, struct api_response *rs)
{
	int64_t began_ns = clock_mono_ns();

	answer(api, rq, rs);
	if (!rs->is_deferred)
		api_count(api, rq, rs->status, rs->body.len,
		    clock_mono_ns() - began_ns);
}
