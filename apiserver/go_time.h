/* SPDX-License-Identifier: ISC */
/*
 * Times in query parameters, and the very words in which a program written in
 * Go says that one is wrong: clients show them to their users.  Pure.
 */
#ifndef APISERVER_GO_TIME_H
#define APISERVER_GO_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/str.h"

/* False: the message is appended to error. */
bool go_time_parse(struct str text, int64_t *out_ns, struct buf *error);

#endif
