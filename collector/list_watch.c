/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/timestamp.h"

#include "collector/list_stream.h"
#include "collector/list_watch.h"
#include "collector/watch_failure.h"
#include "collector/watch_plan.h"

#define PAGE_ITEMS 500
#define LIST_TIMEOUT_NS (3600 * NS_PER_S)
#define LIST_STALL_NS (60 * NS_PER_S)
#define CONNECT_TIMEOUT_NS (10 * NS_PER_S)
#define WATCH_MIN_S 300		/* and as much again, at random */
#define WATCH_GRACE_S 30	/* for a kube-apiserver to end it itself */
#define LINE_BYTES_MAX (LIST_ITEM_BYTES_MAX + 4096)
#define ARENA_BYTES_MAX (64u << 20)

struct list_watch {
	struct list_watch_conf conf;
	struct fetcher *fetcher;
	struct object_cache *cache;
	struct list_watch_counters *counters;
	struct loop_timer timer;
	struct watch_plan plan;
	struct list_stream list;
	struct buf line;		/* of a watch, not complete yet */
	struct arena arena;		/* of the object in hand */
	char *resource_version;		/* the newest that is known; or NULL */
	char *next_page;		/* of the list; NULL: its beginning */
	enum watch_end watch_end;	/* as far as its events say */
	int error_status;		/* of an ERROR event; 0: none */
	int64_t retry_after_s;		/* likewise */
	struct watch_failing failing;
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

static void
replace(char **text, struct str with)
{
	char *copy = with.len == 0 ? NULL : str_dup(with);

	free(*text);
	*text = copy;
}

static void
note_failure(struct list_watch *w, bool is_watch,
    const struct watch_failure *f)
{
	w->counters->kube_requests_failed++;
	if (f->status == 401)
		w->conf.on_refused(w->conf.arg);
	watch_failing_note(&w->failing, kinds[w->conf.kind].plural, is_watch,
	    f, clock_mono_ns());
}

static void
note_success(struct list_watch *w)
{
	watch_failing_clear(&w->failing, kinds[w->conf.kind].plural);
}

static struct watch_plan_failure
failure_for_plan(const struct watch_failure *f)
{
	return (struct watch_plan_failure){
		.status = f->status,
		.retry_after_s = f->retry_after_s,
		.random = (uint32_t)random(),
		.now_mono_ns = clock_mono_ns(),
	};
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
fail_list(struct list_watch *w, const struct watch_failure *f)
{
	struct watch_plan_failure failure = failure_for_plan(f);

	replace(&w->next_page, STR(""));
	note_failure(w, false, f);
	loop_timer_set_ns(&w->timer,
	    watch_plan_list_failed(&w->plan, &failure));
}

static struct str
known_version(const struct list_watch *w)
{
	return w->resource_version == NULL ? (struct str){ NULL, 0 } :
	    str_of(w->resource_version);
}

static void
end_list(struct list_watch *w, struct str version)
{
	object_cache_end_list(w->cache, w->conf.kind);
	w->counters->lists++;
	watch_plan_listed(&w->plan, known_version(w), version);
	if (w->plan.next == PLAN_WATCH)
		replace(&w->resource_version, version);
	if (!w->failing.is_watch)
		note_success(w);
}

static void
on_list_done(void *arg, const struct fetch_result *result)
{
	struct list_watch *w = arg;
	struct watch_failure failure = { .status = 200 };
	struct list_end end;

	if (result->error != NULL) {
		watch_failure_explain(&failure, result);
		/* It took so long: as a gateway would say. */
		if (failure.status == 0 && result->elapsed_ns >= LIST_STALL_NS)
			failure.status = 504;
		fail_list(w, &failure);
		return;
	}
	if (!list_stream_end(&w->list, &end, &failure.reason)) {
		fail_list(w, &failure);
		return;
	}
	replace(&w->next_page, end.next_page);
	if (w->next_page == NULL)
		end_list(w, end.resource_version);
	/* Not from here: the request that is done is still there. */
	loop_timer_set_ns(&w->timer, 0);
}

static void
end_watch(struct list_watch *w, enum watch_end end, const struct watch_failure *f)
{
	struct watch_plan_failure failure = failure_for_plan(f);

	if (end == WATCH_EXPIRED) {
		w->counters->watches_expired++;
		log_info("kube_watch_expired resource=%s",
		    kinds[w->conf.kind].plural);
	} else if (end == WATCH_OVER) {
		note_success(w);
	} else {
		note_failure(w, true, f);
	}
	loop_timer_set_ns(&w->timer,
	    watch_plan_watch_ended(&w->plan, end, &failure));
}

static void
start(struct list_watch *w, struct fetch_request *request)
{
	struct watch_failure failure = { .status = 0 };

	request->identity = w->conf.identity;
	request->connect_timeout_ns = CONNECT_TIMEOUT_NS;
	request->arg = w;
	if (fetch_start(w->fetcher, request, &failure.reason))
		return;
	if (w->plan.next == PLAN_LIST)
		fail_list(w, &failure);
	else
		end_watch(w, WATCH_FAILED, &failure);
}

/* What a kube-apiserver or a user gave us goes into a URL. */
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
add_selectors(struct list_watch *w, struct buf *url)
{
	if (w->conf.field_selector != NULL)
		buf_addf(url, "&fieldSelector=%s", w->conf.field_selector);
	if (w->conf.label_selector != NULL) {
		buf_addf(url, "&labelSelector=");
		add_encoded(url, w->conf.label_selector);
	}
	buf_add_char(url, '\0');
}

static void
begin_list(struct list_watch *w)
{
	struct buf url = BUF_INIT;

	if (w->next_page == NULL) {
		object_cache_begin_list(w->cache, w->conf.kind);
		watch_plan_begun(&w->plan, clock_mono_ns());
	}
	list_stream_reset(&w->list);
	buf_addf(&url, "%s%s?limit=%d", w->conf.server,
	    kinds[w->conf.kind].path, PAGE_ITEMS);
	if (w->next_page != NULL) {
		buf_addf(&url, "&continue=");
		add_encoded(&url, w->next_page);
	} else if (!w->plan.must_be_true) {
		buf_addf(&url, "&resourceVersion=0");
	}
	add_selectors(w, &url);
	start(w, &(struct fetch_request){
	    .url = url.p,
	    .timeout_ns = LIST_TIMEOUT_NS,
	    .stall_timeout_ns = LIST_STALL_NS,
	    .piece = on_list_piece,
	    .done = on_list_done,
	});
	buf_fini(&url);
}

static bool
take_error(struct list_watch *w, struct str status_text, struct err *err)
{
	struct kube_status status;

	w->watch_end = WATCH_CONFUSED;
	if (!kube_status_decode(&status, &w->arena, status_text, err))
		return false;
	w->watch_end = status.code == 410 || str_is(status.reason, "Expired") ||
	    str_is(status.reason, "Gone") ? WATCH_EXPIRED : WATCH_FAILED;
	w->error_status = status.code > 0 && status.code < 600 ?
	    (int)status.code : 0;
	w->retry_after_s = status.retry_after_s;
	return err_set(err, "%.*s", STR_ARG(status.message));
}

/* False: what came is no event, and what comes behind it may be anything. */
static bool
take_event(struct list_watch *w, struct str line, struct err *err)
{
	struct kube_event event;
	struct err undecodable;

	arena_reset(&w->arena);
	if (!kube_event_decode(&event, &w->arena, line, err) ||
	    (event.type != KUBE_ERROR && event.resource_version.len == 0 &&
	    !err_set(err, "an event without a resourceVersion"))) {
		w->watch_end = WATCH_CONFUSED;
		note_undecodable(w, err);
		return false;
	}
	if (event.type == KUBE_ERROR)
		return take_error(w, event.object, err);
	replace(&w->resource_version, event.resource_version);
	watch_plan_event(&w->plan);
	note_success(w);
	if (event.type != KUBE_BOOKMARK) {
		w->counters->watch_events++;
		put_object(w, event.object, event.type == KUBE_DELETED,
		    &undecodable);
	}
	return true;
}

static bool
on_watch_piece(void *arg, struct str piece, struct err *err)
{
	struct list_watch *w = arg;

	while (piece.p != NULL) {
		struct str end = str_cut(&piece, '\n');

		buf_add_str(&w->line, end);
		if (w->line.failed) {
			w->watch_end = WATCH_CONFUSED;
			return err_set(err, "an event is too large");
		}
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
	enum watch_end end = w->watch_end;
	struct watch_failure f = { .status = result->status };

	if (result->error != NULL) {
		watch_failure_explain(&f, result);
		if (w->error_status != 0)
			f.status = w->error_status;
		if (w->retry_after_s > f.retry_after_s)
			f.retry_after_s = w->retry_after_s;
		if (end == WATCH_OVER)
			end = f.status == 410 ? WATCH_EXPIRED : WATCH_FAILED;
	} else if (watch_plan_is_short(&w->plan, clock_mono_ns())) {
		err_set(&f.reason, "the watch ended at once");
		end = WATCH_FAILED;
	}
	end_watch(w, end, &f);
}

static void
begin_watch(struct list_watch *w)
{
	int64_t timeout_s = WATCH_MIN_S + random() % WATCH_MIN_S;
	struct buf url = BUF_INIT;

	buf_addf(&url, "%s%s?watch=1&allowWatchBookmarks=true"
	    "&timeoutSeconds=%" PRId64 "&resourceVersion=", w->conf.server,
	    kinds[w->conf.kind].path, timeout_s);
	add_encoded(&url, w->resource_version);
	add_selectors(w, &url);
	buf_reset(&w->line);
	w->watch_end = WATCH_OVER;
	w->error_status = 0;
	w->retry_after_s = 0;
	watch_plan_begun(&w->plan, clock_mono_ns());
	w->counters->watches++;
	start(w, &(struct fetch_request){
	    .url = url.p,
	    .timeout_ns = (timeout_s + WATCH_GRACE_S) * NS_PER_S,
	    .piece = on_watch_piece,
	    .done = on_watch_done,
	});
	buf_fini(&url);
}

static void
begin(struct list_watch *w)
{
	if (w->plan.next == PLAN_LIST)
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
	watch_plan_init(&w->plan);
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
list_watch_hurry(struct list_watch *w)
{
	if (w->failing.condition.is_on && w->failing.status == 401 &&
	    loop_timer_is_set(&w->timer))
		loop_timer_set_ns(&w->timer, 0);
}

void
list_watch_start(struct list_watch *w)
{
	begin(w);
}
