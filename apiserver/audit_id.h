/* SPDX-License-Identifier: ISC */
/*
 * The Audit-Id of a request at the secure port: what a kube-apiserver in front
 * calls it, or a new one.  The answer has it too, so that both logs can be laid
 * side by side.
 */
#ifndef APISERVER_AUDIT_ID_H
#define APISERVER_AUDIT_ID_H

#include "common/str.h"

#define AUDIT_ID_MAX 65		/* with its NUL */

/* What the header says, unless that is absent, longer, or not printable; then
 * it is a random UUID. */
void audit_id_choose(char id[AUDIT_ID_MAX], struct str said);

#endif
