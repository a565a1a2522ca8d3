/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/hash.h"
#include "common/log.h"
#include "common/secret.h"
#include "common/timestamp.h"

#include "apiserver/auth.h"
#include "apiserver/client_cert.h"

#define TIMEOUT_NS (10 * NS_PER_S)
#define RETRY_NS NS_PER_S

/* NULL with err. */
static char *
read_file(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text;
	size_t len;

	if (fd == -1) {
		err_set(err, "%s: %s", path, strerror(errno));
		return NULL;
	}
	text = secret_read(fd, AUTH_RULES_BYTES_MAX, &len, err);
	close(fd);
	if (text == NULL)
		err_wrap(err, "%s", path);
	return text;
}

/* What flags say, in place of what is there. */
static bool
apply_flags(const struct auth_conf *conf, struct auth_rules *c,
    struct err *err)
{
	char **const to[] = { &c->client_ca_pem, &c->proxy_ca_pem };
	const char *const from[] = { conf->client_ca_file,
		conf->proxy_ca_file };

	for (size_t i = 0; i < 2; i++) {
		char *text;

		if (from[i] == NULL)
			continue;
		text = read_file(from[i], err);
		if (text == NULL)
			return false;
		free(*to[i]);
		*to[i] = text;
	}
	for (size_t i = 0; i < AUTH_N_LISTS; i++)
		if (conf->lists[i].n > 0 || conf->proxy_ca_file != NULL)
			auth_list_copy(&c->lists[i], &conf->lists[i]);
	return true;
}

static void
hash_text(uint64_t *hash, const char *text)
{
	*hash = text == NULL ? *hash * 31 + 1 :
	    hash_bytes(text, strlen(text), *hash + 1);
}

static uint64_t
hash_config(const struct auth_rules *c)
{
	uint64_t hash = 0;

	hash_text(&hash, c->client_ca_pem);
	hash_text(&hash, c->proxy_ca_pem);
	for (size_t i = 0; i < AUTH_N_LISTS; i++) {
		hash_text(&hash, NULL);
		for (size_t j = 0; j < c->lists[i].n; j++)
			hash_text(&hash, c->lists[i].items[j]);
	}
	return hash;
}

static bool
open_ca(struct x509_store_st **out, const char *pem, const char *what,
    struct err *err)
{
	*out = NULL;
	if (pem == NULL)
		return true;
	*out = client_ca_open(pem, err);
	return *out != NULL || err_wrap(err, "%s", what);
}

/* Then all who have a certificate can be whoever they say. */
static void
warn_of_same_ca(const struct auth_rules *c)
{
	if (c->client_ca_pem != NULL && c->proxy_ca_pem != NULL &&
	    c->lists[AUTH_ALLOWED_NAMES].n == 0 &&
	    strcmp(c->client_ca_pem, c->proxy_ca_pem) == 0)
		log_warn("front_proxy_is_anybody error=%s",
		    log_qs("its CA is that of clients, and no names of it are "
		    "said"));
}

/* Takes c over.  False: it is of no use, and what was there before counts. */
static bool
use(struct auth *a, struct auth_rules *c, struct err *err)
{
	struct x509_store_st *clients = NULL, *proxies = NULL;
	uint64_t hash = hash_config(c);

	if (a->generation > 0 && hash == a->seen_hash) {
		auth_rules_fini(c);
		return true;
	}
	if (!open_ca(&clients, c->client_ca_pem, "CA of clients", err) ||
	    !open_ca(&proxies, c->proxy_ca_pem, "CA of the front proxy",
	    err)) {
		client_ca_close(clients);
		auth_rules_fini(c);
		return false;
	}
	client_ca_close(a->clients);
	client_ca_close(a->proxies);
	auth_rules_fini(&a->now);
	a->now = *c;
	a->clients = clients;
	a->proxies = proxies;
	a->seen_hash = hash;
	a->generation++;
	if (clients != NULL || proxies != NULL)
		log_info("authentication_configured clients=%s "
		    "front_proxy=%s", clients != NULL ? "yes" : "no",
		    proxies != NULL ? "yes" : "no");
	warn_of_same_ca(&a->now);
	return true;
}

/* With the ConfigMap that was read last, if any. */
static bool
load(struct auth *a, struct err *err)
{
	struct auth_rules c = { .client_ca_pem = NULL };

	if (a->configmap.len > 0) {
		buf_pad(&a->configmap);
		if (!auth_rules_parse(&c, buf_str(&a->configmap), err))
			return false;
	}
	if (!apply_flags(a->conf, &c, err)) {
		auth_rules_fini(&c);
		return false;
	}
	return use(a, &c, err);
}

static void
note(struct auth *a, bool ok, const struct err *err)
{
	if (!ok && log_onset(&a->failing, clock_mono_ns()))
		log_warn("authentication_not_configured error=%s "
		    "kept_in_use=before", log_qs(err->msg));
	else if (ok && log_clear(&a->failing))
		log_info("authentication_readable");
}

static void
on_configmap(void *arg, const struct fetch_result *result)
{
	struct auth *a = arg;
	struct err err = { "" };
	bool ok = result->error == NULL;

	if (ok) {
		buf_reset(&a->configmap);
		buf_add_str(&a->configmap, result->body);
		ok = load(a, &err);
	} else {
		err_set(&err, "extension-apiserver-authentication: %s",
		    result->error);
	}
	note(a, ok, &err);
	a->is_loaded |= ok;
	loop_timer_set_ns(&a->timer, ok || a->conf->interval_ns < RETRY_NS ?
	    a->conf->interval_ns : RETRY_NS);
}

static void
look(void *arg)
{
	struct auth *a = arg;
	struct err err;

	if (a->conf->is_lookup_skipped) {
		note(a, load(a, &err), &err);
		loop_timer_set_ns(&a->timer, a->conf->interval_ns);
		return;
	}
	if (!kube_client_ask(a->client, AUTH_RULES_PATH,
	    (struct str){ NULL, 0 }, TIMEOUT_NS, on_configmap, a, &err)) {
		note(a, false, &err);
		loop_timer_set_ns(&a->timer, RETRY_NS);
	}
}

bool
auth_open(struct auth *a, struct loop *loop, struct kube_client *client,
    const struct auth_conf *conf, struct err *err)
{
	*a = (struct auth){ .conf = conf, .client = client };
	loop_timer_init(&a->timer, loop, look, a);
	a->configmap.max_bytes = AUTH_RULES_BYTES_MAX;
	a->is_loaded = conf->is_lookup_skipped || conf->is_failure_tolerated;
	if (!load(a, err))
		return false;
	if (conf->is_lookup_skipped)
		loop_timer_set_ns(&a->timer, conf->interval_ns);
	return true;
}

void
auth_start(struct auth *a)
{
	if (!a->conf->is_lookup_skipped)
		look(a);
}

void
auth_close(struct auth *a)
{
	if (a->conf == NULL)
		return;
	loop_timer_fini(&a->timer);
	client_ca_close(a->clients);
	client_ca_close(a->proxies);
	auth_rules_fini(&a->now);
	buf_fini(&a->configmap);
	a->conf = NULL;
}
