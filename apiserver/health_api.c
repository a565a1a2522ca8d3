/* SPDX-License-Identifier: ISC */
/* /healthz for probes and /metrics of the process itself. */
#include "config.h"

#include <inttypes.h>

#include "common/timestamp.h"

#include "apiserver/api.h"

#define STALE_MIN_NS (180 * NS_PER_S)
#define STALE_SLACK_NS (60 * NS_PER_S)

/* The reason why not; empty when all is well. */
static void
check_health(const struct api *api, int64_t now_ns, struct buf *reason)
{
	struct store_status status = store_status(api->store);
	int64_t limit_ns = 2 * status.resolution_ns + STALE_SLACK_NS;
	char at[TIMESTAMP_MAX_BYTES];
	size_t n = timestamp_print_go(at, status.window_ns);

	if (limit_ns < STALE_MIN_NS)
		limit_ns = STALE_MIN_NS;
	if (status.window_ns == 0)
		buf_addf(reason, "could not get the latest data batch");
	else if (now_ns - status.window_ns > limit_ns)
		buf_addf(reason, "No current data batch available (latest: "
		    "%.*s).", (int)n, at);
	else if (status.n_answered == 0)
		buf_addf(reason, "Not enough metrics found in the latest data "
		    "batch: 0 (expected min. 1) %.*s", (int)n, at);
}

static void
healthz(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	struct buf reason = BUF_INIT;
	bool is_verbose = api_parameter(api, rq, "verbose").p != NULL;

	check_health(api, rq->now_ns, &reason);
	if (reason.len > 0) {
		api_text(rs, 500, STR(""));
		buf_addf(&rs->body, "[-]healthz failed: %.*s\nhealthz check "
		    "failed\n", (int)reason.len, reason.p);
	} else {
		api_text(rs, 200, is_verbose ? STR("[+]healthz ok\nhealthz "
		    "check passed\n") : STR("ok"));
	}
	buf_fini(&reason);
}

static void
healthz_itself(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	struct buf reason = BUF_INIT;

	check_health(api, rq->now_ns, &reason);
	api_text(rs, reason.len > 0 ? 500 : 200, STR("ok"));
	if (reason.len > 0) {
		buf_reset(&rs->body);
		buf_addf(&rs->body, "internal server error: %.*s\n",
		    (int)reason.len, reason.p);
	}
	buf_fini(&reason);
}

static void
own_metrics(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	(void)rq;
	rs->status = 200;
	rs->content_type = "text/plain; version=0.0.4";
	rs->is_compressible = true;
	rs->is_volatile = true;
	counters_print_prometheus(api->counters, &rs->body);
}

static const struct api_route health_routes[] = {
	{ "healthz", healthz, "ok, or why not" },
	{ "healthz/healthz", healthz_itself, "the same, shorter" },
	{ "metrics", own_metrics, "counters of the apiserver" },
	{ NULL, NULL, NULL },
};

const struct api_family health_family = {
	.root = "",
	.routes = health_routes,
	.is_exact = true,
};
