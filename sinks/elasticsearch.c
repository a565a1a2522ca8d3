/* SPDX-License-Identifier: ISC */
/*
 * cheapster-sink-elasticsearch: points as documents to an Elasticsearch or an
 * OpenSearch.
 */
#include "config.h"

#include <sysexits.h>

#include "common/log.h"
#include "common/number.h"
#include "common/sink.h"

#include "sinks/delivery.h"
#include "sinks/elastic_answer.h"
#include "sinks/elastic_server.h"
#include "sinks/format_elasticsearch.h"
#include "sinks/sink_operand.h"

#define DOCUMENTS_MAX 5000
#define BYTES_MAX (5u << 20)
#define ANSWER_BYTES_MAX (8u << 20)	/* each document with an error */
#define ARENA_BYTES_MAX (16u << 20)

struct elasticsearch {
	struct sink_uri uri;
	struct elastic_format format;
	struct elastic_server server;
	struct delivery delivery;
	struct arena arena;
	int64_t days[ELASTIC_DAYS_MAX];	/* of what is held */
	size_t n_days;
	bool has_dedot;
	uint64_t n_refused;	/* points, when it was last looked at */
};

static void
compose(void *arg, struct str records, struct http_request *request)
{
	struct elasticsearch *s = arg;

	elastic_server_request(&s->server, "/_bulk?" ELASTIC_BULK_FILTER,
	    request);
	request->body = records;
	request->type = s->format.version >= ELASTIC_6 ?
	    "application/x-ndjson" : "application/json";
}

static enum http_verdict
judge(void *arg, const struct http_answer *answer, enum http_verdict verdict)
{
	struct elasticsearch *s = arg;

	if (elastic_server_elsewhere(&s->server, answer))
		return HTTP_ELSEWHERE;
	if (answer->status == 401)
		elastic_server_renew(&s->server);
	return answer->status == 404 ? HTTP_AGAIN : verdict;
}

static bool
sift(void *arg, const struct http_answer *answer, struct http_fate *fate)
{
	struct elasticsearch *s = arg;
	bool is_one;

	elastic_server_answered(&s->server);
	is_one = elastic_bulk_answer(answer->body, &s->arena, fate);
	arena_reset(&s->arena);
	return is_one;
}

/* Of Heapster's client, and without effect here: all requests come again until
 * they are taken, one at a time, and a node that fails is passed over. */
static bool
take_ignored(struct elasticsearch *s, struct err *err)
{
	const char *timeout = sink_uri_string(&s->uri,
	    "startupHealthcheckTimeout");
	uint64_t retries, workers;
	bool want_check;
	double timeout_s;

	if (timeout != NULL && !parse_double(str_of(timeout), &timeout_s))
		return err_set(err, "failed to parse "
		    "`startupHealthcheckTimeout` flag - not a number");
	return sink_uri_u64(&s->uri, "maxRetries", &retries, err) &&
	    sink_uri_u64(&s->uri, "bulkWorkers", &workers, err) &&
	    sink_uri_bool(&s->uri, "healthCheck", &want_check, err);
}

static bool
check_version(const struct elasticsearch *s, struct err *err)
{
	enum elastic_version version = s->server.version;

	if (version == ELASTIC_2 && s->format.pipeline.p != NULL)
		return err_set(err, "`pipeline` needs version 5");
	if (version != ELASTIC_UNKNOWN && version < ELASTIC_7 &&
	    s->server.is_stream)
		return err_set(err, "`mode=data_stream` needs version 7");
	return true;
}

/* After the server's: some depend on its version. */
static bool
take_options(struct elasticsearch *s, struct err *err)
{
	const char *cluster = sink_uri_string(&s->uri, "cluster_name");

	s->format.cluster_name = str_of(cluster == NULL ? "default" : cluster);
	s->format.index = str_of(s->server.index);
	s->format.pipeline = str_of(sink_uri_string(&s->uri, "pipeline"));
	s->format.is_stream = s->server.is_stream;
	s->has_dedot = sink_uri_string(&s->uri, "dedot") != NULL;
	return check_version(s, err) && take_ignored(s, err) &&
	    sink_uri_bool(&s->uri, "dedot", &s->format.want_underscores,
	    err) &&
	    point_filter_init(&s->format.filter, &s->uri, err);
}

static bool
elasticsearch_init(void *self, char **operands, struct err *err)
{
	struct elasticsearch *s = self;

	arena_init(&s->arena, ARENA_BYTES_MAX);
	if (!sink_operand(&s->uri, operands, err) ||
	    !delivery_open(&s->delivery, &s->uri, DOCUMENTS_MAX, BYTES_MAX,
	    err) || !elastic_server_open(&s->server, &s->delivery.http,
	    &s->uri, err) || !take_options(s, err))
		return false;
	s->delivery.http.answer_bytes_max = ANSWER_BYTES_MAX;
	s->delivery.batch.record_len = elastic_record_len;
	s->delivery.compose = compose;
	s->delivery.judge = judge;
	s->delivery.sift = sift;
	s->delivery.arg = s;
	sink_operand_done(&s->uri);
	log_info("elasticsearch url=%s nodes=%zu index=%s",
	    log_qs(s->server.nodes[0]), s->server.n_nodes,
	    log_qs(s->server.index));
	return true;
}

/* What documents look like depends on the version. */
static bool
know_version(struct elasticsearch *s, struct err *err)
{
	if (s->format.version != ELASTIC_UNKNOWN)
		return true;
	if (!elastic_server_find_version(&s->server, err) ||
	    !check_version(s, err))
		return false;
	if (!s->has_dedot)
		s->format.want_underscores = s->server.version >= ELASTIC_6;
	s->format.version = s->server.version;
	return true;
}

/* True: that is as many days as go together. */
static bool
note_day(struct elasticsearch *s, int64_t window_ns)
{
	int64_t day_ns = window_ns - window_ns % ELASTIC_DAY_NS;

	for (size_t i = 0; i < s->n_days; i++)
		if (s->days[i] == day_ns)
			return false;
	s->days[s->n_days++] = day_ns;
	return s->n_days == ELASTIC_DAYS_MAX;
}

static enum sink_result
elasticsearch_write(void *self, const struct sink_frame *frame, struct err *err)
{
	struct elasticsearch *s = self;
	struct buf *text = &s->delivery.batch.text;
	size_t begin = text->len;
	enum sink_result result;
	uint64_t n;

	if (!know_version(s, err))
		return SINK_RETRY;
	n = format_elasticsearch(text, &s->format, frame->frame);
	result = delivery_add(&s->delivery, begin, n, err);
	if (result != SINK_DROP && n > 0 &&
	    note_day(s, frame->frame->window_ns))
		result = SINK_FULL;
	return result;
}

static enum sink_result
elasticsearch_flush(void *self, struct err *err)
{
	struct elasticsearch *s = self;
	enum sink_result result = SINK_OK;

	for (size_t i = 0; i < s->n_days; i++)
		if (!elastic_server_prepare(&s->server, s->days[i], err))
			result = SINK_RETRY;
	if (result == SINK_OK)
		result = delivery_flush(&s->delivery, err);
	if (result == SINK_RETRY)
		elastic_server_forget(&s->server);
	return result;
}

/* A server that refuses points may be another one, as after an upgrade. */
static void
elasticsearch_discard(void *self)
{
	struct elasticsearch *s = self;
	uint64_t n_refused = s->delivery.counters.points_refused;

	batch_clear(&s->delivery.batch);
	s->n_days = 0;
	if (n_refused != s->n_refused &&
	    elastic_server_doubt_version(&s->server))
		s->format.version = ELASTIC_UNKNOWN;
	s->n_refused = n_refused;
}

static void
elasticsearch_fini(void *self)
{
	struct elasticsearch *s = self;

	elastic_server_close(&s->server);
	delivery_close(&s->delivery);
	elastic_format_fini(&s->format);
	sink_uri_fini(&s->uri);
	arena_fini(&s->arena);
}

static bool
elasticsearch_check(void *self, struct err *err)
{
	struct elasticsearch *s = self;

	return elastic_server_check(&s->server, err);
}

static void
elasticsearch_count(void *self, struct counters *counters)
{
	struct elasticsearch *s = self;

	counters_add(counters, &s->delivery.counters, delivery_counters);
}

int
main(int argc, char **argv)
{
	static const struct sink_ops ops = {
		.name = "elasticsearch",
		.summary = "writes every point to an Elasticsearch",
		.synopsis = "URL?OPTION=VALUE&...",
		.ctx_size = sizeof(struct elasticsearch),
		.init = elasticsearch_init,
		.write = elasticsearch_write,
		.fini = elasticsearch_fini,
		.flush = elasticsearch_flush,
		.discard = elasticsearch_discard,
		.hold_ns = &delivery_hold_ns,
		.check = elasticsearch_check,
		.init_exit_code = EX_CONFIG,
		.count = elasticsearch_count,
	};

	return sink_main(&ops, argc, argv);
}
