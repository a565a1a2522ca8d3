/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/number.h"

#include "sinks/elastic_version.h"

static bool
of_major(uint64_t major, enum elastic_version *version)
{
	if (major < 2 || major == 3 || major == 4)
		return false;
	*version = major > 8 ? ELASTIC_8 : (enum elastic_version)major;
	return true;
}

bool
elastic_version_find(struct str word, enum elastic_version *version)
{
	uint64_t major;

	if (str_is(word, "auto")) {
		*version = ELASTIC_UNKNOWN;
		return true;
	}
	if (str_is(word, "opensearch")) {
		*version = ELASTIC_8;
		return true;
	}
	return parse_u64(word, &major) && of_major(major, version);
}

bool
elastic_version_of(struct str number, struct str distribution,
    enum elastic_version *version)
{
	struct str rest = number;
	uint64_t major;

	if (str_is(distribution, "opensearch")) {
		*version = ELASTIC_8;
		return true;
	}
	return parse_u64(str_cut(&rest, '.'), &major) &&
	    of_major(major, version);
}
