/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "common/json_out.h"

#include "apiserver/label_name.h"

#define NAME_MAX_BYTES 63
#define PREFIX_MAX_BYTES 253

#define NAME_WORDS "alphanumeric characters, '-', '_' or '.', and must " \
	"start and end with an alphanumeric character (e.g. "
#define NAME_REGEX "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
#define NAME_RULE "must consist of " NAME_WORDS "'MyName',  or 'my.name',  " \
	"or '123-abc', regex used for validation is '" NAME_REGEX "')"
#define VALUE_RULE "a valid label must be an empty string or consist of " \
	NAME_WORDS "'MyValue',  or 'my_value',  or '12345', regex used for " \
	"validation is '(" NAME_REGEX ")?')"
#define PREFIX_RULE "a DNS-1123 subdomain must consist of lower case " \
	"alphanumeric characters, '-' or '.', and must start and end with " \
	"an alphanumeric character (e.g. 'example.com', regex used for " \
	"validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?" \
	"(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"

static bool
is_lower(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool
is_alphanumeric(char c)
{
	return is_lower(c) || (c >= 'A' && c <= 'Z');
}

static bool
is_name(struct str s)
{
	if (s.len == 0 || !is_alphanumeric(s.p[0]) ||
	    !is_alphanumeric(s.p[s.len - 1]))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!is_alphanumeric(s.p[i]) && s.p[i] != '-' &&
		    s.p[i] != '_' && s.p[i] != '.')
			return false;
	return true;
}

static bool
is_subdomain(struct str s)
{
	char before = '.';

	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (!is_lower(c) && ((c != '-' && c != '.') || before == '.' ||
		    (c == '.' && before == '-')))
			return false;
		before = c;
	}
	return s.len > 0 && is_lower(before);
}

/* Reasons are joined by "; ". */
static void
add_reason(struct buf *reasons, const char *reason)
{
	if (reasons->len > 0)
		buf_addf(reasons, "; ");
	buf_addf(reasons, "%s", reason);
}

static void
check_prefix(struct str prefix, struct buf *reasons)
{
	if (prefix.len == 0) {
		add_reason(reasons, "prefix part must be non-empty");
		return;
	}
	if (prefix.len > PREFIX_MAX_BYTES)
		add_reason(reasons, "prefix part must be no more than 253 "
		    "characters");
	if (!is_subdomain(prefix))
		add_reason(reasons, "prefix part " PREFIX_RULE);
}

static void
check_name(struct str name, struct buf *reasons)
{
	if (name.len == 0)
		add_reason(reasons, "name part must be non-empty");
	else if (name.len > NAME_MAX_BYTES)
		add_reason(reasons, "name part must be no more than 63 "
		    "characters");
	if (!is_name(name))
		add_reason(reasons, "name part " NAME_RULE);
}

/* False if there are reasons: then they are said of what. */
static bool
conclude(const char *what, struct str s, struct buf *reasons,
    struct buf *error)
{
	bool is_good = reasons->len == 0;

	if (!is_good) {
		buf_addf(error, "%s ", what);
		json_quote(error, s, false);
		buf_addf(error, ": %.*s", STR_ARG(buf_str(reasons)));
	}
	buf_fini(reasons);
	return is_good;
}

bool
label_key_check(struct str key, struct buf *error)
{
	struct buf reasons = BUF_INIT;
	struct str name = key, prefix = str_cut(&name, '/');

	if (name.p == NULL) {
		check_name(prefix, &reasons);
	} else if (memchr(name.p, '/', name.len) != NULL) {
		add_reason(&reasons, "a qualified name " NAME_RULE " with an "
		    "optional DNS subdomain prefix and '/' (e.g. "
		    "'example.com/MyName')");
	} else {
		check_prefix(prefix, &reasons);
		check_name(name, &reasons);
	}
	return conclude("invalid label key", key, &reasons, error);
}

bool
label_value_check(struct str value, struct buf *error)
{
	struct buf reasons = BUF_INIT;

	if (value.len > NAME_MAX_BYTES)
		add_reason(&reasons, "must be no more than 63 characters");
	if (value.len > 0 && !is_name(value))
		add_reason(&reasons, VALUE_RULE);
	return conclude("invalid label value:", value, &reasons, error);
}
