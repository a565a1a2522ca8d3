/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/json_out.h"

#include "apiserver/api.h"
#include "apiserver/go_time.h"
#include "apiserver/metric_alias.h"
#include "apiserver/model_series.h"

#define PODS_MAX 5000		/* of a list; a line has room for more */

static void
bad_request(struct api_response *rs, struct buf *message)
{
	api_text(rs, 400, buf_str(message));
	buf_fini(message);
}

/* "resource_id:/,..."; false: the answer is written.  An unknown label can
 * match nothing. */
static bool
parse_labels(struct str text, struct resource *like, bool *can_match,
    struct api_response *rs)
{
	while (text.p != NULL) {
		struct str pair = str_cut(&text, ','), value = pair;
		struct str key = str_cut(&value, ':');
		struct buf message = BUF_INIT;

		if (key.len == 0 || value.len == 0) {
			buf_addf(&message, "invalid label pair \"%.*s\"",
			    STR_ARG(pair));
			bad_request(rs, &message);
			return false;
		}
		if (str_is(key, "resource_id"))
			like->resource_id = value;
		else if (str_is(key, "make"))
			like->make = value;
		else if (str_is(key, "model"))
			like->model = value;
		else if (str_is(key, "accelerator_id"))
			like->accelerator_id = value;
		else
			*can_match = false;
	}
	return true;
}

/* What is asked of each set. */
struct question {
	enum metric metric;
	struct resource like;
	bool can_match;		/* there is such a metric, with such labels */
	int64_t start_ns, end_ns;
};

/* False: the answer is written. */
static bool
parse_range(struct api *api, const struct api_request *rq,
    struct question *q, struct api_response *rs)
{
	struct str start = api_parameter(api, rq, "start");
	struct str end = api_parameter(api, rq, "end");
	struct buf message = BUF_INIT;

	q->start_ns = INT64_MIN;
	q->end_ns = rq->now_ns;
	if ((start.len > 0 &&
	    !go_time_parse(start, &q->start_ns, &message)) ||
	    (end.len > 0 && !go_time_parse(end, &q->end_ns, &message))) {
		bad_request(rs, &message);
		return false;
	}
	return true;
}

/* The metric is the last capture.  False: the answer is written. */
static bool
parse_question(struct api *api, const struct api_request *rq,
    struct question *q, struct api_response *rs)
{
	struct str name = rq->captures[rq->n_captures - 1];
	struct str labels = api_parameter(api, rq, "labels");
	bool is_plain;

	*q = (struct question){ .like = { .present = 0 } };
	q->metric = metric_parse(metric_without_alias(name), &q->like.resource_id);
	q->can_match = q->metric != METRIC_COUNT;
	is_plain = q->metric < METRIC_PLAIN_COUNT ||
	    metric_is_composed(q->metric);
	if (!parse_range(api, rq, q, rs) || (labels.len > 0 &&
	    !parse_labels(labels, &q->like, &q->can_match, rs)))
		return false;
	q->can_match = q->can_match && is_plain == (labels.len == 0);
	return true;
}

/* Towards zero; what no uint64_t has is 0. */
static uint64_t
whole_part(double v)
{
	return v >= 0 && v < 18446744073709551616.0 ? (uint64_t)v : 0;
}

static void
write_point(struct json_out *json, enum metric m, const struct store_point *p)
{
	json_out_object(json);
	json_out_key(json, "timestamp");
	json_out_time(json, p->window_ns);
	json_out_key(json, "value");
	if (metrics[m].type == METRIC_FLOAT) {
		json_out_u64(json, whole_part(p->value.f));
		json_out_key(json, "floatValue");
		json_out_double(json, p->value.f);
	} else {
		json_out_u64(json, p->value.u);
	}
	json_out_object_end(json);
}

/* MetricResult of one set. */
static void
write_series(struct json_out *json, struct store *s,
    const struct store_key *key, const struct question *q)
{
	const struct store_point *points = NULL;
	size_t n = 0;

	if (q->can_match)
		n = store_series(s, store_find(s, key), q->metric, &q->like,
		    q->start_ns, q->end_ns, &points);
	json_out_object(json);
	json_out_key(json, "metrics");
	json_out_array(json);
	for (size_t i = 0; i < n; i++)
		write_point(json, q->metric, &points[i]);
	json_out_array_end(json);
	json_out_key(json, "latestTimestamp");
	json_out_time(json, n == 0 ? 0 : points[n - 1].window_ns);
	json_out_object_end(json);
}

void
model_series(struct api *api, const struct api_request *rq,
    const struct store_key *key, struct api_response *rs)
{
	struct question q;
	struct json_out json;

	if (!parse_question(api, rq, &q, rs))
		return;
	api_json(rs, &json, true);
	write_series(&json, api->store, key, &q);
}

static size_t
count_names(struct str list)
{
	size_t n = 0;

	for (; list.p != NULL; n++)
		str_cut(&list, ',');
	return n;
}

void
model_pod_list(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	struct store_key key = {
		.type = SET_POD, .namespace_name = rq->captures[0],
	};
	struct str pods = rq->captures[1];
	struct question q;
	struct json_out json;

	if (!parse_question(api, rq, &q, rs))
		return;
	if (count_names(pods) > PODS_MAX) {
		api_text(rs, 400, STR("too many pods in one list"));
		return;
	}
	api_json(rs, &json, false);
	json_out_object(&json);
	json_out_key(&json, "items");
	json_out_array(&json);
	while (pods.p != NULL) {
		key.pod = str_cut(&pods, ',');
		write_series(&json, api->store, &key, &q);
	}
	json_out_array_end(&json);
	json_out_object_end(&json);
	buf_add_char(&rs->body, '\n');
}
