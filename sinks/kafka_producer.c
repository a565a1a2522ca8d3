/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <librdkafka/rdkafka.h>

#include "common/clock.h"
#include "common/timestamp.h"

#include "sinks/kafka_handle.h"
#include "sinks/stop_grace.h"

#define POLL_MS 100
#define OVERHEAD_BYTES 128	/* of a message in a request, and more */
#define BATCH_BYTES 1000000	/* librdkafka's */
#define SMALLER_MAX 32		/* flushes, then requests may be larger */
#define SYSLOG_WARNING 4

static void
note_reason(struct kafka_producer *p, const char *text)
{
	snprintf(p->reason, sizeof p->reason, "%s", text);
}

static void
refuse(struct kafka_producer *p, struct kafka_message *m, const char *reason)
{
	m->state = KAFKA_DONE;
	p->counters.points_refused++;
	p->sign_mono_ns = clock_mono_ns();
	if (log_onset(&p->refused, clock_mono_ns()))
		log_warn("message_refused bytes=%" PRIu32 " seen=%" PRIu64
		    " error=%s", m->value_len, p->refused.seen,
		    log_qs(reason));
}

static void
too_large(struct kafka_producer *p, struct kafka_message *m)
{
	size_t len = (size_t)m->key_len + m->value_len + OVERHEAD_BYTES;

	m->state = KAFKA_TOO_LARGE;
	p->n_too_large++;
	if (len > p->largest)
		p->largest = len;
}

static void
taken(struct kafka_producer *p, struct kafka_message *m)
{
	m->state = KAFKA_DONE;
	p->counters.points_sent++;
	p->counters.bytes_sent += m->value_len;
	p->sign_mono_ns = clock_mono_ns();
}

/* A topic that was not there is asked for again after minutes, but at once by
 * another producer.  Nothing has been sent to it. */
static void
come_back(struct kafka_producer *p, struct kafka_message *m,
    rd_kafka_resp_err_t code)
{
	m->state = KAFKA_WAITING;
	p->n_back++;
	note_reason(p, rd_kafka_err2str(code));
	if (code == RD_KAFKA_RESP_ERR__FATAL ||
	    code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
	    code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
	    code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
		p->is_spoilt = true;
}

static void
judge(struct kafka_producer *p, struct kafka_message *m,
    rd_kafka_resp_err_t code)
{
	switch (code) {
	case RD_KAFKA_RESP_ERR_NO_ERROR:
		taken(p, m);
		break;
	case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
	case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
	case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
		too_large(p, m);
		break;
	case RD_KAFKA_RESP_ERR_INVALID_RECORD:
	case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
		refuse(p, m, rd_kafka_err2str(code));
		break;
	default:
		p->counters.points_retried++;
		come_back(p, m, code);
		break;
	}
}

void
kafka_on_report(rd_kafka_t *rk, const rd_kafka_message_t *report, void *arg)
{
	struct kafka_producer *p = arg;

	(void)rk;
	p->n_sent--;
	judge(p, report->_private, report->err);
}

/* A password may have been changed in its file. */
static void
renew_password(struct kafka_producer *p)
{
	struct err err;

	if (p->options->password.file == NULL)
		return;
	if (sink_secret_reload(&p->options->password, &err))
		p->is_spoilt = true;
	else
		log_warn("secret_not_read error=%s", log_qs(err.msg));
}

void
kafka_on_error(rd_kafka_t *rk, int code, const char *reason, void *arg)
{
	struct kafka_producer *p = arg;

	(void)rk;
	/* That all are down says less than what was said of the last one. */
	if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || *p->reason == '\0')
		note_reason(p, reason);
	if (code == RD_KAFKA_RESP_ERR__FATAL)
		p->is_spoilt = true;
	if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION)
		renew_password(p);
}

/* What librdkafka has to say, once a minute. */
void
kafka_on_log(const rd_kafka_t *rk, int level, const char *facility,
    const char *text)
{
	struct kafka_producer *p = rd_kafka_opaque(rk);

	if (level > SYSLOG_WARNING)
		log_debug("kafka facility=%s text=%s", log_qs(facility),
		    log_qs(text));
	else if (log_onset(&p->complaint, clock_mono_ns()))
		log_warn("kafka_complains facility=%s seen=%" PRIu64
		    " error=%s", log_qs(facility), p->complaint.seen,
		    log_qs(text));
}

/* What is with the producer waits for the next one. */
static void
drop_handle(struct kafka_producer *p, struct kafka_messages *messages)
{
	kafka_handle_close(p);
	for (size_t i = 0; i < messages->n; i++)
		if (messages->items[i].state == KAFKA_SENT)
			messages->items[i].state = KAFKA_WAITING;
	p->n_sent = p->next = 0;
	p->is_spoilt = false;
}

/* False: librdkafka takes no more for now. */
static bool
hand_over(struct kafka_producer *p, struct kafka_messages *messages,
    struct kafka_message *m)
{
	const char *text = messages->text.p;
	rd_kafka_resp_err_t code;

	m->state = KAFKA_SENT;
	p->n_sent++;
	if (rd_kafka_produce(p->topic, RD_KAFKA_PARTITION_UA,
	    RD_KAFKA_MSG_F_COPY, (char *)(uintptr_t)(text + m->value),
	    m->value_len, m->key_len == 0 ? NULL : text + m->key, m->key_len,
	    m) == 0)
		return true;
	code = rd_kafka_last_error();
	p->n_sent--;
	m->state = KAFKA_WAITING;
	if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL)
		return false;
	/* This one can never go. */
	if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
		refuse(p, m, rd_kafka_err2str(code));
		return true;
	}
	come_back(p, m, code);
	return false;
}

static void
hand_over_all(struct kafka_producer *p, struct kafka_messages *messages)
{
	for (; p->next < messages->n; p->next++) {
		struct kafka_message *m = &messages->items[p->next];

		if (m->state == KAFKA_WAITING && !hand_over(p, messages, m))
			return;
	}
}

/* All answers are in, and some requests were too large. */
static void
cut_requests(struct kafka_producer *p, struct kafka_messages *messages)
{
	size_t bytes = p->batch_bytes == 0 ? BATCH_BYTES : p->batch_bytes;
	bool is_least = bytes <= p->largest;

	for (size_t i = 0; i < messages->n; i++) {
		struct kafka_message *m = &messages->items[i];

		if (m->state != KAFKA_TOO_LARGE)
			continue;
		m->state = KAFKA_WAITING;
		if (is_least)
			refuse(p, m, "it is larger than the brokers take");
	}
	if (!is_least) {
		p->batch_bytes = bytes / 2;
		p->n_smaller = 0;
		drop_handle(p, messages);
	}
	p->next = p->n_too_large = p->largest = 0;
}

static enum sink_result
again(const struct kafka_producer *p, struct err *err, const char *what)
{
	err_set(err, "%s%s%s", what, *p->reason == '\0' ? "" : ": ",
	    p->reason);
	return SINK_RETRY;
}

/* Hands over, listens; SINK_HELD: goes on. */
static enum sink_result
step(struct kafka_producer *p, struct kafka_messages *messages,
    struct err *err)
{
	if (p->rk == NULL && !kafka_handle_open(p, err))
		return SINK_RETRY;
	if (p->n_back == 0)
		hand_over_all(p, messages);
	if (p->n_sent > 0)
		rd_kafka_poll(p->rk, POLL_MS);
	if (p->is_spoilt) {
		drop_handle(p, messages);
		p->n_back = 0;
		return again(p, err, "the producer is made anew");
	}
	if (p->n_sent > 0)
		return SINK_HELD;
	if (p->n_back > 0) {
		p->n_back = p->next = 0;
		return again(p, err, "write");
	}
	if (p->n_too_large > 0)
		cut_requests(p, messages);
	return p->next == messages->n ? SINK_OK : SINK_HELD;
}

/* What was too large for a broker may have been so for a minute.  The size is
 * the producer's. */
static void
grow(struct kafka_producer *p, struct kafka_messages *messages)
{
	if (p->batch_bytes == 0 || ++p->n_smaller < SMALLER_MAX)
		return;
	p->n_smaller = 0;
	p->batch_bytes = p->batch_bytes < BATCH_BYTES / 2 ?
	    p->batch_bytes * 2 : 0;
	drop_handle(p, messages);
	log_info("kafka_requests_grow bytes=%zu", p->batch_bytes == 0 ?
	    (size_t)BATCH_BYTES : p->batch_bytes);
}

static void
settle(struct kafka_producer *p, struct kafka_messages *messages,
    uint64_t n_refused_before)
{
	grow(p, messages);
	p->next = 0;
	*p->reason = '\0';
	if (p->counters.points_refused == n_refused_before)
		log_clear(&p->refused);
	if (log_clear(&p->complaint))
		log_info("kafka_recovered");
}

enum sink_result
kafka_producer_flush(struct kafka_producer *p,
    struct kafka_messages *messages, struct err *err)
{
	uint64_t n_refused = p->counters.points_refused;
	int64_t stop_mono_ns = 0;
	enum sink_result result;

	p->sign_mono_ns = clock_mono_ns();
	while ((result = step(p, messages, err)) == SINK_HELD) {
		int64_t now_mono_ns = clock_mono_ns();

		if (stop_grace_is_over(&stop_mono_ns, now_mono_ns)) {
			result = again(p, err, "interrupted by a request to "
			    "stop");
			break;
		}
		if (now_mono_ns - p->sign_mono_ns > p->options->timeout_ns) {
			result = again(p, err, "no acknowledgement");
			break;
		}
	}
	p->counters.points_unacknowledged = p->n_sent;
	if (result == SINK_OK)
		settle(p, messages, n_refused);
	return result;
}

/* Reports of theirs would find other messages in their place. */
void
kafka_producer_forget(struct kafka_producer *p)
{
	if (p->n_sent > 0)
		kafka_handle_close(p);
	p->next = p->n_sent = p->n_back = p->n_too_large = p->largest = 0;
	p->counters.points_unacknowledged = 0;
}

bool
kafka_producer_open(struct kafka_producer *p, struct kafka_options *options,
    struct err *err)
{
	p->options = options;
	return kafka_handle_open(p, err);
}

void
kafka_producer_close(struct kafka_producer *p)
{
	kafka_handle_close(p);
}

static void
look_for_topic(const struct kafka_producer *p,
    const struct rd_kafka_metadata *metadata)
{
	for (int i = 0; i < metadata->topic_cnt; i++)
		if (strcmp(metadata->topics[i].topic, p->options->topic) == 0)
			return;
	log_warn("topic_unknown topic=%s error=\"it is not there yet\"",
	    log_qs(p->options->topic));
}

bool
kafka_producer_check(struct kafka_producer *p, struct err *err)
{
	const struct rd_kafka_metadata *metadata;
	rd_kafka_resp_err_t code = rd_kafka_metadata(p->rk, 1, NULL,
	    &metadata, (int)(p->options->timeout_ns / NS_PER_MS));

	rd_kafka_poll(p->rk, POLL_MS);
	if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
		return err_set(err, "%s: %s", p->options->brokers,
		    *p->reason == '\0' ? rd_kafka_err2str(code) : p->reason);
	look_for_topic(p, metadata);
	rd_kafka_metadata_destroy(metadata);
	return true;
}
