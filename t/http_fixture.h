/* SPDX-License-Identifier: ISC */
/*
 * The HTTP server in this process, with an API of the test's own behind it,
 * and clients that are descriptors.
 *
 *	/later		is deferred: tickets[]
 *	/at-once	is deferred and finished at once
 *	/moved		301 to /there
 *	/large		LARGE_BYTES, of the store; /metrics the same, of more
 *	anything else	itself
 */
#ifndef T_HTTP_FIXTURE_H
#define T_HTTP_FIXTURE_H

#include "apiserver/http.h"

#define PATIENCE_MS 20000
#define LARGE_BYTES (12u << 20)

extern struct loop loop;
extern struct api own;
extern struct http *http;
extern struct http_counters counts;
extern struct api_ticket *tickets[8];
extern size_t n_tickets;
extern unsigned n_asked;
extern char counted[200];	/* "GET /path 200 BYTES": what was not in api_answer() */

void server_start(int64_t timeout_ns);
void server_end(void);
void server_finish(struct api_ticket *ticket, struct str text);

/* A new connection, with a small buffer if not 0; -1: nobody listens. */
int client_of(int receive_bytes);
void say(int fd, const char *text);

#define ASK(path) "GET " path " HTTP/1.1\r\nHost: x\r\n\r\n"

/* What has come, and whether it was the end. */
struct heard {
	int fd;
	struct buf text;
	bool is_over;
	const char *until;
};

bool has_heard(void *arg);	/* of a struct heard */

/* Whether the text comes; NULL: whether the connection ends. */
bool hears(struct heard *h, int fd, const char *until);
void heard_fini(struct heard *h);	/* and closes it */

/* Conditions for loop_run_until(). */
bool wait_tickets(size_t n);
bool nobody_is_there(void *arg);
bool has_timed_out(void *arg);

#endif
