/* SPDX-License-Identifier: ISC */
/* What is a request, what is not yet one, and what is refused and why. */
#include "config.h"

#include "apiserver/http_request.h"
#include "t/tap.h"

#define LINE "GET /a HTTP/1.1\r\n"
#define HOST "Host: x\r\n"

/* In a block of exactly its length. */
static enum http_parse
parse(struct http_request *rq, const char *text, size_t len, char **copy)
{
	*copy = malloc(len + 1);
	memcpy(*copy, text, len);
	*copy = realloc(*copy, len > 0 ? len : 1);
	return http_request_parse(rq, (struct str){ *copy, len });
}

struct good_case {
	const char *name, *text, *path, *query;
	bool want_close, is_chunked;
	uint64_t body_bytes;
};

static const struct good_case good[] = {
	{ "a path", LINE HOST "\r\n", "/a", NULL, false, false, 0 },
	{ "a query", "GET /a?b=c?d HTTP/1.1\r\n" HOST "\r\n", "/a", "b=c?d",
	    false, false, 0 },
	{ "an empty query", "GET /a? HTTP/1.1\r\n" HOST "\r\n", "/a", "",
	    false, false, 0 },
	{ "a target for a proxy", "GET http://h:80/a?b HTTP/1.1\r\n" HOST "\r\n",
	    "/a", "b", false, false, 0 },
	{ "one without a path", "GET HTTPS://[::1] HTTP/1.1\r\n" HOST "\r\n",
	    "/", NULL, false, false, 0 },
	{ "one with only a query", "GET http://h?q HTTP/1.1\r\n" HOST "\r\n",
	    "/", "q", false, false, 0 },
	{ "OPTIONS of all", "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", "*", NULL,
	    false, false, 0 },
	{ "an empty line before it", "\r\n" LINE HOST "\r\n", "/a", NULL,
	    false, false, 0 },
	{ "an empty host", LINE "Host:\r\n\r\n", "/a", NULL, false, false, 0 },
	{ "blanks around a value", LINE "Host: \t x \t\r\n\r\n", "/a", NULL,
	    false, false, 0 },
	{ "a header without value", LINE HOST "A:\r\n\r\n", "/a", NULL,
	    false, false, 0 },
	{ "what is not ASCII", "GET /\xc3\xa4 HTTP/1.1\r\n" HOST
	    "A: \xff\r\n\r\n", "/\xc3\xa4", NULL, false, false, 0 },
	{ "1.0 without a host", "GET /a HTTP/1.0\r\n\r\n", "/a", NULL, true,
	    false, 0 },
	{ "1.0 that stays", "GET /a HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
	    "/a", NULL, false, false, 0 },
	{ "1.1 that ends", LINE HOST "Connection: x , CLOSE\r\n\r\n", "/a",
	    NULL, true, false, 0 },
	{ "a length", LINE HOST "content-LENGTH: 0044\r\n\r\n", "/a", NULL,
	    false, false, 44 },
	{ "chunks", LINE HOST "Transfer-Encoding: Chunked\r\n\r\n", "/a",
	    NULL, false, true, 0 },
	{ "a method of lower case", "get /a HTTP/1.1\r\n" HOST "\r\n", "/a",
	    NULL, false, false, 0 },
};

static void
check_good(const struct good_case *c)
{
	size_t len = strlen(c->text);
	struct http_request rq;
	char *copy;
	bool is_right = parse(&rq, c->text, len, &copy) == HTTP_WHOLE &&
	    str_is(rq.path, c->path) && rq.head_bytes == len &&
	    (rq.query.p == NULL) == (c->query == NULL) &&
	    (c->query == NULL || str_is(rq.query, c->query)) &&
	    rq.want_close == c->want_close &&
	    rq.is_chunked == c->is_chunked &&
	    rq.body_bytes == c->body_bytes;

	ok(is_right, "takes %s", c->name);
	free(copy);
	for (size_t n = 0; n < len; n++) {
		if (parse(&rq, c->text, n, &copy) != HTTP_MORE)
			ok(false, "%s: %zu bytes are no whole one", c->name, n);
		free(copy);
	}
}

struct bad_case {
	const char *name;
	int status;
	struct str text;
};

static const struct bad_case bad[] = {
	{ "a bare line feed behind the line", 400,
	    STR_INIT("GET /a HTTP/1.1\nHost: x\r\n\r\n") },
	{ "one behind a header", 400, STR_INIT(LINE "Host: x\n\r\n") },
	{ "one instead of the empty line", 400, STR_INIT(LINE HOST "\n") },
	{ "a bare carriage return", 400, STR_INIT(LINE "Host: x\rA: b\r\n") },
	{ "a folded line", 400, STR_INIT(LINE HOST "A: b\r\n c\r\n\r\n") },
	{ "a first header that is folded", 400, STR_INIT(LINE " A: b\r\n") },
	{ "a blank before the colon", 400, STR_INIT(LINE "Host : x\r\n") },
	{ "a header without colon", 400, STR_INIT(LINE "Host\r\n") },
	{ "a header without name", 400, STR_INIT(LINE ": x\r\n") },
	{ "a NUL in the path", 400, STR_INIT("GET /\0 HTTP/1.1\r\n") },
	{ "a NUL in a header", 400, STR_INIT(LINE "A: \0\r\n") },
	{ "a DEL in the path", 400, STR_INIT("GET /\x7f HTTP/1.1\r\n") },
	{ "a tab in the line", 400, STR_INIT("GET\t/\tHTTP/1.1\r\n") },
	{ "a tab in the path", 400, STR_INIT("GET /\t HTTP/1.1\r\n") },
	{ "two blanks", 400, STR_INIT("GET  / HTTP/1.1\r\n") },
	{ "a blank behind the version", 400, STR_INIT("GET / HTTP/1.1 \r\n") },
	{ "a fragment", 400, STR_INIT("GET /#a HTTP/1.1\r\n") },
	{ "no slash", 400, STR_INIT("GET a HTTP/1.1\r\n") },
	{ "no target", 400, STR_INIT("GET HTTP/1.1\r\n") },
	{ "all of it, for GET", 400, STR_INIT("GET * HTTP/1.1\r\n") },
	{ "the target of CONNECT", 400, STR_INIT("CONNECT h:1 HTTP/1.1\r\n") },
	{ "another scheme", 400, STR_INIT("GET ftp://h/ HTTP/1.1\r\n") },
	{ "a target with a user", 400, STR_INIT("GET http://u@h/ HTTP/1.1\r\n") },
	{ "one without a host", 400, STR_INIT("GET http:///a HTTP/1.1\r\n") },
	{ "HTTP/0.9", 400, STR_INIT("GET /a\r\n") },
	{ "HTTP/2", 505, STR_INIT("PRI * HTTP/2.0\r\n") },
	{ "HTTP/1.2", 505, STR_INIT("GET / HTTP/1.2\r\n") },
	{ "http in lower case", 400, STR_INIT("GET / http/1.1\r\n") },
	{ "a method that is no word", 400, STR_INIT("G(T / HTTP/1.1\r\n") },
	{ "a very long one", 501,
	    STR_INIT("ABCDEFGHIJKLMNOPQ / HTTP/1.1\r\n") },
	{ "two empty lines before it", 400, STR_INIT("\r\n\r\n" LINE) },
	{ "TLS", 400, STR_INIT("\x16\x03\x01\x02") },
	{ "no host", 400, STR_INIT(LINE "\r\n") },
	{ "two hosts", 400, STR_INIT(LINE HOST HOST "\r\n") },
	{ "two hosts of 1.0", 400,
	    STR_INIT("GET / HTTP/1.0\r\n" HOST HOST "\r\n") },
	{ "a host with a blank", 400, STR_INIT(LINE "Host: a b\r\n") },
	{ "a host with a path", 400, STR_INIT(LINE "Host: a/b\r\n") },
	{ "a host with a user", 400, STR_INIT(LINE "Host: a@b\r\n") },
	{ "two lengths", 400, STR_INIT(LINE HOST "Content-Length: 1\r\n"
	    "Content-Length: 1\r\n\r\n") },
	{ "two lengths in one", 400,
	    STR_INIT(LINE HOST "Content-Length: 1, 1\r\n") },
	{ "a length with a sign", 400,
	    STR_INIT(LINE HOST "Content-Length: +1\r\n") },
	{ "a negative length", 400,
	    STR_INIT(LINE HOST "Content-Length: -1\r\n") },
	{ "a length in hex", 400,
	    STR_INIT(LINE HOST "Content-Length: 0x1\r\n") },
	{ "no length", 400, STR_INIT(LINE HOST "Content-Length: \r\n") },
	{ "a length beyond 64 KiB", 413,
	    STR_INIT(LINE HOST "Content-Length: 65537\r\n\r\n") },
	{ "one beyond 64 bits", 413,
	    STR_INIT(LINE HOST "Content-Length: 99999999999999999999\r\n") },
	{ "a length and chunks", 400, STR_INIT(LINE HOST "Content-Length: 1\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n") },
	{ "chunks and a length", 400, STR_INIT(LINE HOST
	    "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n") },
	{ "chunks twice", 400, STR_INIT(LINE HOST "Transfer-Encoding: chunked"
	    "\r\nTransfer-Encoding: chunked\r\n\r\n") },
	{ "chunks of 1.0", 400, STR_INIT("GET / HTTP/1.0\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n") },
	{ "another coding", 501, STR_INIT(LINE HOST
	    "Transfer-Encoding: gzip, chunked\r\n\r\n") },
	{ "chunks in disguise", 501, STR_INIT(LINE HOST
	    "Transfer-Encoding: xchunked\r\n\r\n") },
	{ "another expectation", 417, STR_INIT(LINE HOST "Expect: x\r\n") },
};

static void
check_bad(const struct bad_case *c)
{
	struct http_request rq;
	char *copy;
	enum http_parse found = parse(&rq, c->text.p, c->text.len, &copy);

	if (ok(found == HTTP_BAD, "refuses %s", c->name))
		is_u64((uint64_t)rq.status, (uint64_t)c->status, "with %d",
		    c->status);
	free(copy);
}

/* n times one byte between two texts. */
static int
status_of(const char *before, size_t n, const char *line, const char *after)
{
	size_t size = strlen(before) + n * strlen(line) + strlen(after) + 1;
	char *text = malloc(size), *to = stpcpy(text, before), *copy;
	struct http_request rq;
	enum http_parse found;

	while (n-- > 0)
		to = stpcpy(to, line);
	stpcpy(to, after);
	found = parse(&rq, text, size - 1, &copy);
	free(text);
	free(copy);
	return found == HTTP_BAD ? rq.status : found == HTTP_WHOLE ? 200 : 0;
}

static void
check_bounds(void)
{
	const char *end = " HTTP/1.1\r\n" HOST "\r\n";

	is_u64(status_of("GET /", HTTP_LINE_BYTES_MAX - 14, "a", end), 200,
	    "takes a line of 96 KiB");
	is_u64(status_of("GET /", HTTP_LINE_BYTES_MAX - 13, "a", end), 414,
	    "but no more");
	is_u64(status_of("GET /", HTTP_LINE_BYTES_MAX, "a", ""), 414,
	    "also before its end is there");
	is_u64(status_of(LINE HOST, HTTP_HEADERS_MAX - 1, "A: b\r\n", "\r\n"),
	    200, "takes a thousand headers and more");
	is_u64(status_of(LINE HOST, HTTP_HEADERS_MAX, "A: b\r\n", "\r\n"), 431,
	    "but no more");
	is_u64(status_of(LINE HOST "A: ", HTTP_HEADERS_BYTES_MAX - 16, "b",
	    "\r\n\r\n"), 200, "takes headers of 64 KiB");
	is_u64(status_of(LINE HOST "A: ", HTTP_HEADERS_BYTES_MAX - 15, "b",
	    "\r\n\r\n"), 431, "but no more");
	is_u64(status_of(LINE HOST "A: ", HTTP_HEADERS_BYTES_MAX, "b", ""), 431,
	    "also before its end is there");
}

struct body_case {
	const char *name;
	uint64_t length;	/* UINT64_MAX: chunked */
	const char *text;
	int status;		/* 200: whole, 0: more */
	size_t left;		/* what is not of the body */
};

#define CHUNKED UINT64_MAX

static const struct body_case bodies[] = {
	{ "a length", 3, "abcGET", 200, 3 },
	{ "less than that", 3, "ab", 0, 0 },
	{ "no chunks at all", CHUNKED, "0\r\n\r\nGET", 200, 3 },
	{ "chunks", CHUNKED, "3\r\nabc\r\n0a\r\n0123456789\r\n0\r\n\r\nG",
	    200, 1 },
	{ "extensions and trailers", CHUNKED,
	    "1;a=\"b\"\r\nx\r\n0;z\r\nA: b\r\nC: d\r\n\r\n", 200, 0 },
	{ "half a chunk", CHUNKED, "5\r\nabc", 0, 0 },
	{ "no last line", CHUNKED, "0\r\nA: b\r\n", 0, 0 },
	{ "no digits", CHUNKED, "\r\n", 400, 2 },
	{ "what is no hex", CHUNKED, "zz\r\n", 400, 4 },
	{ "a sign", CHUNKED, "-1\r\n", 400, 4 },
	{ "a prefix", CHUNKED, "0x1\r\n", 400, 4 },
	{ "a blank behind the digits", CHUNKED, "1 \r\n", 400, 3 },
	{ "a bare line feed", CHUNKED, "1\nx", 400, 2 },
	{ "a chunk that is longer", CHUNKED, "1\r\nxyz", 400, 2 },
	{ "one that ends in a line feed", CHUNKED, "1\r\nx\n0", 400, 2 },
	{ "too many digits", CHUNKED, "000000001\r\n", 400, 3 },
	{ "a chunk of 4 GiB", CHUNKED, "ffffffff\r\n", 413, 1 },
	{ "a NUL's neighbour in an extension", CHUNKED, "1;\001\r\n", 400, 3 },
	{ "a bare line feed in a trailer", CHUNKED, "0\r\nA\n\r\n", 400, 3 },
};

static void
check_body(const struct body_case *c)
{
	struct http_request rq = { .is_chunked = c->length == CHUNKED,
		.body_bytes = c->length == CHUNKED ? 0 : c->length };
	struct http_body whole, bytes;
	struct str all = str_of(c->text), rest = all;
	enum http_parse found, last = HTTP_MORE;
	int status;
	size_t n = 0;

	http_body_begin(&whole, &rq);
	found = http_body_feed(&whole, &rest);
	status = found == HTTP_BAD ? whole.status :
	    found == HTTP_WHOLE ? 200 : 0;
	is_u64((uint64_t)status, (uint64_t)c->status, "body: %s", c->name);
	if (found == HTTP_WHOLE)
		is_u64(rest.len, c->left, "and leaves what is not of it");
	http_body_begin(&bytes, &rq);
	for (; n < all.len && last == HTTP_MORE; n++) {
		struct str one = { all.p + n, 1 };

		last = http_body_feed(&bytes, &one);
	}
	ok(last == found && (found != HTTP_WHOLE || all.len - n == rest.len),
	    "the same byte by byte");
}

int
main(void)
{
	struct http_request rq;

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		check_good(&good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		check_bad(&bad[i]);
	check_bounds();
	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
		check_body(&bodies[i]);
	http_request_parse(&rq, STR(LINE HOST "accept: a\r\nAccept: b\r\n"
	    "Accept-Encoding: gzip\r\nExpect: 100-Continue\r\nIf-None-Match: \"x\"\r\n"
	    "User-Agent: curl/8\r\n\r\n"));
	ok(str_is(rq.accept, "a") && str_is(rq.accept_encoding, "gzip") &&
	    rq.expects_continue && str_is(rq.if_none_match, "\"x\"") &&
	    str_is(rq.user_agent, "curl/8"), "knows the headers that matter");
	ok(http_is_person(rq.user_agent) &&
	    http_is_person(STR("Mozilla/5.0 (X11)")) &&
	    http_is_person(STR("Wget/1.21")), "people");
	ok(!http_is_person(STR("kubectl/v1.33 curl")) &&
	    !http_is_person((struct str){ NULL, 0 }), "and programs");
	return done_testing();
}
