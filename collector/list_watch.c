/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/timestamp.h"

#include "collector/list_stream.h"
#include "collector/list_watch.h"

#define PAGE_ITEMS 500
#define LIST_TIMEOUT_NS (120 * NS_PER_S)
#define CONNECT_TIMEOUT_NS (10 * NS_PER_S)
#define WATCH_MIN_S 300		/* and as much again, at random */
#define WATCH_GRACE_S 30	/* for a kube-apiserver to end it itself */
#define WATCH_SHORT_NS NS_PER_S	/* one that ends sooner has failed */
#define WATCH_FAILURES_MAX 3
#define BACKOFF_FIRST_MS 500
#define BACKOFF_MAX_MS 30000
#define RETRY_AFTER_MAX_S 60
#define LINE_BYTES_MAX (LIST_ITEM_BYTES_MAX + 4096)
#define ARENA_BYTES_MAX (64u << 20)

struct list_watch {
	struct list_watch_conf conf;
	struct fetcher *fetcher;
	struct object_cache *cache;
	struct list_watch_counters *counters;
	struct loop_timer timer;
	struct backoff backoff;
	struct list_stream list;
	struct buf line;		/* of a watch, not complete yet */
	struct arena arena;		/* of the object in hand */
	char *resource_version;		/* where to go on; NULL: list */
	char *next_page;		/* of the list; NULL: its beginning */
	bool must_be_true;		/* a list of what is at hand is too old */
	bool is_expired;		/* this watch is */
	bool is_confused;		/* an event could not be understood */
	unsigned n_failed_watches;	/* in a row */
	int64_t watch_mono_ns;		/* its beginning */
	uint64_t n_events;		/* of this watch, with bookmarks */
	struct log_condition failing;
	int failed_status;		/* of HTTP, the last time */
	struct log_condition undecodable;
};

static const struct kind {
	const char *path;
	const char *plural;
} kinds[OBJECT_KIND_COUNT] = {
	[OBJECT_NODE] = { "/api/v1/nodes", "nodes" },
	[OBJECT_POD] = { "/api/v1/pods", "pods" },
	[OBJECT_NAMESPACE] = { "/api/v1/namespaces", "namespaces" },
};

static void begin(struct list_watch *w);

static void
replace(char **text, struct str with)
{
	char *copy = with.len == 0 ? NULL : str_dup(with);

	free(*text);
	*text = copy;
}

/* Which rule of RBAC is missing, where one is. */
static void
note_failure(struct list_watch *w, const char *verb, const char *reason,
    int status)
{
	const char *plural = kinds[w->conf.kind].plural;

	w->counters->kube_requests_failed++;
	if (status == 401)
		w->conf.on_refused(w->conf.arg);
	if (status != w->failed_status)
		log_clear(&w->failing);	/* another reason is news */
	w->failed_status = status;
	if (!log_onset(&w->failing, clock_mono_ns()))
		return;
	if (status == 403)
		log_warn("kube_forbidden verb=%s resource=%s seen=%" PRIu64
		    " error=\"the ClusterRole needs list and watch on %s\"",
		    verb, plural, w->failing.seen, plural);
	else
		log_warn("kube_%s_failed resource=%s seen=%" PRIu64
		    " error=%s", verb, plural, w->failing.seen,
		    log_qs(reason));
}

static void
note_success(struct list_watch *w)
{
	backoff_reset(&w->backoff);
	if (log_clear(&w->failing))
		log_info("kube_recovered resource=%s",
		    kinds[w->conf.kind].plural);
}

static void
retry(struct list_watch *w, int64_t retry_after_s)
{
	int64_t delay_ns = NS_PER_MS *
	    backoff_step_ms(&w->backoff, (uint32_t)random());

	if (retry_after_s > RETRY_AFTER_MAX_S)
		retry_after_s = RETRY_AFTER_MAX_S;
	if (delay_ns < retry_after_s * NS_PER_S)
		delay_ns = retry_after_s * NS_PER_S;
	loop_timer_set_ns(&w->timer, delay_ns);
}

static bool
note_undecodable(struct list_watch *w, const struct err *err)
{
	w->counters->objects_undecodable++;
	if (log_onset(&w->undecodable, clock_mono_ns()))
		log_warn("kube_object_undecodable resource=%s seen=%" PRIu64
		    " error=%s", kinds[w->conf.kind].plural,
		    w->undecodable.seen, log_qs(err->msg));
	return false;
}

/* Only its metadata counts if is_gone. */
static bool
put_object(struct list_watch *w, struct str json, bool is_gone,
    struct err *err)
{
	struct kube_node node;
	struct kube_meta meta;
	struct kube_pod pod;

	if (is_gone || w->conf.kind == OBJECT_NAMESPACE) {
		if (!kube_meta_decode(&meta, &w->arena, json, err))
			return note_undecodable(w, err);
		if (is_gone)
			object_cache_remove(w->cache, w->conf.kind, &meta);
		else
			object_cache_put_namespace(w->cache, &meta);
	} else if (w->conf.kind == OBJECT_NODE) {
		if (!kube_node_decode(&node, &w->arena, json, err))
			return note_undecodable(w, err);
		object_cache_put_node(w->cache, &node);
	} else {
		if (!kube_pod_decode(&pod, &w->arena, json, err))
			return note_undecodable(w, err);
		object_cache_put_pod(w->cache, &pod);
	}
	return true;
}

/* One object that is damaged costs only itself. */
static bool
on_item(void *arg, struct str item, struct err *err)
{
	struct list_watch *w = arg;

	(void)err;
	arena_reset(&w->arena);
	w->counters->list_items += put_object(w, item, false, &(struct err){
	    "" });
	return true;
}

static bool
on_list_piece(void *arg, struct str piece, struct err *err)
{
	struct list_watch *w = arg;

	return list_stream_feed(&w->list, piece, err);
}

static void
fail_list(struct list_watch *w, const char *reason,
    const struct fetch_result *result)
{
	/* A page of a list that is no more: another beginning. */
	if (result->status == 410)
		w->must_be_true = true;
	replace(&w->next_page, STR(""));
	note_failure(w, "list", reason, result->status);
	retry(w, result->retry_after_s);
}

static void
on_list_done(void *arg, const struct fetch_result *result)
{
	struct list_watch *w = arg;
	struct list_end end;
	struct err err;

	if (result->error != NULL) {
		fail_list(w, result->error, result);
		return;
	}
	if (!list_stream_end(&w->list, &end, &err)) {
		fail_list(w, err.msg, result);
		return;
	}
	replace(&w->next_page, end.next_page);
	if (w->next_page == NULL) {
		object_cache_end_list(w->cache, w->conf.kind);
		w->counters->lists++;
		w->must_be_true = false;
		w->n_failed_watches = 0;
		replace(&w->resource_version, end.resource_version);
		note_success(w);
	}
	/* Not from here: the request that is done is still there. */
	loop_timer_set_ns(&w->timer, 0);
}

static void
start(struct list_watch *w, const char *verb, const char *url,
    int64_t timeout_ns, fetch_piece_fn *piece, fetch_done_fn *done)
{
	struct fetch_request request = {
		.url = url,
		.identity = w->conf.identity,
		.timeout_ns = timeout_ns,
		.connect_timeout_ns = CONNECT_TIMEOUT_NS,
		.piece = piece,
		.done = done,
		.arg = w,
	};
	struct err err;

	if (fetch_start(w->fetcher, &request, &err))
		return;
	note_failure(w, verb, err.msg, 0);
	retry(w, 0);
}

static void
add_selector(struct list_watch *w, struct buf *url)
{
	if (w->conf.field_selector != NULL)
		buf_addf(url, "&fieldSelector=%s", w->conf.field_selector);
}

/* What a kube-apiserver gave us goes back into a URL. */
static void
add_encoded(struct buf *url, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~";

	for (; *text != '\0'; text++)
		if (strchr(plain, *text) != NULL)
			buf_add_char(url, *text);
		else
			buf_addf(url, "%%%02X", (unsigned char)*text);
}

static void
begin_list(struct list_watch *w)
{
	struct buf url = BUF_INIT;

	if (w->next_page == NULL)
		object_cache_begin_list(w->cache, w->conf.kind);
	list_stream_reset(&w->list);
	buf_addf(&url, "%s%s?limit=%d", w->conf.server,
	    kinds[w->conf.kind].path, PAGE_ITEMS);
	if (w->next_page != NULL) {
		buf_addf(&url, "&continue=");
		add_encoded(&url, w->next_page);
	} else if (!w->must_be_true) {
		buf_addf(&url, "&resourceVersion=0");
	}
	add_selector(w, &url);
	buf_add_char(&url, '\0');
	start(w, "list", url.p, LIST_TIMEOUT_NS, on_list_piece, on_list_done);
	buf_fini(&url);
}

static bool
end_watch(struct list_watch *w, struct str status_text, struct err *err)
{
	struct kube_status status;

	if (!kube_status_decode(&status, &w->arena, status_text, err))
		return false;
	w->is_expired = status.code == 410 ||
	    str_is(status.reason, "Expired") || str_is(status.reason, "Gone");
	return err_set(err, "%.*s", STR_ARG(status.message));
}

static bool
take_event(struct list_watch *w, struct str line, struct err *err)
{
	struct kube_event event;
	struct kube_meta meta;

	arena_reset(&w->arena);
	w->is_confused = true;
	if (!kube_event_decode(&event, &w->arena, line, err))
		return note_undecodable(w, err);
	if (event.type == KUBE_ERROR) {
		w->is_confused = false;
		return end_watch(w, event.object, err);
	}
	kube_meta_decode(&meta, &w->arena, event.object, err);
	if (meta.resource_version.len == 0)
		return note_undecodable(w, (err_set(err, "an event without a "
		    "resourceVersion"), err));
	if (event.type != KUBE_BOOKMARK) {
		w->counters->watch_events++;
		if (!put_object(w, event.object, event.type == KUBE_DELETED,
		    err))
			return false;
	}
	w->is_confused = false;
	w->n_events++;
	w->n_failed_watches = 0;
	replace(&w->resource_version, meta.resource_version);
	note_success(w);
	return true;
}

static bool
on_watch_piece(void *arg, struct str piece, struct err *err)
{
	struct list_watch *w = arg;

	while (piece.p != NULL) {
		struct str end = str_cut(&piece, '\n');

		buf_add_str(&w->line, end);
		if (w->line.failed)
			return err_set(err, "an event is too large");
		if (piece.p == NULL)
			break;
		buf_pad(&w->line);
		if (w->line.len > 0 && !take_event(w, buf_str(&w->line), err))
			return false;
		buf_reset(&w->line);
	}
	return true;
}

static void
on_watch_done(void *arg, const struct fetch_result *result)
{
	struct list_watch *w = arg;
	bool was_short = w->n_events == 0 &&
	    clock_mono_ns() - w->watch_mono_ns < WATCH_SHORT_NS;

	if (w->is_expired || result->status == 410) {
		w->counters->watches_expired++;
		log_info("kube_watch_expired resource=%s",
		    kinds[w->conf.kind].plural);
		w->must_be_true = true;
		replace(&w->resource_version, STR(""));
		loop_timer_set_ns(&w->timer, 0);
		return;
	}
	if (result->error == NULL && !was_short) {
		note_success(w);
		loop_timer_set_ns(&w->timer, 0);
		return;
	}
	note_failure(w, "watch", result->error != NULL ? result->error :
	    "the watch ended at once", result->status);
	if (++w->n_failed_watches >= WATCH_FAILURES_MAX || w->is_confused) {
		w->must_be_true = w->is_confused;
		w->n_failed_watches = 0;
		replace(&w->resource_version, STR(""));
	}
	retry(w, result->retry_after_s);
}

static void
begin_watch(struct list_watch *w)
{
	int64_t timeout_s = WATCH_MIN_S +
	    random() % WATCH_MIN_S;
	struct buf url = BUF_INIT;

	buf_addf(&url, "%s%s?watch=1&allowWatchBookmarks=true"
	    "&timeoutSeconds=%" PRId64 "&resourceVersion=", w->conf.server,
	    kinds[w->conf.kind].path, timeout_s);
	add_encoded(&url, w->resource_version);
	add_selector(w, &url);
	buf_add_char(&url, '\0');
	buf_reset(&w->line);
	w->is_expired = w->is_confused = false;
	w->n_events = 0;
	w->watch_mono_ns = clock_mono_ns();
	w->counters->watches++;
	start(w, "watch", url.p, (timeout_s + WATCH_GRACE_S) * NS_PER_S,
	    on_watch_piece, on_watch_done);
	buf_fini(&url);
}

static void
begin(struct list_watch *w)
{
	if (w->resource_version == NULL)
		begin_list(w);
	else
		begin_watch(w);
}

static void
on_timer(void *arg)
{
	begin(arg);
}

struct list_watch *
list_watch_open(struct loop *loop, struct fetcher *fetcher,
    const struct list_watch_conf *conf, struct object_cache *cache,
    struct list_watch_counters *counters)
{
	struct list_watch *w = xcalloc(1, sizeof *w);

	w->conf = *conf;
	w->fetcher = fetcher;
	w->cache = cache;
	w->counters = counters;
	w->line.max_bytes = LINE_BYTES_MAX;
	loop_timer_init(&w->timer, loop, on_timer, w);
	backoff_init(&w->backoff, BACKOFF_FIRST_MS, BACKOFF_MAX_MS);
	list_stream_init(&w->list, on_item, w);
	arena_init(&w->arena, ARENA_BYTES_MAX);
	return w;
}

void
list_watch_close(struct list_watch *w)
{
	if (w == NULL)
		return;
	loop_timer_fini(&w->timer);
	list_stream_fini(&w->list);
	buf_fini(&w->line);
	arena_fini(&w->arena);
	free(w->resource_version);
	free(w->next_page);
	free(w);
}

void
list_watch_start(struct list_watch *w)
{
	begin(w);
}
