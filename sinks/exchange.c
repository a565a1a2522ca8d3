/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <poll.h>
#include <stdlib.h>

#include <curl/curl.h>

#include "common/clock.h"
#include "common/fetch_request.h"
#include "common/mem.h"
#include "common/sink.h"
#include "common/timestamp.h"

#include "sinks/exchange.h"
#include "sinks/stop_grace.h"

#define TIMEOUT_NS (20 * NS_PER_S)
#define CONNECT_TIMEOUT_NS (5 * NS_PER_S)
#define POLL_SLICE_MS 100	/* how soon a request to stop is noticed */

struct exchange_connection {
	CURL *easy;
	struct fetch_lists lists;
	char error[CURL_ERROR_SIZE];
};

void
exchange_init(struct exchange *e, const char *host_and_port, bool is_tls)
{
	*e = (struct exchange){ .timeout_ns = TIMEOUT_NS };
	e->url = xasprintf("http%s://%s", is_tls ? "s" : "", host_and_port);
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

void
exchange_fini(struct exchange *e)
{
	exchange_hang_up(e);
	if (e->url != NULL)
		curl_global_cleanup();
	free(e->url);
}

void
exchange_hang_up(struct exchange *e)
{
	struct exchange_connection *c = e->connection;

	if (c == NULL)
		return;
	if (c->easy != NULL)
		curl_easy_cleanup(c->easy);
	fetch_lists_fini(&c->lists);
	free(c);
	e->connection = NULL;
}

static const char *
host_of(const struct exchange *e)
{
	return e->url + (e->url[4] == 's' ? 8 : 7);
}

static bool
fail(struct exchange *e, struct err *err, const char *why)
{
	err_set(err, "%s: %s", host_of(e), why);
	exchange_hang_up(e);
	return false;
}

/* Nonzero ends the attempt to connect. */
static int
on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	(void)arg, (void)a, (void)b, (void)c, (void)d;
	return sink_is_stopping();
}

bool
exchange_connect(struct exchange *e, struct err *err)
{
	struct exchange_connection *c = xcalloc(1, sizeof *c);
	struct fetch_request request = {
		.url = e->url,
		.identity = &e->identity,
		.timeout_ns = e->timeout_ns < CONNECT_TIMEOUT_NS ?
		    e->timeout_ns : CONNECT_TIMEOUT_NS,
	};
	CURLcode code;

	exchange_hang_up(e);
	e->connection = c;
	c->easy = curl_easy_init();
	if (c->easy == NULL)
		return fail(e, err, "libcurl: out of memory");
	fetch_request_apply(&request, c->easy, &c->lists);
	curl_easy_setopt(c->easy, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(c->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(c->easy, CURLOPT_SSL_ENABLE_ALPN, 0L);
	curl_easy_setopt(c->easy, CURLOPT_ERRORBUFFER, c->error);
	curl_easy_setopt(c->easy, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c->easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	code = curl_easy_perform(c->easy);
	return code == CURLE_OK || fail(e, err, c->error[0] != '\0' ?
	    c->error : curl_easy_strerror(code));
}

bool
exchange_is_open(struct exchange *e)
{
	char byte;
	size_t n;

	return e->connection != NULL && curl_easy_recv(e->connection->easy,
	    &byte, sizeof byte, &n) == CURLE_AGAIN;
}

/* False: the time is over, or the process is to end. */
static bool
wait_for(struct exchange *e, short events, int64_t *deadline_mono_ns)
{
	int64_t now_mono_ns = clock_mono_ns();
	struct pollfd p = { .events = events };
	curl_socket_t fd = -1;

	curl_easy_getinfo(e->connection->easy, CURLINFO_ACTIVESOCKET, &fd);
	p.fd = fd;
	*deadline_mono_ns = stop_grace_deadline(*deadline_mono_ns,
	    now_mono_ns);
	if (now_mono_ns >= *deadline_mono_ns)
		return false;
	poll(&p, 1, POLL_SLICE_MS);
	return true;
}

bool
exchange_send(struct exchange *e, struct str bytes, struct err *err)
{
	int64_t deadline_mono_ns = clock_mono_ns() + e->timeout_ns;

	while (bytes.len > 0) {
		size_t n = 0;
		CURLcode code = curl_easy_send(e->connection->easy, bytes.p,
		    bytes.len, &n);

		if (code == CURLE_OK) {
			bytes.p += n;
			bytes.len -= n;
		} else if (code != CURLE_AGAIN) {
			return fail(e, err, curl_easy_strerror(code));
		} else if (!wait_for(e, POLLOUT, &deadline_mono_ns)) {
			return fail(e, err, "it takes no more");
		}
	}
	return true;
}

bool
exchange_receive(struct exchange *e, char *p, size_t n, struct err *err)
{
	int64_t deadline_mono_ns = clock_mono_ns() + e->timeout_ns;

	while (n > 0) {
		size_t got = 0;
		CURLcode code = curl_easy_recv(e->connection->easy, p, n,
		    &got);

		if (code == CURLE_OK && got == 0)
			return fail(e, err, "it has closed the connection");
		if (code == CURLE_OK) {
			p += got;
			n -= got;
		} else if (code != CURLE_AGAIN) {
			return fail(e, err, curl_easy_strerror(code));
		} else if (!wait_for(e, POLLIN, &deadline_mono_ns)) {
			return fail(e, err, "timed out without an answer");
		}
	}
	return true;
}
