/* SPDX-License-Identifier: ISC */
/*
 * What the two halves of the bus share: starting an nng socket, watching it in
 * the event loop and closing it.  Not for anybody else.
 *
 * nng's RECVFD is level-triggered: on_readable reads no more than BUS_TURN_BYTES
 * of lines, or BUS_TURN_MESSAGES of requests, and is called again for the
 * rest, so that timers, signals and who asks over HTTP get their turn.
 */
#ifndef COMMON_BUS_SOCKET_H
#define COMMON_BUS_SOCKET_H

#include <event2/event.h>
#include <nng/nng.h>

#include "common/buf.h"
#include "common/bus.h"

#define BUS_TURN_MESSAGES 64
#define BUS_TURN_BYTES (64 * 1024)	/* some 0.2 ms of work, and one line */
#define BUS_CLOSE_MAX_MS 1000
#define BUS_RECONNECT_MIN_MS 20
#define BUS_RECONNECT_MAX_MS 1000
/*
 * A survey must not end while we are here.  nng 1.5 sends the next one with a
 * lock held that the timer of the one before takes when it fires, and waits
 * for that timer: if both come at once, neither ever goes on.
 */
#define BUS_SURVEY_MS INT32_MAX
/* Beyond it nng drops the connection: one line of the largest size fits. */
#define BUS_MESSAGE_BYTES_MAX (BUS_LINE_BYTES_MAX + BUS_REPLAY_BYTES)

/* url is one of the address. */
bool bus_socket_start(nng_socket socket, const char *url,
    const struct bus_address *address, struct err *err);

struct event *bus_socket_watch(nng_socket socket, struct event_base *base,
    event_callback_fn on_readable, void *arg, struct err *err);

/*
 * Comes back after BUS_CLOSE_MAX_MS at the latest: nng_close() of nng 1.5 may
 * wait for ever for a task that never ran (nng issue 1543), and a process that
 * was asked to stop has to.  What is not closed by then is left to exit().
 */
void bus_socket_close(nng_socket socket);

#endif
