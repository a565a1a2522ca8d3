/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "common/bus_options.h"

#include "tools/address.h"

static struct {
	const char *raw_live, *raw_replay, *out_live, *out_replay;
	bool is_listening;
} conf;

const struct opt tool_address_options[] = {
	OPT_SWITCH("listen", conf.is_listening,
	    "listen at the addresses instead of dialling them: take the "
	    "place of the aggregator"),
	OPT_STRING("out-bus", conf.out_live, NULL, "URL",
	    "address of the out bus; default ipc:// in the run directory"),
	OPT_STRING("out-replay", conf.out_replay, NULL, "URL",
	    "address of its replay leg"),
	OPT_STRING("raw-bus", conf.raw_live, NULL, "URL",
	    "address of the raw bus; default ipc:// in the run directory"),
	OPT_STRING("raw-replay", conf.raw_replay, NULL, "URL",
	    "address of its replay leg"),
	OPT_END
};

enum tool_bus
tool_bus_parse(const struct opt_program *program, const char *name)
{
	if (strcmp(name, "raw") == 0)
		return TOOL_BUS_RAW;
	if (strcmp(name, "out") != 0)
		opt_usage(program, "--bus=%s: neither raw nor out", name);
	return TOOL_BUS_OUT;
}

void
tool_address(struct bus_address *out, const struct opt_program *program,
    const char *run_dir, enum tool_bus bus)
{
	bool is_raw = bus == TOOL_BUS_RAW;
	struct err err;

	if (!bus_addresses(out, run_dir, is_raw ? "raw" : "out",
	    is_raw ? conf.raw_live : conf.out_live,
	    is_raw ? conf.raw_replay : conf.out_replay, bus_security,
	    &err))
		opt_usage(program, "%s", err.msg);
	out->is_listening = conf.is_listening;
}

bool
tool_is_listening(void)
{
	return conf.is_listening;
}
