/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/base64.h"
#include "common/clock.h"
#include "common/mem.h"
#include "common/percent.h"
#include "common/secret.h"
#include "common/sink.h"

#include "sinks/elastic_mapping.h"
#include "sinks/elastic_server.h"

#define ARENA_BYTES_MAX (16u << 20)
#define AWS_DOMAIN ".amazonaws.com"

/* A piece of userinfo; on the heap. */
static char *
decoded(struct str s)
{
	struct buf out = BUF_INIT;
	char *copy;

	buf_reserve(&out, s.len);	/* so that it has one copy, to wipe */
	if (!percent_decode(&out, s, false))
		buf_reset(&out);
	copy = str_dup(buf_str(&out));
	if (out.p != NULL)
		explicit_bzero(out.p, out.len);
	buf_fini(&out);
	return copy;
}

/* "USER:PASSWORD@" of a URL, which sink_uri_parse() does not keep. */
static void
take_user(struct elastic_server *s, const char *url)
{
	const char *begin = strstr(url, "//"), *at;
	struct str user, password;

	if (begin == NULL || s->node_user != NULL)
		return;
	begin += 2;
	at = memrchr(begin, '@', strcspn(begin, "/?#"));
	if (at == NULL)
		return;
	password = (struct str){ begin, (size_t)(at - begin) };
	user = str_cut(&password, ':');
	s->node_user = decoded(user);
	s->node_password = decoded(password);
}

static bool
add_node(struct elastic_server *s, const struct sink_uri *uri, struct err *err)
{
	struct str path = str_of(uri->path);
	const char *scheme = uri->scheme == NULL ? "http" : uri->scheme;

	if (uri->host == NULL || (strcmp(scheme, "http") != 0 &&
	    strcmp(scheme, "https") != 0))
		return err_set(err, "expected http:// or https:// and a host");
	if (s->n_nodes == ELASTIC_NODES_MAX)
		return err_set(err, "more than %d `nodes`", ELASTIC_NODES_MAX);
	while (path.len > 0 && path.p[path.len - 1] == '/')
		path.len--;
	s->nodes[s->n_nodes++] = xasprintf("%s://%s%.*s", scheme, uri->host,
	    STR_ARG(path));
	return true;
}

/* One of `nodes`. */
static bool
take_node(struct elastic_server *s, const char *url, struct err *err)
{
	struct sink_uri uri;
	bool is_good;

	if (!sink_uri_parse(&uri, str_of(url), err))
		return err_wrap(err, "`nodes`");
	take_user(s, url);
	is_good = add_node(s, &uri, err) || err_wrap(err, "`nodes`");
	sink_uri_fini(&uri);
	return is_good;
}

static bool
take_nodes(struct elastic_server *s, struct sink_uri *uri, struct err *err)
{
	const char *value;
	size_t i = 0;

	while ((value = sink_uri_next(uri, "nodes", &i)) != NULL)
		if (!take_node(s, value, err))
			return false;
	if (s->n_nodes > 0)
		return true;
	if (uri->host == NULL)
		return err_set(err, "there is no node assigned for connecting "
		    "ES cluster");
	return add_node(s, uri, err);
}

/* An id and a key, or both as the server encodes them. */
static char *
api_key_header(const char *key)
{
	struct buf encoded = BUF_INIT;
	char *header;

	if (strchr(key, ':') == NULL)
		return xasprintf("ApiKey %s", key);
	base64_encode(&encoded, str_of(key));
	header = xasprintf("ApiKey %.*s", STR_ARG(buf_str(&encoded)));
	explicit_bzero(encoded.p, encoded.len);
	buf_fini(&encoded);
	return header;
}

static void
authorize(struct elastic_server *s)
{
	secret_free(s->authorization);
	s->authorization = s->api_key.value != NULL ?
	    api_key_header(s->api_key.value) : s->token.value != NULL ?
	    xasprintf("Bearer %s", s->token.value) : NULL;
	if (s->password.value != NULL)
		s->http->identity.password = s->password.value;
}

static const char *
environment(const char *name, const char *other_name)
{
	const char *value = getenv(name);

	return value != NULL ? value : getenv(other_name);
}

/* "search-x.eu-west-1.es.amazonaws.com": both are in it. */
static void
take_aws_host(const char *node, struct str *region, struct str *service)
{
	const char *host = strstr(node, "//") + 2;
	struct str name = { host, strcspn(host, ":/") };
	struct str labels[2] = { { NULL, 0 }, { NULL, 0 } };

	if (name.len <= strlen(AWS_DOMAIN) || memcmp(name.p + name.len -
	    strlen(AWS_DOMAIN), AWS_DOMAIN, strlen(AWS_DOMAIN)) != 0)
		return;
	name.len -= strlen(AWS_DOMAIN);
	while (name.p != NULL) {
		labels[0] = labels[1];
		labels[1] = str_cut(&name, '.');
	}
	if (region->p == NULL)
		*region = labels[0];
	if (service->p == NULL)
		*service = labels[1];
}

static bool
open_aws(struct elastic_server *s, struct sink_uri *uri, struct err *err)
{
	const char *id = environment("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY");
	const char *key = environment("AWS_SECRET_ACCESS_KEY",
	    "AWS_SECRET_KEY");
	const char *session = getenv("AWS_SESSION_TOKEN");
	struct str region = str_of(sink_uri_string(uri, "region"));
	struct str service = str_of(sink_uri_string(uri, "service"));

	if (id == NULL && key == NULL)
		return true;
	if (id == NULL || key == NULL)
		return err_set(err, "AWS_ACCESS_KEY_ID and "
		    "AWS_SECRET_ACCESS_KEY go together");
	take_aws_host(s->nodes[0], &region, &service);
	if (region.p == NULL)
		region = str_of(environment("AWS_REGION",
		    "AWS_DEFAULT_REGION"));
	if (region.p == NULL)
		return err_set(err, "`region` is not given, nor is it in the "
		    "host's name or AWS_REGION");
	if (service.p == NULL)
		service = STR("es");
	s->sigv4 = xasprintf("aws:amz:%.*s:%.*s", STR_ARG(region),
	    STR_ARG(service));
	if (session != NULL && *session != '\0')
		s->session_token = xasprintf("X-Amz-Security-Token: %s",
		    session);
	s->http->sigv4 = s->sigv4;
	s->http->identity.user = id;
	s->http->identity.password = key;
	return true;
}

static bool
open_identity(struct elastic_server *s, struct sink_uri *uri, struct err *err)
{
	const char *user = sink_uri_string(uri, "esUserName");

	if (!sink_secret_open(&s->password, uri, "esUserSecret", err) ||
	    !sink_secret_open(&s->api_key, uri, "apiKey", err) ||
	    !sink_secret_open(&s->token, uri, "token", err))
		return false;
	if ((user != NULL) != (s->password.value != NULL))
		return err_set(err, "`esUserName` and `esUserSecret` go "
		    "together");
	if ((user != NULL) + (s->api_key.value != NULL) +
	    (s->token.value != NULL) > 1)
		return err_set(err, "`esUserName`, `apiKey` and `token`: one "
		    "of them is enough");
	authorize(s);
	if (user != NULL) {
		s->http->identity.user = user;
	} else if (s->authorization == NULL && s->node_user != NULL) {
		s->http->identity.user = s->node_user;
		s->http->identity.password = s->node_password;
	} else if (s->authorization == NULL) {
		return open_aws(s, uri, err);
	}
	return true;
}

static bool
take_version(struct elastic_server *s, struct sink_uri *uri, struct err *err)
{
	const char *version = sink_uri_string(uri, "ver");
	const char *mode = sink_uri_string(uri, "mode");

	if (version != NULL &&
	    !elastic_version_find(str_of(version), &s->version))
		return err_set(err, "`ver` is auto, 2, 5, 6, 7, 8, 9 or "
		    "opensearch");
	if (mode != NULL && strcmp(mode, "data_stream") != 0 &&
	    strcmp(mode, "index") != 0)
		return err_set(err, "`mode` is index or data_stream");
	s->is_stream = mode != NULL && strcmp(mode, "data_stream") == 0;
	s->index = sink_uri_string(uri, "index");
	if (s->index == NULL)
		s->index = "heapster";
	s->want_template = true;
	return elastic_index_check(str_of(s->index), err) &&
	    sink_uri_bool(uri, "sniff", &s->want_sniff, err) &&
	    sink_uri_bool(uri, "template", &s->want_template, err);
}

bool
elastic_server_open(struct elastic_server *s, struct http_client *http,
    struct sink_uri *uri, struct err *err)
{
	*s = (struct elastic_server){ .http = http };
	arena_init(&s->arena, ARENA_BYTES_MAX);
	return take_nodes(s, uri, err) && take_version(s, uri, err) &&
	    open_identity(s, uri, err);
}

void
elastic_server_close(struct elastic_server *s)
{
	for (size_t i = 0; i < s->n_nodes; i++)
		free(s->nodes[i]);
	sink_secret_fini(&s->password);
	sink_secret_fini(&s->api_key);
	sink_secret_fini(&s->token);
	secret_free(s->authorization);
	secret_free(s->node_password);
	secret_free(s->session_token);
	free(s->node_user);
	free(s->sigv4);
	free(s->url);
	if (s->arena.max_bytes > 0)
		arena_fini(&s->arena);
}

void
elastic_server_request(struct elastic_server *s, const char *path,
    struct http_request *request)
{
	free(s->url);
	s->url = xasprintf("%s%s", s->nodes[s->node], path);
	*request = (struct http_request){
		.url = s->url,
		.authorization = s->authorization,
		.headers = { s->session_token },
	};
}

bool
elastic_server_elsewhere(struct elastic_server *s,
    const struct http_answer *answer)
{
	if (answer->status != 0 && answer->status != 502 &&
	    answer->status != 503 && answer->status != 504) {
		elastic_server_answered(s);
		return false;
	}
	if (sink_is_stopping())
		return false;
	if (s->n_nodes > 1 && log_onset(&s->failing, clock_mono_ns()))
		log_warn("node_failed node=%s status=%d error=%s",
		    log_qs(s->nodes[s->node]), answer->status,
		    log_qs(answer->status == 0 ? answer->error : ""));
	s->node = (s->node + 1) % s->n_nodes;
	s->n_failed = (s->n_failed + 1) % s->n_nodes;
	return s->n_failed != 0;
}

void
elastic_server_answered(struct elastic_server *s)
{
	s->n_failed = 0;
	log_clear(&s->failing);
}

void
elastic_server_renew(struct elastic_server *s)
{
	struct err err;

	if (!sink_secret_reload(&s->password, &err) ||
	    !sink_secret_reload(&s->api_key, &err) ||
	    !sink_secret_reload(&s->token, &err))
		log_warn("secret_not_read error=%s", log_qs(err.msg));
	authorize(s);
}
