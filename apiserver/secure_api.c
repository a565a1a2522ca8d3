/* SPDX-License-Identifier: ISC */
/*
 * What the secure port has beside the Metrics API: /healthz, /livez, /readyz
 * with a line per check as kube-apiservers write them, and /metrics.
 *
 * The checks have metrics-server's names, for those who look for them.  Being
 * ready is knowing whom to believe, and not having fresh values: an API that is
 * taken away for want of these is missed by everybody who lists what there is.
 */
#include "config.h"

#include "common/percent.h"

#include "apiserver/api.h"
#include "apiserver/auth.h"

enum { HEALTHZ = 1, LIVEZ = 2, READYZ = 4, ALL = 7 };

static bool
is_always(const struct api *api)
{
	(void)api;
	return true;
}

static bool
knows_whom_to_believe(const struct api *api)
{
	return api->auth == NULL || api->auth->is_loaded;
}

static const struct check {
	const char *name;
	unsigned where;
	bool (*is_well)(const struct api *api);
} checks[] = {
	{ "ping", ALL, is_always },
	{ "log", ALL, is_always },
	{ "poststarthook/max-in-flight-filter", ALL, is_always },
	{ "poststarthook/storage-object-count-tracker-hook", ALL, is_always },
	{ "metric-storage-ready", READYZ, is_always },
	{ "metric-informer-sync", READYZ, is_always },
	{ "metric-collection-timely", LIVEZ, is_always },
	{ "metadata-informer-sync", READYZ, knows_whom_to_believe },
	{ "metadata-informer-sync", HEALTHZ | LIVEZ, is_always },
	{ "shutdown", READYZ, is_always },
};
#define N_CHECKS (sizeof checks / sizeof checks[0])

/* The next ?exclude= of the query, decoded into name. */
static bool
next_exclusion(struct str *query, struct buf *name)
{
	while (query->len > 0) {
		struct str value = str_cut(query, '&');

		if (!str_is(str_cut(&value, '='), "exclude"))
			continue;
		buf_reset(name);
		if (percent_decode(name, value, true) && name->len > 0)
			return true;
	}
	return false;
}

static bool
is_excluded(struct str query, const char *check)
{
	struct buf name = BUF_INIT;
	bool is_it = false;

	while (!is_it && next_exclusion(&query, &name))
		is_it = str_is(buf_str(&name), check);
	buf_fini(&name);
	return is_it;
}

static bool
is_check(unsigned where, struct str name)
{
	for (size_t i = 0; i < N_CHECKS; i++)
		if ((checks[i].where & where) != 0 &&
		    str_is(name, checks[i].name))
			return true;
	return false;
}

/* Those that are no checks. */
static void
warn_of_exclusions(struct buf *out, unsigned where, struct str query)
{
	struct buf name = BUF_INIT;
	unsigned n = 0;

	while (next_exclusion(&query, &name))
		if (!is_check(where, buf_str(&name)))
			buf_addf(out, "%s\"%.*s\"", n++ == 0 ?
			    "warn: some health checks cannot be excluded: no "
			    "matches for " : ", ", STR_ARG(buf_str(&name)));
	if (n > 0)
		buf_add_char(out, '\n');
	buf_fini(&name);
}

static void
answer_all(struct api *api, const struct api_request *rq,
    struct api_response *rs, unsigned where, const char *name)
{
	struct buf lines = BUF_INIT;
	bool is_well = true;

	for (size_t i = 0; i < N_CHECKS; i++) {
		const struct check *c = &checks[i];

		if ((c->where & where) == 0)
			continue;
		if (is_excluded(rq->query, c->name)) {
			buf_addf(&lines, "[+]%s excluded: ok\n", c->name);
		} else if (c->is_well(api)) {
			buf_addf(&lines, "[+]%s ok\n", c->name);
		} else {
			buf_addf(&lines, "[-]%s failed: reason withheld\n",
			    c->name);
			is_well = false;
		}
	}
	warn_of_exclusions(&lines, where, rq->query);
	buf_addf(&lines, "%s check %s\n", name, is_well ? "passed" : "failed");
	rs->is_nosniff = true;
	if (is_well && api_parameter(api, rq, "verbose").p == NULL)
		api_text(rs, 200, STR("ok"));
	else
		api_text(rs, is_well ? 200 : 500, buf_str(&lines));
	buf_fini(&lines);
}

static void
healthz(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	answer_all(api, rq, rs, HEALTHZ, "healthz");
}

static void
livez(struct api *api, const struct api_request *rq, struct api_response *rs)
{
	answer_all(api, rq, rs, LIVEZ, "livez");
}

static void
readyz(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	answer_all(api, rq, rs, READYZ, "readyz");
}

static void
answer_one(struct api *api, const struct api_request *rq,
    struct api_response *rs, unsigned where)
{
	rs->is_nosniff = true;
	for (size_t i = 0; i < N_CHECKS; i++) {
		if ((checks[i].where & where) == 0 ||
		    !str_is(rq->captures[0], checks[i].name))
			continue;
		if (checks[i].is_well(api))
			api_text(rs, 200, STR("ok"));
		else
			api_text(rs, 500, STR("internal server error: not "
			    "yet\n"));
		return;
	}
	api_text(rs, 404, STR("404 page not found\n"));
}

static void
healthz_one(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	answer_one(api, rq, rs, HEALTHZ);
}

static void
livez_one(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	answer_one(api, rq, rs, LIVEZ);
}

static void
readyz_one(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	answer_one(api, rq, rs, READYZ);
}

static void
own_metrics(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	(void)rq;
	rs->status = 200;
	rs->content_type = "text/plain; version=0.0.4; charset=utf-8";
	rs->is_compressible = true;
	counters_print_prometheus(api->counters, &rs->body);
}

static const struct api_route secure_routes[] = {
	{ "healthz", healthz, "ok, or which check is not" },
	{ "healthz/{*}", healthz_one, "one check" },
	{ "livez", livez, "ok, or which check is not" },
	{ "livez/{*}", livez_one, "one check" },
	{ "readyz", readyz, "ok, or which check is not" },
	{ "readyz/{*}", readyz_one, "one check" },
	{ "metrics", own_metrics, "counters of the apiserver" },
	{ NULL, NULL, NULL },
};

const struct api_family secure_family = {
	.root = "",
	.routes = secure_routes,
	.is_exact = true,
	.port = API_SECURE,
};
