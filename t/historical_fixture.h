/* SPDX-License-Identifier: ISC */
/*
 * A history that writes down what it is asked and answers what it is told, and
 * the API before it, with a transport that waits for one answer.
 */
#ifndef T_HISTORICAL_FIXTURE_H
#define T_HISTORICAL_FIXTURE_H

#include "common/timestamp.h"

#include "apiserver/api.h"
#include "apiserver/historical.h"

#define H "/api/v1/historical"
#define T0 (INT64_C(1772600760) * NS_PER_S)	/* 2026-03-04T05:06:00Z */
#define FROM "start=2026-03-04T05:06:00Z"
#define TO "end=2026-03-04T05:08:00Z"
#define NOW_NS (T0 + 600 * NS_PER_S)

struct history {
	struct buf asked;	/* "series (node)node:n cpu/limit 0..600" */
	unsigned n_asked;
	const struct history_answer *answer;	/* NULL: err */
	struct err err;
	bool is_slow;
	history_done *done;	/* of the slow one */
	void *arg;
	unsigned n_cancelled;
	bool is_closed;
};

struct fake_transport {
	struct api_ticket ticket;
	bool is_full;		/* has no tickets */
	unsigned n_taken, n_finished;
	int status;
	struct buf body;
};

extern struct history history;
extern struct fake_transport transport;
extern struct historical historical;
extern struct api api;
extern struct api_response response;

/* The status; what else there is, is in response. */
int ask_as(const char *method, const char *target, const char *accept);
int ask(const char *target);

void historical_fixture_fini(void);

#endif
