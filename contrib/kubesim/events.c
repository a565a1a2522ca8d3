/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <event2/buffer.h>
#include <event2/keyvalq_struct.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/mem.h"
#include "common/timestamp.h"

#include "contrib/kubesim/events.h"

#define EVENTS_MAX 65536
#define BOOKMARK_NS (2 * NS_PER_S)
#define WATCH_DEFAULT_S 300

struct event_text {
	uint64_t version;
	enum sim_kind kind;
	size_t at;
	struct buf line;
};

struct watch {
	LIST_ENTRY(watch) link;
	struct events *events;
	struct evhttp_request *request;
	enum sim_kind kind;
	char *node, *space, *labels;	/* of its selection */
	bool wants_bookmarks;
	bool is_cut;			/* says no more, and ends once it has
					 * said what it had to */
	struct loop_timer end;
};

struct events {
	struct loop *loop;
	struct sim *sim;
	unsigned kubelet_port;
	uint64_t version;
	uint64_t oldest;		/* versions below are forgotten */
	struct event_text *ring;
	size_t n, first;
	LIST_HEAD(, watch) watches;
	struct loop_timer bookmark;
};

/* See objects.c.  "": it has none. */
static void
print_label(char *out, size_t size, const struct sim *s, enum sim_kind kind,
    size_t at, struct str key)
{
	bool is_node = kind == SIM_NODE;

	*out = '\0';
	if (is_node && str_is(key, "kubernetes.io/hostname"))
		snprintf(out, size, "%s", s->nodes[at].name);
	else if (is_node && str_is(key, "topology.kubernetes.io/zone"))
		snprintf(out, size, "z%zu", at % 3);
	else if (!is_node && str_is(key, "app"))
		snprintf(out, size, "app-%zu", at % 100);
	else if (!is_node && str_is(key, "tier"))
		snprintf(out, size, "t%zu", at % 7);
}

static bool
has_label(const struct sim *s, enum sim_kind kind, size_t at,
    struct str requirement)
{
	struct str key = requirement, value = { NULL, 0 };
	const char *equals = memchr(key.p, '=', key.len);
	bool is_negated = false;
	char got[32];

	if (equals != NULL) {
		value = (struct str){ equals + 1,
		    (size_t)(key.p + key.len - equals - 1) };
		key.len = (size_t)(equals - key.p);
		is_negated = key.len > 0 && equals[-1] == '!';
		key.len -= is_negated;
	}
	print_label(got, sizeof got, s, kind, at, key);
	if (equals == NULL)
		return got[0] != '\0';
	return str_is(value, got) != is_negated;
}

bool
is_selected(const struct sim *s, enum sim_kind kind, size_t at,
    const struct selection *selection)
{
	struct str rest = str_of(selection->labels == NULL ? "" :
	    selection->labels);
	char space[32];

	if (kind == SIM_NAMESPACE)
		return true;
	while (rest.len > 0)
		if (!has_label(s, kind, at, str_cut(&rest, ',')))
			return false;
	if (kind == SIM_POD) {
		snprintf(space, sizeof space, "ns-%zu",
		    sim_namespace_of(s, at));
		if (selection->space != NULL &&
		    strcmp(selection->space, space) != 0)
			return false;
		at = sim_node_of(s, at);
	}
	return selection->node == NULL ||
	    strcmp(s->nodes[at].name, selection->node) == 0;
}

static bool
is_wanted(const struct watch *w, enum sim_kind kind, size_t at)
{
	return !w->is_cut && w->kind == kind && is_selected(w->events->sim, kind, at,
	    &(struct selection){ w->node, w->space, w->labels });
}

static void
send_chunk(struct watch *w, const void *bytes, size_t n)
{
	struct evbuffer *chunk = evbuffer_new();

	evbuffer_add(chunk, bytes, n);
	web_stats.bytes_sent += n;
	evhttp_send_reply_chunk(w->request, chunk);
	evbuffer_free(chunk);
}

static void
free_watch(struct watch *w)
{
	LIST_REMOVE(w, link);
	loop_timer_fini(&w->end);
	free(w->node);
	free(w->space);
	free(w->labels);
	free(w);
}

static void
end_watch(struct watch *w)
{
	struct evhttp_request *request = w->request;

	evhttp_connection_set_closecb(evhttp_request_get_connection(request),
	    NULL, NULL);
	free_watch(w);
	evhttp_send_reply_end(request);
}

static void
on_watch_end(void *arg)
{
	end_watch(arg);
}

static void
on_watch_closed(struct evhttp_connection *connection, void *arg)
{
	struct watch *w = arg;

	(void)connection;
	web_abandon(w->request);
	free_watch(w);
}

static void
on_bookmark(void *arg)
{
	struct events *e = arg;
	struct buf line = BUF_INIT;
	struct watch *w;

	LIST_FOREACH(w, &e->watches, link) {
		if (!w->wants_bookmarks || w->is_cut)
			continue;
		buf_reset(&line);
		buf_addf(&line, "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":"
		    "\"%s\",\"apiVersion\":\"v1\",\"metadata\":{"
		    "\"resourceVersion\":\"%" PRIu64 "\"}}}\n",
		    sim_kind_name[w->kind], e->version);
		send_chunk(w, line.p, line.len);
	}
	buf_fini(&line);
	loop_timer_set_ns(&e->bookmark, BOOKMARK_NS);
}

static struct event_text *
keep_event(struct events *e)
{
	struct event_text *text;

	if (e->n == EVENTS_MAX) {
		text = &e->ring[e->first];
		e->oldest = text->version;
		buf_fini(&text->line);
		e->first = (e->first + 1) % EVENTS_MAX;
		e->n--;
	}
	text = &e->ring[(e->first + e->n++) % EVENTS_MAX];
	*text = (struct event_text){ .line = BUF_INIT };
	return text;
}

void
events_tell(struct events *e, enum sim_kind kind, enum api_event event,
    size_t at)
{
	static const char *const names[] = { "ADDED", "MODIFIED", "DELETED" };
	struct event_text *text = keep_event(e);
	struct watch *w, *next;

	text->version = ++e->version;
	text->kind = kind;
	text->at = at;
	if (kind == SIM_POD)
		e->sim->pods[at].version = text->version;
	else if (kind == SIM_NODE)
		e->sim->nodes[at].version = text->version;
	buf_addf(&text->line, "{\"type\":\"%s\",\"object\":", names[event]);
	object_print(&text->line, e->sim, kind, at, e->kubelet_port);
	buf_addf(&text->line, "}\n");
	for (w = LIST_FIRST(&e->watches); w != NULL; w = next) {
		next = LIST_NEXT(w, link);
		if (is_wanted(w, kind, at))
			send_chunk(w, text->line.p, text->line.len);
	}
}

static void
on_cut_sent(struct evhttp_connection *connection, void *arg)
{
	(void)arg;
	web_break(connection);
}

void
events_cut(struct events *e)
{
	struct evbuffer *start = evbuffer_new();
	struct watch *w;

	LIST_FOREACH(w, &e->watches, link) {
		if (w->is_cut)
			continue;
		w->is_cut = true;
		loop_timer_cancel(&w->end);
		evbuffer_add_printf(start, "{\"type\":\"MODIF");
		evhttp_send_reply_chunk_with_cb(w->request, start, on_cut_sent,
		    NULL);
	}
	evbuffer_free(start);
}

void
events_expire(struct events *e)
{
	for (size_t i = 0; i < e->n; i++)
		buf_fini(&e->ring[(e->first + i) % EVENTS_MAX].line);
	e->n = 0;
	e->oldest = ++e->version;
}

uint64_t
events_version(const struct events *e)
{
	return e->version;
}

uint64_t
events_oldest(const struct events *e)
{
	return e->oldest;
}

size_t
events_n_watches(const struct events *e)
{
	const struct watch *w;
	size_t n = 0;

	LIST_FOREACH(w, &e->watches, link)
		n += !w->is_cut;
	return n;
}

static void
send_past(struct watch *w, uint64_t since)
{
	struct events *e = w->events;

	for (size_t i = 0; i < e->n; i++) {
		const struct event_text *text =
		    &e->ring[(e->first + i) % EVENTS_MAX];

		if (text->version > since &&
		    is_wanted(w, text->kind, text->at))
			send_chunk(w, text->line.p, text->line.len);
	}
}

static struct watch *
new_watch(struct events *e, struct evhttp_request *request,
    enum sim_kind kind, const struct selection *selection)
{
	struct watch *w = xcalloc(1, sizeof *w);

	w->events = e;
	w->request = request;
	w->kind = kind;
	w->node = selection->node == NULL ? NULL : xstrdup(selection->node);
	w->space = selection->space == NULL ? NULL : xstrdup(selection->space);
	w->labels = selection->labels == NULL ? NULL :
	    xstrdup(selection->labels);
	LIST_INSERT_HEAD(&e->watches, w, link);
	loop_timer_init(&w->end, e->loop, on_watch_end, w);
	return w;
}

void
events_watch(struct events *e, struct evhttp_request *request,
    enum sim_kind kind, const struct selection *selection,
    const struct evkeyvalq *query)
{
	static const char gone[] = "{\"type\":\"ERROR\",\"object\":{\"kind\":"
	    "\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":"
	    "\"Failure\",\"message\":\"too old resource version\","
	    "\"reason\":\"Expired\",\"code\":410}}\n";
	const char *bookmarks = evhttp_find_header(query,
	    "allowWatchBookmarks");
	uint64_t since = web_number(query, "resourceVersion", 0);
	struct watch *w = new_watch(e, request, kind, selection);

	w->wants_bookmarks = bookmarks != NULL &&
	    strcmp(bookmarks, "true") == 0;
	evhttp_add_header(evhttp_request_get_output_headers(request),
	    "Content-Type", "application/json");
	evhttp_connection_set_closecb(evhttp_request_get_connection(request),
	    on_watch_closed, w);
	evhttp_send_reply_start(request, 200, "OK");
	if (since < e->oldest) {
		send_chunk(w, gone, sizeof gone - 1);
		end_watch(w);
		return;
	}
	send_past(w, since);
	loop_timer_set_ns(&w->end, (int64_t)web_number(query, "timeoutSeconds",
	    WATCH_DEFAULT_S) * NS_PER_S);
}

struct events *
events_open(struct loop *loop, struct sim *sim, unsigned kubelet_port)
{
	struct events *e = xcalloc(1, sizeof *e);

	e->loop = loop;
	e->sim = sim;
	e->kubelet_port = kubelet_port;
	e->version = e->oldest = 1000;
	e->ring = xcalloc(EVENTS_MAX, sizeof *e->ring);
	LIST_INIT(&e->watches);
	loop_timer_init(&e->bookmark, loop, on_bookmark, e);
	loop_timer_set_ns(&e->bookmark, BOOKMARK_NS);
	for (size_t i = 0; i < sim->conf.nodes; i++)
		sim->nodes[i].version = e->version;
	for (size_t i = 0; i < sim_n_pods(sim); i++)
		sim->pods[i].version = e->version;
	return e;
}

void
events_close(struct events *e)
{
	if (e == NULL)
		return;
	loop_timer_fini(&e->bookmark);
	events_expire(e);
	free(e->ring);
	free(e);
}
