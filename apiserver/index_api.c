/* SPDX-License-Identifier: ISC */
/*
 * What there is: "/" for people and /openapi/v3 for their programs, both made
 * from the tables of routes.
 */
#include "config.h"

#include <string.h>

#include "common/json_out.h"

#include "apiserver/api.h"
#include "apiserver/openapi.h"

static void
index_json(const struct api *api, struct api_response *rs)
{
	struct json_out json;

	rs->status = 200;
	rs->content_type = "application/json";
	json_out_begin(&json, &rs->body, JSON_PRETTY_2);
	json_out_object(&json);
	json_out_key(&json, "program");
	json_out_strz(&json, "cheapster-apiserver");
	json_out_key(&json, "version");
	json_out_strz(&json, PACKAGE_VERSION);
	json_out_key(&json, "paths");
	json_out_object(&json);
	for (size_t i = 0; api_families[i] != NULL; i++) {
		const struct api_family *family = api_families[i];

		for (const struct api_route *r = family->routes;
		    api_serves(api, family, false) && r->pattern != NULL; r++) {
			struct buf path = BUF_INIT;

			openapi_path(&path, family, r);
			json_out_key_str(&json, buf_str(&path));
			json_out_strz(&json, r->help);
			buf_fini(&path);
		}
	}
	json_out_object_end(&json);
	json_out_object_end(&json);
	buf_add_char(&rs->body, '\n');
}

static void
add_html(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] == '<')
			buf_addf(out, "&lt;");
		else if (text.p[i] == '&')
			buf_addf(out, "&amp;");
		else
			buf_add_char(out, text.p[i]);
	}
}

/* Paths without a parameter are links. */
static void
add_row(struct buf *out, struct str path, const char *help)
{
	bool is_link = memchr(path.p, '{', path.len) == NULL;

	buf_addf(out, "<tr><td>");
	if (is_link)
		buf_addf(out, "<a href=\"%.*s\">", STR_ARG(path));
	add_html(out, path);
	buf_addf(out, "%s<td>", is_link ? "</a>" : "");
	add_html(out, str_of(help));
	buf_add_char(out, '\n');
}

static void
index_html(const struct api *api, struct api_response *rs)
{
	rs->status = 200;
	rs->content_type = "text/html; charset=utf-8";
	buf_addf(&rs->body, "<!DOCTYPE html>\n<html lang=\"en\">\n"
	    "<title>cheapster</title>\n<h1>cheapster " PACKAGE_VERSION
	    "</h1>\n<table>\n");
	for (size_t i = 0; api_families[i] != NULL; i++) {
		const struct api_family *family = api_families[i];

		for (const struct api_route *r = family->routes;
		    api_serves(api, family, false) && r->pattern != NULL; r++) {
			struct buf path = BUF_INIT;

			openapi_path(&path, family, r);
			add_row(&rs->body, buf_str(&path), r->help);
			buf_fini(&path);
		}
	}
	buf_addf(&rs->body, "</table>\n");
}

static void
root(struct api *api, const struct api_request *rq, struct api_response *rs)
{
	rs->is_compressible = true;
	if (rq->accept.len > 0 &&
	    memmem(rq->accept.p, rq->accept.len, "text/html", 9) != NULL)
		index_html(api, rs);
	else
		index_json(api, rs);
}

static void
openapi(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	(void)rq;
	rs->status = 200;
	rs->content_type = "application/json";
	rs->is_compressible = true;
	openapi_write(&rs->body, api);
}

static const struct api_route index_routes[] = {
	{ "", root, "this list" },
	{ "openapi/v3", openapi, "the same, for programs" },
	{ NULL, NULL, NULL },
};

const struct api_family index_family = {
	.root = "",
	.routes = index_routes,
	.is_exact = true,
};
