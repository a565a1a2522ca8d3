/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "apiserver/field_selector.h"

static const struct str names[FIELD_COUNT] = {
	[FIELD_NAME] = STR_INIT("metadata.name"),
	[FIELD_NAMESPACE] = STR_INIT("metadata.namespace"),
	[FIELD_NODE] = STR_INIT("spec.nodeName"),
};

/* Up to the next comma without a backslash. */
static struct str
cut_term(struct str *rest)
{
	struct str term = *rest;
	size_t at = 0;

	while (at < term.len && term.p[at] != ',')
		at += term.p[at] == '\\' ? 2 : 1;
	if (at >= term.len) {
		*rest = STR("");
		return term;
	}
	*rest = (struct str){ term.p + at + 1, term.len - at - 1 };
	term.len = at;
	return term;
}

/* False: something is escaped that need not be, or nothing. */
static bool
unescape(struct arena *a, struct str *value)
{
	char *out;
	size_t n = 0;

	if (value->len == 0 || memchr(value->p, '\\', value->len) == NULL)
		return true;
	out = arena_alloc(a, value->len);
	if (out == NULL)
		return false;
	for (size_t i = 0; i < value->len; i++) {
		if (value->p[i] == '\\') {
			i++;
			if (i == value->len ||
			    strchr("\\,=", value->p[i]) == NULL)
				return false;
		}
		out[n++] = value->p[i];
	}
	*value = (struct str){ out, n };
	return true;
}

static bool
refuse(struct buf *error, struct str text, struct str term)
{
	buf_addf(error, "invalid selector: '%.*s'; can't understand '%.*s'",
	    STR_ARG(text), STR_ARG(term));
	return false;
}

static bool
parse_term(struct field_requirement *r, struct arena *a, struct str text,
    struct str term, struct buf *error)
{
	struct str name = term;
	size_t at = 0;

	while (at < term.len && term.p[at] != '=' &&
	    !(term.p[at] == '!' && at + 1 < term.len && term.p[at + 1] == '='))
		at++;
	if (at == term.len)
		return refuse(error, text, term);
	name.len = at;
	r->is_not = term.p[at] == '!';
	at += r->is_not ? 2 : 1;
	if (!r->is_not && at < term.len && term.p[at] == '=')
		at++;
	r->value = (struct str){ term.p + at, term.len - at };
	if (!unescape(a, &r->value))
		return refuse(error, text, term);
	for (r->field = 0; r->field < FIELD_COUNT; r->field++)
		if (str_eq(name, names[r->field]))
			return true;
	buf_addf(error, "\"%.*s\" is not a known field selector: only "
	    "\"metadata.name\", \"metadata.namespace\", \"spec.nodeName\"",
	    STR_ARG(name));
	return false;
}

bool
field_selector_parse(struct field_selector *out, struct arena *a,
    struct str text, struct buf *error)
{
	struct str rest = text;

	*out = (struct field_selector){ .n = 0 };
	while (rest.len > 0) {
		struct field_requirement r = { .is_not = false };
		struct str term = cut_term(&rest);

		if (term.len == 0)
			continue;
		if (!parse_term(&r, a, text, term, error))
			return false;
		if (out->n == out->cap && !arena_grow(a,
		    (void **)&out->requirements, &out->cap, out->n + 1,
		    sizeof *out->requirements)) {
			buf_addf(error, "the selector is too long");
			return false;
		}
		out->requirements[out->n++] = r;
	}
	return true;
}

bool
field_selector_matches(const struct field_selector *s,
    const struct str values[FIELD_COUNT])
{
	for (size_t i = 0; i < s->n; i++) {
		const struct field_requirement *r = &s->requirements[i];

		if (str_eq(values[r->field], r->value) == r->is_not)
			return false;
	}
	return true;
}
