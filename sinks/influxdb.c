/* SPDX-License-Identifier: ISC */
/*
 * cheapster-sink-influxdb: points in InfluxDB's line protocol to an InfluxDB
 * of version 1, 2 or 3, or whatever understands the same.
 */
#include "config.h"

#include <sysexits.h>

#include "common/log.h"
#include "common/sink.h"

#include "sinks/delivery.h"
#include "sinks/format_influxdb.h"
#include "sinks/influx_server.h"
#include "sinks/sink_operand.h"

#define POINTS_MAX 10000
#define BYTES_MAX (4u << 20)

struct influxdb {
	struct sink_uri uri;
	struct influx_format format;
	struct influx_server server;
	struct delivery delivery;
};

static void
compose(void *arg, struct str lines, struct http_request *request)
{
	struct influxdb *s = arg;

	*request = (struct http_request){
		.url = s->server.write_url,
		.body = lines,
		.type = "text/plain; charset=utf-8",
		.authorization = s->server.authorization,
	};
}

/* A database, policy or bucket that is missing may be made by somebody. */
static enum http_verdict
judge(void *arg, const struct http_answer *answer, enum http_verdict verdict)
{
	struct influxdb *s = arg;

	if (answer->status == 401)
		influx_server_renew(&s->server);
	return answer->status == 404 ? HTTP_AGAIN : verdict;
}

/* Labels that are tags besides: "pod_id" or "+pod_id". */
static bool
take_tags(struct influxdb *s, struct err *err)
{
	const char *value;
	size_t i = 0;

	while ((value = sink_uri_next(&s->uri, "tags", &i)) != NULL) {
		struct str rest = str_of(value);

		while (rest.p != NULL) {
			struct str tag = str_cut(&rest, ',');
			enum influx_id id;

			/* A '+' of a query is a blank. */
			if (tag.len > 0 && (*tag.p == '+' || *tag.p == ' ')) {
				tag.p++;
				tag.len--;
			}
			if (tag.len == 0)
				continue;
			if (!influx_id_find(tag, &id))
				return err_set(err, "`tags`: host_id, hostname,"
				    " namespace_id or pod_id");
			s->format.has_tag[id] = true;
		}
	}
	return true;
}

static bool
take_options(struct influxdb *s, struct err *err)
{
	const char *cluster = sink_uri_string(&s->uri, "cluster_name");
	uint64_t concurrency = 1;

	s->format.cluster_name = str_of(cluster == NULL ? "default" : cluster);
	if (!sink_uri_u64(&s->uri, "concurrency", &concurrency, err))
		return false;
	if (concurrency == 0)
		return err_set(err, "`concurrency` flag can only be positive");
	return sink_uri_bool(&s->uri, "withfields", &s->format.want_fields,
	    err) && sink_uri_bool(&s->uri, "disable_counter_metrics",
	    &s->format.without_counters, err) &&
	    sink_uri_bool(&s->uri, "insecuressl",
	    &s->delivery.http.identity.is_insecure, err) &&
	    take_tags(s, err) &&
	    point_filter_init(&s->format.filter, &s->uri, err);
}

static bool
influxdb_init(void *self, char **operands, struct err *err)
{
	struct influxdb *s = self;

	if (!sink_operand(&s->uri, operands, err) ||
	    !delivery_open(&s->delivery, &s->uri, POINTS_MAX, BYTES_MAX, err) ||
	    !take_options(s, err) ||
	    !influx_server_open(&s->server, &s->delivery.http, &s->uri, err))
		return false;
	s->delivery.compose = compose;
	s->delivery.judge = judge;
	s->delivery.arg = s;
	sink_operand_done(&s->uri);
	log_info("influxdb url=%s version=%d database=%s",
	    log_qs(s->server.base_url), s->server.is_version_2 ? 2 : 1,
	    log_qs(s->server.database));
	return true;
}

static enum sink_result
influxdb_write(void *self, const struct sink_frame *frame, struct err *err)
{
	struct influxdb *s = self;
	struct buf *text = &s->delivery.batch.text;
	size_t begin = text->len;
	uint64_t n = format_influxdb(text, &s->format, frame->frame);

	return delivery_add(&s->delivery, begin, n, err);
}

static enum sink_result
influxdb_flush(void *self, struct err *err)
{
	struct influxdb *s = self;
	enum sink_result result;

	if (s->delivery.batch.n_points == 0)
		return SINK_OK;
	if (!influx_server_prepare(&s->server, err))
		return SINK_RETRY;
	result = delivery_flush(&s->delivery, err);
	if (result == SINK_RETRY)
		s->server.is_prepared = false;
	return result;
}

static void
influxdb_discard(void *self)
{
	struct influxdb *s = self;

	batch_clear(&s->delivery.batch);
}

static void
influxdb_fini(void *self)
{
	struct influxdb *s = self;

	influx_server_close(&s->server);
	delivery_close(&s->delivery);
	influx_format_fini(&s->format);
	sink_uri_fini(&s->uri);
}

static bool
influxdb_check(void *self, struct err *err)
{
	struct influxdb *s = self;

	return influx_server_check(&s->server, err);
}

static void
influxdb_count(void *self, struct counters *counters)
{
	struct influxdb *s = self;

	counters_add(counters, &s->delivery.counters, delivery_counters);
}

int
main(int argc, char **argv)
{
	static const struct sink_ops ops = {
		.name = "influxdb",
		.summary = "writes every point to an InfluxDB",
		.synopsis = "[URL?OPTION=VALUE&...]",
		.ctx_size = sizeof(struct influxdb),
		.init = influxdb_init,
		.write = influxdb_write,
		.fini = influxdb_fini,
		.flush = influxdb_flush,
		.discard = influxdb_discard,
		.hold_ns = &delivery_hold_ns,
		.check = influxdb_check,
		.init_exit_code = EX_CONFIG,
		.count = influxdb_count,
	};

	return sink_main(&ops, argc, argv);
}
