/* SPDX-License-Identifier: ISC */
/*
 * A listening TCP socket for an address in text: HOST:PORT, [V6]:PORT, :PORT
 * (loopback only), *:PORT (every address, IPv6 and IPv4); PORT 0 is any free
 * one.  Non-blocking, close-on-exec, TCP_NODELAY for the connections it will
 * accept.
 */
#ifndef COMMON_LISTEN_TCP_H
#define COMMON_LISTEN_TCP_H

#include <stddef.h>

#include "common/err.h"

#define LISTEN_TCP_ADDRESS_MAX 1100

/* The descriptor, or -1. */
int listen_tcp(const char *text, struct err *err);

/* To what it is bound, "127.0.0.1:80", "[::1]:80"; "" if that is not known. */
void listen_tcp_address(int fd, char text[LISTEN_TCP_ADDRESS_MAX]);

#endif
