/* SPDX-License-Identifier: ISC */
/*
 * What a client says that it takes, in Accept or Accept-Encoding:
 *
 *	application/openmetrics-text;version=1.0.0,text/plain;q=0.5
 *
 * Pure.
 */
#ifndef SINKS_HTTP_ACCEPT_H
#define SINKS_HTTP_ACCEPT_H

#include "common/str.h"

/*
 * How much it wants what is named, in thousandths; 0: not at all, or anything
 * at best.  parameter is "NAME=VALUE": a clause with another value names
 * something else; NULL: whatever it is.
 */
unsigned http_accept(struct str header, const char *what,
    const char *parameter);

#endif
