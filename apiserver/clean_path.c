/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "apiserver/clean_path.h"

/* Takes the last segment away, and the slash before it. */
static void
go_up(struct buf *out, size_t begin)
{
	while (out->len > begin && out->p[out->len - 1] != '/')
		out->len--;
	if (out->len > begin)
		out->len--;
}

/* What may not be in a URL as it is.  To browsers a backslash is a slash: with
 * two at its beginning the path would be another host's. */
static bool
is_escaped(char c)
{
	return (unsigned char)c <= ' ' || (unsigned char)c >= 0x7f ||
	    strchr("\\\"<>^`{|}", c) != NULL;
}

static void
escape(struct buf *out, size_t begin)
{
	struct buf plain = BUF_INIT;

	buf_add(&plain, out->p + begin, out->len - begin);
	out->len = begin;
	for (size_t i = 0; i < plain.len; i++)
		if (is_escaped(plain.p[i]))
			buf_addf(out, "%%%02X", (unsigned char)plain.p[i]);
		else
			buf_add_char(out, plain.p[i]);
	out->failed |= plain.failed;
	buf_fini(&plain);
}

bool
clean_path(struct buf *out, struct str path)
{
	size_t begin = out->len;
	bool is_folder = false;	/* there is a slash at the end */
	struct str rest = path;

	if (path.len == 0 || path.p[0] != '/')
		return false;	/* "*" */
	str_cut(&rest, '/');
	while (rest.p != NULL) {
		struct str segment = str_cut(&rest, '/');

		is_folder = segment.len == 0;
		if (segment.len == 0 || str_is(segment, "."))
			continue;
		if (str_is(segment, "..")) {
			go_up(out, begin);
			continue;
		}
		buf_add_char(out, '/');
		buf_add_str(out, segment);
	}
	if (out->len == begin || is_folder)
		buf_add_char(out, '/');
	if (str_eq((struct str){ out->p + begin, out->len - begin }, path))
		return false;
	escape(out, begin);
	return true;
}

void
clean_path_page(struct buf *out, struct str location)
{
	static const struct {
		char c;
		const char *text;
	} escapes[] = {
		{ '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" },
		{ '"', "&#34;" }, { '\'', "&#39;" },
	};

	buf_addf(out, "<a href=\"");
	for (size_t i = 0; i < location.len; i++) {
		const char *text = NULL;

		for (size_t j = 0; j < sizeof escapes / sizeof escapes[0]; j++)
			if (location.p[i] == escapes[j].c)
				text = escapes[j].text;
		if (text != NULL)
			buf_add_str(out, str_of(text));
		else
			buf_add_char(out, location.p[i]);
	}
	buf_addf(out, "\">Moved Permanently</a>.\n\n");
}
