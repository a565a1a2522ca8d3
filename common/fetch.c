/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <event2/event.h>

#include "common/clock.h"
#include "common/fetch.h"
#include "common/fetch_request.h"
#include "common/mem.h"
#include "common/timestamp.h"

#define CONNECTIONS_MAX 1024L		/* that are kept; libcurl's default is
					 * 4 for each that is in use */
#define BUFFER_KEEP_BYTES (1u << 20)	/* a larger one is not kept */

struct fetch {
	struct fetcher *fetcher;
	struct fetch *next;
	struct fetch *previous;
	CURL *easy;
	struct buf body;
	bool is_too_large;
	bool is_refused;		/* by the caller: refusal */
	struct err refusal;
	int64_t started_mono_ns;
	char error[CURL_ERROR_SIZE];
	struct fetch_lists lists;
	fetch_piece_fn *piece;
	fetch_done_fn *done;
	void *arg;
};

struct fetcher {
	struct loop *loop;
	CURLM *multi;
	struct loop_timer timer;
	uint64_t body_bytes_max;
	struct fetch *in_flight;
	struct buf spare;
};

static int
status_of(const struct fetch *fetch)
{
	long status = 0;

	curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &status);
	return (int)status;
}

/* 201 is what a kube-apiserver says to what it was sent. */
static bool
is_good(int status)
{
	return status == 200 || status == 201;
}

static size_t
on_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct fetch *fetch = arg;
	size_t want = size * n;

	if (!is_good(status_of(fetch))) {
		size_t left = FETCH_ERROR_BYTES_MAX - fetch->body.len;

		buf_add(&fetch->body, bytes, want < left ? want : left);
	} else if (fetch->piece != NULL) {
		fetch->is_refused = !fetch->piece(fetch->arg,
		    (struct str){ bytes, want }, &fetch->refusal);
	} else {
		buf_add(&fetch->body, bytes, want);
		fetch->is_too_large = fetch->body.failed;
	}
	return fetch->is_too_large || fetch->is_refused ? 0 : want;
}

/* Connections and idle handles stay in the multi handle. */
static void
forget(struct fetch *fetch)
{
	struct fetcher *f = fetch->fetcher;

	if (fetch->previous != NULL)
		fetch->previous->next = fetch->next;
	else
		f->in_flight = fetch->next;
	if (fetch->next != NULL)
		fetch->next->previous = fetch->previous;
	curl_multi_remove_handle(f->multi, fetch->easy);
	curl_easy_cleanup(fetch->easy);
	fetch_lists_fini(&fetch->lists);
	if (f->spare.p == NULL && fetch->body.cap <= BUFFER_KEEP_BYTES)
		f->spare = fetch->body;
	else
		buf_fini(&fetch->body);
	free(fetch);
}

/* A time that is over before anything was sent was spent on connecting. */
static enum fetch_reach
reach_of(const struct fetch *fetch, CURLcode code)
{
	long n_sent = 0;

	if (code == CURLE_PEER_FAILED_VERIFICATION)
		return FETCH_UNTRUSTED;
	curl_easy_getinfo(fetch->easy, CURLINFO_REQUEST_SIZE, &n_sent);
	if (code == CURLE_COULDNT_RESOLVE_HOST ||
	    code == CURLE_COULDNT_CONNECT || code == CURLE_SSL_CONNECT_ERROR ||
	    (code == CURLE_OPERATION_TIMEDOUT && n_sent == 0))
		return FETCH_UNCONNECTED;
	return FETCH_ASKED;
}

static void
finish(struct fetch *fetch, CURLcode code)
{
	struct fetch_result result = {
		.reach = reach_of(fetch, code),
		.elapsed_ns = clock_mono_ns() - fetch->started_mono_ns,
		.status = status_of(fetch),
	};
	char text[64];
	curl_off_t retry_after_s = 0;

	if (fetch->is_refused) {
		result.error = fetch->refusal.msg;
	} else if (fetch->is_too_large) {
		snprintf(text, sizeof text, "the answer is larger than %" PRIu64
		    " bytes", fetch->fetcher->body_bytes_max);
		result.error = text;
	} else if (code != CURLE_OK) {
		result.error = fetch->error[0] != '\0' ? fetch->error :
		    curl_easy_strerror(code);
	} else if (!is_good(result.status)) {
		snprintf(text, sizeof text, "HTTP status %d", result.status);
		result.error = text;
	}
	if (code == CURLE_OK) {
		curl_easy_getinfo(fetch->easy, CURLINFO_RETRY_AFTER,
		    &retry_after_s);
		result.retry_after_s = retry_after_s;
		buf_pad(&fetch->body);
		result.body = buf_str(&fetch->body);
	}
	fetch->done(fetch->arg, &result);
	forget(fetch);
}

static void
collect_finished(struct fetcher *f)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(f->multi, &left)) != NULL) {
		struct fetch *fetch;

		if (msg->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE,
		    (char **)&fetch);
		finish(fetch, msg->data.result);
	}
}

static void
on_timer(void *arg)
{
	struct fetcher *f = arg;
	int running;

	curl_multi_socket_action(f->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	collect_finished(f);
}

static void
on_socket(evutil_socket_t fd, short what, void *arg)
{
	struct fetcher *f = arg;
	int running, action = 0;

	if ((what & EV_READ) != 0)
		action |= CURL_CSELECT_IN;
	if ((what & EV_WRITE) != 0)
		action |= CURL_CSELECT_OUT;
	curl_multi_socket_action(f->multi, fd, action, &running);
	collect_finished(f);
}

/* libcurl says what it waits for on a socket. */
static int
watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *assigned)
{
	struct fetcher *f = arg;
	struct event *event = assigned;
	short events = EV_PERSIST;

	(void)easy;
	if (event != NULL)
		event_free(event);
	event = NULL;
	if (what != CURL_POLL_REMOVE) {
		if ((what & CURL_POLL_IN) != 0)
			events |= EV_READ;
		if ((what & CURL_POLL_OUT) != 0)
			events |= EV_WRITE;
		event = event_new(f->loop->base, fd, events, on_socket, f);
		if (event == NULL || event_add(event, NULL) == -1)
			return -1;
	}
	curl_multi_assign(f->multi, fd, event);
	return 0;
}

static int
set_timer(CURLM *multi, long timeout_ms, void *arg)
{
	struct fetcher *f = arg;

	(void)multi;
	if (timeout_ms < 0)
		loop_timer_cancel(&f->timer);
	else
		loop_timer_set_ns(&f->timer, timeout_ms * NS_PER_MS);
	return 0;
}

struct fetcher *
fetcher_open(struct loop *loop, uint64_t body_bytes_max, struct err *err)
{
	struct fetcher *f = xcalloc(1, sizeof *f);

	f->loop = loop;
	f->body_bytes_max = body_bytes_max;
	loop_timer_init(&f->timer, loop, on_timer, f);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	f->multi = curl_multi_init();
	if (f->multi == NULL) {
		err_set(err, "libcurl: out of memory");
		fetcher_close(f);
		return NULL;
	}
	curl_multi_setopt(f->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
	curl_multi_setopt(f->multi, CURLMOPT_SOCKETDATA, f);
	curl_multi_setopt(f->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(f->multi, CURLMOPT_TIMERDATA, f);
	curl_multi_setopt(f->multi, CURLMOPT_MAXCONNECTS, CONNECTIONS_MAX);
	return f;
}

void
fetcher_close(struct fetcher *f)
{
	if (f == NULL)
		return;
	while (f->in_flight != NULL)
		forget(f->in_flight);
	if (f->multi != NULL)
		curl_multi_cleanup(f->multi);
	curl_global_cleanup();
	loop_timer_fini(&f->timer);
	buf_fini(&f->spare);
	free(f);
}

void
fetch_cancel(struct fetcher *f, const void *arg)
{
	struct fetch *fetch = f->in_flight;

	while (fetch != NULL && fetch->arg != arg)
		fetch = fetch->next;
	if (fetch != NULL)
		forget(fetch);
}

static void
listen_to(struct fetch *fetch)
{
	CURL *easy = fetch->easy;

	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, fetch->error);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, fetch);
}

bool
fetch_start(struct fetcher *f, const struct fetch_request *request,
    struct err *err)
{
	struct fetch *fetch = xcalloc(1, sizeof *fetch);

	*fetch = (struct fetch){
		.fetcher = f,
		.next = f->in_flight,
		.easy = curl_easy_init(),
		.body = f->spare,
		.started_mono_ns = clock_mono_ns(),
		.piece = request->piece,
		.done = request->done,
		.arg = request->arg,
	};
	if (fetch->easy == NULL) {
		free(fetch);
		return err_set(err, "libcurl: out of memory");
	}
	f->spare = BUF_INIT;
	buf_reset(&fetch->body);
	fetch->body.max_bytes = f->body_bytes_max;
	if (f->in_flight != NULL)
		f->in_flight->previous = fetch;
	f->in_flight = fetch;
	listen_to(fetch);
	fetch_request_apply(request, fetch->easy, &fetch->lists);
	if (curl_multi_add_handle(f->multi, fetch->easy) != CURLM_OK) {
		forget(fetch);
		return err_set(err, "libcurl: cannot start a transfer");
	}
	return true;
}
