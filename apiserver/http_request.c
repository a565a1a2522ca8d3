/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "apiserver/http_request.h"

#define METHOD_BYTES_MAX 16
#define LENGTH_DIGITS_MAX 15

/* What has to be known of all headers before one can be obeyed. */
struct seen {
	unsigned n_headers, n_hosts, n_lengths, n_codings;
	bool is_kept;		/* Connection: keep-alive */
};

static enum http_parse
refuse(struct http_request *rq, int status, const char *reason)
{
	rq->status = status;
	rq->reason = reason;
	return HTTP_BAD;
}

/* tchar of RFC 9110 */
static bool
is_token_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z') ||
	    (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool
is_token(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_token_char(s.p[i]))
			return false;
	return s.len > 0;
}

static bool
is_text_char(char c)
{
	unsigned char byte = (unsigned char)c;

	return (byte >= ' ' && byte != 0x7f) || byte == '\t';
}

bool
http_is_text(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_text_char(s.p[i]))
			return false;
	return true;
}

/* A line without its CR LF, which nothing else may stand for. */
static enum http_parse
next_line(struct str *rest, struct str *line)
{
	size_t n = 0;

	while (n < rest->len && is_text_char(rest->p[n]))
		n++;
	if (n == rest->len)
		return HTTP_MORE;
	if (rest->p[n] != '\r')
		return HTTP_BAD;
	if (n + 1 == rest->len)
		return HTTP_MORE;
	if (rest->p[n + 1] != '\n')
		return HTTP_BAD;
	*line = (struct str){ rest->p, n };
	rest->p += n + 2;
	rest->len -= n + 2;
	return HTTP_WHOLE;
}

static bool
is_like(struct str s, const char *word)
{
	return s.len == strlen(word) && strncasecmp(s.p, word, s.len) == 0;
}

static struct str
trim(struct str s)
{
	while (s.len > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) {
		s.p++;
		s.len--;
	}
	while (s.len > 0 && (s.p[s.len - 1] == ' ' ||
	    s.p[s.len - 1] == '\t'))
		s.len--;
	return s;
}

/* Characters of a name, an address and a port; that they fit together is of
 * no interest here. */
static bool
is_host(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		    (c >= 'a' && c <= 'z') || (c != '\0' &&
		    strchr("-._~!$&'()*+,;=%:[]", c) != NULL)))
			return false;
	}
	return true;
}

/* "http://HOST/PATH", as it is said to a proxy: the path is left. */
static bool
cut_authority(struct str *target)
{
	static const struct str schemes[] = {
		STR_INIT("http://"), STR_INIT("https://"),
	};
	struct str host;

	for (size_t i = 0; i < 2; i++) {
		size_t n = schemes[i].len;

		if (target->len <= n ||
		    strncasecmp(target->p, schemes[i].p, n) != 0)
			continue;
		host = (struct str){ target->p + n, 0 };
		while (n + host.len < target->len &&
		    strchr("/?", host.p[host.len]) == NULL)
			host.len++;
		target->p += n + host.len;
		target->len -= n + host.len;
		return host.len > 0 && is_host(host);
	}
	return false;
}

static bool
parse_target(struct http_request *rq, struct str target)
{
	for (size_t i = 0; i < target.len; i++)
		if (target.p[i] == '#' || target.p[i] == '\t')
			return false;
	if (target.len == 0)
		return false;
	if (target.p[0] != '/' && !cut_authority(&target) &&
	    !(str_is(target, "*") && str_is(rq->method, "OPTIONS")))
		return false;
	rq->query = target;
	rq->path = str_cut(&rq->query, '?');
	if (rq->path.len == 0)
		rq->path = STR("/");
	return true;
}

static enum http_parse
parse_request_line(struct http_request *rq, struct str line)
{
	struct str version = line, target;

	rq->method = str_cut(&version, ' ');
	if (version.p == NULL || !is_token(rq->method))
		return refuse(rq, 400, "malformed request line");
	target = str_cut(&version, ' ');
	if (version.len != 8 || memcmp(version.p, "HTTP/", 5) != 0)
		return refuse(rq, 400, "malformed request line");
	if (!str_is(version, "HTTP/1.1") && !str_is(version, "HTTP/1.0"))
		return refuse(rq, 505, "only HTTP/1.1 is spoken here");
	if (rq->method.len > METHOD_BYTES_MAX)
		return refuse(rq, 501, "unknown method");
	rq->is_old = version.p[7] == '0';
	if (!parse_target(rq, target))
		return refuse(rq, 400, "malformed request target");
	return HTTP_WHOLE;
}

static enum http_parse
parse_length(struct http_request *rq, struct str value)
{
	rq->body_bytes = 0;
	for (size_t i = 0; i < value.len; i++) {
		if (value.p[i] < '0' || value.p[i] > '9')
			return refuse(rq, 400, "malformed Content-Length");
		if (i >= LENGTH_DIGITS_MAX)
			return refuse(rq, 413, "body too large");
		rq->body_bytes = rq->body_bytes * 10 +
		    (uint64_t)(value.p[i] - '0');
	}
	if (value.len == 0)
		return refuse(rq, 400, "malformed Content-Length");
	return HTTP_WHOLE;
}

static void
parse_connection(struct http_request *rq, struct str value,
    struct seen *seen)
{
	while (value.p != NULL) {
		struct str word = trim(str_cut(&value, ','));

		if (is_like(word, "close"))
			rq->want_close = true;
		else if (is_like(word, "keep-alive"))
			seen->is_kept = true;
	}
}

static enum http_parse
parse_header(struct http_request *rq, struct str line, struct seen *seen)
{
	struct str value = line, name = str_cut(&value, ':');

	if (value.p == NULL || !is_token(name))
		return refuse(rq, 400, "malformed header");
	value = trim(value);
	if (is_like(name, "Host")) {
		seen->n_hosts++;
		if (!is_host(value))
			return refuse(rq, 400, "malformed Host");
	} else if (is_like(name, "Content-Length")) {
		seen->n_lengths++;
		return parse_length(rq, value);
	} else if (is_like(name, "Transfer-Encoding")) {
		seen->n_codings++;
		rq->is_chunked = is_like(value, "chunked");
	} else if (is_like(name, "Connection")) {
		parse_connection(rq, value, seen);
	} else if (is_like(name, "Expect")) {
		rq->expects_continue = is_like(value, "100-continue");
		if (!rq->expects_continue)
			return refuse(rq, 417, "unknown expectation");
	} else if (is_like(name, "Accept") && rq->accept.p == NULL) {
		rq->accept = value;
	} else if (is_like(name, "Accept-Encoding") &&
	    rq->accept_encoding.p == NULL) {
		rq->accept_encoding = value;
	} else if (is_like(name, "If-None-Match")) {
		rq->if_none_match = value;
	} else if (is_like(name, "User-Agent")) {
		rq->user_agent = value;
	} else if (is_like(name, "Audit-Id") && rq->audit_id.p == NULL) {
		rq->audit_id = value;
	}
	return HTTP_WHOLE;
}

static enum http_parse
check_all(struct http_request *rq, const struct seen *seen)
{
	if (seen->n_hosts > 1)
		return refuse(rq, 400, "two Host headers");
	if (seen->n_hosts == 0 && !rq->is_old)
		return refuse(rq, 400, "no Host header");
	if (seen->n_lengths > 1)
		return refuse(rq, 400, "two Content-Length headers");
	if (seen->n_codings > 1 || (seen->n_codings > 0 &&
	    (seen->n_lengths > 0 || rq->is_old)))
		return refuse(rq, 400, "Transfer-Encoding and more");
	if (seen->n_codings > 0 && !rq->is_chunked)
		return refuse(rq, 501, "unknown Transfer-Encoding");
	if (rq->body_bytes > HTTP_BODY_BYTES_MAX)
		return refuse(rq, 413, "body too large");
	if (rq->is_old && !seen->is_kept)
		rq->want_close = true;
	return HTTP_WHOLE;
}

/* The first line that is not empty; one empty one may come before it, as some
 * clients send it behind a body. */
static enum http_parse
first_line(struct http_request *rq, struct str *rest, struct str *line)
{
	enum http_parse found = next_line(rest, line);

	if (found == HTTP_WHOLE && line->len == 0)
		found = next_line(rest, line);
	if (found == HTTP_BAD)
		return refuse(rq, 400, "malformed request line");
	if ((found == HTTP_MORE && rest->len > HTTP_LINE_BYTES_MAX) ||
	    (found == HTTP_WHOLE && line->len > HTTP_LINE_BYTES_MAX))
		return refuse(rq, 414, "request line too long");
	return found;
}

enum http_parse
http_request_parse(struct http_request *rq, struct str input)
{
	struct str rest = input, line;
	struct seen seen = { 0 };
	enum http_parse found;
	const char *headers;

	*rq = (struct http_request){ 0 };
	found = first_line(rq, &rest, &line);
	if (found == HTTP_WHOLE)
		found = parse_request_line(rq, line);
	if (found != HTTP_WHOLE)
		return found;
	headers = rest.p;
	while ((found = next_line(&rest, &line)) == HTTP_WHOLE &&
	    line.len > 0) {
		if (++seen.n_headers > HTTP_HEADERS_MAX)
			return refuse(rq, 431, "too many headers");
		if (parse_header(rq, line, &seen) == HTTP_BAD)
			return HTTP_BAD;
	}
	rq->head_bytes = (size_t)(rest.p - input.p);
	rq->headers = (struct str){ headers, (size_t)(rest.p - headers) };
	if (found == HTTP_BAD)
		return refuse(rq, 400, "malformed header");
	if ((size_t)(rest.p - headers) + (found == HTTP_MORE ? rest.len : 0) >
	    HTTP_HEADERS_BYTES_MAX)
		return refuse(rq, 431, "headers too large");
	return found == HTTP_MORE ? HTTP_MORE : check_all(rq, &seen);
}

bool
http_is_person(struct str user_agent)
{
	return str_has_prefix(user_agent, STR("curl")) ||
	    str_has_prefix(user_agent, STR("Wget")) ||
	    str_has_prefix(user_agent, STR("Mozilla/5.0"));
}

bool
http_header_next(struct str *headers, struct str *name, struct str *value)
{
	struct str line;

	if (next_line(headers, &line) != HTTP_WHOLE || line.len == 0)
		return false;
	*value = line;
	*name = str_cut(value, ':');
	*value = trim(*value);
	return true;
}
