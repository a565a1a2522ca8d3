/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "common/json.h"

#include "collector/list_stream.h"

#define DEPTH_MAX 512	/* beyond what any object has: garbage */

void
list_stream_init(struct list_stream *s, list_item_fn *on_item, void *arg)
{
	*s = (struct list_stream){ .on_item = on_item, .arg = arg };
	s->item.max_bytes = LIST_ITEM_BYTES_MAX;
	s->metadata.max_bytes = LIST_METADATA_BYTES_MAX;
	arena_init(&s->arena, LIST_METADATA_BYTES_MAX);
}

void
list_stream_fini(struct list_stream *s)
{
	buf_fini(&s->item);
	buf_fini(&s->metadata);
	arena_fini(&s->arena);
}

void
list_stream_reset(struct list_stream *s)
{
	buf_reset(&s->item);
	buf_reset(&s->metadata);
	*s = (struct list_stream){
		.on_item = s->on_item,
		.arg = s->arg,
		.item = s->item,
		.metadata = s->metadata,
		.arena = s->arena,
	};
}

static struct buf *
captured(struct list_stream *s)
{
	return s->is_in_items ? &s->item : &s->metadata;
}

static bool
open_value(struct list_stream *s, char c, struct err *err)
{
	static const struct str items = STR_INIT("items");
	static const struct str metadata = STR_INIT("metadata");
	struct str key = { s->key, s->n_key };

	if (s->is_done || (s->depth == 0 && c != '{') || s->depth >= DEPTH_MAX)
		return err_set(err, "not a list of Kubernetes");
	if (s->depth == 1 && c == '[' && str_eq(key, items)) {
		s->is_in_items = true;
	} else if (s->capture_depth == 0 &&
	    ((s->depth == 1 && c == '{' && str_eq(key, metadata)) ||
	    (s->depth == 2 && s->is_in_items))) {
		s->capture_depth = s->depth + 1;
		buf_reset(captured(s));
		buf_add_char(captured(s), c);
	}
	s->depth++;
	s->is_key = s->depth == 1;
	return true;
}

/* The closing bracket is in the buffer already. */
static bool
close_value(struct list_stream *s, struct err *err)
{
	if (s->depth == 0)
		return err_set(err, "not a list of Kubernetes");
	s->depth--;
	s->is_done = s->depth == 0;
	if (s->depth == 1)
		s->is_in_items = false;
	if (s->capture_depth != s->depth + 1)
		return true;
	s->capture_depth = 0;
	if (!s->is_in_items)
		return true;
	s->n_items++;
	buf_pad(&s->item);
	return s->on_item(s->arg, buf_str(&s->item), err);
}

/*
 * The rest of a string: up to and with its quote, or all there is.  Returns
 * its length.
 */
static size_t
take_string(struct list_stream *s, const char *p, size_t n)
{
	size_t i = 0;

	for (; i < n; i++) {
		if (s->is_escaped) {
			s->is_escaped = false;
		} else if (p[i] == '\\') {
			s->is_escaped = true;
		} else if (p[i] == '"') {
			s->is_in_string = false;
			i++;
			break;
		}
		if (s->depth == 1 && s->is_key) {
			if (s->n_key < sizeof s->key)
				s->key[s->n_key] = p[i];
			s->n_key += s->n_key < sizeof s->key;
		}
	}
	return i;
}

/* Bytes that mean nothing outside of strings. */
static size_t
count_plain(const char *p, size_t n)
{
	static const bool is_special[256] = {
		['"'] = true, ['{'] = true, ['}'] = true, ['['] = true,
		[']'] = true, [','] = true, [':'] = true,
	};
	size_t i = 0;

	while (i < n && !is_special[(unsigned char)p[i]])
		i++;
	return i;
}

static bool
take_special(struct list_stream *s, char c, struct err *err)
{
	switch (c) {
	case '"':
		if (s->depth == 0)
			return err_set(err, "not a list of Kubernetes");
		s->is_in_string = true;
		if (s->depth == 1 && s->is_key)
			s->n_key = 0;
		break;
	case ':':
		if (s->depth == 1)
			s->is_key = false;
		break;
	case ',':
		if (s->depth == 1)
			s->is_key = true;
		break;
	case '{':
	case '[':
		return open_value(s, c, err);
	default:
		return close_value(s, err);
	}
	return true;
}

bool
list_stream_feed(struct list_stream *s, struct str bytes, struct err *err)
{
	while (bytes.len > 0) {
		bool is_special = !s->is_in_string;
		size_t n = is_special ? count_plain(bytes.p, bytes.len) :
		    take_string(s, bytes.p, bytes.len);

		is_special = is_special && n < bytes.len;
		n += is_special;
		if (s->capture_depth != 0) {
			buf_add(captured(s), bytes.p, n);
			if (captured(s)->failed)
				return err_set(err, "an item of the list is "
				    "too large");
		}
		if (is_special && !take_special(s, bytes.p[n - 1], err))
			return false;
		bytes.p += n;
		bytes.len -= n;
	}
	return true;
}

bool
list_stream_end(struct list_stream *s, struct list_end *out, struct err *err)
{
	static const struct json_keys keys =
	    JSON_KEYS("resourceVersion", "continue");
	struct json j;
	unsigned hint = 0;

	*out = (struct list_end){ .next_page = { NULL, 0 } };
	if (!s->is_done)
		return err_set(err, "the list is cut off");
	buf_pad(&s->metadata);
	arena_reset(&s->arena);
	json_begin(&j, buf_str(&s->metadata), &s->arena);
	if (s->metadata.len == 0 || !json_object_begin(&j))
		return err_set(err, "not a list of Kubernetes");
	for (int k; (k = json_object_next(&j, &keys, &hint)) != JSON_END;)
		switch (k) {
		case 0:
			json_str(&j, &out->resource_version);
			break;
		case 1:
			json_str(&j, &out->next_page);
			break;
		default:
			json_skip(&j);
		}
	if (!json_end(&j, err))
		return false;
	if (out->next_page.len == 0)
		out->next_page = (struct str){ NULL, 0 };
	return out->resource_version.len > 0 ||
	    err_set(err, "the list has no resourceVersion");
}
