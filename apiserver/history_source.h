/* SPDX-License-Identifier: ISC */
/*
 * What --historical-source says: KIND:URI.
 *
 *	influxdb:[URL][?OPTIONS]	influxdb_uri.h
 *	sqlite:PATH			if it was built with SQLite
 */
#ifndef APISERVER_HISTORY_SOURCE_H
#define APISERVER_HISTORY_SOURCE_H

#include <stdbool.h>

#include "common/err.h"
#include "common/loop.h"

#include "apiserver/historical.h"

/* Errors tell no URI: it may have a password. */
bool history_source_check(const char *text, struct err *err);
bool history_source_open(struct historical *out, struct loop *loop,
    const char *text, struct err *err);

#endif
