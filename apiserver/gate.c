/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/timestamp.h"

#include "apiserver/client_cert.h"
#include "apiserver/gate.h"
#include "apiserver/identify.h"
#include "apiserver/status.h"

/* Of a connection, from its first request to its end. */
struct passage {
	struct review_waiter waiter;	/* first: see on_review() */
	struct gate *gate;
	struct connection *connection;
	struct http_request request;	/* in hand; of connection->in */
	struct attributes attributes;
	struct user user;
	struct client_cert cert;
	uint64_t generation;		/* of what it was verified with */
	int64_t verified_s;		/* when; 0: never */
	bool is_waiting;
};

bool
gate_is_always_allowed(const struct opt_list *list, struct str path)
{
	for (size_t i = 0; i < list->n; i++) {
		struct str item = str_of(list->items[i]);

		if (item.len > 1 && item.p[item.len - 1] == '*') {
			item.len--;
			if (item.p[item.len - 1] == '/' &&
			    str_has_prefix(path, item))
				return true;
		} else if (item.len > 0 && str_eq(path, item)) {
			return true;
		}
	}
	return false;
}

static void
stop_waiting(struct passage *p)
{
	review_cancel(&p->waiter);
	p->gate->n_waiting -= p->is_waiting;
	p->is_waiting = false;
}

/* What a request was about is not kept while a connection is idle: it may be
 * much. */
static void
forget_request(struct passage *p)
{
	attributes_fini(&p->attributes);
	user_fini(&p->user);
}

static bool
refuse(struct passage *p, int status, const char *reason, struct str message)
{
	struct api_response rs = { .is_nosniff = status == 403 };

	stop_waiting(p);
	status_write(&rs, &(struct status_text){
		.code = status,
		.reason = reason,
		.message = message,
		.has_details = status == 403 || status == 404,
		.group = status == 403 ? p->attributes.group : STR(""),
		.kind = status == 403 ? p->attributes.resource : STR(""),
		.name = status == 403 ? p->attributes.name : STR(""),
	});
	p->gate->on_refuse(p->gate->arg, p->connection, &rs);
	buf_fini(&rs.body);
	forget_request(p);
	return false;
}

static bool
refuse_unknown(struct passage *p)
{
	return refuse(p, 401, "Unauthorized", STR("Unauthorized"));
}

static bool
refuse_crowd(struct passage *p)
{
	return refuse(p, 429, "TooManyRequests",
	    STR("too many requests, please try again later"));
}

static bool
refuse_denied(struct passage *p, const char *reason)
{
	struct buf message = BUF_INIT;

	attributes_explain(&p->attributes, buf_str(&p->user.name), &message);
	if (*reason != '\0')
		buf_addf(&message, ": %s", reason);
	refuse(p, 403, "Forbidden", buf_str(&message));
	buf_fini(&message);
	return false;
}

/* As Go's http.Error() writes it: no Status. */
static bool
refuse_unasked(struct passage *p, const char *error)
{
	struct api_response rs = { .is_nosniff = true, .status = 500,
		.content_type = "text/plain; charset=utf-8" };

	stop_waiting(p);
	buf_addf(&rs.body, "Internal Server Error: \"%.*s\": %s\n",
	    STR_ARG(p->request.path), error);
	p->gate->on_refuse(p->gate->arg, p->connection, &rs);
	buf_fini(&rs.body);
	forget_request(p);
	return false;
}

static void on_review(struct review_waiter *w, const struct review *r);

static bool
begin_waiting(struct passage *p)
{
	bool is_stranger = p->user.name.len == 0 ||
	    user_is_anonymous(&p->user);

	if (p->waiter.review == NULL)
		return refuse_crowd(p);
	if (p->is_waiting)
		return false;
	p->is_waiting = true;
	p->gate->n_waiting++;
	if (p->gate->n_waiting > (is_stranger ? GATE_STRANGERS_MAX :
	    GATE_WAITING_MAX))
		return refuse_crowd(p);
	return false;
}

static bool
take_access(struct passage *p, const struct review *r)
{
	if (r->is_failed)
		return refuse_unasked(p, "the kube-apiserver could not be "
		    "asked");
	return r->verdict.is_allowed || refuse_denied(p, r->verdict.reason);
}

static bool
authorize(struct passage *p)
{
	const struct review *r;

	if (p->user.is_master)
		return true;
	p->waiter.done = on_review;
	r = reviews_access(p->gate->reviews, &p->user, &p->attributes,
	    &p->waiter);
	return r != NULL ? take_access(p, r) : begin_waiting(p);
}

static bool
take_token(struct passage *p, const struct review *r)
{
	if (r->is_failed || r->user.name.len == 0)
		return refuse_unknown(p);
	user_fini(&p->user);
	user_copy(&p->user, &r->user);
	return authorize(p);
}

static void
on_review(struct review_waiter *w, const struct review *r)
{
	struct passage *p = (struct passage *)w;

	if (!(r->is_token ? take_token(p, r) : take_access(p, r)))
		return;
	stop_waiting(p);
	forget_request(p);
	p->gate->on_pass(p->gate->arg, p->connection, &p->request);
}

/* Whenever somebody else may be believed, or a certificate may have ended. */
static void
look_at_certificate(struct passage *p)
{
	const struct auth *auth = p->gate->auth;
	int64_t now_s = clock_wall_ns() / NS_PER_S;

	if (p->verified_s == now_s && p->generation == auth->generation)
		return;
	client_cert_look(&p->cert, p->connection->stream.ssl, auth->clients,
	    auth->proxies, now_s);
	p->verified_s = now_s;
	p->generation = auth->generation;
}

static struct passage *
passage_of(struct gate *g, struct connection *c,
    const struct http_request *rq)
{
	struct passage *p = c->passage;

	if (p == NULL) {
		p = xcalloc(1, sizeof *p);
		p->gate = g;
		p->connection = c;
		c->passage = p;
	}
	p->request = *rq;
	user_fini(&p->user);
	return p;
}

static bool
admit(struct gate *g, struct passage *p, const struct http_request *rq)
{
	const struct review *r;
	struct str token;

	if (!attributes_of(&p->attributes, rq->method, rq->path, rq->query))
		return refuse(p, 404, "NotFound", STR("the server could not "
		    "find the requested resource"));
	if (!p->attributes.is_resource && gate_is_always_allowed(
	    g->always_allowed, p->attributes.path))
		return true;
	if (identify_is_impersonation(rq->headers))
		return refuse(p, 403, "Forbidden", STR("nobody can act as "
		    "somebody else here: ask the kube-apiserver"));
	look_at_certificate(p);
	switch (identify(&p->user, &token, &p->cert, rq->headers,
	    &g->auth->now)) {
	case IDENTITY_KNOWN:
		return authorize(p);
	case IDENTITY_REFUSED:
		return refuse_unknown(p);
	case IDENTITY_TOKEN:
		break;
	}
	p->waiter.done = on_review;
	r = reviews_token(g->reviews, token, &p->waiter);
	return r != NULL ? take_token(p, r) : begin_waiting(p);
}

bool
gate_admits(struct gate *g, struct connection *c,
    const struct http_request *rq)
{
	struct passage *p = passage_of(g, c, rq);
	bool may_pass = admit(g, p, rq);

	if (may_pass)
		forget_request(p);
	return may_pass;
}

void
gate_forget(struct gate *g, struct connection *c)
{
	struct passage *p = c->passage;

	(void)g;
	if (p != NULL)
		stop_waiting(p);
}

void
gate_end(struct gate *g, struct connection *c)
{
	struct passage *p = c->passage;

	gate_forget(g, c);
	c->passage = NULL;
	if (p == NULL)
		return;
	attributes_fini(&p->attributes);
	user_fini(&p->user);
	client_cert_fini(&p->cert);
	free(p);
}
