/* SPDX-License-Identifier: ISC */
/*
 * The operand of cheapster-sink-sqlite: PATH, then perhaps '?' and options with
 * '&' between them.
 *
 *	/var/lib/cheapster/history.db?keep=30d&max-bytes=20Gi
 *
 * Pure.
 */
#ifndef SINKS_SQLITE_OPTIONS_H
#define SINKS_SQLITE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

struct sqlite_options {
	char *path;		/* on the heap */
	int64_t keep_ns;	/* 7 days */
	int64_t raw_ns;		/* every point that long; 1 day */
	uint64_t max_bytes;	/* 10 Gi */
};

/* uri NULL is an error, too. */
bool sqlite_options_parse(struct sqlite_options *o, const char *uri,
    struct err *err);
void sqlite_options_fini(struct sqlite_options *o);

#endif
