/* SPDX-License-Identifier: ISC */
/* What is asked next after whatever a kube-apiserver does, and when. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "collector/watch_plan.h"
#include "common/number.h"
#include "common/timestamp.h"
#include "t/tap.h"

/*
 * A script of words.  What happens:
 *
 *	list		a list is complete; list:N with that version
 *	list=STATUS	it failed with it
 *	event		one has come
 *	over		a watch has ended
 *	watch=STATUS	it has failed with it
 *	gone, garbage	it has expired, or what came was no event
 *	wish:N		the failure that follows says Retry-After
 *	sleep:N		N seconds pass within what is asked
 *
 * What is asked next is printed: L of what is at hand, T of what is true, W,
 * each with the seconds that were waited for it at least, rounded down; 0 is
 * left out.
 */
struct plan_case {
	const char *title;
	const char *script;
	const char *asked;
};

static const struct plan_case cases[] = {
	{ "as it should be", "list event sleep:9 over event over sleep:3 over",
	    "LWWWW" },
	{ "a watch that ends at once", "list over over over list event over",
	    "LWWWL1WW" },
	{ "forbidden: a watch each 30 s, a list each minute or two",
	    "list watch=403 watch=403 watch=403 watch=403 watch=403 watch=403 "
	    "watch=403 watch=403 watch=403 watch=403 list watch=403 watch=403 "
	    "watch=403 watch=403 watch=403 list",
	    "LWWWW1W2W4W8W15W15W15L15WW15W15W15W15L15W" },
	{ "forbidden lists too", "list=403 list=403 list=403 list=403",
	    "LLLL1L2" },
	{ "forbidden for a while", "list event watch=403 watch=403 event over",
	    "LWWWW" },
	{ "lists in place of watches that fail keep the place",
	    "list event sleep:400 watch=503 list=503 watch=503 event over",
	    "LWLWW1W" },
	{ "no answer: watches only", "list event watch=0 watch=0 watch=0 "
	    "watch=0 watch=0 watch=0 watch=0 watch=0 watch=0 sleep:900 watch=0 "
	    "event over", "LWWWW1W2W4W8W15W15W15W15W" },
	{ "refused and ill", "list event watch=401 watch=429 watch=500 "
	    "watch=503 watch=502 event over", "LWWWW1W2W4W" },
	{ "cut at once, for ever: seldom a list", "list watch=200 watch=200 "
	    "watch=200 list watch=200 watch=200 watch=200 list watch=200 "
	    "watch=200 watch=200 list", "LWWWL1WW2W4L8WW15W15L15W" },
	{ "cut after a while", "list sleep:6 watch=200 sleep:6 watch=200 "
	    "sleep:6 watch=200 sleep:6 watch=200 sleep:6 watch=200", "LWWWWWW" },
	{ "cut after an event", "list event watch=200 event watch=200 event "
	    "watch=200 event watch=200", "LWWWWW" },
	{ "a bad place", "list event over watch=400 watch=400 watch=400 list "
	    "event over", "LWWWWL1WW" },
	{ "a place that only an illness tells of", "list sleep:400 watch=500 "
	    "list event over", "LWLWW" },
	{ "expired", "list:7 event gone list:8 event over", "LWLWW" },
	{ "expired, and what is at hand is older", "list:7 event gone list:6 "
	    "list:8 event over", "LWLTWW" },
	{ "expired, and even what is true is older", "list:7 event gone list:3 "
	    "list:4 event over", "LWLTWW" },
	{ "versions that are no numbers", "list:a event gone list:6 event gone "
	    "list:b event over", "LWLWLWW" },
	{ "expired as soon as it is listed: later each time", "list gone list "
	    "gone list gone list gone list gone list gone list gone list event "
	    "gone list event over", "LWLWLWL1WL2WL4WL8WL15WLWW" },
	{ "a page that is no more", "list=410 list=410 list=410 list event "
	    "over", "LTTT1WW" },
	{ "a list that breaks off or takes too long goes in pages",
	    "list=200 list event gone list=504 list event over",
	    "LTWLTWW" },
	{ "a list that fails otherwise does not", "list=0 list=503 list=429 "
	    "list", "LLLL1W" },
	{ "a list resets nothing", "list=0 list=0 list=0 list watch=0 watch=0",
	    "LLLL1WW2W4" },
	{ "what is no event costs a list, seldom", "list event garbage list "
	    "event garbage list event garbage list event garbage list event "
	    "garbage list event garbage list event garbage list event garbage "
	    "list event garbage list event over",
	    "LWLWLWL1WL2WL4WL8WL16WL30WL30WW" },
	{ "and soon again after a while", "list event garbage list event "
	    "garbage list event garbage list sleep:301 event garbage list",
	    "LWLWLWL1WLW" },
	{ "wishes are granted", "list event wish:7 watch=429 wish:7 watch=503 "
	    "wish:5 gone wish:9 list=429 list", "LWW7W7L5L9W" },
	{ "within bounds", "list wish:9999 watch=429 list", "LWW60W" },
};

struct world {
	struct watch_plan plan;
	int64_t now_ns;
	int64_t wish_s;
	char known[16];
	char asked[256];
};

static void
ask(struct world *w, int64_t delay_ns)
{
	char text[32] = "";
	const char *what = w->plan.next == PLAN_WATCH ? "W" :
	    w->plan.must_be_true ? "T" : "L";

	if (delay_ns >= NS_PER_S)
		snprintf(text, sizeof text, "%d", (int)(delay_ns / NS_PER_S));
	strcat(w->asked, what);
	strcat(w->asked, text);
	w->now_ns += delay_ns;
	watch_plan_begun(&w->plan, w->now_ns);
}

static struct watch_plan_failure
failure(struct world *w, int status)
{
	struct watch_plan_failure f = {
		.status = status,
		.retry_after_s = w->wish_s,
		.random = 0,
		.now_mono_ns = w->now_ns,
	};

	w->wish_s = 0;
	return f;
}

static void
listed(struct world *w, const char *version)
{
	watch_plan_listed(&w->plan, w->known[0] == '\0' ?
	    (struct str){ NULL, 0 } : str_of(w->known), str_of(version));
	if (w->plan.next == PLAN_WATCH)
		snprintf(w->known, sizeof w->known, "%s", version);
	ask(w, 0);
}

static void
watch_ended(struct world *w, enum watch_end end, int status)
{
	struct watch_plan_failure f = failure(w, status);

	if (end == WATCH_OVER && watch_plan_is_short(&w->plan, w->now_ns))
		end = WATCH_FAILED;
	ask(w, watch_plan_watch_ended(&w->plan, end, &f));
}

static void
happen(struct world *w, struct str word)
{
	struct str rest = word;
	struct str name = { word.p, strcspn(word.p, ":= ") };
	char value[16] = "";

	if (name.len < word.len) {
		str_cut(&rest, word.p[name.len]);
		snprintf(value, sizeof value, "%.*s", STR_ARG(rest));
	} else {
		name = word;
	}
	if (str_is(word, "list") || str_has_prefix(word, STR("list:"))) {
		listed(w, value[0] == '\0' ? "1" : value);
	} else if (str_is(name, "list")) {
		struct watch_plan_failure f = failure(w, atoi(value));

		ask(w, watch_plan_list_failed(&w->plan, &f));
	} else if (str_is(name, "event")) {
		watch_plan_event(&w->plan);
	} else if (str_is(name, "over")) {
		watch_ended(w, WATCH_OVER, 200);
	} else if (str_is(name, "watch")) {
		watch_ended(w, WATCH_FAILED, atoi(value));
	} else if (str_is(name, "gone")) {
		watch_ended(w, WATCH_EXPIRED, 410);
	} else if (str_is(name, "garbage")) {
		watch_ended(w, WATCH_CONFUSED, 200);
	} else if (str_is(name, "wish")) {
		w->wish_s = atoi(value);
	} else if (str_is(name, "sleep")) {
		w->now_ns += atoi(value) * NS_PER_S;
	} else {
		bail("%.*s: no such word", STR_ARG(word));
	}
}

static void
run(const struct plan_case *c)
{
	struct world w = { .now_ns = 1000 * NS_PER_S };
	struct str rest = str_of(c->script);

	watch_plan_init(&w.plan);
	ask(&w, 0);
	while (rest.len > 0)
		happen(&w, str_cut(&rest, ' '));
	is_str(w.asked, c->asked, "%s", c->title);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		run(&cases[i]);
	return done_testing();
}
