/* SPDX-License-Identifier: ISC */
/*
 * /api/v1/historical: names, series and aggregations of what a database has,
 * under the paths of the model API and a few more.
 *
 * A request is checked, made a question (history.h) and handed over; what
 * comes back becomes the answer, at once or later (struct api_ticket).  A set
 * that the database does not know has an empty answer, never an error: so one
 * pod that is gone does not spoil a list of pods.
 */
#ifndef APISERVER_HISTORICAL_H
#define APISERVER_HISTORICAL_H

#include "common/counters.h"

#include "apiserver/history.h"

#define HISTORICAL_COUNTERS(X) \
	X(history_questions, COUNTER, "questions about the past") \
	X(history_failures, COUNTER, "of these without an answer") \
	X(history_waiting, GAUGE, "of these on their way")
COUNTERS_STRUCT(historical_counters, HISTORICAL_COUNTERS)

#define HISTORICAL_TEXT_BYTES_MAX ((size_t)128 << 20)	/* of an answer */

struct historical_wait;

/* What api->historical points to. */
struct historical {
	const struct history_kind *kind;
	struct history *history;
	struct historical_wait *waiting;	/* for the history */
	struct historical_counters counters;
};

/* Closes the history.  What was waiting for it is told that nothing comes. */
void historical_close(struct historical *h);

#endif
