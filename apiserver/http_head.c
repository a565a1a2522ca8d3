/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <time.h>

#include "common/timestamp.h"

#include "apiserver/http_head.h"

static const struct {
	int status;
	const char *text;
} texts[] = {
	{ 100, "Continue" },
	{ 200, "OK" },
	{ 301, "Moved Permanently" },
	{ 302, "Found" },
	{ 304, "Not Modified" },
	{ 307, "Temporary Redirect" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 408, "Request Timeout" },
	{ 413, "Request Entity Too Large" },
	{ 414, "Request URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 417, "Expectation Failed" },
	{ 422, "Unprocessable Entity" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
};

const char *
http_status_text(int status)
{
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (texts[i].status == status)
			return texts[i].text;
	return "Unknown";
}

/* "Sun, 06 Nov 1994 08:49:37 GMT", in whatever locale. */
static void
print_date(struct buf *out, int64_t now_ns)
{
	static const char days[7][4] = {
		"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat",
	};
	static const char months[12][4] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep",
		"Oct", "Nov", "Dec",
	};
	time_t now_s = (time_t)(now_ns / NS_PER_S);
	struct tm tm;

	if (gmtime_r(&now_s, &tm) == NULL)
		return;
	buf_addf(out, "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n",
	    days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
	    tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void
http_head_print(struct buf *out, const struct http_head *head)
{
	buf_addf(out, "HTTP/1.1 %d %s\r\n", head->status,
	    http_status_text(head->status));
	if (head->audit_id != NULL && *head->audit_id != '\0')
		buf_addf(out, "Audit-Id: %s\r\n", head->audit_id);
	if (head->content_encoding != NULL)
		buf_addf(out, "Content-Encoding: %s\r\n",
		    head->content_encoding);
	if (head->content_type != NULL)
		buf_addf(out, "Content-Type: %s\r\n", head->content_type);
	if (head->location.p != NULL)
		buf_addf(out, "Location: %.*s\r\n", STR_ARG(head->location));
	if (head->is_nosniff)
		buf_addf(out, "X-Content-Type-Options: nosniff\r\n");
	if (head->varies)
		buf_addf(out, "Vary: Accept-Encoding\r\n");
	if (*head->etag != '\0')
		buf_addf(out, "ETag: %s\r\nVary: Accept\r\n"
		    "Cache-Control: public\r\n", head->etag);
	/* Who is told when to come again does; clients of Kubernetes give up
	 * otherwise. */
	if (head->status == 429 || head->status == 503)
		buf_addf(out, "Retry-After: 1\r\n");
	if (head->is_private)
		buf_addf(out, "Cache-Control: no-cache, private\r\n");
	print_date(out, head->now_ns);
	if (head->status != 304)
		buf_addf(out, "Content-Length: %zu\r\n", head->body_bytes);
	if (head->want_close)
		buf_addf(out, "Connection: close\r\n");
	else if (head->is_old)
		buf_addf(out, "Connection: keep-alive\r\n");
	buf_addf(out, "\r\n");
}
