/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <event2/buffer.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "contrib/kubesim/reviews.h"

#define TOKENS "/apis/authentication.k8s.io/v1/tokenreviews"
#define ACCESSES "/apis/authorization.k8s.io/v1/subjectaccessreviews"

static bool
ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), n_end = strlen(end);

	return n >= n_end && strcmp(text + n - n_end, end) == 0;
}

static json_t *
token_status(const json_t *spec)
{
	const char *token = json_string_value(json_object_get(spec, "token"));

	if (token == NULL || strncmp(token, "good", 4) != 0)
		return json_pack("{s:b,s:s}", "authenticated", 0, "error",
		    "unknown token");
	return json_pack("{s:b,s:{s:s,s:[s]}}", "authenticated", 1, "user",
	    "username", token, "groups", "system:authenticated");
}

static json_t *
access_status(const json_t *spec)
{
	const char *user = json_string_value(json_object_get(spec, "user"));
	bool is_allowed = user != NULL && !ends_with(user, "-denied");

	return json_pack("{s:b,s:s}", "allowed", is_allowed, "reason",
	    is_allowed ? "everybody may" : "no rule");
}

bool
reviews_handle(struct evhttp_request *request, const char *path)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(request);
	size_t len = evbuffer_get_length(in);
	bool is_token = strcmp(path, TOKENS) == 0;
	json_t *review;
	struct buf body = BUF_INIT;
	char *text;

	if (!is_token && strcmp(path, ACCESSES) != 0)
		return false;
	review = json_loadb((const char *)evbuffer_pullup(in, -1), len, 0,
	    NULL);
	if (!json_is_object(review)) {
		json_decref(review);
		web_refuse(request, 400, "BadRequest", "no review");
		return true;
	}
	json_object_set_new(review, "status", is_token ?
	    token_status(json_object_get(review, "spec")) :
	    access_status(json_object_get(review, "spec")));
	text = json_dumps(review, JSON_COMPACT);
	buf_addf(&body, "%s", text);
	web_reply(request, 201, "application/json", &body);
	buf_fini(&body);
	free(text);
	json_decref(review);
	return true;
}
