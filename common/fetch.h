/* SPDX-License-Identifier: ISC */
/*
 * HTTP GET, many at a time, in the event loop: libcurl's multi interface on
 * libevent.  Connections are kept.  A body is bounded while it arrives, and
 * its buffer belongs to the request in flight, not to the target; or it is
 * handed over in pieces and not kept at all.
 *
 * One fetcher is for a few hundred hosts: libcurl looks through all of its
 * connections for each request.
 */
#ifndef COMMON_FETCH_H
#define COMMON_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/loop.h"

struct fetcher;

/*
 * Who asks, and whom it believes.  All strings may be NULL, and outlive the
 * requests.  A server's certificate is verified unless is_insecure.
 */
struct fetch_identity {
	const char *ca_file, *ca_pem;	/* neither: the system's */
	const char *cert_file, *cert_pem;
	const char *key_file, *key_pem;
	const char *server_name;	/* of its certificate; NULL: the URL's
					 * host.  Not with connect_to */
	bool is_insecure;
	const char *token;		/* never sent without TLS, unless */
	bool may_send_token_plainly;
	const char *user, *password;	/* Basic authentication, as it is asked
					 * for, also without TLS */
	bool is_direct;			/* never through a proxy of the
					 * environment */
};

/* How far a request got. */
enum fetch_reach {
	FETCH_ASKED,		/* or it failed for a reason of ours */
	FETCH_UNCONNECTED,	/* nobody was there to be sent anything */
	FETCH_UNTRUSTED,	/* whose certificate is not good */
};

struct fetch_result {
	const char *error;	/* NULL: a 200 or 201 with its body */
	enum fetch_reach reach;
	int status;		/* of HTTP; 0: there was no answer */
	int64_t retry_after_s;	/* 0: not said */
	struct str body;	/* followed by JSON_PAD readable bytes; also that
				 * of an error, cut at FETCH_ERROR_BYTES_MAX */
	int64_t elapsed_ns;
};

#define FETCH_ERROR_BYTES_MAX 4096
#define FETCH_STALL_BYTES 100L

/* Borrows the result for the call.  May start the next fetch. */
typedef void fetch_done_fn(void *arg, const struct fetch_result *result);

/* A piece of a 200's body.  False ends the request with *err. */
typedef bool fetch_piece_fn(void *arg, struct str piece, struct err *err);

struct fetch_request {
	const char *url;	/* its path is sent as it is */
	const char *connect_to;	/* "HOST:PORT" in place of the url's; NULL */
	const struct fetch_identity *identity;	/* NULL: nobody */
	int64_t timeout_ns;	/* of everything */
	int64_t stall_timeout_ns;	/* of less than FETCH_STALL_BYTES per
					 * second; 0: none */
	int64_t connect_timeout_ns;	/* 0: the same */
	struct str post_json;	/* absent: a GET; copied */
	struct str post_form;	/* or this, encoded; copied */
	fetch_piece_fn *piece;	/* NULL: the body is kept */
	fetch_done_fn *done;
	void *arg;
};

struct fetcher *fetcher_open(struct loop *loop, uint64_t body_bytes_max,
    struct err *err);

/* What is in flight is dropped without a call. */
void fetcher_close(struct fetcher *f);	/* NULL is fine */

/* False: it could not even be started; done is not called. */
bool fetch_start(struct fetcher *f, const struct fetch_request *request,
    struct err *err);

/* The one with this arg is dropped without a call, its connection closed.  Not
 * from within a callback. */
void fetch_cancel(struct fetcher *f, const void *arg);

#endif
