/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#include "apiserver/secure.h"
#include "apiserver/secure_options.h"

#define conf secure_conf

static void
on_credential(void *arg)
{
	struct secure *s = arg;

	auth_start(&s->auth);
}

/* The host of "HOST:PORT" or "[V6]:PORT". */
static char *
listen_host(const char *listen)
{
	const char *colon = strrchr(listen, ':');
	struct str host = { listen, colon == NULL ? strlen(listen) :
		(size_t)(colon - listen) };

	if (host.len > 1 && host.p[0] == '[') {
		host.p++;
		host.len -= 2;
	}
	return str_dup(host);
}

static bool
make_pair(struct secure *s, const char *state_dir, struct err *err)
{
	char *dir = conf.cert_dir != NULL ? xstrdup(conf.cert_dir) :
	    xasprintf("%s/certificates", state_dir);
	char *host = listen_host(conf.listen);
	bool ok = self_signed_make(&s->self_signed, dir, host, err);

	free(host);
	free(dir);
	return ok;
}

static bool
open_server(struct secure *s, struct daemon *daemon,
    const struct http_conf *plain, struct api *api,
    struct http_counters *counters, struct err *err)
{
	struct http_conf http = {
		.listen = conf.listen,
		.timeout_ns = plain->timeout_ns,
		.bytes_per_s = plain->bytes_per_s,
		.sending_bytes_max = plain->sending_bytes_max,
		.tls = {
			.cert = conf.cert_file,
			.key = conf.key_file,
			.want_client_cert = true,
			.min_version = conf.min_version,
			.ciphers = conf.ciphers,
		},
		.gate = &s->gate,
		.n_servers = plain->n_servers,
	};

	if (conf.cert_file == NULL) {
		if (!make_pair(s, daemon->state_dir, err))
			return false;
		http.tls.cert = s->self_signed.cert;
		http.tls.key = s->self_signed.key;
	}
	s->http = http_open(&daemon->loop, &http, api, counters, err);
	return s->http != NULL;
}

bool
secure_open(struct secure *s, struct daemon *daemon,
    const struct http_conf *plain, struct api *api,
    struct http_counters *counters, struct err *err)
{
	if (!secure_is_wanted())
		return true;
	if (!secure_find_cluster(&s->access, err))
		return false;
	s->client = kube_client_open(&daemon->loop, &s->access,
	    conf.may_send_token_plainly, on_credential, s, err);
	if (s->client == NULL ||
	    !auth_open(&s->auth, &daemon->loop, s->client, &conf.auth, err))
		return false;
	s->reviews = reviews_open(s->client, &conf.reviews, &s->counters);
	s->gate = (struct gate){
		.reviews = s->reviews,
		.auth = &s->auth,
		.always_allowed = &conf.always_allowed,
	};
	api->auth = &s->auth;
	if (!open_server(s, daemon, plain, api, counters, err))
		return false;
	kube_client_start(s->client);
	return true;
}

void
secure_stop(struct secure *s, int64_t timeout_ns)
{
	if (s->http != NULL)
		http_stop(s->http, timeout_ns);
}

void
secure_close(struct secure *s)
{
	http_close(s->http);
	kube_client_close(s->client);
	reviews_close(s->reviews);
	auth_close(&s->auth);
	access_fini(&s->access);
	self_signed_fini(&s->self_signed);
	free(conf.ciphers);
	for (size_t i = 0; i < AUTH_N_LISTS; i++)
		auth_list_fini(&conf.auth.lists[i]);
}
