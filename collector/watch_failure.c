/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>

#include "common/arena.h"

#include "collector/kube_object.h"
#include "collector/watch_failure.h"
#include "collector/watch_plan.h"

#define STATUS_ARENA_BYTES_MAX (1u << 20)

void
watch_failure_explain(struct watch_failure *f,
    const struct fetch_result *result)
{
	struct kube_status status;
	struct arena arena;
	struct err err;

	err_set(&f->reason, "%s", result->error);
	f->status = result->status;
	f->retry_after_s = result->retry_after_s;
	if (result->status == 200 || result->body.len == 0)
		return;
	arena_init(&arena, STATUS_ARENA_BYTES_MAX);
	if (kube_status_decode(&status, &arena, result->body, &err)) {
		if (status.message.len > 0)
			err_set(&f->reason, "%s: %.*s", result->error,
			    STR_ARG(status.message));
		if (status.retry_after_s > f->retry_after_s)
			f->retry_after_s = status.retry_after_s;
	}
	arena_fini(&arena);
}

/* Which rule of RBAC is missing. */
static void
log_forbidden(const struct watch_failing *w, const char *plural,
    const char *reason)
{
	struct err err;

	if (w->is_watch)
		err_set(&err, "the ClusterRole needs list and watch on %s; "
		    "without watch they are listed every %d s (%s)", plural,
		    WATCH_PLAN_FORBIDDEN_LIST_S, reason);
	else
		err_set(&err, "the ClusterRole needs list and watch on %s (%s)",
		    plural, reason);
	log_warn("kube_forbidden verb=%s resource=%s seen=%" PRIu64
	    " error=%s", w->is_watch ? "watch" : "list", plural,
	    w->condition.seen, log_qs(err.msg));
}

void
watch_failing_note(struct watch_failing *w, const char *plural, bool is_watch,
    const struct watch_failure *f, int64_t now_mono_ns)
{
	bool is_same = w->condition.is_on && f->status == w->status &&
	    is_watch == w->is_watch;

	if (!is_same)
		log_clear(&w->condition);	/* another reason is news */
	w->status = f->status;
	w->is_watch = is_watch;
	if (!log_onset(&w->condition, now_mono_ns) ||
	    (is_same && is_watch && f->status == 403))
		return;
	if (f->status == 403)
		log_forbidden(w, plural, f->reason.msg);
	else
		log_warn("kube_%s_failed resource=%s seen=%" PRIu64
		    " error=%s", is_watch ? "watch" : "list", plural,
		    w->condition.seen, log_qs(f->reason.msg));
}

void
watch_failing_clear(struct watch_failing *w, const char *plural)
{
	if (log_clear(&w->condition))
		log_info("kube_recovered resource=%s", plural);
}
