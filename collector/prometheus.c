/* SPDX-License-Identifier: ISC */
/*
 * What is written by machines comes first: no superfluous blanks, numbers as
 * Go prints them.  All else goes to functions that take one byte at a time.
 */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "collector/prometheus.h"
#include "common/json_scan.h"
#include "common/number.h"

#define DIGITS 19		/* always fit into 64 bits */
#define EXPONENT_MAX 100000000	/* more zeros than a text has room for */

static const uint64_t powers[DIGITS + 1] = {
	UINT64_C(1), UINT64_C(10), UINT64_C(100), UINT64_C(1000),
	UINT64_C(10000), UINT64_C(100000), UINT64_C(1000000),
	UINT64_C(10000000), UINT64_C(100000000), UINT64_C(1000000000),
	UINT64_C(10000000000), UINT64_C(100000000000),
	UINT64_C(1000000000000), UINT64_C(10000000000000),
	UINT64_C(100000000000000), UINT64_C(1000000000000000),
	UINT64_C(10000000000000000), UINT64_C(100000000000000000),
	UINT64_C(1000000000000000000), UINT64_C(10000000000000000000),
};

static inline bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_name_byte(char c)
{
	return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' ||
	    c == ':' || is_digit(c);
}

/* Records the first error.  Returns false. */
static bool
fail_at(struct prometheus *t, const char *at, const char *reason)
{
	if (t->error == NULL) {
		t->error = reason;
		t->error_at = at;
	}
	t->p = t->end;
	return false;
}

static bool
fail(struct prometheus *t, const char *reason)
{
	return fail_at(t, t->p, reason);
}

static inline void
skip_blanks(struct prometheus *t)
{
	while (t->p < t->end && is_blank(*t->p))
		t->p++;
}

/* Over c, if that is next. */
static inline bool
take(struct prometheus *t, char c)
{
	if (t->p == t->end || *t->p != c)
		return false;
	t->p++;
	return true;
}

void
prometheus_begin(struct prometheus *t, struct str text, struct arena *arena)
{
	*t = (struct prometheus){
		.p = text.p,
		.end = text.p + text.len,
		.start = text.p,
		.arena = arena,
	};
}

bool
prometheus_end(struct prometheus *t, struct err *err)
{
	const char *p = t->start;
	size_t line = 1;

	if (t->error == NULL)
		return true;
	while ((p = memchr(p, '\n', (size_t)(t->error_at - p))) != NULL) {
		line++;
		p++;
	}
	if (memchr(t->error_at, '\n', (size_t)(t->end - t->error_at)) == NULL)
		return err_set(err, "the text ends within line %zu", line);
	return err_set(err, "%s in line %zu", t->error, line);
}

/* A name as it stands; false if there is none. */
static bool
take_name(struct prometheus *t, struct str *out)
{
	const char *first = t->p;

	if (first < t->end && is_digit(*first))
		return false;
	while (t->p < t->end && is_name_byte(*t->p))
		t->p++;
	*out = (struct str){ first, (size_t)(t->p - first) };
	return out->len > 0;
}

/* Over a name that is as guessed. */
static inline bool
take_guess(struct prometheus *t, struct str guess)
{
	if (guess.len == 0 || guess.len >= (size_t)(t->end - t->p) ||
	    memcmp(t->p, guess.p, guess.len) != 0 ||
	    (t->p[guess.len] != '{' && !is_blank(t->p[guess.len])))
		return false;
	t->p += guess.len;
	return true;
}

bool
prometheus_next(struct prometheus *t, struct str *name)
{
	const char *line_end;

	t->labels = (struct str){ NULL, 0 };
	while (t->p < t->end) {
		if (take_guess(t, *name))
			return true;
		if (*t->p == '\n' || is_blank(*t->p)) {
			t->p++;
			continue;
		}
		if (*t->p != '#')
			return take_name(t, name) ||
			    fail(t, "expected a name");
		line_end = memchr(t->p, '\n', (size_t)(t->end - t->p));
		if (line_end == NULL)
			return fail(t, "expected a line feed");
		t->p = line_end + 1;
	}
	return false;
}

bool
prometheus_labels_are(struct prometheus *t, struct str labels)
{
	if (labels.len == 0 || labels.len > (size_t)(t->end - t->p) ||
	    memcmp(t->p, labels.p, labels.len) != 0)
		return false;
	t->p += labels.len;
	return true;
}

bool
prometheus_labels_begin(struct prometheus *t)
{
	skip_blanks(t);
	if (!take(t, '{'))
		return false;
	t->labels.p = t->p - 1;
	return true;
}

/* Replaces s by what it stands for. */
static bool
unescape(struct prometheus *t, struct str *s)
{
	const char *p = s->p, *end = s->p + s->len;
	char *out = arena_alloc(t->arena, s->len);
	size_t len = 0;

	if (out == NULL)
		return fail_at(t, p, "no memory for a label");
	while (p < end) {
		if (*p == '\\') {
			p++;
			if (*p != '\\' && *p != '"' && *p != 'n')
				return fail_at(t, p, "bad escape");
			out[len++] = *p == 'n' ? '\n' : *p;
		} else {
			out[len++] = *p;
		}
		p++;
	}
	*s = (struct str){ out, len };
	return true;
}

/* What is behind the opening quote, and the closing one. */
static bool
take_label_value(struct prometheus *t, struct str *out)
{
	const char *first = t->p, *p = first;
	bool has_escapes = false;

	for (; p < t->end; p++) {
		p += json_count_plain(p);
		if (p >= t->end || *p == '"' || *p == '\n' || *p == '\0')
			break;
		if (*p == '\\') {
			has_escapes = true;
			p++;		/* a quote behind it closes nothing */
		}
	}
	if (p >= t->end || *p != '"')
		return fail(t, "expected the end of a label");
	*out = (struct str){ first, (size_t)(p - first) };
	t->p = p + 1;
	return !has_escapes || unescape(t, out);
}

bool
prometheus_label(struct prometheus *t, struct str *key, struct str *value)
{
	skip_blanks(t);
	if (take(t, '}')) {
		t->labels.len = (size_t)(t->p - t->labels.p);
		return false;
	}
	if (!take_name(t, key))
		return fail(t, "expected a label");
	skip_blanks(t);
	if (!take(t, '='))
		return fail(t, "expected '='");
	skip_blanks(t);
	if (!take(t, '"'))
		return fail(t, "expected '\"'");
	if (!take_label_value(t, value))
		return false;
	skip_blanks(t);
	if (!take(t, ',') && (t->p == t->end || *t->p != '}'))
		return fail(t, "expected ',' or '}'");
	return true;
}

/* mantissa times 10^exponent, cut; false if it is beyond 64 bits. */
static inline bool
scale_decimal(uint64_t mantissa, int64_t exponent, uint64_t *out)
{
	*out = 0;
	if (mantissa == 0 || exponent < -DIGITS)
		return true;
	if (exponent < 0) {
		*out = mantissa / powers[-exponent];
		return true;
	}
	return exponent <= DIGITS &&
	    !__builtin_mul_overflow(mantissa, powers[exponent], out);
}

/*
 * "1207.186394587", "1.2632064e+08": where it ends, or NULL for anything less
 * plain.  p is in the text: what is read beyond its end is padding.
 */
static inline const char *
plain_decimal(const struct prometheus *t, const char *p, int scale,
    struct prometheus_sample *out)
{
	unsigned n = json_count_digits(p), n_more;
	uint64_t mantissa;

	if (n == 0)
		return NULL;
	mantissa = json_value_of_digits(p, n);
	p += n;
	if (*p == '.') {
		n_more = json_count_digits(p + 1);
		if (n_more == 0 || n + n_more > DIGITS)
			return NULL;
		mantissa = mantissa * powers[n_more] +
		    json_value_of_digits(p + 1, n_more);
		scale -= (int)n_more;
		p += 1 + n_more;
	}
	if (*p == 'e') {
		int exponent;

		if (!is_digit(p[2]) || !is_digit(p[3]) ||
		    (p[1] != '+' && p[1] != '-'))
			return NULL;
		exponent = (p[2] - '0') * 10 + p[3] - '0';
		scale += p[1] == '-' ? -exponent : exponent;
		p += 4;
	}
	if (p >= t->end || (*p != ' ' && *p != '\n'))
		return NULL;
	out->has_value = scale_decimal(mantissa, scale, &out->value);
	return p;
}

/* A decimal as it is taken from a text. */
struct decimal {
	uint64_t mantissa;	/* the first DIGITS significant digits */
	unsigned n_digits;	/* significant ones, at most one more */
	unsigned next;		/* that one more */
	int64_t exponent;
	bool is_negative;
};

static void
add_digit(struct decimal *d, unsigned digit, bool is_fraction)
{
	if (d->n_digits < DIGITS) {
		d->mantissa = d->mantissa * 10 + digit;
		d->n_digits += d->mantissa != 0;
		d->exponent -= is_fraction;
		return;
	}
	if (d->n_digits == DIGITS) {
		d->next = digit;
		d->n_digits++;
	}
	d->exponent += !is_fraction;
}

/* What is behind 'e', to the end of the text. */
static bool
add_exponent(struct decimal *d, struct str s)
{
	bool is_negative = s.len > 0 && *s.p == '-';
	int64_t exponent = 0;
	size_t i = s.len > 0 && (*s.p == '-' || *s.p == '+');

	if (i == s.len)
		return false;
	for (; i < s.len; i++) {
		if (!is_digit(s.p[i]))
			return false;
		if (exponent < EXPONENT_MAX)
			exponent = exponent * 10 + s.p[i] - '0';
	}
	d->exponent += is_negative ? -exponent : exponent;
	return true;
}

/* All of s; false if it is no decimal. */
static bool
decimal_parse(struct decimal *d, struct str s)
{
	size_t i = s.len > 0 && (*s.p == '-' || *s.p == '+'), n_all = 0;
	bool is_fraction = false;

	*d = (struct decimal){ .is_negative = s.len > 0 && *s.p == '-' };
	for (; i < s.len; i++) {
		if (is_digit(s.p[i])) {
			add_digit(d, (unsigned)(s.p[i] - '0'), is_fraction);
			n_all++;
		} else if (s.p[i] == '.' && !is_fraction) {
			is_fraction = true;
		} else {
			break;
		}
	}
	if (n_all == 0)
		return false;
	return i == s.len || ((s.p[i] == 'e' || s.p[i] == 'E') &&
	    add_exponent(d, (struct str){ s.p + i + 1, s.len - i - 1 }));
}

static bool
is_word(struct str s, const char *word)
{
	return s.len == strlen(word) && strncasecmp(s.p, word, s.len) == 0;
}

/* NaN, Inf, +Inf, -Inf. */
static bool
is_beyond_decimal(struct str s)
{
	if (s.len > 0 && (*s.p == '+' || *s.p == '-')) {
		s.p++;
		s.len--;
	}
	return is_word(s, "NaN") || is_word(s, "Inf") ||
	    is_word(s, "Infinity");
}

/* The bytes up to the next blank or line feed. */
static struct str
take_word(struct prometheus *t)
{
	const char *first = t->p;

	while (t->p < t->end && !is_blank(*t->p) && *t->p != '\n')
		t->p++;
	return (struct str){ first, (size_t)(t->p - first) };
}

static bool
take_any_value(struct prometheus *t, int scale, struct prometheus_sample *out)
{
	const char *first = t->p;
	struct str word = take_word(t);
	struct decimal d;

	out->has_value = false;
	if (is_beyond_decimal(word))
		return true;
	if (!decimal_parse(&d, word))
		return fail_at(t, first, "expected a number");
	if (d.is_negative && d.mantissa != 0)
		return true;
	d.exponent += scale;
	/* The digit that was left over counts for at most one place. */
	if (d.n_digits > DIGITS && d.exponent > 0)
		out->has_value = d.exponent == 1 &&
		    !__builtin_mul_overflow(d.mantissa, 10, &out->value) &&
		    !__builtin_add_overflow(out->value, d.next, &out->value);
	else
		out->has_value = scale_decimal(d.mantissa, d.exponent,
		    &out->value);
	return true;
}

static bool
take_any_time(struct prometheus *t, struct prometheus_sample *out)
{
	const char *first = t->p;

	if (t->p < t->end && *t->p != '\n') {
		if (!parse_i64(take_word(t), &out->time_ms))
			return fail_at(t, first, "expected a time");
		out->has_time = true;
		skip_blanks(t);
	}
	return take(t, '\n') || fail(t, "expected a line feed");
}

bool
prometheus_sample(struct prometheus *t, unsigned scale,
    struct prometheus_sample *out)
{
	const char *p;
	unsigned n;

	out->has_time = false;
	skip_blanks(t);
	if (t->p == t->end)
		return fail(t, "expected a number");
	p = plain_decimal(t, t->p, (int)scale, out);
	if (p != NULL)
		t->p = p;
	else if (!take_any_value(t, (int)scale, out))
		return false;
	skip_blanks(t);
	n = t->p < t->end ? json_count_digits(t->p) : 0;
	if (n == 0 || n == 16 || n >= (size_t)(t->end - t->p) ||
	    t->p[n] != '\n')
		return take_any_time(t, out);
	out->time_ms = (int64_t)json_value_of_digits(t->p, n);
	out->has_time = true;
	t->p += n + 1;
	return true;
}

void
prometheus_skip(struct prometheus *t)
{
	struct prometheus_sample sample;
	struct str key, value;

	if (prometheus_labels_begin(t))
		while (prometheus_label(t, &key, &value))
			;
	prometheus_sample(t, 0, &sample);
}
