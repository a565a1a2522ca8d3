/* SPDX-License-Identifier: ISC */
/*
 * The TLS of one end of a bus: bus_options.h says what it promises.  Not for
 * anybody but the bus.
 */
#ifndef COMMON_BUS_TLS_H
#define COMMON_BUS_TLS_H

#include <nng/nng.h>
#include <nng/supplemental/tls/tls.h>

#include "common/bus.h"

#define BUS_TLS_FILE_BYTES_MAX (1u << 20)

bool bus_tls_is(const char *url);

/*
 * Reads the three files.  The caller frees *out with nng_tls_config_free()
 * when it has been given to a listener or dialer.  False: one of them cannot
 * be read, is not what it should be, or nng has no TLS.
 */
bool bus_tls_config(nng_tls_config **out, const struct bus_security *security,
    const char *url, bool is_listening, struct err *err);

#endif
