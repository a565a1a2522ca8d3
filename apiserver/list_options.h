/* SPDX-License-Identifier: ISC */
/*
 * The parameters of a list, judged as kube-apiservers judge ListOptions: what
 * cannot be read is 400, what makes no sense together 422.  Those that have
 * no effect here (resourceVersion, its match, timeoutSeconds) are judged, too:
 * who gets them wrong is told so here as there.  Pure.
 */
#ifndef APISERVER_LIST_OPTIONS_H
#define APISERVER_LIST_OPTIONS_H

#include "common/buf.h"
#include "common/str.h"

/* As Go's strconv.ParseInt.  False: why has its words. */
bool list_option_i64(struct str text, int64_t *value, struct buf *why);

/* What is wrong with an option, and which. */
struct list_fault {
	const char *reason;	/* "FieldValueForbidden" */
	const char *field;
	char message[192];	/* "Forbidden: ..." */
};
#define LIST_FAULTS_MAX 5

/* Decoded; absent: not given. */
struct list_options {
	struct str version;		/* resourceVersion */
	struct str match;		/* resourceVersionMatch */
	struct str from;		/* continue */
	struct str initial_events;	/* sendInitialEvents */
};

/* How many there are. */
size_t list_options_check(const struct list_options *o,
    struct list_fault faults[LIST_FAULTS_MAX]);

#endif
