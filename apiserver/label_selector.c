/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "common/number.h"

#include "apiserver/label_name.h"
#include "apiserver/label_selector.h"

enum token_kind {
	TOKEN_END, TOKEN_NAME, TOKEN_COMMA, TOKEN_NOT, TOKEN_OPEN,
	TOKEN_CLOSE, TOKEN_EQUALS, TOKEN_UNEQUAL, TOKEN_ABOVE, TOKEN_BELOW,
	TOKEN_IN, TOKEN_NOT_IN,
};

struct token {
	enum token_kind kind;
	struct str text;
};

struct parser {
	struct str rest;	/* behind the token */
	struct token token;	/* the next one, not yet consumed */
	size_t n_values;
	struct arena *arena;
	struct buf *error;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
is_special(char c)
{
	return c != '\0' && strchr("=!(),<>", c) != NULL;
}

/* The longest symbol at the beginning. */
static struct token
special_token(struct str s)
{
	static const struct {
		const char *text;
		enum token_kind kind;
	} symbols[] = {
		{ "==", TOKEN_EQUALS }, { "!=", TOKEN_UNEQUAL },
		{ "=", TOKEN_EQUALS }, { "!", TOKEN_NOT },
		{ "(", TOKEN_OPEN }, { ")", TOKEN_CLOSE },
		{ ",", TOKEN_COMMA }, { "<", TOKEN_BELOW },
		{ ">", TOKEN_ABOVE },
	};
	size_t i = 0;

	while (!str_has_prefix(s, str_of(symbols[i].text)))
		i++;
	s.len = strlen(symbols[i].text);
	return (struct token){ symbols[i].kind, s };
}

static struct token
name_token(struct str s)
{
	size_t n = 0;

	while (n < s.len && s.p[n] != '\0' && !is_blank(s.p[n]) &&
	    !is_special(s.p[n]))
		n++;
	s.len = n;
	return (struct token){ str_is(s, "in") ? TOKEN_IN :
		str_is(s, "notin") ? TOKEN_NOT_IN : TOKEN_NAME, s };
}

static void
read_token(struct parser *p)
{
	while (p->rest.len > 0 && is_blank(p->rest.p[0])) {
		p->rest.p++;
		p->rest.len--;
	}
	if (p->rest.len == 0 || p->rest.p[0] == '\0')
		p->token = (struct token){ TOKEN_END, STR("") };
	else if (is_special(p->rest.p[0]))
		p->token = special_token(p->rest);
	else
		p->token = name_token(p->rest);
	if (p->token.kind != TOKEN_END) {
		p->rest.p += p->token.text.len;
		p->rest.len -= p->token.text.len;
	}
}

static struct token
take(struct parser *p)
{
	struct token token = p->token;

	read_token(p);
	return token;
}

/* "in" and "notin" are names where no operator can be. */
static bool
is_name(struct token token)
{
	return token.kind == TOKEN_NAME || token.kind == TOKEN_IN ||
	    token.kind == TOKEN_NOT_IN;
}

static bool
unexpected(struct parser *p, struct token token, const char *expected)
{
	buf_addf(p->error, "found '%.*s'%s", STR_ARG(token.text), expected);
	return false;
}

static bool
out_of_memory(struct parser *p)
{
	buf_addf(p->error, "out of memory");
	return false;
}

static bool
add_value(struct parser *p, struct label_requirement *r, struct str value)
{
	void *items = r->values;

	if (++p->n_values > SELECTOR_VALUES_MAX) {
		buf_addf(p->error, "more than %d values", SELECTOR_VALUES_MAX);
		return false;
	}
	if (!arena_grow(p->arena, &items, &r->cap_values, r->n_values + 1,
	    sizeof *r->values))
		return out_of_memory(p);
	r->values = items;
	r->values[r->n_values++] = value;
	return true;
}

/* What is between the brackets, up to the closing one; nothing between two
 * commas is an empty value. */
static bool
parse_list(struct parser *p, struct label_requirement *r)
{
	for (;;) {
		struct token token = take(p);

		if (is_name(token)) {
			if (!add_value(p, r, token.text))
				return false;
			if (p->token.kind == TOKEN_CLOSE)
				return true;
			if (p->token.kind != TOKEN_COMMA)
				return unexpected(p, p->token,
				    ", expected: ',' or ')'");
		} else if (token.kind != TOKEN_COMMA) {
			return unexpected(p, token,
			    ", expected: ',', or identifier");
		} else {
			bool is_last = p->token.kind == TOKEN_CLOSE;

			if ((r->n_values == 0 || is_last ||
			    p->token.kind == TOKEN_COMMA) &&
			    !add_value(p, r, STR("")))
				return false;
			if (is_last)
				return true;
			if (p->token.kind == TOKEN_COMMA)
				take(p);
		}
	}
}

static bool
parse_values(struct parser *p, struct label_requirement *r)
{
	struct token token = take(p);

	if (token.kind != TOKEN_OPEN)
		return unexpected(p, token, " expected: '('");
	if (p->token.kind == TOKEN_CLOSE) {
		take(p);
		return add_value(p, r, STR(""));
	}
	if (!is_name(p->token) && p->token.kind != TOKEN_COMMA)
		return unexpected(p, p->token,
		    ", expected: ',', ')' or identifier");
	if (!parse_list(p, r))
		return false;
	take(p);
	return true;
}

static bool
parse_one_value(struct parser *p, struct label_requirement *r)
{
	struct token token;

	if (p->token.kind == TOKEN_END || p->token.kind == TOKEN_COMMA)
		return add_value(p, r, STR(""));
	token = take(p);
	if (!is_name(token))
		return unexpected(p, token, ", expected: identifier");
	return add_value(p, r, token.text);
}

static bool
parse_operator(struct parser *p, struct label_requirement *r)
{
	struct token token = take(p);

	switch (token.kind) {
	case TOKEN_IN:
	case TOKEN_EQUALS:
		r->operator = SELECTOR_IN;
		break;
	case TOKEN_NOT_IN:
	case TOKEN_UNEQUAL:
		r->operator = SELECTOR_NOT_IN;
		break;
	case TOKEN_ABOVE:
		r->operator = SELECTOR_ABOVE;
		break;
	case TOKEN_BELOW:
		r->operator = SELECTOR_BELOW;
		break;
	default:
		return unexpected(p, token,
		    ", expected: '=', '!=', '==', 'in', notin'");
	}
	return token.kind == TOKEN_IN || token.kind == TOKEN_NOT_IN ?
	    parse_values(p, r) : parse_one_value(p, r);
}

static bool
check_values(struct parser *p, struct label_requirement *r)
{
	if ((r->operator == SELECTOR_ABOVE || r->operator == SELECTOR_BELOW) &&
	    !parse_i64(r->values[0], &r->bound)) {
		buf_addf(p->error, "for 'Gt', 'Lt' operators, the value must "
		    "be an integer");
		return false;
	}
	for (size_t i = 0; i < r->n_values; i++)
		if (!label_value_check(r->values[i], p->error))
			return false;
	return true;
}

static bool
parse_requirement(struct parser *p, struct label_requirement *r)
{
	struct token token = take(p);

	r->operator = SELECTOR_EXISTS;
	if (token.kind == TOKEN_NOT) {
		r->operator = SELECTOR_ABSENT;
		token = take(p);
	}
	if (!is_name(token))
		return unexpected(p, token, ", expected: identifier");
	r->key = token.text;
	if (!label_key_check(r->key, p->error))
		return false;
	if (r->operator == SELECTOR_ABSENT ||
	    p->token.kind == TOKEN_END || p->token.kind == TOKEN_COMMA)
		return true;
	return parse_operator(p, r) && check_values(p, r);
}

static bool
add_requirement(struct parser *p, struct label_selector *s)
{
	struct label_requirement r = { .n_values = 0 };
	void *items = s->requirements;

	if (s->n == SELECTOR_REQUIREMENTS_MAX) {
		buf_addf(p->error, "more than %d requirements",
		    SELECTOR_REQUIREMENTS_MAX);
		return false;
	}
	if (!arena_grow(p->arena, &items, &s->cap, s->n + 1,
	    sizeof *s->requirements))
		return out_of_memory(p);
	s->requirements = items;
	buf_addf(p->error, "unable to parse requirement: ");
	if (!parse_requirement(p, &r))
		return false;
	buf_reset(p->error);
	s->requirements[s->n++] = r;
	return true;
}

bool
label_selector_parse(struct label_selector *out, struct arena *a,
    struct str text, struct buf *error)
{
	struct parser p = { .rest = text, .arena = a };
	struct buf message = BUF_INIT;
	bool is_good = true;

	*out = (struct label_selector){ .n = 0 };
	p.error = &message;
	read_token(&p);
	while (is_good && p.token.kind != TOKEN_END) {
		struct token token;

		if (!is_name(p.token) && p.token.kind != TOKEN_NOT) {
			is_good = unexpected(&p, p.token, ", expected: !, "
			    "identifier, or 'end of string'");
			break;
		}
		is_good = add_requirement(&p, out);
		if (!is_good)
			break;
		token = take(&p);
		if (token.kind == TOKEN_END)
			break;
		if (token.kind != TOKEN_COMMA)
			is_good = unexpected(&p, token,
			    ", expected: ',' or 'end of string'");
		else if (!is_name(p.token) && p.token.kind != TOKEN_NOT)
			is_good = unexpected(&p, p.token,
			    ", expected: identifier after ','");
	}
	buf_add_str(error, buf_str(&message));
	buf_fini(&message);
	return is_good;
}

/* Cuts the text at the first separator, as str_cut(). */
static struct str
cut_pair(struct str *text, struct str separator)
{
	struct str pair = *text;
	const char *at = separator.len == 0 ? NULL :
	    memmem(text->p, text->len, separator.p, separator.len);

	if (at == NULL) {
		*text = (struct str){ NULL, 0 };
		return pair;
	}
	pair.len = (size_t)(at - text->p);
	text->p += pair.len + separator.len;
	text->len -= pair.len + separator.len;
	return pair;
}

struct str
object_label(const struct object_labels *labels, struct str key)
{
	struct str rest = labels->joined;

	while (rest.p != NULL) {
		struct str value = cut_pair(&rest, labels->separator);

		if (value.len > key.len && value.p[key.len] == ':' &&
		    memcmp(value.p, key.p, key.len) == 0) {
			value.p += key.len + 1;
			value.len -= key.len + 1;
			return value;
		}
	}
	for (size_t i = 0; i < labels->n_stored; i++)
		if (str_eq(labels->stored[i].key, key))
			return labels->stored[i].value;
	return (struct str){ NULL, 0 };
}

static bool
has_value(const struct label_requirement *r, struct str value)
{
	for (size_t i = 0; i < r->n_values; i++)
		if (str_eq(r->values[i], value))
			return true;
	return false;
}

static bool
holds(const struct label_requirement *r, const struct object_labels *labels)
{
	struct str value = object_label(labels, r->key);
	int64_t number;

	switch (r->operator) {
	case SELECTOR_IN:
		return value.p != NULL && has_value(r, value);
	case SELECTOR_NOT_IN:
		return value.p == NULL || !has_value(r, value);
	case SELECTOR_EXISTS:
		return value.p != NULL;
	case SELECTOR_ABSENT:
		return value.p == NULL;
	case SELECTOR_ABOVE:
		return value.p != NULL && parse_i64(value, &number) &&
		    number > r->bound;
	case SELECTOR_BELOW:
		return value.p != NULL && parse_i64(value, &number) &&
		    number < r->bound;
	}
	return false;
}

bool
label_selector_matches(const struct label_selector *s,
    const struct object_labels *labels)
{
	for (size_t i = 0; i < s->n; i++)
		if (!holds(&s->requirements[i], labels))
			return false;
	return true;
}
