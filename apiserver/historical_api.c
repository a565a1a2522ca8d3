/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "common/mem.h"

#include "apiserver/api.h"
#include "apiserver/historical.h"
#include "apiserver/historical_out.h"
#include "apiserver/historical_query.h"
#include "apiserver/metric_alias.h"

/* A question on its way: what its answer will look like, and who gets it. */
struct historical_wait {
	struct historical *of;
	struct historical_wait *next, *previous;
	enum history_what what;
	bool is_list;
	unsigned aggregations;
	int64_t bucket_ns;
	struct api_response *rs;	/* while the request is in hand */
	struct api_ticket *ticket;	/* afterwards */
	bool is_done;
};

static void
forget(struct historical_wait *w)
{
	if (w->previous != NULL)
		w->previous->next = w->next;
	else
		w->of->waiting = w->next;
	if (w->next != NULL)
		w->next->previous = w->previous;
	w->of->counters.history_waiting--;
	free(w);
}

void
historical_close(struct historical *h)
{
	if (h->history != NULL)
		h->kind->close(h->history);
	h->history = NULL;
	while (h->waiting != NULL) {
		struct api_response rs = { .status = 0 };

		api_text(&rs, 503, STR("no answer before the end"));
		if (h->waiting->ticket != NULL)
			h->waiting->ticket->finish(h->waiting->ticket, &rs);
		buf_fini(&rs.body);
		forget(h->waiting);
	}
}

static void
write_names(struct buf *out, const struct history_answer *answer)
{
	struct str *names = xcalloc(answer->n_names + 1, sizeof *names);

	for (size_t i = 0; i < answer->n_names; i++)
		names[i] = answer->names[i];
	historical_names_write(out, names, answer->n_names);
	free(names);
}

static void
write_answer(const struct historical_wait *w,
    const struct history_answer *answer, struct api_response *rs)
{
	rs->status = 200;
	rs->content_type = "application/json";
	rs->body.max_bytes = HISTORICAL_TEXT_BYTES_MAX;
	if (w->what == HISTORY_SERIES)
		historical_series_write(&rs->body, answer->items,
		    answer->n_items, w->is_list);
	else if (w->what == HISTORY_BUCKETS)
		historical_buckets_write(&rs->body, answer->items,
		    answer->n_items, w->is_list, w->aggregations,
		    w->bucket_ns);
	else
		write_names(&rs->body, answer);
	if (rs->body.failed) {
		buf_fini(&rs->body);	/* nobody needs as much again */
		api_text(rs, 500, STR("the answer is too large: ask for less "
		    "time or fewer objects"));
	}
	rs->body.max_bytes = 0;
}

static void
on_answer(void *arg, const struct history_answer *answer,
    const struct err *err)
{
	struct historical_wait *w = arg;
	struct api_response later = { .is_compressible = true };
	struct api_response *rs = w->rs != NULL ? w->rs : &later;

	if (answer != NULL)
		write_answer(w, answer, rs);
	else
		api_text(rs, 500, str_of(err->msg));
	w->of->counters.history_failures += answer == NULL;
	w->is_done = true;
	if (w->rs != NULL)
		return;		/* ask() goes on */
	if (w->ticket != NULL)
		w->ticket->finish(w->ticket, &later);
	buf_fini(&later.body);
	forget(w);
}

/* Who has asked is gone, or has been told that it takes too long. */
static void
on_forgotten(void *arg)
{
	struct historical_wait *w = arg;
	struct api_response nothing = { .status = 0 };

	if (w->of->history == NULL)
		return;
	w->of->kind->cancel(w->of->history, w);
	w->ticket->finish(w->ticket, &nothing);
	forget(w);
}

/* Nobody has answered yet: the transport is told to wait. */
static void
defer(struct historical_wait *w, const struct api_request *rq,
    struct api_response *rs)
{
	w->rs = NULL;
	w->ticket = rq->defer == NULL ? NULL : rq->defer(rq->transport);
	if (w->ticket != NULL) {
		rs->is_deferred = true;
		w->ticket->on_forgotten = on_forgotten;
		w->ticket->arg = w;
	} else
		api_text(rs, 500, STR("this answer cannot be waited for"));
}

static void
ask(struct api *api, const struct api_request *rq,
    const struct history_question *question, bool is_list,
    struct api_response *rs)
{
	struct historical *h = api->historical;
	struct historical_wait *w = xcalloc(1, sizeof *w);

	*w = (struct historical_wait){
		.of = h,
		.next = h->waiting,
		.what = question->what,
		.is_list = is_list,
		.aggregations = question->aggregations,
		.bucket_ns = question->bucket_ns,
		.rs = rs,
	};
	if (h->waiting != NULL)
		h->waiting->previous = w;
	h->waiting = w;
	h->counters.history_questions++;
	h->counters.history_waiting++;
	h->kind->ask(h->history, question, on_answer, w);
	if (w->is_done)
		forget(w);
	else
		defer(w, rq, rs);
}

/* The names of what is in the set of the key, or of its metrics. */
static void
ask_names(struct api *api, const struct api_request *rq,
    enum history_what what, const struct history_key *key,
    struct api_response *rs)
{
	struct history_question question = {
		.what = what, .keys = key, .n_keys = 1,
	};

	ask(api, rq, &question, false, rs);
}

/* What a metric is aggregated by is the capture before it. */
static bool
parse_parameters(struct api *api, const struct api_request *rq,
    struct history_question *q, struct history_label *labels,
    struct buf *error)
{
	bool is_aggregated = q->what == HISTORY_BUCKETS;

	q->labels = labels;
	return historical_range(api_parameter(api, rq, "start"),
	    api_parameter(api, rq, "end"), rq->now_ns, &q->start_ns,
	    &q->end_ns, error) &&
	    (!is_aggregated || historical_bucket(api_parameter(api, rq,
	    "bucket"), &q->bucket_ns, error)) &&
	    (!is_aggregated || historical_aggregations(
	    rq->captures[rq->n_captures - 2], &q->aggregations, error)) &&
	    historical_labels(api_parameter(api, rq, "labels"), labels,
	    &q->n_labels, error);
}

/* Nothing is in a range that ends before it begins: nobody is asked. */
static void
answer_nothing(const struct history_question *q, bool is_list,
    struct api_response *rs)
{
	struct history_item *items = xcalloc(q->n_keys, sizeof *items);
	struct historical_wait w = {
		.what = q->what, .is_list = is_list,
		.aggregations = q->aggregations,
	};

	write_answer(&w, &(struct history_answer){
		.items = items, .n_items = q->n_keys,
	}, rs);
	free(items);
}

/* The metric is the last capture. */
static void
ask_values(struct api *api, const struct api_request *rq,
    enum history_what what, const struct history_key *keys, size_t n_keys,
    bool is_list, struct api_response *rs)
{
	struct history_label labels[HISTORY_LABELS_MAX];
	struct str metric = rq->captures[rq->n_captures - 1];
	struct history_question question = {
		.what = what, .keys = keys, .n_keys = n_keys,
		.metric = metric_without_alias(metric),
	};
	struct buf error = BUF_INIT;

	if (!parse_parameters(api, rq, &question, labels, &error))
		api_text(rs, 400, buf_str(&error));
	else if (question.start_ns > question.end_ns)
		answer_nothing(&question, is_list, rs);
	else
		ask(api, rq, &question, is_list, rs);
	buf_fini(&error);
}

/* One set for each part of the list, in its order, also if one comes twice. */
static void
ask_list(struct api *api, const struct api_request *rq,
    enum history_what what, struct str list, struct history_key key,
    bool is_by_uid, struct api_response *rs)
{
	struct history_key *keys = xcalloc(HISTORY_KEYS_MAX, sizeof *keys);
	size_t n = 0;

	for (; list.p != NULL && n < HISTORY_KEYS_MAX; n++) {
		struct str name = str_cut(&list, ',');

		keys[n] = key;
		*(is_by_uid ? &keys[n].pod_uid : &keys[n].names.pod) = name;
	}
	if (list.p != NULL)
		api_text(rs, 400, STR("too many pods in one list"));
	else
		ask_values(api, rq, what, keys, n, true, rs);
	free(keys);
}

/* The set that the captures of a request name, outermost first. */
static struct history_key
key_of(enum set_type type, const struct api_request *rq)
{
	bool is_of_node = type == SET_NODE || type == SET_SYS_CONTAINER;
	struct history_key key = { .names.type = type };

	if (is_of_node) {
		key.names.node = rq->captures[0];
		if (type == SET_SYS_CONTAINER)
			key.names.container = rq->captures[1];
	} else if (type != SET_CLUSTER) {
		key.names.namespace_name = rq->captures[0];
		if (type != SET_NAMESPACE)
			key.names.pod = rq->captures[1];
		if (type == SET_POD_CONTAINER)
			key.names.container = rq->captures[2];
	}
	return key;
}

static struct history_key
uid_key_of(enum set_type type, const struct api_request *rq)
{
	struct history_key key = { .names.type = type };

	key.pod_uid = rq->captures[0];
	if (type == SET_POD_CONTAINER)
		key.names.container = rq->captures[1];
	return key;
}

#define HANDLER(name) \
static void \
name(struct api *api, const struct api_request *rq, struct api_response *rs)

/* For each way to name a set: one of its series, and aggregations of it. */
#define VALUES(set, type, key_of) \
HANDLER(set##_series) \
{ \
	struct history_key key = key_of(type, rq); \
 \
	ask_values(api, rq, HISTORY_SERIES, &key, 1, false, rs); \
} \
 \
HANDLER(set##_buckets) \
{ \
	struct history_key key = key_of(type, rq); \
 \
	ask_values(api, rq, HISTORY_BUCKETS, &key, 1, false, rs); \
}

/* The names of something in a set. */
#define NAMES(name, type, what) \
HANDLER(name) \
{ \
	struct history_key key = key_of(type, rq); \
 \
	ask_names(api, rq, what, &key, rs); \
}

VALUES(cluster, SET_CLUSTER, key_of)
VALUES(node, SET_NODE, key_of)
VALUES(sys_container, SET_SYS_CONTAINER, key_of)
VALUES(namespace, SET_NAMESPACE, key_of)
VALUES(pod, SET_POD, key_of)
VALUES(pod_container, SET_POD_CONTAINER, key_of)
VALUES(uid_pod, SET_POD, uid_key_of)
VALUES(uid_container, SET_POD_CONTAINER, uid_key_of)

NAMES(cluster_metrics, SET_CLUSTER, HISTORY_METRICS)
NAMES(node_metrics, SET_NODE, HISTORY_METRICS)
NAMES(sys_container_metrics, SET_SYS_CONTAINER, HISTORY_METRICS)
NAMES(namespace_metrics, SET_NAMESPACE, HISTORY_METRICS)
NAMES(pod_metrics, SET_POD, HISTORY_METRICS)
NAMES(pod_container_metrics, SET_POD_CONTAINER, HISTORY_METRICS)
NAMES(node_list, SET_CLUSTER, HISTORY_NODES)
NAMES(sys_container_list, SET_NODE, HISTORY_SYS_CONTAINERS)
NAMES(namespace_list, SET_CLUSTER, HISTORY_NAMESPACES)
NAMES(pod_list, SET_NAMESPACE, HISTORY_PODS)
NAMES(pod_container_list, SET_POD, HISTORY_CONTAINERS)

HANDLER(pods_series)
{
	ask_list(api, rq, HISTORY_SERIES, rq->captures[1],
	    key_of(SET_POD, rq), false, rs);
}

HANDLER(pods_buckets)
{
	ask_list(api, rq, HISTORY_BUCKETS, rq->captures[1],
	    key_of(SET_POD, rq), false, rs);
}

HANDLER(uid_pods_series)
{
	ask_list(api, rq, HISTORY_SERIES, rq->captures[0],
	    uid_key_of(SET_POD, rq), true, rs);
}

HANDLER(uid_pods_buckets)
{
	ask_list(api, rq, HISTORY_BUCKETS, rq->captures[0],
	    uid_key_of(SET_POD, rq), true, rs);
}

#define NS "namespaces/{}"
#define POD NS "/pods/{}"
#define CONTAINER POD "/containers/{}"
#define SYS_CONTAINER "nodes/{}/freecontainers/{}"

/* Behind the path of a set: its metrics, one of them, aggregations of it. */
#define ROUTES_METRICS(path, set, help) \
	{ path "metrics", set##_metrics, "metrics of " help },
#define ROUTES_VALUES(path, set) \
	{ path "metrics/{*}", set##_series, "one of them" }, \
	{ path "metrics-aggregated/{}/{*}", set##_buckets, \
	    "aggregations of one" },
#define ROUTES(path, set, help) \
	ROUTES_METRICS(path, set, help) ROUTES_VALUES(path, set)

static const struct api_route historical_routes[] = {
	ROUTES("", cluster, "the cluster")
	{ "nodes", node_list, "nodes" },
	ROUTES("nodes/{}/", node, "a node")
	{ "nodes/{}/freecontainers", sys_container_list,
	    "system containers of a node" },
	ROUTES(SYS_CONTAINER "/", sys_container, "a system container")
	{ "namespaces", namespace_list, "namespaces" },
	ROUTES(NS "/", namespace, "a namespace")
	{ NS "/pods", pod_list, "pods of a namespace" },
	ROUTES(POD "/", pod, "a pod")
	{ POD "/containers", pod_container_list, "containers of a pod" },
	ROUTES(CONTAINER "/", pod_container, "a container")
	ROUTES_VALUES(NS "/pod-list/{}/", pods)
	ROUTES_VALUES("pod-id/{}/", uid_pod)
	ROUTES_VALUES("pod-id/{}/containers/{}/", uid_container)
	ROUTES_VALUES("pod-id-list/{}/", uid_pods)
	{ NULL, NULL, NULL },
};

const struct api_family historical_family = {
	.root = "/api/v1/historical",
	.routes = historical_routes,
	.is_json = true,
	.is_historical = true,
};
