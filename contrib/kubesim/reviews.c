/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <event2/buffer.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#include "contrib/kubesim/reviews.h"

#define TOKENS "/apis/authentication.k8s.io/v1/tokenreviews"
#define ACCESSES "/apis/authorization.k8s.io/v1/subjectaccessreviews"
#define CONFIG "/api/v1/namespaces/kube-system/configmaps/" \
	"extension-apiserver-authentication"

struct reviews_stats reviews_stats;
static const char *config_path;

static bool
ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), n_end = strlen(end);

	return n >= n_end && strcmp(text + n - n_end, end) == 0;
}

static bool
is_user(const char *token)
{
	return strncmp(token, "good", 4) == 0;
}

const char *
reviews_user(struct evhttp_request *request)
{
	const char *said = evhttp_find_header(
	    evhttp_request_get_input_headers(request), "Authorization");

	return said != NULL && strncmp(said, "Bearer ", 7) == 0 &&
	    is_user(said + 7) ? said + 7 : NULL;
}

static json_t *
token_status(const json_t *spec)
{
	const char *token = json_string_value(json_object_get(spec, "token"));
	json_t *status;
	char *uid;

	reviews_stats.tokens++;
	if (token == NULL || !is_user(token))
		return json_pack("{s:b,s:s}", "authenticated", 0, "error",
		    "unknown token");
	uid = xasprintf("uid-%s", token);
	status = json_pack("{s:b,s:{s:s,s:s,s:[s,s]}}", "authenticated", 1,
	    "user", "username", token, "uid", uid, "groups", "testers",
	    "system:authenticated");
	free(uid);
	return status;
}

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "" : text;
}

static bool
is_one_of(const char *text, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(text, *list) == 0)
			return true;
	return false;
}

static bool
may(const json_t *spec)
{
	static const char *const open[] = { "/healthz", "/livez", "/readyz",
		"/version", NULL };
	static const char *const reading[] = { "get", "list", "watch", NULL };
	const json_t *on = json_object_get(spec, "resourceAttributes");
	const json_t *path = json_object_get(spec, "nonResourceAttributes");
	const char *user = text_of(spec, "user");
	const char *verb = text_of(on != NULL ? on : path, "verb");

	if (*user == '\0' || ends_with(user, "-denied") ||
	    strcmp(user, "bob") == 0)
		return false;
	if (strcmp(user, "system:anonymous") == 0)
		return strcmp(verb, "get") == 0 &&
		    is_one_of(text_of(path, "path"), open);
	if (ends_with(user, "-alpha"))
		return strncmp(text_of(path, "path"), "/api", 4) == 0 ||
		    strcmp(text_of(on, "namespace"), "alpha") == 0;
	return !ends_with(user, "-reader") || is_one_of(verb, reading);
}

static json_t *
access_status(const json_t *spec)
{
	bool is_allowed = may(spec);

	reviews_stats.accesses++;
	return is_allowed ? json_pack("{s:b,s:s}", "allowed", 1, "reason",
	    "everybody may") : json_pack("{s:b}", "allowed", 0);
}

void
reviews_set_config(const char *path)
{
	config_path = path;
}

static bool
handle_config(struct evhttp_request *request, const char *path)
{
	json_t *data, *map;
	struct buf body = BUF_INIT;
	char *text;

	if (config_path == NULL || strcmp(path, CONFIG) != 0)
		return false;
	reviews_stats.configs++;
	data = json_load_file(config_path, 0, NULL);
	if (data == NULL) {
		web_refuse(request, 500, "InternalError", "no such file");
		return true;
	}
	map = json_pack("{s:s,s:s,s:{s:s,s:s},s:o}", "kind", "ConfigMap",
	    "apiVersion", "v1", "metadata", "name",
	    "extension-apiserver-authentication", "namespace", "kube-system",
	    "data", data);
	text = json_dumps(map, JSON_COMPACT);
	buf_addf(&body, "%s", text);
	web_reply(request, 200, "application/json", &body);
	buf_fini(&body);
	free(text);
	json_decref(map);
	return true;
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
		return handle_config(request, path);
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
