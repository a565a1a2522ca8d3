/* SPDX-License-Identifier: ISC */
/*
 * A connection to a server that answers what it is sent, by TCP or TLS; what
 * is said on it is the caller's.  Everything has a deadline, and ends soon
 * after the process was asked to.
 */
#ifndef SINKS_EXCHANGE_H
#define SINKS_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/fetch.h"
#include "common/str.h"

struct exchange {
	struct fetch_identity identity;	/* the caller's, of TLS */
	char *url;		/* "https://HOST:PORT"; http is TCP alone */
	int64_t timeout_ns;	/* of sending, and of receiving */
	struct exchange_connection *connection;	/* NULL: there is none */
};

/* Connects to nobody yet. */
void exchange_init(struct exchange *e, const char *host_and_port, bool is_tls);
void exchange_fini(struct exchange *e);

/* Whether it is there and the peer has said nothing, not even farewell. */
bool exchange_is_open(struct exchange *e);

/* These hang up when they fail. */
bool exchange_connect(struct exchange *e, struct err *err);
bool exchange_send(struct exchange *e, struct str bytes, struct err *err);
bool exchange_receive(struct exchange *e, char *p, size_t n, struct err *err);

void exchange_hang_up(struct exchange *e);

#endif
