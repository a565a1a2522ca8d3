/* SPDX-License-Identifier: ISC */
/*
 * Flags of every program that is on a bus, about who else may be there:
 * --allow-plain-tcp --bus-ca --bus-cert --bus-key --bus-server-name.
 *
 * An address tls+tcp:// is encrypted, and both ends show a certificate that
 * the CA has signed; whoever dials also wants the listener's name in it.  So
 * all three files are needed at both ends.  They are PEM, and read once: who
 * replaces them restarts the program, and nothing is lost by that.
 */
#ifndef COMMON_BUS_OPTIONS_H
#define COMMON_BUS_OPTIONS_H

#include "common/bus.h"
#include "common/opt.h"

extern const struct opt bus_options[];

/* What they say, once opt_parse() is done. */
extern const struct bus_security *const bus_security;

#endif
