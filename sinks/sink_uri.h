/* SPDX-License-Identifier: ISC */
/*
 * What follows KEY: in --sink=KEY:REST, with Heapster's grammar:
 *
 *	[SCHEME:][//[USER@]HOST[:PORT]][/PATH][?NAME=VALUE&...][#IGNORED]
 *
 * HOST:PORT may stand without the slashes.  Pairs of the query are split at
 * '&' and ';'; '%xx' and '+' are decoded in them, and a pair that cannot be
 * decoded is skipped.  A name may come several times; unless its option says
 * otherwise the first one counts, and an empty value is none.  Names are told
 * apart by case.  Variables ($NAME) were expanded by the launcher.
 *
 * Values may be secrets: no error has one in it, and sink_uri_fini() wipes
 * them.  Pure.
 */
#ifndef SINKS_SINK_URI_H
#define SINKS_SINK_URI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/str.h"

#define SINK_URI_OPTIONS_MAX 128
#define SINK_URI_BYTES_MAX 65536

struct sink_uri {
	const char *scheme;	/* lower case; NULL: none */
	const char *host;	/* "HOST", "HOST:PORT"; NULL: none */
	const char *path;	/* "" or "/..." as it was written */
	struct sink_uri_option {
		const char *name;
		const char *value;
		bool is_taken;	/* some reader knows the name */
	} options[SINK_URI_OPTIONS_MAX];
	size_t n_options;
	bool has_undecodable;	/* options, which were skipped */
	char *text;		/* holds them all */
	size_t text_bytes;
};

bool sink_uri_parse(struct sink_uri *u, struct str text, struct err *err);
void sink_uri_fini(struct sink_uri *u);

/* The first value that is not empty; NULL: the option is not given. */
const char *sink_uri_string(struct sink_uri *u, const char *name);

/* Whether it is there, also without a value. */
bool sink_uri_has(struct sink_uri *u, const char *name);

/* The next of several values: *i begins at 0.  NULL: there are no more. */
const char *sink_uri_next(struct sink_uri *u, const char *name, size_t *i);

/* These leave *value as it is when the option is not given. */
bool sink_uri_bool(struct sink_uri *u, const char *name, bool *value,
    struct err *err);
bool sink_uri_u64(struct sink_uri *u, const char *name, uint64_t *value,
    struct err *err);
bool sink_uri_duration_ns(struct sink_uri *u, const char *name, int64_t *value,
    struct err *err);
bool sink_uri_size_bytes(struct sink_uri *u, const char *name, uint64_t *value,
    struct err *err);

/* Appends the names of the options that nobody has asked for, with commas. */
void sink_uri_unknown(const struct sink_uri *u, struct buf *out);

#endif
