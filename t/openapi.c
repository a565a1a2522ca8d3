/* SPDX-License-Identifier: ISC */
/* The index and the OpenAPI document have every route, and nothing else. */
#include "config.h"

#include <jansson.h>

#include "apiserver/api.h"
#include "apiserver/historical.h"
#include "apiserver/openapi.h"

#include "t/tap.h"

static bool has_history = true;

static json_t *
ask(const char *path, const char *accept, struct api_response *rs)
{
	static struct historical historical;
	struct api api = {
		.store = NULL,
		.historical = has_history ? &historical : NULL,
	};
	struct api_request request = {
		.method = STR("GET"), .path = str_of(path),
		.accept = str_of(accept),
	};
	json_t *json;

	*rs = (struct api_response){ .status = 0 };
	api_answer(&api, &request, rs);
	is_i64(rs->status, 200, "%s is there", path);
	json = json_loadb(rs->body.p, rs->body.len, 0, NULL);
	api_fini(&api);
	return json;
}

/* The parameters of a path are those of its braces, in their order. */
static void
check_parameters(const char *path, const json_t *list)
{
	struct str rest = str_of(path);
	size_t n = 0, n_path = 0, i;
	json_t *parameter;

	while (memchr(rest.p, '{', rest.len) != NULL) {
		const char *name = json_string_value(json_object_get(
		    json_array_get(list, n++), "name"));
		struct str own;

		str_cut(&rest, '{');
		own = str_cut(&rest, '}');
		ok(name != NULL && str_is(own, name), "%.*s of %s",
		    STR_ARG(own), path);
		if (rest.p == NULL)
			break;
	}
	json_array_foreach(list, i, parameter)
		n_path += strcmp(json_string_value(json_object_get(parameter,
		    "in")), "path") == 0;
	is_u64(n_path, n, "%s has no other", path);
}

static void
check_schema(const json_t *document, const json_t *get)
{
	const json_t *content = json_object_get(json_object_get(
	    json_object_get(get, "responses"), "200"), "content");
	const char *reference = json_string_value(json_object_get(
	    json_object_get(json_object_get(content, "application/json"),
	    "schema"), "$ref"));

	if (reference != NULL)
		ok(json_object_get(json_object_get(json_object_get(document,
		    "components"), "schemas"), strrchr(reference, '/') + 1) !=
		    NULL, "%s is described", reference);
}

static void
test_document(void)
{
	struct api_response rs, index;
	json_t *document = ask("/openapi/v3", NULL, &rs);
	json_t *list = ask("/", NULL, &index);
	json_t *paths = json_object_get(document, "paths");
	json_t *listed = json_object_get(list, "paths");
	size_t n = 0;

	ok(paths != NULL && listed != NULL, "both are JSON");
	for (size_t i = 0; api_families[i] != NULL; i++)
		for (const struct api_route *r = api_families[i]->routes;
		    api_families[i]->port != API_SECURE &&
		    r->pattern != NULL; r++) {
			struct buf path = BUF_INIT;
			json_t *get;

			openapi_path(&path, api_families[i], r);
			buf_add_char(&path, '\0');
			get = json_object_get(json_object_get(paths, path.p),
			    "get");
			ok(get != NULL && json_object_get(listed, path.p) !=
			    NULL, "%s is in both", path.p);
			check_parameters(path.p, json_object_get(get,
			    "parameters"));
			check_schema(document, get);
			buf_fini(&path);
			n++;
		}
	is_u64(json_object_size(paths), n, "there are no others");
	ok(json_object_get(paths, "/api/v1/model/namespaces/{namespace}/pods/"
	    "{pod}/containers/{container}/metrics/{metric}") != NULL,
	    "parameters have names");
	json_decref(document);
	json_decref(list);
	buf_fini(&rs.body);
	buf_fini(&index.body);
}

static void
test_page(void)
{
	struct api_response rs;
	const char *link = "<a href=\"/api/v1/model/nodes\">";

	ok(ask("/", "text/html,*/*;q=0.8", &rs) == NULL,
	    "a browser gets no JSON");
	is_str(rs.content_type, "text/html; charset=utf-8", "but a page");
	ok(memmem(rs.body.p, rs.body.len, link, strlen(link)) != NULL,
	    "with links");
	ok(memmem(rs.body.p, rs.body.len, "href=\"/api/v1/model/nodes/{",
	    27) == NULL, "where one can go");
	buf_fini(&rs.body);
}

static void
test_without_history(void)
{
	struct api_response rs;
	json_t *document;

	has_history = false;
	document = ask("/openapi/v3", NULL, &rs);
	ok(json_object_get(json_object_get(document, "paths"),
	    "/api/v1/historical/nodes") == NULL, "nobody has history");
	ok(json_object_get(json_object_get(document, "paths"),
	    "/api/v1/model/nodes") != NULL, "but the rest is there");
	json_decref(document);
	buf_fini(&rs.body);
	has_history = true;
}

int
main(void)
{
	test_document();
	test_without_history();
	test_page();
	return done_testing();
}
