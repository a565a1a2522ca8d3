/* SPDX-License-Identifier: ISC */
/*
 * Inside the Metrics API: metrics_api.c finds what is asked for,
 * metrics_list.c and metrics_table.c write it.  Not for anybody else.
 */
#ifndef APISERVER_METRICS_IMPL_H
#define APISERVER_METRICS_IMPL_H

#include "apiserver/api.h"
#include "apiserver/kube_answer.h"
#include "apiserver/server_stats.h"
#include "apiserver/usage_node.h"

/* A question, and how the answer has to look. */
struct metrics_asked {
	struct api *api;
	const struct api_request *rq;
	struct api_response *rs;
	struct kube_wish wish;
	bool is_pods;
	struct str version;	/* "metrics.k8s.io/v1" */
	struct str include;	/* with each row of a table; absent */
	int64_t max_age_ns;
};

/* Brought up to date. */
const struct resource_table *metrics_table(struct metrics_asked *q);

static inline enum usage_form
metrics_form(const struct metrics_asked *q)
{
	return q->wish.form == KUBE_PROTOBUF ? USAGE_PROTOBUF : USAGE_JSON;
}

static inline void
metrics_note_told(const struct metrics_asked *q, const struct usage_item *item)
{
	if (q->api->server_stats != NULL)
		server_stats_told(q->api->server_stats,
		    q->rq->now_ns - item->at_ns);
}

/* Of nodes, or of pods. */
static inline struct str
metrics_kind(const struct metrics_asked *q)
{
	return q->is_pods ? STR("PodMetrics") : STR("NodeMetrics");
}

/* namespace_name absent: all. */
void metrics_list(struct metrics_asked *q, struct str namespace_name);

/* Appends the object of a list as it is on its own, or its metadata. */
void metrics_object_json(const struct metrics_asked *q, struct buf *out,
    const struct usage_item *item);
void metrics_metadata_json(const struct metrics_asked *q, struct buf *out,
    const struct usage_item *item);

/* False: the answer is written. */
bool metrics_table_check(const struct metrics_asked *q);

/* What comes before the first row, which has these values; NULL: there is
 * none. */
void metrics_table_columns(struct buf *out, const struct usage_value *first);
void metrics_table_row(const struct metrics_asked *q, struct buf *out,
    const struct resource_object *object, const struct usage_item *item,
    uint32_t columns);

#endif
