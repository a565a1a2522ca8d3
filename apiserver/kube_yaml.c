/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "apiserver/kube_text.h"

#define MEMBERS_MAX 300		/* of one object; others are left out */

struct member {
	struct str key;		/* still escaped */
	struct str value;
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (unsigned char)c >= 0x80;
}

/* The length of the digits at the beginning. */
static size_t
digits(struct str s)
{
	size_t n = 0;

	while (n < s.len && is_digit(s.p[n]))
		n++;
	return n;
}

static struct str
skip(struct str s, size_t n)
{
	return (struct str){ s.p + n, s.len - n };
}

/* A number: one that YAML of any version would read as such. */
static bool
is_number(struct str s)
{
	size_t n;

	if (s.len > 0 && (*s.p == '-' || *s.p == '+'))
		s = skip(s, 1);
	if (s.len > 2 && *s.p == '0' && strchr("xob", s.p[1]) != NULL)
		return true;
	n = digits(s);
	s = skip(s, n);
	if (s.len > 0 && *s.p == '.') {
		size_t behind = digits(skip(s, 1));

		n += behind;
		s = skip(s, 1 + behind);
	}
	if (n == 0)
		return false;
	if (s.len > 1 && (*s.p == 'e' || *s.p == 'E')) {
		s = skip(s, 1);
		if (*s.p == '-' || *s.p == '+')
			s = skip(s, 1);
		return s.len > 0 && digits(s) == s.len;
	}
	/* Of base 60, or with underscores in it. */
	while (s.len > 0 && (is_digit(*s.p) || *s.p == ':' || *s.p == '_'))
		s = skip(s, 1);
	return s.len == 0;
}

static bool
is_date(struct str s)
{
	static const char form[] = "0000-0";

	if (s.len < 8)
		return false;
	for (size_t i = 0; form[i] != '\0'; i++)
		if (form[i] == '0' ? !is_digit(s.p[i]) : s.p[i] != form[i])
			return false;
	for (size_t i = 0; i < s.len; i++)
		if (!is_digit(s.p[i]) && strchr("-:.TtZz+ ", s.p[i]) == NULL)
			return false;
	return true;
}

/* What is no text without quotes, in lower case. */
static bool
is_word(struct str s)
{
	static const char *const words[] = {
		"y", "n", "yes", "no", "on", "off", "true", "false", "null",
		"~", "<<", ".nan", ".inf", "-.inf", "+.inf", "=",
	};
	char lower[8];

	if (s.len >= sizeof lower)
		return false;
	for (size_t i = 0; i < s.len; i++)
		lower[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ?
		    s.p[i] + 32 : s.p[i]);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strlen(words[i]) == s.len &&
		    memcmp(words[i], lower, s.len) == 0)
			return true;
	return false;
}

static bool
is_plain(struct str s)
{
	bool is_dashed = s.len > 1 && s.p[1] != ' ' &&
	    strchr("-?:", *s.p) != NULL;

	if (s.p[s.len - 1] == ' ' || s.p[s.len - 1] == ':' || *s.p == ' ' ||
	    (!is_dashed && strchr("-?:,[]{}#&*!|>'\"%@`", *s.p) != NULL))
		return false;
	for (size_t i = 0; i + 1 < s.len; i++)
		if ((s.p[i] == ':' && s.p[i + 1] == ' ') ||
		    (s.p[i] == ' ' && s.p[i + 1] == '#'))
			return false;
	return true;
}

/* Line breaks and the like of more than a byte. */
static const struct { struct str text; const char *escape; } breaks[] = {
	{ STR_INIT("\xc2\x85"), "\\N" }, { STR_INIT("\xe2\x80\xa8"), "\\L" },
	{ STR_INIT("\xe2\x80\xa9"), "\\P" }, { STR_INIT("\xef\xbb\xbf"), "\\uFEFF" },
};
#define N_BREAKS (sizeof breaks / sizeof breaks[0])

/* Which of them begins there; N_BREAKS: none. */
static size_t
break_at(struct str s)
{
	size_t i = (unsigned char)*s.p < 0x80 ? N_BREAKS : 0;

	while (i < N_BREAKS && !str_has_prefix(s, breaks[i].text))
		i++;
	return i;
}

static bool
has_control(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f ||
		    break_at(skip(s, i)) < N_BREAKS)
			return true;
	return false;
}

static void
add_double_quoted(struct buf *out, struct str s)
{
	buf_add_char(out, '"');
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];
		size_t at = break_at(skip(s, i));

		if (at < N_BREAKS) {
			buf_addf(out, "%s", breaks[at].escape);
			i += breaks[at].text.len - 1;
		} else if (c == '"' || c == '\\')
			buf_addf(out, "\\%c", c);
		else if (c == '\n')
			buf_addf(out, "\\n");
		else if (c == '\t')
			buf_addf(out, "\\t");
		else if (c < ' ' || c == 0x7f)
			buf_addf(out, "\\x%02X", c);
		else
			buf_add_char(out, (char)c);
	}
	buf_add_char(out, '"');
}

void
kube_text_yaml_str(struct buf *out, struct str s)
{
	if (s.len == 0 || is_word(s) || is_number(s) || is_date(s) ||
	    has_control(s)) {
		add_double_quoted(out, s);
	} else if (is_plain(s)) {
		buf_add_str(out, s);
	} else {
		buf_add_char(out, '\'');
		for (size_t i = 0; i < s.len; i++) {
			if (s.p[i] == '\'')
				buf_add_char(out, '\'');
			buf_add_char(out, s.p[i]);
		}
		buf_add_char(out, '\'');
	}
}

static unsigned
hex(char c)
{
	return is_digit(c) ? (unsigned)(c - '0') :
	    ((unsigned)c | 0x20) - 'a' + 10;
}

static void
add_utf8(struct buf *out, unsigned c)
{
	if (c < 0x80) {
		buf_add_char(out, (char)c);
	} else if (c < 0x800) {
		buf_add_char(out, (char)(0xc0 | c >> 6));
		buf_add_char(out, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_add_char(out, (char)(0xe0 | c >> 12));
		buf_add_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_add_char(out, (char)(0x80 | (c & 0x3f)));
	}
}

/* What is between the quotes; our own texts have no surrogates. */
static void
add_string(struct buf *out, struct str s)
{
	static const char names[] = "nrtbf", values[] = "\n\r\t\b\f";
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < s.len; i++) {
		const char *name;

		if (s.p[i] != '\\' || i + 1 == s.len) {
			buf_add_char(&text, s.p[i]);
			continue;
		}
		name = strchr(names, s.p[++i]);
		if (name != NULL) {
			buf_add_char(&text, values[name - names]);
		} else if (s.p[i] == 'u' && i + 4 < s.len) {
			add_utf8(&text, hex(s.p[i + 1]) << 12 |
			    hex(s.p[i + 2]) << 8 | hex(s.p[i + 3]) << 4 |
			    hex(s.p[i + 4]));
			i += 4;
		} else {
			buf_add_char(&text, s.p[i]);
		}
	}
	kube_text_yaml_str(out, buf_str(&text));
	buf_fini(&text);
}

/* Cuts the value off that begins there, and a comma or colon behind it. */
static struct str
cut_value(struct str *rest)
{
	struct str value = *rest;
	unsigned depth = 0;
	size_t at = 0;

	for (; at < rest->len; at++) {
		char c = rest->p[at];

		if (c == '"') {
			for (at++; at < rest->len && rest->p[at] != '"'; at++)
				if (rest->p[at] == '\\')
					at++;
		} else if (c == '{' || c == '[') {
			depth++;
		} else if (c == '}' || c == ']') {
			depth -= depth > 0;
		} else if (depth == 0 && (c == ',' || c == ':')) {
			break;
		}
	}
	if (at > rest->len)
		at = rest->len;
	value.len = at;
	*rest = at < rest->len ? skip(*rest, at + 1) : STR("");
	return value;
}

static struct str
inner(struct str s)
{
	return s.len < 2 ? STR("") : (struct str){ s.p + 1, s.len - 2 };
}

/* As people count: non-letters first, numbers by their value. */
static int
compare_keys(struct str a, struct str b)
{
	for (size_t i = 0; i < a.len && i < b.len; i++) {
		bool is_a = is_letter(a.p[i]), is_b = is_letter(b.p[i]);
		size_t n_a, n_b;

		if (a.p[i] == b.p[i])
			continue;
		if (is_a != is_b)
			return is_a ? 1 : -1;
		n_a = digits(skip(a, i));
		n_b = digits(skip(b, i));
		if (!is_a && n_a != n_b && n_a > 0 && n_b > 0)
			return n_a < n_b ? -1 : 1;
		return (unsigned char)a.p[i] < (unsigned char)b.p[i] ? -1 : 1;
	}
	return a.len < b.len ? -1 : a.len > b.len;
}

static size_t
read_members(struct member members[MEMBERS_MAX], struct str object)
{
	size_t n = 0, at;

	for (object = inner(object); object.len > 0 && n < MEMBERS_MAX; n++) {
		struct member m;

		m.key = inner(cut_value(&object));
		m.value = cut_value(&object);
		for (at = n; at > 0 && compare_keys(m.key,
		    members[at - 1].key) < 0; at--)
			members[at] = members[at - 1];
		members[at] = m;
	}
	return n;
}

static void
indent(struct buf *out, unsigned depth)
{
	while (depth-- > 0)
		buf_add(out, "  ", 2);
}

static void add_value(struct buf *out, struct str value,
    unsigned depth, bool is_item);

/* The first key stands where the line has got to. */
static void
add_object(struct buf *out, struct str value, unsigned depth)
{
	struct member members[MEMBERS_MAX];
	size_t n = read_members(members, value);

	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			indent(out, depth);
		add_string(out, members[i].key);
		buf_add_char(out, ':');
		add_value(out, members[i].value, depth, false);
	}
}

static void
add_list(struct buf *out, struct str value, unsigned depth)
{
	for (value = inner(value); value.len > 0;) {
		indent(out, depth);
		buf_add_char(out, '-');
		add_value(out, cut_value(&value), depth, true);
	}
}

/* Behind "key:" or "-", to the end of the line. */
static void
add_value(struct buf *out, struct str value, unsigned depth,
    bool is_item)
{
	if (value.len > 2 && *value.p == '{' && depth < KUBE_TEXT_DEPTH_MAX) {
		buf_add_char(out, is_item ? ' ' : '\n');
		if (!is_item)
			indent(out, depth + 1);
		add_object(out, value, depth + 1);
		return;
	}
	if (value.len > 2 && *value.p == '[' && depth < KUBE_TEXT_DEPTH_MAX) {
		buf_add_char(out, '\n');
		add_list(out, value, depth + is_item);
		return;
	}
	buf_add_char(out, ' ');
	if (value.len > 0 && *value.p == '"')
		add_string(out, inner(value));
	else
		buf_add_str(out, value);
	buf_add_char(out, '\n');
}

void
kube_text_yaml(struct buf *out, struct str json)
{
	if (json.len > 2 && *json.p == '{')
		add_object(out, json, 0);
}
