/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "common/credential.h"
#include "common/mem.h"

#include "apiserver/kube_client.h"

struct kube_client {
	struct fetcher *fetcher;
	struct credential *credential;
	const struct cluster_access *access;
	struct fetch_identity identity;
	bool is_ready;
	void (*on_ready)(void *arg);
	void *arg;
	struct question *questions;	/* that have no answer yet */
};

struct question {
	struct question *next, *previous;
	struct kube_client *client;
	fetch_done_fn *done;
	void *arg;
};

static void
on_change(void *arg)
{
	struct kube_client *c = arg;
	bool is_first = !c->is_ready;

	credential_apply(c->credential, &c->identity);
	c->is_ready = true;
	if (is_first)
		c->on_ready(c->arg);
}

struct kube_client *
kube_client_open(struct loop *loop, const struct cluster_access *access,
    bool may_send_token_plainly, void (*on_ready)(void *arg), void *arg,
    struct err *err)
{
	struct kube_client *c = xcalloc(1, sizeof *c);

	c->access = access;
	c->on_ready = on_ready;
	c->arg = arg;
	c->identity = (struct fetch_identity){
		.ca_file = access->ca_file,
		.ca_pem = access->ca_pem,
		.server_name = access->tls_server_name,
		.is_insecure = access->is_insecure,
		.may_send_token_plainly = may_send_token_plainly,
	};
	c->fetcher = fetcher_open(loop, KUBE_CLIENT_BYTES_MAX, err);
	if (c->fetcher == NULL) {
		kube_client_close(c);
		return NULL;
	}
	c->credential = credential_open(loop, access, on_change, c);
	return c;
}

void
kube_client_start(struct kube_client *c)
{
	credential_start(c->credential);
}

static void
forget(struct question *q)
{
	if (q->previous != NULL)
		q->previous->next = q->next;
	else
		q->client->questions = q->next;
	if (q->next != NULL)
		q->next->previous = q->previous;
	free(q);
}

static struct question *
remember(struct kube_client *c, fetch_done_fn *done, void *arg)
{
	struct question *q = xcalloc(1, sizeof *q);

	*q = (struct question){ c->questions, NULL, c, done, arg };
	if (q->next != NULL)
		q->next->previous = q;
	c->questions = q;
	return q;
}

static void
on_done(void *arg, const struct fetch_result *result)
{
	struct question *q = arg;

	if (result->status == 401)
		credential_refused(q->client->credential);
	q->done(q->arg, result);
	forget(q);
}

bool
kube_client_ask(struct kube_client *c, const char *path,
    struct str post_json, int64_t timeout_ns, fetch_done_fn *done, void *arg,
    struct err *err)
{
	char *url = xasprintf("%s%s", c->access->server, path);
	struct question *q = remember(c, done, arg);
	bool ok;

	ok = c->is_ready ? fetch_start(c->fetcher, &(struct fetch_request){
		.url = url,
		.identity = &c->identity,
		.timeout_ns = timeout_ns,
		.post_json = post_json,
		.done = on_done,
		.arg = q,
	}, err) : err_set(err, "no credential for the kube-apiserver yet");
	if (!ok)
		forget(q);
	free(url);
	return ok;
}

void
kube_client_close(struct kube_client *c)
{
	if (c == NULL)
		return;
	fetcher_close(c->fetcher);
	while (c->questions != NULL)
		forget(c->questions);
	credential_close(c->credential);
	free(c);
}
