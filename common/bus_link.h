/* SPDX-License-Identifier: ISC */
/*
 * Tells the log when a bus that we dial is out of reach: nng dials again for
 * ever and says nothing.  Not for anybody but the bus.
 *
 *	bus_unreachable url=... seconds=5 error=...
 *	bus_reached url=...
 *
 * nng does not say what is wrong, so the error names what it may be.
 */
#ifndef COMMON_BUS_LINK_H
#define COMMON_BUS_LINK_H

#include <nng/nng.h>
#include <stdatomic.h>

#include "common/bus.h"
#include "common/log.h"

#define BUS_LINK_PATIENCE_S 5

struct bus_link {
	struct loop_timer check;
	const char *url;
	atomic_int *n_pipes;		/* NULL: not watched */
	int64_t up_mono_ns;		/* last seen with a connection */
	struct log_condition unreachable;
};

/* Before the socket is started.  url is borrowed.  Listeners are not watched:
 * they may well be alone. */
void bus_link_init(struct bus_link *l, struct loop *loop, nng_socket socket,
    const char *url, bool is_listening);
void bus_link_fini(struct bus_link *l);

#endif
