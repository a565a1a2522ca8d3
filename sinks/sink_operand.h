/* SPDX-License-Identifier: ISC */
/*
 * The operand of a sink that is a URI (sink_uri.h), and the secrets in it.
 *
 * A secret NAME comes as NAME=TEXT, as NAME-file=PATH (its first line) or as
 * NAME-env=VARIABLE.  The last two keep it out of the URI; the file is read
 * again after a refusal, so that a new password is noticed.
 */
#ifndef SINKS_SINK_OPERAND_H
#define SINKS_SINK_OPERAND_H

#include <stdbool.h>

#include "common/err.h"

#include "sinks/sink_uri.h"

/* Parses the only operand, or nothing; takes what may be secret in it out of
 * the arguments, where ps would show it. */
bool sink_operand(struct sink_uri *uri, char **operands, struct err *err);

/* Warns of the options that nobody has asked for, as Heapster ignored them. */
void sink_operand_done(const struct sink_uri *uri);

struct sink_secret {
	const char *text;	/* of the URI; NULL */
	const char *file;
	const char *variable;
	char *value;		/* on the heap, NUL-terminated; NULL: none */
};

/* Takes the three options called name and loads the secret. */
bool sink_secret_open(struct sink_secret *s, struct sink_uri *uri,
    const char *name, struct err *err);
/* Again, where it came from a file.  Keeps the old one if that fails. */
bool sink_secret_reload(struct sink_secret *s, struct err *err);
void sink_secret_fini(struct sink_secret *s);

#endif
