/* SPDX-License-Identifier: ISC */
/*
 * Which bus a tool uses and from which end: the options that the tools share.
 */
#ifndef TOOLS_ADDRESS_H
#define TOOLS_ADDRESS_H

#include <stdbool.h>

#include "common/bus.h"
#include "common/opt.h"

enum tool_bus { TOOL_BUS_RAW, TOOL_BUS_OUT };

/* --listen --raw-bus --raw-replay --out-bus --out-replay */
extern const struct opt tool_address_options[];

/* name is what --bus says.  Exits on flags that are wrong. */
enum tool_bus tool_bus_parse(const struct opt_program *program,
    const char *name);
void tool_address(struct bus_address *out, const struct opt_program *program,
    const char *run_dir, enum tool_bus bus);
bool tool_is_listening(void);

#endif
