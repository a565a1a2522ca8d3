/* SPDX-License-Identifier: ISC */
/* Who refused, and what is to be done about it. */
#include "config.h"

#include "collector/kubelet_refusal.h"
#include "t/tap.h"

#define FORBIDDEN .error = "HTTP status 403", .status = 403
#define UNKNOWN .error = "HTTP status 401", .status = 401
#define MISSING .error = "HTTP status 404", .status = 404

static const struct refusal_case {
	struct kubelet_failure failure;
	enum kubelet_refusal want;
	const char *text;
} cases[] = {
	{ { .error = "Connection refused", .api = KUBELET_SUMMARY },
	    REFUSAL_NONE, "Connection refused" },
	{ { .error = "HTTP status 500", .status = 500,
	    .api = KUBELET_SUMMARY }, REFUSAL_NONE, "HTTP status 500" },
	{ { FORBIDDEN, .api = KUBELET_SUMMARY }, REFUSAL_STATS,
	    "HTTP status 403: the ClusterRole needs get on nodes/stats" },
	{ { FORBIDDEN, .api = KUBELET_CADVISOR }, REFUSAL_STATS,
	    "HTTP status 403: the ClusterRole needs create on nodes/stats" },
	{ { FORBIDDEN, .api = KUBELET_RESOURCE }, REFUSAL_METRICS,
	    "HTTP status 403: the ClusterRole needs get on nodes/metrics" },
	{ { FORBIDDEN, .api = KUBELET_RESOURCE, .summary_status = 403 },
	    REFUSAL_METRICS, "HTTP status 403: the ClusterRole needs get on "
	    "nodes/stats, or on nodes/metrics for CPU and memory alone" },
	{ { FORBIDDEN, .api = KUBELET_RESOURCE, .summary_status = 404 },
	    REFUSAL_METRICS,
	    "HTTP status 403: the ClusterRole needs get on nodes/metrics" },
	{ { FORBIDDEN, .api = KUBELET_SUMMARY, .is_proxied = true,
	    .is_of_api = true }, REFUSAL_PROXY,
	    "HTTP status 403: the ClusterRole needs get on nodes/proxy" },
	{ { FORBIDDEN, .api = KUBELET_CADVISOR, .is_proxied = true,
	    .is_of_api = true }, REFUSAL_PROXY,
	    "HTTP status 403: the ClusterRole needs create on nodes/proxy" },
	{ { FORBIDDEN, .api = KUBELET_RESOURCE, .summary_status = 403,
	    .is_proxied = true }, REFUSAL_OF_API, "HTTP status 403: the "
	    "kube-apiserver needs get on nodes/stats, or on nodes/metrics for "
	    "CPU and memory alone" },
	{ { UNKNOWN, .api = KUBELET_SUMMARY }, REFUSAL_TOKEN,
	    "HTTP status 401: the kubelet knows no such token" },
	{ { UNKNOWN, .api = KUBELET_SUMMARY, .is_proxied = true,
	    .is_of_api = true }, REFUSAL_API_TOKEN,
	    "HTTP status 401: the kube-apiserver knows no such token" },
	{ { UNKNOWN, .api = KUBELET_SUMMARY, .is_proxied = true },
	    REFUSAL_OF_API,
	    "HTTP status 401: the kubelet does not know the kube-apiserver" },
	{ { MISSING, .api = KUBELET_SUMMARY, .path = "/stats/summary" }, REFUSAL_NONE,
	    "HTTP status 404: it has no /stats/summary" },
	{ { MISSING, .api = KUBELET_SUMMARY, .path = "/s?token=secret" },
	    REFUSAL_NONE, "HTTP status 404: it has no /s" },
	{ { MISSING, .api = KUBELET_RESOURCE, .path = "/m", .summary_status = 403 },
	    REFUSAL_STATS, "HTTP status 404: it has no /m, and "
	    "the ClusterRole needs get on nodes/stats" },
	{ { MISSING, .api = KUBELET_SUMMARY, .path = "/stats/summary", .is_proxied = true,
	    .is_of_api = true, .message = STR_INIT("nodes \"n\" not found") },
	    REFUSAL_NONE,
	    "HTTP status 404: the kube-apiserver knows no such node" },
	{ { .error = "HTTP status 503", .status = 503, .is_proxied = true,
	    .is_of_api = true, .message = STR_INIT("dial tcp: refused") },
	    REFUSAL_NONE,
	    "HTTP status 503 of the kube-apiserver: dial tcp: refused" },
};

/* What is cut is cut between two characters. */
static void
test_long(void)
{
	static const char umlaut[] = "\xc3\xa4";
	struct buf message = BUF_INIT, text = BUF_INIT;
	struct kubelet_failure f = { .error = "e", .status = 500,
	    .is_proxied = true, .is_of_api = true };

	buf_add_char(&message, 'x');
	for (int i = 0; i < 200; i++)
		buf_addf(&message, "%s", umlaut);
	f.message = buf_str(&message);
	kubelet_refusal(&f, &text);
	ok(text.len < 200 && text.p[text.len - 2] == umlaut[0] &&
	    text.p[text.len - 1] == umlaut[1], "a long message is cut");
	buf_fini(&message);
	buf_fini(&text);
}

int
main(void)
{
	test_long();
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf text = BUF_INIT;
		enum kubelet_refusal got = kubelet_refusal(&cases[i].failure,
		    &text);

		buf_add_char(&text, '\0');
		is_str(kubelet_refusal_name(got),
		    kubelet_refusal_name(cases[i].want), "%s: whose it is",
		    cases[i].text);
		is_str(text.p, cases[i].text, "and what is said");
		buf_fini(&text);
	}
	return done_testing();
}
