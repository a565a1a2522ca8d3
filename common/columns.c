/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <endian.h>
#include <string.h>
#ifdef __SSE2__
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

#ifdef __SSE2__

static inline uint64_t
separators16(const char *p)
{
	__m128i v = _mm_loadu_si128((const void *)p);
	__m128i found = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8(',')),
	    _mm_cmpeq_epi8(v, _mm_set1_epi8(']')));

	return (uint64_t)_mm_movemask_epi8(found);
}

#else

static inline uint64_t
separators16(const char *p)
{
	uint64_t found = 0;

	for (unsigned i = 0; i < 16; i++)
		found |= (uint64_t)(p[i] == ',' || p[i] == ']') << i;
	return found;
}

#endif

/* Which of the 64 bytes at p are ',' or ']', a bit for each. */
static inline uint64_t
separators(const char *p)
{
	return separators16(p) | separators16(p + 16) << 16 |
	    separators16(p + 32) << 32 | separators16(p + 48) << 48;
}

static inline uint64_t
load_word(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof word);
	return le64toh(word);
}

/* The value of 8 bytes from 0 to 9, the first digit lowest. */
static inline uint64_t
value_of_8(uint64_t x)
{
	x = x * (10 << 8 | 1) >> 8;
	x = (x & 0x00ff00ff00ff00ff) * (100 << 16 | 1) >> 16;
	return (x & 0x0000ffff0000ffff) * (UINT64_C(10000) << 32 | 1) >> 32;
}

/*
 * The value of the len digits before end; false if they are no plain integer
 * or more than 16.  Reads 16 bytes before end in any case: they are there,
 * since the names of the columns stand in front of the values.
 */
static inline bool
read_digits(const char *end, size_t len, uint64_t *out)
{
	/* keep[8 + n] has n bytes set, the highest. */
	static const uint64_t keep[] = {
		0, 0, 0, 0, 0, 0, 0, 0, 0,
		0xff00000000000000, 0xffff000000000000, 0xffffff0000000000,
		0xffffffff00000000, 0xffffffffff000000, 0xffffffffffff0000,
		0xffffffffffffff00, 0xffffffffffffffff, 0xffffffffffffffff,
		0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff,
		0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff,
		0xffffffffffffffff,
	};
	const uint64_t ones = 0x0101010101010101;
	const uint64_t to_sign = ones * (0x80 - 10);
	uint64_t high, low;

	if (len - 1 >= 16 || (len > 1 && end[-(ptrdiff_t)len] == '0'))
		return false;
	high = (load_word(end - 16) ^ ones * '0') & keep[len];
	low = (load_word(end - 8) ^ ones * '0') & keep[len + 8];
	if (((high | low | (high + to_sign) | (low + to_sign)) &
	    ones * 0x80) != 0)
		return false;
	*out = value_of_8(high) * 100000000 + value_of_8(low);
	return true;
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
