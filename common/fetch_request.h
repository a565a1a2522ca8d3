/* SPDX-License-Identifier: ISC */
/*
 * What libcurl is told of a request (fetch.h): whom to connect to and how, who
 * asks, and whom to believe.
 *
 * - HTTP 1.1 and one request at a time on a connection, so that a request that
 *   times out takes its connection along; what a peer does not acknowledge in
 *   half a minute ends it too.
 * - A CA that is given is the only one that is believed, and a file of one is
 *   read again after a minute.
 * - Proxies of the environment (HTTPS_PROXY, NO_PROXY) are for requests whose
 *   identity is not is_direct.
 * - A token is not sent without TLS unless it may be; that one was withheld is
 *   logged, once.
 */
#ifndef COMMON_FETCH_REQUEST_H
#define COMMON_FETCH_REQUEST_H

#include <curl/curl.h>

#include "common/fetch.h"

/* libcurl's, which it does not copy: they stay as long as the transfer. */
struct fetch_lists {
	struct curl_slist *headers;
	struct curl_slist *connect_to;
};

/* All but where the answer goes. */
void fetch_request_apply(const struct fetch_request *r, CURL *easy,
    struct fetch_lists *lists);
void fetch_lists_fini(struct fetch_lists *lists);

#endif
