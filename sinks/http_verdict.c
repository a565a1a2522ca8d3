/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>


#include "sinks/http_verdict.h"

#define REASON_BYTES_MAX 160

enum http_verdict
http_verdict(int status)
{
	switch (status) {
	case 401:
	case 403:
	case 407:
		return HTTP_FORBIDDEN;
	case 413:
		return HTTP_TOO_LARGE;
	case 408:
	case 425:
	case 429:
		return HTTP_AGAIN;
	}
	if (status >= 200 && status < 300)
		return HTTP_TAKEN;
	return status >= 400 && status < 500 ? HTTP_REFUSED : HTTP_AGAIN;
}

/* The text behind "NAME": in JSON; absent when there is none. */
static struct str
member(struct str json, const char *quoted_name)
{
	const char *at = json.len == 0 ? NULL :
	    memmem(json.p, json.len, quoted_name, strlen(quoted_name));
	struct str rest, none = { NULL, 0 };
	size_t i = 0, end;

	if (at == NULL)
		return none;
	rest.p = at + strlen(quoted_name);
	rest.len = json.len - (size_t)(rest.p - json.p);
	while (i < rest.len && (rest.p[i] == ':' || rest.p[i] == ' '))
		i++;
	if (i == 0 || i == rest.len || rest.p[i] != '"')
		return none;
	for (end = ++i; end < rest.len && rest.p[end] != '"'; end++)
		if (rest.p[end] == '\\')
			end++;
	return (struct str){ rest.p + i, (end < rest.len ? end : rest.len) - i };
}

void
http_reason(struct buf *out, struct str body)
{
	struct str reason = member(body, "\"error\"");

	if (reason.p == NULL)
		reason = member(body, "\"message\"");
	if (reason.p == NULL)
		reason = member(body, "\"reason\"");
	if (reason.p == NULL)
		reason = body;
	for (size_t i = 0; i < reason.len && i < REASON_BYTES_MAX; i++) {
		char c = reason.p[i];

		if (c == '\\' && i + 1 < reason.len &&
		    (reason.p[i + 1] == '"' || reason.p[i + 1] == '\\'))
			c = reason.p[++i];
		buf_add_char(out, c == '\n' || c == '\r' || c == '\t' ? ' ' :
		    c);
	}
	while (out->len > 0 && out->p[out->len - 1] == ' ')
		out->len--;
}
