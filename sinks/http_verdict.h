/* SPDX-License-Identifier: ISC */
/*
 * What the answer to a request with points means.
 *
 *	taken		2xx
 *	again		no answer, 5xx, 429, 408, 425: later the same will do;
 *			3xx, which comes of a proxy, or of a wrong URL
 *	forbidden	401, 403, 407: as "again", since it says nothing about
 *			the points; somebody has to mend the credentials
 *	too large	413: in smaller requests
 *	refused		the rest: it would be refused each time
 *	elsewhere	of nobody by itself: a sink that has several servers
 *			says so, and the same goes to the next one at once
 *
 * Pure.
 */
#ifndef SINKS_HTTP_VERDICT_H
#define SINKS_HTTP_VERDICT_H

#include <stdint.h>

#include "common/buf.h"
#include "common/str.h"

enum http_verdict {
	HTTP_TAKEN, HTTP_AGAIN, HTTP_FORBIDDEN, HTTP_TOO_LARGE, HTTP_REFUSED,
	HTTP_ELSEWHERE
};

/* What became of the points of a request. */
struct http_fate {
	uint64_t n;
	enum http_verdict *verdicts;	/* all HTTP_TAKEN at first */
	struct buf refused, again;	/* why, of the first of each; "" */
};

enum http_verdict http_verdict(int status);	/* 0: there was no answer */

/*
 * Appends what the server said, for a line of the log: the text of the member
 * "error", "message" or "reason" in JSON, at any depth, or else the beginning
 * of the body, on one line and 160 bytes at most.
 */
void http_reason(struct buf *out, struct str body);

#endif
