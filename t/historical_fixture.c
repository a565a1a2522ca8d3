/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>

#include "t/historical_fixture.h"

struct history history;
struct fake_transport transport;
struct api_response response;

static struct counters counters;

static void
on_finish(struct api_ticket *ticket, struct api_response *rs)
{
	transport.n_finished += ticket == &transport.ticket;
	transport.status = rs->status;
	buf_reset(&transport.body);
	buf_add_str(&transport.body, buf_str(&rs->body));
}

static struct api_ticket *
take_ticket(void *arg)
{
	transport.n_taken += arg == &transport;
	transport.ticket.finish = on_finish;
	return transport.is_full ? NULL : &transport.ticket;
}

static const struct {
	const char *what;
	bool has_key, has_values;
} whats[] = {
	[HISTORY_METRICS] = { "metrics", true, false },
	[HISTORY_NODES] = { "nodes", false, false },
	[HISTORY_NAMESPACES] = { "namespaces", false, false },
	[HISTORY_PODS] = { "pods", true, false },
	[HISTORY_CONTAINERS] = { "containers", true, false },
	[HISTORY_SYS_CONTAINERS] = { "sys_containers", true, false },
	[HISTORY_SERIES] = { "series", true, true },
	[HISTORY_BUCKETS] = { "buckets", true, true },
};

/* As Heapster wrote keys in its errors. */
static void
write_key(struct buf *out, const struct history_key *key)
{
	const struct store_key *k = &key->names;

	switch (k->type) {
	case SET_NODE:
		buf_addf(out, " (node)node:%.*s", STR_ARG(k->node));
		break;
	case SET_SYS_CONTAINER:
		buf_addf(out, " (sys_container)node:%.*s/container:%.*s",
		    STR_ARG(k->node), STR_ARG(k->container));
		break;
	case SET_NAMESPACE:
		buf_addf(out, " (ns)ns:%.*s", STR_ARG(k->namespace_name));
		break;
	case SET_POD:
	case SET_POD_CONTAINER:
		buf_addf(out, k->type == SET_POD ? " (pod)" :
		    " (pod_container)");
		if (key->pod_uid.p != NULL)
			buf_addf(out, "poduid:%.*s", STR_ARG(key->pod_uid));
		else
			buf_addf(out, "ns:%.*s/pod:%.*s",
			    STR_ARG(k->namespace_name), STR_ARG(k->pod));
		if (k->type == SET_POD_CONTAINER)
			buf_addf(out, "/container:%.*s",
			    STR_ARG(k->container));
		break;
	case SET_CLUSTER:
	case SET_TYPE_COUNT:
		buf_addf(out, " (cluster)[cluster]");
		break;
	}
}

static void
write_question(struct buf *out, const struct history_question *q)
{
	buf_addf(out, "%s", whats[q->what].what);
	for (size_t i = 0; whats[q->what].has_key && i < q->n_keys; i++)
		write_key(out, &q->keys[i]);
	if (!whats[q->what].has_values)
		return;
	buf_addf(out, " %.*s", STR_ARG(q->metric));
	for (size_t i = 0; i < q->n_labels; i++)
		buf_addf(out, "%c%.*s=%.*s", i == 0 ? '{' : ',',
		    STR_ARG(q->labels[i].name), STR_ARG(q->labels[i].value));
	buf_addf(out, "%s %" PRId64 "..%" PRId64, q->n_labels > 0 ? "}" : "",
	    (q->start_ns - T0) / NS_PER_S, (q->end_ns - T0) / NS_PER_S);
	if (q->what == HISTORY_BUCKETS)
		buf_addf(out, " by %" PRId64 "ms: %#x",
		    q->bucket_ns / NS_PER_MS, q->aggregations);
}

static void
history_asked(struct history *h, const struct history_question *q,
    history_done *done, void *arg)
{
	h->n_asked++;
	buf_reset(&h->asked);
	write_question(&h->asked, q);
	if (h->is_slow) {
		h->done = done;
		h->arg = arg;
	} else {
		done(arg, h->answer, h->answer == NULL ? &h->err : NULL);
	}
}

static void
history_cancelled(struct history *h, void *arg)
{
	h->n_cancelled += arg == h->arg;
}

static void
history_closed(struct history *h)
{
	h->is_closed = true;
}

static const struct history_kind fake = {
	.name = "fake", .ask = history_asked,
	.cancel = history_cancelled, .close = history_closed,
};

struct historical historical = { .kind = &fake, .history = &history };
struct api api = { .counters = &counters, .historical = &historical };

int
ask_as(const char *method, const char *target, const char *accept)
{
	struct api_request request = {
		.method = str_of(method),
		.query = str_of(target),
		.accept = str_of(accept),
		.now_ns = NOW_NS,
		.transport = &transport,
		.defer = take_ticket,
	};

	request.path = str_cut(&request.query, '?');
	response = (struct api_response){ .body = response.body };
	buf_reset(&response.body);
	buf_reset(&history.asked);
	history.n_asked = 0;
	api_answer(&api, &request, &response);
	return response.status;
}

int
ask(const char *target)
{
	return ask_as("GET", target, NULL);
}

void
historical_fixture_fini(void)
{
	buf_fini(&history.asked);
	buf_fini(&transport.body);
	buf_fini(&response.body);
	buf_fini(&api.scratch);
}
