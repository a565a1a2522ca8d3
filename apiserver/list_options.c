/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdio.h>

#include "common/number.h"

#include "apiserver/list_options.h"

#define MATCH "resourceVersionMatch"
#define SHOWN_BYTES_MAX 64	/* of what somebody has sent */

bool
list_option_i64(struct str text, int64_t *value, struct buf *why)
{
	struct str digits = text;
	bool is_number;

	if (digits.len > 0 && (digits.p[0] == '-' || digits.p[0] == '+')) {
		digits.p++;
		digits.len--;
	}
	is_number = digits.len > 0;
	for (size_t i = 0; i < digits.len; i++)
		is_number = is_number && digits.p[i] >= '0' &&
		    digits.p[i] <= '9';
	if (is_number && parse_i64(text.p[0] == '+' ? digits : text, value))
		return true;
	buf_addf(why, "strconv.ParseInt: parsing \"%.*s\": %s", STR_ARG(text),
	    is_number ? "value out of range" : "invalid syntax");
	return false;
}

static struct list_fault *
add(struct list_fault *faults, size_t *n, const char *reason,
    const char *field)
{
	struct list_fault *f = &faults[(*n)++];

	f->reason = reason;
	f->field = field;
	return f;
}

static void
forbid(struct list_fault *faults, size_t *n, const char *field,
    const char *why)
{
	struct list_fault *f = add(faults, n, "FieldValueForbidden", field);

	snprintf(f->message, sizeof f->message, "Forbidden: %s", why);
}

static void
check_match(const struct list_options *o, struct list_fault *faults,
    size_t *n)
{
	bool is_exact = str_is(o->match, "Exact");
	struct str shown = o->match;
	struct list_fault *f;

	if (o->version.len == 0)
		forbid(faults, n, MATCH, MATCH " is forbidden unless "
		    "resourceVersion is provided");
	if (o->from.len > 0)
		forbid(faults, n, MATCH, MATCH " is forbidden when continue "
		    "is provided");
	if (!is_exact && !str_is(o->match, "NotOlderThan")) {
		if (shown.len > SHOWN_BYTES_MAX)
			shown.len = SHOWN_BYTES_MAX;
		f = add(faults, n, "FieldValueNotSupported", MATCH);
		snprintf(f->message, sizeof f->message, "Unsupported value: "
		    "\"%.*s\": supported values: \"Exact\", "
		    "\"NotOlderThan\", \"\"", STR_ARG(shown));
	}
	if (is_exact && str_is(o->version, "0"))
		forbid(faults, n, MATCH, MATCH " \"exact\" is forbidden for "
		    "resourceVersion \"0\"");
}

size_t
list_options_check(const struct list_options *o,
    struct list_fault faults[LIST_FAULTS_MAX])
{
	size_t n = 0;

	if (o->match.len > 0)
		check_match(o, faults, &n);
	if (o->initial_events.p != NULL)
		forbid(faults, &n, "sendInitialEvents", "sendInitialEvents is "
		    "forbidden for list");
	return n;
}
