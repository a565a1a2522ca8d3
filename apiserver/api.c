/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "common/percent.h"

#include "apiserver/api.h"

#define TEXT "text/plain; charset=utf-8"

/* Every family of the API has its line here. */
static const struct api_family *const families[] = {
	&model_family,
	&health_family,
};

#define N_FAMILIES (sizeof families / sizeof families[0])

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

void
api_answer(struct api *api, struct api_request *rq, struct api_response *rs)
{
	struct str rest;

	buf_reset(&api->scratch);
	if (buf_reserve(&api->scratch, rq->path.len + rq->query.len) == NULL) {
		api_text(rs, 500, STR("out of memory"));
		return;
	}
	for (size_t i = 0; i < N_FAMILIES; i++) {
		const struct api_family *family = families[i];

		if (!below_root(family, rq->path, &rest))
			continue;
		rs->is_compressible = family->is_json;
		for (const struct api_route *r = family->routes;
		    r->pattern != NULL; r++) {
			if (api_match(r->pattern, rest, family->is_exact,
			    rq->captures, &rq->n_captures)) {
				call(api, family, r, rq, rs);
				return;
			}
		}
		if (family->is_json) {
			api_text(rs, 404, STR("404: Page Not Found"));
			return;
		}
	}
	rs->is_nosniff = true;
	api_text(rs, 404, STR("404 page not found\n"));
}
