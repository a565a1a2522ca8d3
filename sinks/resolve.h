/* SPDX-License-Identifier: ISC */
/*
 * Addresses of a name.  They are looked up in a thread: a name server that says
 * nothing may take minutes, which nobody has who is watched, or told to end.
 * Then the thread is left to itself, and what it finds is thrown away.
 */
#ifndef SINKS_RESOLVE_H
#define SINKS_RESOLVE_H

#include <netdb.h>
#include <stdint.h>

/* Returns 0 and a list for freeaddrinfo(), or what getaddrinfo() returns; or
 * EAI_INPROGRESS: the time is over, or the process is to end. */
int resolve(const char *host, const char *port, int socktype,
    int64_t timeout_ns, struct addrinfo **out);

#endif
