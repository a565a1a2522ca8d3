/* SPDX-License-Identifier: ISC */
/*
 * What to ask a kube-apiserver next about one kind of objects, and when: the
 * decisions of list_watch.h.  A list may be a gigabyte, a watch is nothing; so
 * lists are what has to be rare, whatever goes wrong.
 *
 *   - Every failure makes the next attempt later, up to 30 s.  Only a watch
 *     that has proven to work (an event, a bookmark, or some seconds of life)
 *     makes it soon again; a list does not.
 *   - A watch that fails is begun again from where it was: no answer, a
 *     refusal (401, 403, 429) or an illness (5xx) says nothing about that
 *     place.  Other failures do, three in a row.
 *   - While watches are forbidden there is a list each minute in their place;
 *     while they are answered by other errors, one each five minutes.
 *   - A list after a 410 is of what the kube-apiserver has at hand.  If that
 *     is older than what is known, or a list breaks off, or one of its pages
 *     is no more, the next one is of what is true, from etcd, in pages.
 *   - An event that cannot be understood costs a list, and each one within
 *     five minutes of the one before later than that.
 *
 * Pure: the time and random numbers are arguments.
 */
#ifndef COLLECTOR_WATCH_PLAN_H
#define COLLECTOR_WATCH_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "common/backoff.h"
#include "common/str.h"

#define WATCH_PLAN_FORBIDDEN_LIST_S 60	/* how often then */

enum watch_plan_next { PLAN_LIST, PLAN_WATCH };

struct watch_plan {
	enum watch_plan_next next;
	bool must_be_true;	/* the next list, and therefore in pages */

	/* Private. */
	bool has_place;		/* where a watch may go on */
	bool is_proven;		/* a watch since the last list */
	bool has_come;		/* something, of this watch */
	unsigned n_failed;	/* watches in a row that count */
	int64_t list_mono_ns;	/* when the last list was asked for */
	int64_t watch_mono_ns;
	struct backoff backoff;
	struct backoff confusion;
	int64_t confused_mono_ns;
};

void watch_plan_init(struct watch_plan *p);

/* What is next begins. */
void watch_plan_begun(struct watch_plan *p, int64_t now_mono_ns);

/* It is complete, with this resourceVersion; known is the newest before, or
 * absent. */
void watch_plan_listed(struct watch_plan *p, struct str known,
    struct str version);

struct watch_plan_failure {
	int status;		/* of HTTP, or of what came as an event; 0: no
				 * answer; 200: it broke off */
	int64_t retry_after_s;	/* 0: not said */
	uint32_t random;
	int64_t now_mono_ns;
};

/* These return how long to wait. */
int64_t watch_plan_list_failed(struct watch_plan *p,
    const struct watch_plan_failure *failure);

enum watch_end {
	WATCH_OVER,		/* as it should be, and the loop goes on */
	WATCH_FAILED,
	WATCH_EXPIRED,		/* 410 */
	WATCH_CONFUSED,		/* what came was no event */
};

int64_t watch_plan_watch_ended(struct watch_plan *p, enum watch_end end,
    const struct watch_plan_failure *failure);

/* An event or a bookmark has come. */
void watch_plan_event(struct watch_plan *p);

/* A watch that ends now would have been for nothing. */
bool watch_plan_is_short(const struct watch_plan *p, int64_t now_mono_ns);

#endif
