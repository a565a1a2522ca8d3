/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "apiserver/metric_alias.h"

struct str
metric_without_alias(struct str name)
{
	static const struct {
		struct str alias, name;
	} aliases[] = {
		{ STR_INIT("cpu-usage"), STR_INIT("cpu/usage_rate") },
		{ STR_INIT("cpu-limit"), STR_INIT("cpu/limit") },
		{ STR_INIT("memory-limit"), STR_INIT("memory/limit") },
		{ STR_INIT("memory-usage"), STR_INIT("memory/usage") },
		{ STR_INIT("memory-working"), STR_INIT("memory/working_set") },
	};

	for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
		if (str_eq(aliases[i].alias, name))
			return aliases[i].name;
	return name;
}
