/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/percent.h"
#include "common/secret.h"

#include "sinks/delivery.h"
#include "sinks/influx_server.h"
#include "sinks/influxql.h"

#define FORM "application/x-www-form-urlencoded"
#define CONFLICT "retention policy conflicts"
#define EXISTS "already exists"

/* A value in a URL; on the heap. */
static char *
encoded(const char *text)
{
	struct buf out = BUF_INIT;
	char *copy;

	percent_encode(&out, str_of(text));
	copy = str_dup(buf_str(&out));
	buf_fini(&out);
	return copy;
}

/* Heapster looked at `secure` alone, not at the scheme. */
static bool
make_base_url(struct influx_server *s, struct sink_uri *uri, struct err *err)
{
	bool is_secure = uri->scheme != NULL &&
	    strcmp(uri->scheme, "https") == 0;
	struct str path = str_of(uri->path);

	if (!sink_uri_bool(uri, "secure", &is_secure, err))
		return false;
	while (path.len > 0 && path.p[path.len - 1] == '/')
		path.len--;
	s->base_url = xasprintf("%s://%s%.*s", is_secure ? "https" : "http",
	    uri->host == NULL ? "localhost:8086" : uri->host, STR_ARG(path));
	return true;
}

static bool
choose_version(struct influx_server *s, struct sink_uri *uri, struct err *err)
{
	uint64_t version = sink_uri_has(uri, "token") ||
	    sink_uri_has(uri, "token-file") || sink_uri_has(uri, "token-env") ||
	    sink_uri_has(uri, "org") || sink_uri_has(uri, "bucket") ? 2 : 1;

	if (!sink_uri_u64(uri, "apiversion", &version, err))
		return false;
	if (version != 1 && version != 2)
		return err_set(err, "`apiversion` is 1 or 2");
	s->is_version_2 = version == 2;
	return true;
}

static void
authorize(struct influx_server *s)
{
	if (!s->is_version_2) {
		s->http->identity.user = *s->user == '\0' ? NULL : s->user;
		s->http->identity.password = s->secret.value != NULL ?
		    s->secret.value : "root";
		return;
	}
	secret_free(s->authorization);
	s->authorization = s->secret.value == NULL ? NULL :
	    xasprintf("Token %s", s->secret.value);
}

static bool
open_version_1(struct influx_server *s, struct sink_uri *uri, struct err *err)
{
	const char *user = sink_uri_string(uri, "user");
	char *database;
	struct str ignored;

	s->user = user != NULL ? user : sink_uri_has(uri, "user") ? "" : "root";
	s->database = sink_uri_string(uri, "db");
	if (s->database == NULL)
		s->database = "k8s";
	s->retention = sink_uri_string(uri, "retention");
	if (s->retention != NULL &&
	    !influxql_retention(str_of(s->retention), &ignored))
		return err_set(err, "`retention` is no duration like 7d or "
		    "INF");
	database = encoded(s->database);
	s->write_url = xasprintf("%s/write?consistency=&db=%s&precision=&rp="
	    INFLUX_POLICY, s->base_url, database);
	free(database);
	return sink_secret_open(&s->secret, uri, "pw", err);
}

static bool
open_version_2(struct influx_server *s, struct sink_uri *uri, struct err *err)
{
	const char *org_text = sink_uri_string(uri, "org");
	char *org, *bucket;

	s->database = sink_uri_string(uri, "bucket");
	if (s->database == NULL)
		s->database = sink_uri_string(uri, "db");
	if (s->database == NULL)
		s->database = "k8s";
	org = encoded(org_text == NULL ? "" : org_text);
	bucket = encoded(s->database);
	s->write_url = xasprintf("%s/api/v2/write?org=%s&bucket=%s"
	    "&precision=ns", s->base_url, org, bucket);
	free(org);
	free(bucket);
	return sink_secret_open(&s->secret, uri, "token", err);
}

bool
influx_server_open(struct influx_server *s, struct http_client *http,
    struct sink_uri *uri, struct err *err)
{
	*s = (struct influx_server){ .http = http };
	if (!make_base_url(s, uri, err) || !choose_version(s, uri, err))
		return false;
	if (!(s->is_version_2 ? open_version_2(s, uri, err) :
	    open_version_1(s, uri, err)))
		return false;
	authorize(s);
	return true;
}

void
influx_server_close(struct influx_server *s)
{
	free(s->base_url);
	free(s->write_url);
	secret_free(s->authorization);
	sink_secret_fini(&s->secret);
}

void
influx_server_renew(struct influx_server *s)
{
	struct err err;

	if (sink_secret_reload(&s->secret, &err))
		authorize(s);
	else
		log_warn("secret_not_read error=%s", log_qs(err.msg));
}

/* Asks for a statement; *error is what the server has against it. */
static bool
run(struct influx_server *s, const struct buf *statement, struct str *error,
    struct err *err)
{
	struct buf form = BUF_INIT;
	char *url = xasprintf("%s/query", s->base_url);
	struct http_request request = {
		.url = url,
		.type = FORM,
		.is_short = true,
	};
	struct http_answer answer;
	enum http_verdict verdict;

	buf_add_str(&form, STR("q="));
	percent_encode(&form, buf_str(statement));
	request.body = buf_str(&form);
	http_ask(s->http, &request, &answer);
	buf_fini(&form);
	free(url);
	*error = influxql_error(answer.body);
	verdict = http_verdict(answer.status);
	if (answer.status == 401)
		influx_server_renew(s);
	/* 403: this user may write perhaps, but not make databases. */
	if (verdict == HTTP_TAKEN || verdict == HTTP_REFUSED ||
	    answer.status == 403) {
		if (verdict != HTTP_TAKEN && error->p == NULL)
			*error = answer.body.p == NULL ? STR("") : answer.body;
		return true;
	}
	return delivery_error(err, "make the database", &answer);
}

static bool
has(struct str text, const char *word)
{
	return text.len > 0 &&
	    memmem(text.p, text.len, word, strlen(word)) != NULL;
}

/* There is a database, but its policy is missing or another one. */
static bool
prepare_policy(struct influx_server *s, struct str retention,
    struct str *error, struct err *err)
{
	struct buf statement = BUF_INIT;
	bool is_asked;

	influxql_create_policy(&statement, str_of(s->database), retention);
	is_asked = run(s, &statement, error, err);
	if (is_asked && has(*error, EXISTS)) {
		*error = (struct str){ NULL, 0 };
		buf_reset(&statement);
		influxql_alter_policy(&statement, str_of(s->database),
		    retention);
		if (s->retention != NULL)
			is_asked = run(s, &statement, error, err);
	}
	buf_fini(&statement);
	return is_asked;
}

bool
influx_server_prepare(struct influx_server *s, struct err *err)
{
	struct buf statement = BUF_INIT;
	struct str retention = STR("INF"), error;
	bool is_asked;

	if (s->is_version_2 || s->is_prepared)
		return true;
	if (s->retention != NULL)
		influxql_retention(str_of(s->retention), &retention);
	influxql_create_database(&statement, str_of(s->database), retention);
	is_asked = run(s, &statement, &error, err);
	buf_fini(&statement);
	if (is_asked && has(error, CONFLICT))
		is_asked = prepare_policy(s, retention, &error, err);
	if (!is_asked)
		return false;
	s->is_prepared = true;
	if (error.p == NULL)
		log_clear(&s->not_made);
	else if (log_onset(&s->not_made, clock_mono_ns()))
		log_warn("database_not_made database=%s error=%s",
		    log_qs(s->database), log_q(error));
	return true;
}

static bool
check_version_1(struct influx_server *s, struct err *err)
{
	struct buf statement = BUF_INIT;
	struct str error;
	bool is_asked;

	buf_add_str(&statement, STR("SHOW DATABASES"));
	is_asked = run(s, &statement, &error, err);
	buf_fini(&statement);
	if (is_asked && error.p != NULL)
		return err_set(err, "ask for databases: %.*s", STR_ARG(error));
	return is_asked || err_wrap(err, "%s", s->base_url);
}

/* No points: what is said of them does not matter. */
static bool
check_version_2(struct influx_server *s, struct err *err)
{
	struct http_request request = {
		.url = s->write_url,
		.body = STR("\n"),
		.type = "text/plain; charset=utf-8",
		.authorization = s->authorization,
		.is_short = true,
	};
	struct http_answer answer;

	http_ask(s->http, &request, &answer);
	return http_verdict(answer.status) == HTTP_TAKEN ||
	    answer.status == 400 || delivery_error(err, s->base_url, &answer);
}

bool
influx_server_check(struct influx_server *s, struct err *err)
{
	return s->is_version_2 ? check_version_2(s, err) :
	    check_version_1(s, err);
}
