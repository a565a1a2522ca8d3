/* SPDX-License-Identifier: ISC */
/*
 * Options of the URI that say whom to believe, and who we are, all of them
 * optional:
 *
 *	ca=FILE		who signs the server's certificate
 *	cert=FILE key=FILE	our own
 *	servername=NAME	for whom the server's certificate has to be
 *	insecure=BOOL	believe any certificate
 */
#ifndef SINKS_TLS_OPTIONS_H
#define SINKS_TLS_OPTIONS_H

#include <stdbool.h>

#include "common/err.h"
#include "common/fetch.h"

#include "sinks/sink_uri.h"

/* The URI must outlive the identity; what else is in that is left alone. */
bool tls_options(struct fetch_identity *identity, struct sink_uri *uri,
    struct err *err);

#endif
