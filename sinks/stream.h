/* SPDX-License-Identifier: ISC */
/*
 * A connection that text goes into, by TCP, or a socket for datagrams; no
 * answers come.  Everything has a deadline, and ends soon after the process was
 * asked to.
 *
 * What was written to a TCP connection may still be lost with the peer.
 * stream_settle() waits until the peer's kernel has it all and has not hung
 * up; what its program does with it nobody knows.
 */
#ifndef SINKS_STREAM_H
#define SINKS_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "common/str.h"

struct stream {
	char *host;
	char *port;
	bool is_udp;
	int64_t timeout_ns;	/* of one call */
	int fd;			/* -1: not connected */
};

/* address is HOST, HOST:PORT or [V6]:PORT.  Connects to nobody yet. */
void stream_init(struct stream *s, struct str address, const char *port,
    bool is_udp);
void stream_fini(struct stream *s);

bool stream_is_open(const struct stream *s);
/* These three close the stream when they fail. */
bool stream_connect(struct stream *s, struct err *err);
bool stream_send(struct stream *s, struct str bytes, struct err *err);
bool stream_settle(struct stream *s, struct err *err);

#endif
