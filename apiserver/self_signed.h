/* SPDX-License-Identifier: ISC */
/*
 * A certificate and its key for who has none: DIR/apiserver.crt and
 * DIR/apiserver.key, as metrics-server names them.  A pair that is there, fits
 * together, lasts another day and is ours alone is used again; else one is made, for a year,
 * with a new P-256 key (mode 0600), signed by itself.
 *
 * Its names: localhost, this host, the services that kube-apiservers may ask
 * for, 127.0.0.1, ::1, and the address that is listened on.
 */
#ifndef APISERVER_SELF_SIGNED_H
#define APISERVER_SELF_SIGNED_H

#include <stdbool.h>

#include "common/err.h"

struct self_signed {
	char *cert, *key;	/* paths, on the heap */
};

/* address is what is listened on, or NULL; names mean nothing. */
bool self_signed_make(struct self_signed *out, const char *dir,
    const char *address, struct err *err);
void self_signed_fini(struct self_signed *s);

#endif
