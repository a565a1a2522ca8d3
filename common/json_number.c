/* SPDX-License-Identifier: ISC */
/*
 * Numbers that are more than some digits.
 */
#include "config.h"

#include "common/json_fast.h"
#include "common/number.h"

static const char *
scan_more_digits(struct json *j, const char *p)
{
	const char *first = p;

	while (p < j->end && *p >= '0' && *p <= '9')
		p++;
	if (p > first)
		return p;
	if (p >= j->end)
		json_fail_at_end(j);
	else
		json_fail_at(j, p, "expected a digit");
	return NULL;
}

const char *
json_scan_number(struct json *j, const char *p, bool *is_integer)
{
	*is_integer = true;
	if (p < j->end && *p == '-')
		p++;
	if (p < j->end && *p == '0')
		p++;
	else if ((p = scan_more_digits(j, p)) == NULL)
		return NULL;
	if (p < j->end && *p == '.') {
		*is_integer = false;
		if ((p = scan_more_digits(j, p + 1)) == NULL)
			return NULL;
	}
	if (p < j->end && (*p == 'e' || *p == 'E')) {
		*is_integer = false;
		p++;
		if (p < j->end && (*p == '+' || *p == '-'))
			p++;
		p = scan_more_digits(j, p);
	}
	return p;
}

/* The number that comes next as text.  False: null or an error. */
static bool
number_text(struct json *j, struct str *text, bool *is_integer)
{
	const char *end;

	if (j->p >= j->end || (*j->p != '-' && (*j->p < '0' || *j->p > '9')))
		return json_absent(j, "expected a number");
	end = json_scan_number(j, j->p, is_integer);
	if (end == NULL)
		return false;
	*text = (struct str){ j->p, (size_t)(end - j->p) };
	return true;
}

bool
json_slow_u64(struct json *j, uint64_t *out, bool is_lenient)
{
	struct str text;
	bool is_integer;

	if (!number_text(j, &text, &is_integer))
		return false;
	if (!is_integer || *text.p == '-') {
		if (!is_lenient)
			return json_fail_at(j, j->p,
			    "expected an unsigned integer");
		j->p += text.len;
		return false;
	}
	if (!parse_u64(text, out))
		return json_fail_at(j, j->p, "number out of range");
	j->p += text.len;
	return true;
}

bool
json_i64(struct json *j, int64_t *out)
{
	struct str text;
	bool is_integer;
	uint64_t value;

	if (json_likely(json_scan_digits(j, j->p) != NULL)) {
		json_u64(j, &value);
		*out = (int64_t)value;
		return true;
	}
	if (!number_text(j, &text, &is_integer))
		return false;
	if (!is_integer)
		return json_fail_at(j, j->p, "expected an integer");
	if (!parse_i64(text, out))
		return json_fail_at(j, j->p, "number out of range");
	j->p += text.len;
	return true;
}

bool
json_double(struct json *j, double *out)
{
	struct str text;
	bool is_integer;

	if (!number_text(j, &text, &is_integer))
		return false;
	if (!parse_double(text, out))
		return json_fail_at(j, j->p, "number out of range");
	j->p += text.len;
	return true;
}
