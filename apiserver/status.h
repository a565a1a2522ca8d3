/* SPDX-License-Identifier: ISC */
/* What is wrong, as a kube-apiserver says it: a Status object in JSON. */
#ifndef APISERVER_STATUS_H
#define APISERVER_STATUS_H

#include <stdbool.h>

#include "common/str.h"

#include "apiserver/api.h"

struct status_text {
	int code;
	const char *reason;	/* "NotFound" */
	struct str message;
	bool has_details;
	struct str name, group, kind;	/* of details; empty: left out */
};

/* Sets status, type and body of rs. */
void status_write(struct api_response *rs, const struct status_text *s);

#endif
