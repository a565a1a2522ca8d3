/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/number.h"
#include "common/timestamp.h"

#include "apiserver/go_time.h"
#include "apiserver/historical_query.h"

/* Go's zero time is known by its text: as a number it is any time before
 * 1678. */
static bool
is_zero_time(struct str text)
{
	return str_has_prefix(text, STR("0001-01-01T00:00:00"));
}

bool
historical_range(struct str start, struct str end, int64_t now_ns,
    int64_t *start_ns, int64_t *end_ns, struct buf *error)
{
	*end_ns = now_ns;
	if ((start.len > 0 && !go_time_parse(start, start_ns, error)) ||
	    (end.len > 0 && !go_time_parse(end, end_ns, error)))
		return false;
	if (start.len == 0 || is_zero_time(start)) {
		buf_add_str(error, STR("no start time (or a start time of "
		    "zero) provided"));
		return false;
	}
	return true;
}

static const struct unit {
	struct str suffix;
	uint64_t ns;
} units[] = {	/* "ms" before "s" */
	{ STR_INIT("ms"), NS_PER_MS },
	{ STR_INIT("s"), NS_PER_S },
	{ STR_INIT("m"), 60 * NS_PER_S },
	{ STR_INIT("h"), 3600 * NS_PER_S },
	{ STR_INIT("d"), 86400 * NS_PER_S },
};

/* Cuts it off; NULL: there is none. */
static const struct unit *
cut_unit(struct str *text)
{
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		struct str suffix = units[i].suffix;

		if (text->len >= suffix.len && str_eq(suffix, (struct str){
		    text->p + text->len - suffix.len, suffix.len })) {
			text->len -= suffix.len;
			return &units[i];
		}
	}
	return NULL;
}

static bool
is_all_digits(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.len > 0;
}

static bool
bad_number(struct buf *error, struct str text)
{
	buf_addf(error, "strconv.ParseUint: parsing \"%.*s\": %s",
	    STR_ARG(text), is_all_digits(text) ? "value out of range" :
	    "invalid syntax");
	return false;
}

bool
historical_bucket(struct str text, int64_t *out_ns, struct buf *error)
{
	struct str digits = text;
	const struct unit *unit;
	uint64_t n;

	*out_ns = 0;
	if (text.len == 0)
		return true;
	if (text.len < 2) {
		buf_addf(error, "unable to parse bucket size: \"%.*s\" is too "
		    "short to be a duration", STR_ARG(text));
		return false;
	}
	unit = cut_unit(&digits);
	if (unit == NULL) {
		buf_addf(error, "unable to parse bucket size: \"%.*s\" has no "
		    "known duration suffix", STR_ARG(text));
		return false;
	}
	if (!is_all_digits(digits) || !parse_u64(digits, &n) ||
	    n > (uint64_t)INT64_MAX / unit->ns)
		return bad_number(error, digits);
	*out_ns = (int64_t)(n * unit->ns);
	return true;
}

bool
historical_aggregations(struct str text, unsigned *out, struct buf *error)
{
	static const struct str names[] = {	/* in the order of the bits */
		STR_INIT("average"), STR_INIT("max"), STR_INIT("min"),
		STR_INIT("median"), STR_INIT("count"), STR_INIT("50-perc"),
		STR_INIT("95-perc"), STR_INIT("99-perc"),
	};

	*out = 0;
	while (text.p != NULL) {
		struct str name = str_cut(&text, ',');
		unsigned before = *out, bit = 0;

		for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
			if (str_eq(name, names[i]))
				bit = 1u << i;
		if (bit == 0) {
			buf_addf(error, "Unknown aggregation \"%.*s\"",
			    STR_ARG(name));
			return false;
		}
		*out = before | bit;
	}
	return true;
}

bool
historical_labels(struct str text, struct history_label *labels, size_t *n,
    struct buf *error)
{
	*n = 0;
	if (text.len == 0)
		return true;
	while (text.p != NULL) {
		struct str pair = str_cut(&text, ','), value = pair;
		struct str name = str_cut(&value, ':');

		if (name.len == 0 || value.len == 0) {
			buf_addf(error, "invalid label pair \"%.*s\"",
			    STR_ARG(pair));
			return false;
		}
		if (*n == HISTORY_LABELS_MAX) {
			buf_addf(error, "more than %d labels",
			    HISTORY_LABELS_MAX);
			return false;
		}
		labels[(*n)++] = (struct history_label){ name, value };
	}
	return true;
}
