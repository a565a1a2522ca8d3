/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>
#if defined(__x86_64__) && !defined(JSON_SCAN_PORTABLE)
#include <emmintrin.h>
#endif

#include "common/columns.h"
#include "common/json_fast.h"

#define SLOT_MARK 0x80u
#define SLOT_SKIP 0xffu

static_assert(METRIC_PLAIN_COUNT < (SLOT_SKIP & ~SLOT_MARK) &&
    METRIC_LABELLED_COUNT < (SLOT_SKIP & ~SLOT_MARK), "a slot is 7 bits");

static uint8_t
slot_of(enum metric m, unsigned first, unsigned end)
{
	if (m < first || m >= end)
		return SLOT_SKIP;
	return (uint8_t)((m - first) |
	    (metrics[m].type == METRIC_FLOAT ? SLOT_MARK : 0));
}

void
columns_read(struct columns *c, struct json *j, unsigned first, unsigned end)
{
	bool seen[METRIC_COUNT] = { false };
	enum metric last = METRIC_COUNT - 1;
	struct str name;

	c->n = 0;
	if (!json_array_begin(j))
		return;
	while (json_array_next(j)) {
		enum metric m = METRIC_COUNT;

		if (c->n == FRAME_COLUMNS_MAX) {
			json_fail(j, "too many metrics");
			return;
		}
		if (json_str(j, &name))
			m = metric_find_after(name, last);
		c->slots[c->n++] = slot_of(m, first, end);
		if (m == METRIC_COUNT)
			continue;
		if (seen[m])
			json_fail(j, "the metric stands twice");
		seen[m] = true;
		last = m;
	}
}

#if defined(__x86_64__) && !defined(JSON_SCAN_PORTABLE)

/* Which of the 16 bytes at p are ',' or ']', a bit for each. */
static inline unsigned
separators16(const char *p)
{
	__m128i v = _mm_loadu_si128((const void *)p);
	__m128i found = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8(',')),
	    _mm_cmpeq_epi8(v, _mm_set1_epi8(']')));

	return (unsigned)_mm_movemask_epi8(found);
}

/* The value of the last n of the 16 bytes at p; false: not all are digits. */
static inline bool
value_of_16(const char *p, unsigned n, uint64_t *out)
{
	static const unsigned char keep[32] = { [16] = 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff };
	const __m128i ten = _mm_set1_epi16(10);
	const __m128i hundred = _mm_set1_epi32(1 << 16 | 100);
	const __m128i ten_thousand = _mm_set1_epi32(1 << 16 | 10000);
	__m128i v = _mm_and_si128(_mm_loadu_si128((const void *)(keep + n)),
	    _mm_sub_epi8(_mm_loadu_si128((const void *)p),
	    _mm_set1_epi8('0')));
	__m128i is_digit = _mm_cmpeq_epi8(v,
	    _mm_min_epu8(v, _mm_set1_epi8(9)));
	uint64_t halves;

	if (_mm_movemask_epi8(is_digit) != 0xffff)
		return false;
	v = _mm_add_epi16(_mm_srli_epi16(v, 8), _mm_mullo_epi16(
	    _mm_and_si128(v, _mm_set1_epi16(0xff)), ten));
	v = _mm_madd_epi16(v, hundred);
	v = _mm_madd_epi16(_mm_packs_epi32(v, v), ten_thousand);
	halves = (uint64_t)_mm_cvtsi128_si64(v);
	*out = (halves & UINT32_MAX) * 100000000 + (halves >> 32);
	return true;
}

#else

static inline unsigned
separators16(const char *p)
{
	unsigned found = 0;

	for (unsigned i = 0; i < 16; i++)
		found |= (unsigned)(p[i] == ',' || p[i] == ']') << i;
	return found;
}

static inline bool
value_of_16(const char *p, unsigned n, uint64_t *out)
{
	uint64_t value = 0;

	for (unsigned i = 16 - n; i < 16; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(p[i] - '0');
	}
	*out = value;
	return true;
}

#endif

/* The same for 64 bytes. */
static inline uint64_t
separators(const char *p)
{
	return separators16(p) | (uint64_t)separators16(p + 16) << 16 |
	    (uint64_t)separators16(p + 32) << 32 |
	    (uint64_t)separators16(p + 48) << 48;
}

/*
 * The value of the len digits before end; false if they are no plain integer
 * or more than 16.  Reads 16 bytes before end in any case: they are there,
 * since the names of the columns stand in front of the values.
 */
static inline bool
read_digits(const char *end, size_t len, uint64_t *out)
{
	if (len - 1 >= 16 || (len > 1 && end[-(ptrdiff_t)len] == '0'))
		return false;
	return value_of_16(end - 16, (unsigned)len, out);
}


/*
 * The run of plain integers and nulls that follows in an array, from column n
 * on.  Ends before anything else, without judging it.  The commas are looked
 * for in advance, so that one number need not wait for the end of another.
 */
static unsigned
read_integers(struct json *j, const struct columns *c, unsigned n,
    union metric_value *values, uint64_t *present)
{
	const char *p = j->p;	/* the bracket or comma before the element */
	const char *base = p;
	uint64_t found = 0;
	uint64_t seen = 0;

	if (*p != ',' && p != j->opened)
		return n;
	for (; n < c->n && c->slots[n] < SLOT_MARK && *p != ']'; n++) {
		unsigned slot = c->slots[n];
		const char *end;

		if (found == 0) {
			base = p + 1;
			found = separators(base);
			if (found == 0)
				break;
		}
		end = base + __builtin_ctzll(found);
		if (end >= j->end)
			break;
		if (json_likely(read_digits(end, (size_t)(end - p - 1),
		    &values[slot].u)))
			seen |= UINT64_C(1) << slot;
		else if (end - p != 5 || memcmp(p + 1, "null", 4) != 0)
			break;
		found &= found - 1;
		p = end;
	}
	j->p = p;
	*present |= seen;
	return n;
}

/* Cut to 15 digits, numbers above this may not be numbers any more. */
#define FLOAT_MAX 1e308

static bool
read_float(struct json *j, double *out)
{
	if (!json_double(j, out))
		return false;
	if (*out > FLOAT_MAX || *out < -FLOAT_MAX) {
		json_fail(j, "number out of range");
		return false;
	}
	return true;
}

static void
read_value(struct json *j, uint8_t slot, union metric_value *values,
    uint64_t *present)
{
	union metric_value v;
	unsigned i = slot & ~SLOT_MARK;
	bool is_there;

	if (slot == SLOT_SKIP) {
		json_skip(j);
		return;
	}
	is_there = slot & SLOT_MARK ? read_float(j, &v.f) :
	    json_u64(j, &v.u);
	if (is_there) {
		values[i] = v;
		*present |= UINT64_C(1) << i;
	}
}

uint64_t
columns_values(const struct columns *c, struct json *j,
    union metric_value *values)
{
	uint64_t present = 0;
	unsigned n = 0;

	if (!json_array_begin(j))
		return 0;
	for (;;) {
		n = read_integers(j, c, n, values, &present);
		if (!json_array_next(j))
			return present;
		if (n == c->n) {
			json_fail(j, "more values than metrics");
			return 0;
		}
		read_value(j, c->slots[n++], values, &present);
	}
}
