/* SPDX-License-Identifier: ISC */
/*
 * What comes in on a socket of the bus, a line at a time, so that who reads
 * may stop in the middle of a message: one of BUS_MESSAGE_BYTES is work for
 * milliseconds, and others wait in the same event loop.  Only for bus_sub.
 */
#ifndef COMMON_BUS_READER_H
#define COMMON_BUS_READER_H

#include <stdbool.h>

#include <nng/nng.h>

#include "common/buf.h"
#include "common/str.h"

struct bus_reader {
	nng_socket socket;
	nng_msg *message;	/* NULL: none in hand */
	struct str rest;	/* of it, not read yet */
	struct buf tail;	/* its last lines, padded */
	bool is_tail;		/* the rest is there */
};

/* Takes the next message, if none is in hand; false: there is none. */
bool bus_reader_receive(struct bus_reader *r);

/*
 * The next line of the message in hand, valid until the next call of any.
 * JSON_PAD bytes behind it are readable.  False: that was all of the message.
 */
bool bus_reader_line(struct bus_reader *r, struct str *line);

/* Forgets the message in hand. */
void bus_reader_drop(struct bus_reader *r);
void bus_reader_fini(struct bus_reader *r);

#endif
