/* SPDX-License-Identifier: ISC */
/* InfluxDB 1.x as a history: one POST of its /query for each question. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/fetch.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/percent.h"
#include "common/secret.h"
#include "common/timestamp.h"

#include "apiserver/history.h"
#include "apiserver/influxdb_answer.h"
#include "apiserver/influxdb_query.h"
#include "apiserver/influxdb_uri.h"

#define ASK_TIMEOUT_NS (30 * NS_PER_S)
#define CONNECT_TIMEOUT_NS (5 * NS_PER_S)
#define ASKS_MAX 64			/* at once */
#define PARSE_BYTES_MAX (4 * HISTORY_ANSWER_BYTES_MAX)
#define PASSWORD_BYTES_MAX 4096

/* A question on its way. */
struct ask {
	struct history *history;
	struct ask *next, *previous;
	struct influxdb_asked asked;
	history_done *done;
	void *arg;
};

struct history {
	struct influxdb_uri uri;
	struct fetcher *fetcher;
	struct ask *asks;
	size_t n_asks;
	struct log_condition failing;
};

static void
forget(struct ask *ask)
{
	struct history *h = ask->history;

	if (ask->previous != NULL)
		ask->previous->next = ask->next;
	else
		h->asks = ask->next;
	if (ask->next != NULL)
		ask->next->previous = ask->previous;
	h->n_asks--;
	free(ask);
}

static void
fail(struct history *h, history_done *done, void *arg, struct err *err)
{
	err_wrap(err, "influxdb");
	if (log_onset(&h->failing, clock_mono_ns()))
		log_warn("history_failed seen=%" PRIu64 " error=%s",
		    h->failing.seen, log_qs(err->msg));
	done(arg, NULL, err);
}

/* An answer that is none: what it says besides its status. */
static void
explain(struct err *err, struct arena *a, const struct fetch_result *result)
{
	struct str text = { NULL, 0 };

	if (result->body.len > 0)
		text = influxdb_error_parse(a, result->body);
	if (text.len > 0)
		err_set(err, "%s: %.*s", result->error, STR_ARG(text));
	else
		err_set(err, "%s", result->error);
}

static void
on_fetched(void *arg, const struct fetch_result *result)
{
	struct ask *ask = arg;
	struct history *h = ask->history;
	struct history_answer answer;
	struct arena arena;
	struct err err;
	bool is_good = false;

	arena_init(&arena, PARSE_BYTES_MAX);
	if (result->error != NULL)
		explain(&err, &arena, result);
	else
		is_good = influxdb_answer_parse(&answer, &arena, result->body,
		    &ask->asked, &err);
	if (!is_good) {
		fail(h, ask->done, ask->arg, &err);
	} else {
		if (log_clear(&h->failing))
			log_info("history_answers");
		ask->done(ask->arg, &answer, NULL);
	}
	arena_fini(&arena);
	forget(ask);
}

/* On the heap; NULL: err says why. */
static char *
read_password(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = NULL;
	size_t len;

	if (fd == -1)
		err_set(err, "%s", strerror(errno));
	else
		text = secret_read(fd, PASSWORD_BYTES_MAX, &len, err);
	if (fd != -1)
		close(fd);
	if (text != NULL)
		text[strcspn(text, "\r\n")] = '\0';
	else
		err_wrap(err, "pwFile %s", path);
	return text;
}

static bool
post(struct history *h, struct ask *ask, struct str form, struct err *err)
{
	struct fetch_identity me = {
		.ca_file = h->uri.ca_file,
		.is_insecure = h->uri.is_insecure,
		.user = h->uri.user,
		.password = h->uri.password,
		.is_direct = true,
	};
	struct fetch_request request = {
		.url = h->uri.query_url,
		.identity = &me,
		.timeout_ns = ASK_TIMEOUT_NS,
		.connect_timeout_ns = CONNECT_TIMEOUT_NS,
		.post_form = form,
		.done = on_fetched,
		.arg = ask,
	};
	char *password = NULL;
	bool ok;

	if (h->uri.password_file != NULL) {
		password = read_password(h->uri.password_file, err);
		if (password == NULL)
			return false;
		me.password = password;
	}
	/* What libcurl is told of who asks, it has copied. */
	ok = fetch_start(h->fetcher, &request, err);
	secret_free(password);
	return ok;
}

static void
write_form(struct buf *form, const struct history_question *q,
    const struct influxdb_uri *uri)
{
	struct influxdb_layout layout = {
		.has_fields = uri->has_fields,
		.cluster_name = str_of(uri->cluster_name),
	};
	struct buf query = BUF_INIT;

	influxdb_query_write(&query, q, &layout);
	buf_addf(form, "q=");
	percent_encode(form, buf_str(&query));
	if (log_is_debug())
		log_debug("history_asked query=%s", log_q(buf_str(&query)));
	buf_fini(&query);
}

static struct ask *
ask_new(struct history *h, const struct history_question *q,
    history_done *done, void *arg)
{
	struct ask *ask = xcalloc(1, sizeof *ask);

	*ask = (struct ask){
		.history = h,
		.next = h->asks,
		.asked = {
			.what = q->what,
			.n_keys = q->what == HISTORY_SERIES ||
			    q->what == HISTORY_BUCKETS ? q->n_keys : 1,
			.has_fields = h->uri.has_fields,
			.aggregations = q->aggregations,
			.is_one_bucket = q->bucket_ns == 0,
			.start_ns = q->start_ns,
		},
		.done = done,
		.arg = arg,
	};
	if (h->asks != NULL)
		h->asks->previous = ask;
	h->asks = ask;
	h->n_asks++;
	return ask;
}

static void
influxdb_ask(struct history *h, const struct history_question *q,
    history_done *done, void *arg)
{
	struct buf form = BUF_INIT;
	struct ask *ask;
	struct err err;

	if (h->n_asks == ASKS_MAX) {
		err_set(&err, "%d questions are waiting already", ASKS_MAX);
		fail(h, done, arg, &err);
		return;
	}
	ask = ask_new(h, q, done, arg);
	write_form(&form, q, &h->uri);
	if (!post(h, ask, buf_str(&form), &err)) {
		forget(ask);
		fail(h, done, arg, &err);
	}
	buf_fini(&form);
}

/* InfluxDB ends a query whose connection is closed. */
static void
influxdb_cancel(struct history *h, void *arg)
{
	struct ask *ask = h->asks;

	while (ask != NULL && ask->arg != arg)
		ask = ask->next;
	if (ask == NULL)
		return;
	fetch_cancel(h->fetcher, ask);
	forget(ask);
}

static bool
influxdb_check(const char *text, struct err *err)
{
	struct influxdb_uri uri;
	bool ok = influxdb_uri_parse(&uri, text, getenv, err);

	if (ok)
		influxdb_uri_fini(&uri);
	return ok;
}

static void
influxdb_close(struct history *h)
{
	fetcher_close(h->fetcher);
	while (h->asks != NULL)
		forget(h->asks);
	influxdb_uri_fini(&h->uri);
	free(h);
}

static struct history *
influxdb_open(struct loop *loop, const char *text, struct err *err)
{
	struct history *h = xcalloc(1, sizeof *h);
	char *password = NULL;
	bool ok = influxdb_uri_parse(&h->uri, text, getenv, err);

	if (ok && h->uri.password_file != NULL) {
		password = read_password(h->uri.password_file, err);
		ok = password != NULL;
		secret_free(password);
	}
	if (ok) {
		h->fetcher = fetcher_open(loop, HISTORY_ANSWER_BYTES_MAX, err);
		ok = h->fetcher != NULL;
	}
	if (ok)
		return h;
	influxdb_close(h);
	return NULL;
}

const struct history_kind history_influxdb = {
	.name = "influxdb",
	.check = influxdb_check,
	.open = influxdb_open,
	.ask = influxdb_ask,
	.cancel = influxdb_cancel,
	.close = influxdb_close,
};
