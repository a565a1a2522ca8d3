/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/authority.h"
#include "common/clock.h"
#include "common/mem.h"

#include "sinks/delivery.h"
#include "sinks/elastic_answer.h"
#include "sinks/elastic_mapping.h"
#include "sinks/elastic_server.h"
#include "sinks/format_elasticsearch.h"

/*
 * Asks nodes until one says something that another one would say as well.
 * False: later perhaps, or with other credentials.
 */
static bool
ask(struct elastic_server *s, const char *method, const char *path,
    const struct buf *body, struct http_answer *answer, struct err *err)
{
	struct http_request request;
	enum http_verdict verdict;

	do {
		elastic_server_request(s, path, &request);
		request.method = method;
		request.is_short = true;
		if (body != NULL) {
			request.body = buf_str(body);
			request.type = "application/json";
		}
		http_ask(s->http, &request, answer);
		verdict = http_verdict(answer->status);
	} while (verdict != HTTP_TAKEN && elastic_server_elsewhere(s, answer));
	if (verdict == HTTP_TAKEN)
		elastic_server_answered(s);
	if (answer->status == 401)
		elastic_server_renew(s);
	return (verdict != HTTP_AGAIN && answer->status != 401 &&
	    answer->status != 407) || delivery_error(err, s->url, answer);
}

static bool
is_taken(const struct http_answer *answer)
{
	return http_verdict(answer->status) == HTTP_TAKEN;
}

bool
elastic_server_find_version(struct elastic_server *s, struct err *err)
{
	struct http_answer answer;
	bool is_known;

	if (s->version != ELASTIC_UNKNOWN)
		return true;
	if (!ask(s, NULL, "/", NULL, &answer, err))
		return false;
	if (!is_taken(&answer)) {
		delivery_error(err, s->url, &answer);
		return err_wrap(err, "ask for the version, which `ver` would "
		    "say");
	}
	is_known = elastic_version_answer(answer.body, &s->arena, &s->version,
	    err);
	arena_reset(&s->arena);
	if (is_known && s->version != s->said_version)
		log_info("elasticsearch_version like=%d", (int)s->version);
	if (is_known)
		s->said_version = s->version;
	return is_known || err_wrap(err, "%s", s->url);
}

bool
elastic_server_doubt_version(struct elastic_server *s)
{
	if (s->said_version == ELASTIC_UNKNOWN)
		return false;
	s->version = ELASTIC_UNKNOWN;
	elastic_server_forget(s);
	return true;
}

static bool
is_known(const struct elastic_server *s, const char *node)
{
	for (size_t i = 0; i < s->n_nodes; i++)
		if (strcmp(s->nodes[i], node) == 0)
			return true;
	return false;
}

static void
on_address(void *arg, struct str address)
{
	struct elastic_server *s = arg;
	struct err err;
	char *node;

	if (s->n_nodes == ELASTIC_NODES_MAX ||
	    !authority_check(address, false, &err))
		return;
	node = xasprintf("%.*s://%.*s", (int)strcspn(s->nodes[0], ":"),
	    s->nodes[0], STR_ARG(address));
	if (is_known(s, node)) {
		free(node);
		return;
	}
	s->nodes[s->n_nodes++] = node;
	log_info("node_found node=%s", log_qs(node));
}

/* Nodes that nobody has named; without them it goes on as well. */
static bool
sniff(struct elastic_server *s, struct err *err)
{
	struct http_answer answer;

	if (!s->want_sniff)
		return true;
	if (!ask(s, NULL, "/_nodes/http", NULL, &answer, err))
		return false;
	s->want_sniff = false;
	if (!is_taken(&answer) ||
	    !elastic_nodes_answer(answer.body, &s->arena, on_address, s))
		log_warn("nodes_not_found url=%s status=%d", log_qs(s->url),
		    answer.status);
	arena_reset(&s->arena);
	return true;
}

/* What was not made may be there all the same, or not be needed. */
static void
note_made(struct elastic_server *s, const char *what,
    const struct http_answer *answer)
{
	struct err err;

	if (is_taken(answer)) {
		log_clear(&s->not_made);
		return;
	}
	if (answer->body.len > 0 && memmem(answer->body.p, answer->body.len,
	    "already_exists", strlen("already_exists")) != NULL)
		return;
	delivery_error(&err, s->url, answer);
	if (log_onset(&s->not_made, clock_mono_ns()))
		log_warn("%s_not_made error=%s", what, log_qs(err.msg));
}

/* Makes it unless it is there. */
static bool
make(struct elastic_server *s, const char *what, const char *path,
    const struct buf *body, struct err *err)
{
	struct http_answer answer;

	if (!ask(s, "HEAD", path, NULL, &answer, err))
		return false;
	if (is_taken(&answer))
		return true;
	if (answer.status == 404 &&
	    !ask(s, "PUT", path, body, &answer, err))
		return false;
	note_made(s, what, &answer);
	return true;
}

static bool
make_template(struct elastic_server *s, struct err *err)
{
	struct buf path = BUF_INIT, body = BUF_INIT;
	bool is_done;

	buf_add_char(&path, '/');
	elastic_template_path(&path, str_of(s->index), s->version,
	    s->is_stream);
	elastic_template_body(&body, str_of(s->index), s->version,
	    s->is_stream);
	buf_pad(&path);
	is_done = make(s, "template", path.p, &body, err);
	buf_fini(&path);
	buf_fini(&body);
	return is_done;
}

/* The index of a day, in versions 2 and 5. */
static bool
make_index(struct elastic_server *s, int64_t day_ns, struct err *err)
{
	struct buf path = BUF_INIT, body = BUF_INIT;
	struct http_answer answer;
	struct str day;
	bool is_done;

	buf_add_char(&path, '/');
	elastic_index_name(&path, str_of(s->index), day_ns);
	buf_pad(&path);
	day = (struct str){ path.p + 1, path.len - 1 };
	elastic_index_body(&body);
	is_done = make(s, "index", path.p, &body, err);
	if (is_done) {
		buf_reset(&body);
		elastic_aliases_body(&body, str_of(s->index), day);
		is_done = ask(s, NULL, "/_aliases", &body, &answer, err);
	}
	if (is_done)
		note_made(s, "aliases", &answer);
	buf_fini(&path);
	buf_fini(&body);
	return is_done;
}

static bool
has_day(const struct elastic_server *s, int64_t day_ns)
{
	for (size_t i = 0; i < s->n_days; i++)
		if (s->days[i] == day_ns)
			return true;
	return false;
}

bool
elastic_server_prepare(struct elastic_server *s, int64_t day_ns,
    struct err *err)
{
	if (!sniff(s, err))
		return false;
	if (!s->want_template)
		return true;
	if (s->version >= ELASTIC_6) {
		s->is_prepared = s->is_prepared || make_template(s, err);
		return s->is_prepared;
	}
	if (has_day(s, day_ns))
		return true;
	if (!make_index(s, day_ns, err))
		return false;
	if (s->n_days == ELASTIC_DAYS_MAX)
		s->n_days = 0;
	s->days[s->n_days++] = day_ns;
	return true;
}

void
elastic_server_forget(struct elastic_server *s)
{
	s->is_prepared = false;
	s->n_days = 0;
}

bool
elastic_server_check(struct elastic_server *s, struct err *err)
{
	if (!elastic_server_find_version(s, err))
		return false;
	for (s->node = 0; s->node < s->n_nodes; s->node++) {
		struct http_request request;
		struct http_answer answer;

		elastic_server_request(s, "/", &request);
		http_ask(s->http, &request, &answer);
		if (!is_taken(&answer))
			return delivery_error(err, s->url, &answer);
	}
	s->node = 0;
	return true;
}
