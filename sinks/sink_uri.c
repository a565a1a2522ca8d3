/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/authority.h"
#include "common/mem.h"
#include "common/number.h"
#include "common/percent.h"
#include "common/secret.h"

#include "sinks/sink_uri.h"

/* Where the next piece goes: text_bytes is enough for all of them. */
struct filling {
	struct sink_uri *uri;
	size_t used;
};

static const char *
keep(struct filling *to, struct str s)
{
	char *p = to->uri->text + to->used;

	if (s.len > 0)
		memcpy(p, s.p, s.len);
	p[s.len] = '\0';
	to->used += s.len + 1;
	return p;
}

/* NULL: it cannot be decoded, or has a NUL in it. */
static const char *
keep_decoded(struct filling *to, struct str s)
{
	struct buf decoded = BUF_INIT;
	const char *kept = NULL;

	buf_reserve(&decoded, s.len);	/* so that it has one copy, to wipe */
	if (percent_decode(&decoded, s, true) && !decoded.failed &&
	    (decoded.len == 0 ||
	    memchr(decoded.p, '\0', decoded.len) == NULL))
		kept = keep(to, buf_str(&decoded));
	if (decoded.p != NULL)
		explicit_bzero(decoded.p, decoded.len);
	buf_fini(&decoded);
	return kept;
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The length of a scheme before a colon; 0: there is none. */
static size_t
scheme_len(struct str s)
{
	size_t n = 0;

	while (n < s.len && (is_letter(s.p[n]) || (n > 0 &&
	    ((s.p[n] >= '0' && s.p[n] <= '9') || s.p[n] == '+' ||
	    s.p[n] == '-' || s.p[n] == '.'))))
		n++;
	return n < s.len && s.p[n] == ':' ? n : 0;
}

static struct str
from(struct str s, size_t n)
{
	return (struct str){ s.p + n, s.len - n };
}

/* Up to the first '/'. */
static struct str
first_segment(struct str s)
{
	size_t n = 0;

	while (n < s.len && s.p[n] != '/')
		n++;
	return (struct str){ s.p, n };
}

static bool
take_authority(struct filling *to, struct str authority, struct err *err)
{
	const char *at = authority.len == 0 ? NULL :
	    memrchr(authority.p, '@', authority.len);
	size_t colon;

	if (at != NULL)
		authority = from(authority, (size_t)(at + 1 - authority.p));
	if (authority.len == 0)
		return true;
	colon = authority.len - 1;
	if (authority.p[colon] == ':')	/* Go takes an empty port */
		authority.len--;
	if (!authority_check(authority, false, err))
		return false;
	to->uri->host = keep(to, authority);
	return true;
}

/* "HOST:PORT" and "SCHEME:REST" look alike: a number makes it a port. */
static bool
is_host_and_port(struct str s)
{
	struct err err;

	return s.len > 0 && authority_check(first_segment(s), true, &err);
}

static bool
take_place(struct filling *to, struct str rest, struct err *err)
{
	struct str authority = { NULL, 0 };
	size_t n_scheme;
	char *scheme;

	if (!is_host_and_port(rest)) {
		n_scheme = scheme_len(rest);
		if (n_scheme > 0) {
			scheme = to->uri->text + to->used;
			to->uri->scheme = keep(to,
			    (struct str){ rest.p, n_scheme });
			for (; *scheme != '\0'; scheme++)
				if (*scheme >= 'A' && *scheme <= 'Z')
					*scheme = (char)(*scheme - 'A' + 'a');
			rest = from(rest, n_scheme + 1);
		}
		if (!str_has_prefix(rest, STR("//"))) {
			if (rest.len > 0 && rest.p[0] != '/')
				return err_set(err, "not HOST:PORT nor a URL");
			to->uri->path = keep(to, rest);
			return true;
		}
		rest = from(rest, 2);
	}
	authority = first_segment(rest);
	if (!take_authority(to, authority, err))
		return false;
	to->uri->path = keep(to, from(rest, authority.len));
	return true;
}

static struct str
next_pair(struct str *query)
{
	size_t n = 0;
	struct str pair;

	while (n < query->len && query->p[n] != '&' && query->p[n] != ';')
		n++;
	pair = (struct str){ query->p, n };
	*query = from(*query, n < query->len ? n + 1 : n);
	return pair;
}

static bool
take_query(struct filling *to, struct str query, struct err *err)
{
	struct sink_uri *u = to->uri;

	while (query.len > 0) {
		struct str value = next_pair(&query);
		struct str name = str_cut(&value, '=');
		struct sink_uri_option option = { NULL, NULL, false };

		if (name.len == 0)
			continue;
		option.name = keep_decoded(to, name);
		option.value = option.name == NULL ? NULL :
		    keep_decoded(to, value);
		if (option.value == NULL) {
			u->has_undecodable = true;
			continue;
		}
		if (u->n_options == SINK_URI_OPTIONS_MAX)
			return err_set(err, "more than %d options",
			    SINK_URI_OPTIONS_MAX);
		u->options[u->n_options++] = option;
	}
	return true;
}

bool
sink_uri_parse(struct sink_uri *u, struct str text, struct err *err)
{
	struct str query, place;
	struct filling to = { u, 0 };

	*u = (struct sink_uri){ .path = "" };
	if (text.len > SINK_URI_BYTES_MAX)
		return err_set(err, "longer than %d bytes", SINK_URI_BYTES_MAX);
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f)
			return err_set(err, "it has a control character");
	/* Each piece is cut off by a byte of the text, but for three. */
	u->text_bytes = 2 * text.len + 4;
	u->text = xcalloc(u->text_bytes, 1);
	query = text;
	if (query.len > 0)
		query = str_cut(&query, '#');
	place = str_cut(&query, '?');
	if (take_place(&to, place, err) && take_query(&to, query, err))
		return true;
	sink_uri_fini(u);
	return false;
}

void
sink_uri_fini(struct sink_uri *u)
{
	secret_free_bytes(u->text, u->text_bytes);
	*u = (struct sink_uri){ .path = "" };
}

const char *
sink_uri_next(struct sink_uri *u, const char *name, size_t *i)
{
	while (*i < u->n_options) {
		struct sink_uri_option *option = &u->options[(*i)++];

		if (strcmp(option->name, name) != 0)
			continue;
		option->is_taken = true;
		if (option->value[0] != '\0')
			return option->value;
	}
	return NULL;
}

const char *
sink_uri_string(struct sink_uri *u, const char *name)
{
	const char *first = NULL, *value;
	size_t i = 0;

	while ((value = sink_uri_next(u, name, &i)) != NULL)
		if (first == NULL)
			first = value;
	return first;
}

bool
sink_uri_has(struct sink_uri *u, const char *name)
{
	bool is_there = false;

	for (size_t i = 0; i < u->n_options; i++)
		if (strcmp(u->options[i].name, name) == 0) {
			u->options[i].is_taken = true;
			is_there = true;
		}
	return is_there;
}

bool
sink_uri_bool(struct sink_uri *u, const char *name, bool *value,
    struct err *err)
{
	const char *text = sink_uri_string(u, name);

	return text == NULL || parse_bool(str_of(text), value) ||
	    err_set(err, "failed to parse `%s` flag - neither true nor false",
	    name);
}

bool
sink_uri_u64(struct sink_uri *u, const char *name, uint64_t *value,
    struct err *err)
{
	const char *text = sink_uri_string(u, name);

	return text == NULL || parse_u64(str_of(text), value) ||
	    err_set(err, "failed to parse `%s` flag - not a number", name);
}

bool
sink_uri_duration_ns(struct sink_uri *u, const char *name, int64_t *value,
    struct err *err)
{
	const char *text = sink_uri_string(u, name);

	if (text == NULL || parse_duration_ns(str_of(text), value, err))
		return true;
	return err_set(err, "failed to parse `%s` flag - not a duration", name);
}

bool
sink_uri_size_bytes(struct sink_uri *u, const char *name, uint64_t *value,
    struct err *err)
{
	const char *text = sink_uri_string(u, name);

	if (text == NULL || parse_size_bytes(str_of(text), value, err))
		return true;
	return err_set(err, "failed to parse `%s` flag - not a size", name);
}

static bool
is_named_before(const struct sink_uri *u, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (strcmp(u->options[j].name, u->options[i].name) == 0)
			return true;
	return false;
}

void
sink_uri_unknown(const struct sink_uri *u, struct buf *out)
{
	for (size_t i = 0; i < u->n_options; i++) {
		if (u->options[i].is_taken || is_named_before(u, i))
			continue;
		if (out->len > 0)
			buf_add_char(out, ',');
		buf_add_str(out, str_of(u->options[i].name));
	}
}
