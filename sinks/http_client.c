/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "common/clock.h"
#include "common/fetch_request.h"
#include "common/mem.h"
#include "common/secret.h"
#include "common/sink.h"
#include "common/timestamp.h"

#include "sinks/gzip.h"
#include "sinks/http_client.h"
#include "sinks/stop_grace.h"
#include "sinks/tls_options.h"

#define TIMEOUT_NS (20 * NS_PER_S)
#define CONNECT_TIMEOUT_NS (5 * NS_PER_S)
#define POLL_SLICE_MS 100	/* how soon a request to stop is noticed */
#define ANSWER_BYTES_MAX 4096
#define FORGOTTEN_BYTES_MAX (1u << 20)
#define RETRY_AFTER_MAX_NS (300 * NS_PER_S)
#define PACK_BYTES_MIN 512
#define SEND_BYTES (768L << 10)	/* at once: each time the peer is woken up */

bool
http_client_open(struct http_client *c, struct sink_uri *uri, struct err *err)
{
	*c = (struct http_client){
		.proxy = sink_uri_string(uri, "proxy"),
		.timeout_ns = TIMEOUT_NS,
		.answer_bytes_max = ANSWER_BYTES_MAX,
	};
	if (!tls_options(&c->identity, uri, err) ||
	    !sink_uri_duration_ns(uri, "timeout", &c->timeout_ns, err) ||
	    !sink_uri_bool(uri, "gzip", &c->want_gzip, err))
		return false;
	if (c->timeout_ns < NS_PER_MS)
		return err_set(err, "`timeout` has to be positive");
	curl_global_init(CURL_GLOBAL_DEFAULT);
	c->multi = curl_multi_init();
	return c->multi != NULL || err_set(err, "libcurl: out of memory");
}

void
http_client_close(struct http_client *c)
{
	curl_easy_cleanup(c->easy);
	c->easy = NULL;
	if (c->multi != NULL) {
		curl_multi_cleanup(c->multi);
		curl_global_cleanup();
	}
	c->multi = NULL;
	buf_fini(&c->body);
	buf_fini(&c->packed);
	free(c->elsewhere);
	c->elsewhere = NULL;
}

/* What is more than we look at is read and forgotten, so that the connection
 * can be kept; unless there is no end of it. */
static size_t
on_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct http_client *c = arg;
	size_t left = c->answer_bytes_max - c->body.len;

	buf_add(&c->body, bytes, size * n < left ? size * n : left);
	c->n_answer_bytes += size * n;
	return c->n_answer_bytes - c->body.len > FORGOTTEN_BYTES_MAX ? 0 :
	    size * n;
}

static struct str
pack(struct http_client *c, const struct http_request *r, bool *is_packed)
{
	*is_packed = c->want_gzip && !r->is_short &&
	    r->body.len >= PACK_BYTES_MIN && gzip_pack(&c->packed, r->body);
	return *is_packed ? buf_str(&c->packed) : r->body;
}

static void
add_header(struct fetch_lists *lists, const char *name, const char *value)
{
	char *header = xasprintf("%s: %s", name, value);

	lists->headers = curl_slist_append(lists->headers, header);
	secret_free(header);
}

/* Without "Expect: 100-continue", which costs a second with some servers. */
static void
set_body(struct http_client *c, CURL *easy, const struct http_request *r,
    struct fetch_lists *lists)
{
	bool is_packed;
	struct str body = pack(c, r, &is_packed);

	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
	    (curl_off_t)body.len);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.p);
	if (body.len > (size_t)SEND_BYTES)
		curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, SEND_BYTES);
	add_header(lists, "Content-Type", r->type);
	/* libcurl would sign that header, and not send it. */
	if (c->sigv4 != NULL)
		curl_easy_setopt(easy, CURLOPT_EXPECT_100_TIMEOUT_MS, 1L);
	else
		lists->headers = curl_slist_append(lists->headers, "Expect:");
	if (is_packed)
		add_header(lists, "Content-Encoding", "gzip");
}

static void
apply(struct http_client *c, CURL *easy, const struct http_request *r,
    struct fetch_lists *lists, char *error)
{
	struct fetch_request base = {
		.url = r->url,
		.identity = &c->identity,
		.timeout_ns = c->timeout_ns,
		.connect_timeout_ns = c->timeout_ns < CONNECT_TIMEOUT_NS ?
		    c->timeout_ns : CONNECT_TIMEOUT_NS,
	};

	fetch_request_apply(&base, easy, lists);
	if (r->body.p != NULL)
		set_body(c, easy, r, lists);
	if (r->method != NULL && strcmp(r->method, "HEAD") == 0)
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	else if (r->method != NULL)
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, r->method);
	if (c->sigv4 != NULL)
		curl_easy_setopt(easy, CURLOPT_AWS_SIGV4, c->sigv4);
	for (size_t i = 0; i < HTTP_HEADERS_MAX && r->headers[i] != NULL; i++)
		lists->headers = curl_slist_append(lists->headers,
		    r->headers[i]);
	if (r->authorization != NULL)
		add_header(lists, "Authorization", r->authorization);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, lists->headers);
	if (c->proxy != NULL)
		curl_easy_setopt(easy, CURLOPT_PROXY, c->proxy);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, c);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error);
}

/* NULL: it was answered. */
static const char *
transfer(struct http_client *c, const char *error)
{
	int64_t stop_mono_ns = 0;
	int running = 1, left;
	CURLMsg *msg;

	while (curl_multi_perform(c->multi, &running) == CURLM_OK &&
	    running > 0) {
		if (stop_grace_is_over(&stop_mono_ns, clock_mono_ns()))
			return "interrupted by a request to stop";
		curl_multi_poll(c->multi, NULL, 0, POLL_SLICE_MS, NULL);
	}
	msg = curl_multi_info_read(c->multi, &left);
	if (msg == NULL || msg->msg != CURLMSG_DONE)
		return "libcurl: the transfer failed";
	if (msg->data.result == CURLE_OK)
		return NULL;
	return error[0] != '\0' ? error : curl_easy_strerror(msg->data.result);
}

/* What a 3xx says, which nobody follows: points and secrets are for whom they
 * were meant.  Its query may have a secret in it. */
static void
note_elsewhere(struct http_client *c, struct http_answer *answer)
{
	const char *url = NULL;

	free(c->elsewhere);
	c->elsewhere = NULL;
	curl_easy_getinfo(c->easy, CURLINFO_REDIRECT_URL, &url);
	if (url != NULL)
		c->elsewhere = xasprintf("%.*s", (int)strcspn(url, "?#"), url);
	answer->elsewhere = c->elsewhere;
}

void
http_ask(struct http_client *c, const struct http_request *request,
    struct http_answer *answer)
{
	static char error[CURL_ERROR_SIZE];
	struct fetch_lists lists = { NULL, NULL };
	curl_off_t retry_after_s = 0;
	long status = 0;
	CURL *easy;

	*answer = (struct http_answer){ .error = "libcurl: out of memory" };
	if (c->easy == NULL)
		c->easy = curl_easy_init();
	easy = c->easy;
	if (easy == NULL)
		return;
	error[0] = '\0';
	buf_reset(&c->body);
	c->n_answer_bytes = 0;
	apply(c, easy, request, &lists, error);
	curl_multi_add_handle(c->multi, easy);
	answer->error = transfer(c, error);
	/* It was answered, however that would have gone on. */
	if (c->n_answer_bytes - c->body.len > FORGOTTEN_BYTES_MAX)
		answer->error = NULL;
	if (answer->error == NULL) {
		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
		curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after_s);
		buf_pad(&c->body);
		answer->status = (int)status;
		note_elsewhere(c, answer);
		answer->body = buf_str(&c->body);
		answer->retry_after_ns = retry_after_s >
		    RETRY_AFTER_MAX_NS / NS_PER_S ? RETRY_AFTER_MAX_NS :
		    retry_after_s * NS_PER_S;
	}
	curl_multi_remove_handle(c->multi, easy);
	curl_easy_reset(easy);
	fetch_lists_fini(&lists);
}
