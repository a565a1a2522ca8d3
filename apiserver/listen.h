/* SPDX-License-Identifier: ISC */
/*
 * A listening TCP socket for an address in text: "HOST:PORT", "[V6]:PORT",
 * ":PORT" (every address, IPv6 and IPv4).  Non-blocking, close-on-exec,
 * TCP_NODELAY for the connections it will accept.
 */
#ifndef APISERVER_LISTEN_H
#define APISERVER_LISTEN_H

#include "common/err.h"

#define LISTEN_ADDRESS_MAX 80

/* Whether text is an address at all, without opening anything. */
bool listen_check(const char *text, struct err *err);

/* The descriptor, and in address what it is bound to; -1 with err. */
int listen_on(const char *text, char address[LISTEN_ADDRESS_MAX],
    struct err *err);

#endif
