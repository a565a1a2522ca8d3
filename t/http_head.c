/* SPDX-License-Identifier: ISC */
/* Heads of answers that may be kept, and of those that may not. */
#include "config.h"

#include "apiserver/http_head.h"

#include "t/tap.h"

static struct buf text;

static bool
has(const struct http_head *head, const char *line)
{
	buf_reset(&text);
	http_head_print(&text, head);
	return memmem(text.p, text.len, line, strlen(line)) != NULL;
}

int
main(void)
{
	struct http_head head = { .status = 200, .content_type = "a/b",
		.body_bytes = 5 };

	ok(has(&head, "HTTP/1.1 200 OK\r\n") &&
	    has(&head, "Content-Length: 5\r\n"), "a head");
	ok(!has(&head, "ETag") && !has(&head, "Cache-Control"),
	    "says nothing of keeping");
	head.is_private = true;
	ok(has(&head, "Cache-Control: no-cache, private\r\n"), "or forbids it");
	head.is_private = false;
	memcpy(head.etag, "\"x\"", 4);
	ok(has(&head, "ETag: \"x\"\r\nVary: Accept\r\n"
	    "Cache-Control: public\r\n"), "or allows it");
	head.status = 304;
	head.content_type = NULL;
	ok(has(&head, "HTTP/1.1 304 Not Modified\r\n") &&
	    has(&head, "ETag: \"x\"\r\n"), "what is kept is still good");
	ok(!has(&head, "Content-Length") && !has(&head, "Content-Type"),
	    "which has no body, and says nothing of one");
	ok(!has(&head, "Audit-Id") && !has(&head, "Retry-After"),
	    "nothing is said of audits, and of when to come again");
	head.status = 429;
	head.audit_id = "x-1";
	ok(has(&head, "Audit-Id: x-1\r\n"), "an audit id");
	ok(has(&head, "Retry-After: 1\r\n"), "who is one too many comes again");
	head.status = 503;
	ok(has(&head, "Retry-After: 1\r\n"), "and who came in a bad moment");
	buf_fini(&text);
	return done_testing();
}
