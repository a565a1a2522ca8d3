/* SPDX-License-Identifier: ISC */
/* The head of an HTTP/1.1 answer.  Pure. */
#ifndef APISERVER_HTTP_HEAD_H
#define APISERVER_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"

#include "apiserver/api.h"

struct http_head {
	int status;
	const char *content_type;	/* NULL: none */
	const char *content_encoding;	/* NULL: none */
	struct str location;		/* absent: none */
	size_t body_bytes;
	bool is_nosniff;
	bool is_private;		/* no cache may keep it */
	bool varies;			/* with Accept-Encoding */
	char etag[API_ETAG_MAX];	/* "": none; else it varies with Accept
					 * and may be kept */
	const char *audit_id;		/* NULL, "": none */
	bool want_close;
	bool is_old;			/* the request was HTTP/1.0 */
	int64_t now_ns;
};

void http_head_print(struct buf *out, const struct http_head *head);

/* "Not Found"; "Unknown" of what has no name here. */
const char *http_status_text(int status);

#endif
