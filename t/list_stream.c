/* SPDX-License-Identifier: ISC */
/* Lists, cut into chunks at every place there is. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "collector/list_stream.h"
#include "common/json.h"
#include "common/mem.h"
#include "t/tap.h"

static const struct list_case {
	const char *title;
	const char *body;
	const char *items;	/* joined by '|' */
	const char *version;	/* or the error */
	const char *next_page;
} cases[] = {
	{ "compact", "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":"
	    "\"7\",\"continue\":\"abc=\"},\"items\":[{\"a\":1},{\"b\":[2]}]}\n",
	    "{\"a\":1}|{\"b\":[2]}", "7", "abc=" },
	{ "indented", "{\n  \"metadata\": {\n \"resourceVersion\": \"7\"\n},\n"
	    " \"items\": [\n  {\n \"a\" : {\"b\": {}}\n},\n {}\n]\n}",
	    "{\n \"a\" : {\"b\": {}}\n}|{}", "7", NULL },
	{ "items first", "{\"items\":[{\"a\":\"}\"}],\"metadata\":{"
	    "\"resourceVersion\":\"9\"}}", "{\"a\":\"}\"}", "9", NULL },
	{ "quotes and backslashes", "{\"items\":[{\"a\":\"\\\"}]\\\\\"},"
	    "{\"\\\\\":\"{[\"}],\"metadata\":{\"resourceVersion\":\"1\"}}",
	    "{\"a\":\"\\\"}]\\\\\"}|{\"\\\\\":\"{[\"}", "1", NULL },
	{ "no items", "{\"metadata\":{\"resourceVersion\":\"1\"},"
	    "\"items\":[]}", "", "1", NULL },
	{ "null items", "{\"metadata\":{\"resourceVersion\":\"1\"},"
	    "\"items\":null}", "", "1", NULL },
	{ "an empty continue", "{\"metadata\":{\"resourceVersion\":\"1\","
	    "\"continue\":\"\"},\"items\":null}", "", "1", NULL },
	{ "an escape in the metadata", "{\"metadata\":{\"resourceVersion\":"
	    "\"1\",\"continue\":\"a\\u003db\"},\"items\":[]}", "", "1",
	    "a=b" },
	{ "names deeper down", "{\"x\":{\"items\":[{\"no\":1}],\"metadata\":"
	    "{\"resourceVersion\":\"0\"}},\"y\":[{\"items\":[{}]}],"
	    "\"metadata\":{\"resourceVersion\":\"1\",\"items\":[{}]},"
	    "\"items\":[{\"items\":[{}],\"metadata\":{}}]}",
	    "{\"items\":[{}],\"metadata\":{}}", "1", NULL },
	{ "a long name", "{\"items56789012345678\":[{}],\"metadata\":"
	    "{\"resourceVersion\":\"1\"}}", "", "1", NULL },
	{ "a name as a value", "{\"kind\":\"items\",\"a\":[{\"b\":1}],"
	    "\"metadata\":{\"resourceVersion\":\"1\"}}", "", "1", NULL },
	{ "cut off", "{\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[{}",
	    "{}", "the list is cut off", NULL },
	{ "nothing", "", "", "the list is cut off", NULL },
	{ "an array", "[{}]", "", "not a list of Kubernetes", NULL },
	{ "text", "\"items\"", "", "not a list of Kubernetes", NULL },
	{ "too many brackets", "{}}", "", "not a list of Kubernetes", NULL },
	{ "two lists", "{}{}", "", "not a list of Kubernetes", NULL },
	{ "no metadata", "{\"items\":[]}", "", "not a list of Kubernetes",
	    NULL },
	{ "no version", "{\"metadata\":{},\"items\":[]}", "",
	    "the list has no resourceVersion", NULL },
	{ "damaged metadata", "{\"metadata\":{\"a\" 1},\"items\":[]}", "",
	    "json:", NULL },
};

static bool
take_item(void *arg, struct str item, struct err *err)
{
	struct buf *got = arg;

	if (str_has_prefix(item, STR("{\"stop")))
		return err_set(err, "stopped");
	if (got->len > 0)
		buf_add_char(got, '|');
	buf_add_str(got, item);
	return true;
}

/* Fed in pieces of size bytes, each of exactly its own memory. */
static bool
feed(struct list_stream *s, const char *text, size_t size, struct err *err)
{
	size_t len = strlen(text);

	for (size_t at = 0; at < len; at += size) {
		size_t n = len - at < size ? len - at : size;
		char *piece = xcalloc(n, 1);
		bool is_good;

		memcpy(piece, text + at, n);
		is_good = list_stream_feed(s, (struct str){ piece, n }, err);
		free(piece);
		if (!is_good)
			return false;
	}
	return true;
}

/* An error, or the end. */
static bool
is_as_said(const struct list_case *c, size_t size)
{
	struct buf got = BUF_INIT;
	struct list_stream s;
	struct list_end end;
	struct err err;
	bool is_good;

	list_stream_init(&s, take_item, &got);
	if (feed(&s, c->body, size, &err) && list_stream_end(&s, &end, &err))
		is_good = str_is(end.resource_version, c->version) &&
		    (c->next_page == NULL ? end.next_page.p == NULL :
		    str_is(end.next_page, c->next_page));
	else
		is_good = strncmp(err.msg, c->version,
		    strlen(c->version)) == 0;
	is_good = is_good && str_is(buf_str(&got), c->items);
	if (!is_good)
		diag("in pieces of %zu: %.*s", size, STR_ARG(buf_str(&got)));
	list_stream_fini(&s);
	buf_fini(&got);
	return is_good;
}

static void
test_pages(void)
{
	struct buf got = BUF_INIT;
	struct list_stream s;
	struct list_end end;
	struct err err;

	list_stream_init(&s, take_item, &got);
	feed(&s, cases[0].body, 3, &err);
	list_stream_end(&s, &end, &err);
	list_stream_reset(&s);
	ok(feed(&s, cases[1].body, 5, &err) && list_stream_end(&s, &end, &err),
	    "the next page is a list of its own");
	is_u64(s.n_items, 2, "with its own items");
	list_stream_reset(&s);
	ok(!feed(&s, "{\"items\":[{\"stop\":1},{}]}", 100, &err),
	    "who takes the items may stop");
	is_str(err.msg, "stopped", "and says why");
	list_stream_fini(&s);
	buf_fini(&got);
}

static void
test_bounds(void)
{
	struct buf got = BUF_INIT, text = BUF_INIT;
	struct list_stream s;
	struct err err;

	buf_addf(&text, "{\"items\":[{\"a\":\"");
	while (text.len < LIST_ITEM_BYTES_MAX + 100)
		buf_add(&text, "0123456789abcdef", 16);
	buf_addf(&text, "\"}]}");
	list_stream_init(&s, take_item, &got);
	ok(!list_stream_feed(&s, buf_str(&text), &err), "an item too large");
	is_str(err.msg, "an item of the list is too large", "is an error");
	list_stream_reset(&s);
	buf_reset(&text);
	for (int i = 0; i < 1000; i++)
		buf_addf(&text, "{\"a\":");
	ok(!list_stream_feed(&s, buf_str(&text), &err), "nesting has a bound");
	list_stream_fini(&s);
	buf_fini(&text);
	buf_fini(&got);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		bool is_good = true;

		for (size_t size = 1; size <= 64; size++)
			is_good &= is_as_said(&cases[i], size);
		ok(is_good && is_as_said(&cases[i], 4096), "%s",
		    cases[i].title);
	}
	test_pages();
	test_bounds();
	return done_testing();
}
