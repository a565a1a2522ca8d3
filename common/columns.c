/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <endian.h>
#include <string.h>

#include "common/columns.h"

#define SLOT_MARK 0x80u
#define SLOT_SKIP 0xffu
#define WORD_BYTES sizeof(uint64_t)

static_assert(METRIC_PLAIN_COUNT < (SLOT_SKIP & ~SLOT_MARK) &&
    METRIC_LABELLED_COUNT < (SLOT_SKIP & ~SLOT_MARK), "a slot is 7 bits");
static_assert(JSON_PAD > 3 * WORD_BYTES, "integers are read by words");

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

static inline uint64_t
load_word(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof word);
	return le64toh(word);
}

/* How many of the 8 bytes are digits, from the lowest on. */
static inline unsigned
count_digits(uint64_t word)
{
	const uint64_t ones = 0x0101010101010101;
	uint64_t x = word ^ ones * '0';
	uint64_t others = (x | (x + ones * (0x80 - 10))) & ones * 0x80;

	return others == 0 ? WORD_BYTES :
	    (unsigned)__builtin_ctzll(others) / 8;
}

/* The number that the lowest n > 0 bytes write. */
static inline uint64_t
digits_value(uint64_t word, unsigned n)
{
	word <<= 8 * (WORD_BYTES - n);
	word = (word & 0x0f0f0f0f0f0f0f0f) * (10 * 0x100 + 1) >> 8;
	word = (word & 0x00ff00ff00ff00ff) * (100 * 0x10000 + 1) >> 16;
	return (word & 0x0000ffff0000ffff) *
	    (10000 * UINT64_C(0x100000000) + 1) >> 32;
}

/*
 * Reads up to 19 digits, which cannot overflow.  NULL: not so, or a leading
 * zero.  Looks at no more than 3 words.
 */
static inline const char *
read_digits(const char *p, uint64_t *out)
{
	static const uint64_t pow10[] = { 1, 10, 100, 1000, 10000, 100000,
	    1000000, 10000000, 100000000 };
	uint64_t word = load_word(p);
	unsigned n = count_digits(word);
	unsigned total = n;

	if (n == 0 || (n > 1 && *p == '0'))
		return NULL;
	*out = digits_value(word, n);
	while (n == WORD_BYTES) {
		word = load_word(p + total);
		n = count_digits(word);
		total += n;
		if (total > 19)
			return NULL;
		if (n > 0)
			*out = *out * pow10[n] + digits_value(word, n);
	}
	return p + total;
}

/*
 * The run of plain integers and nulls that follows in an array, from column n
 * on, without a call per element.  Ends before anything else, without judging
 * it.
 */
static unsigned
read_integers(struct json *j, const struct columns *c, unsigned n,
    union metric_value *values, uint64_t *present)
{
	bool is_first = j->is_first[j->depth];
	uint64_t seen = 0;

	for (; n < c->n && c->slots[n] < SLOT_MARK; n++) {
		const char *p = j->p;
		uint64_t value = 0;
		bool is_null;

		if (!is_first && *p++ != ',')
			break;
		is_null = memcmp(p, "null", 4) == 0;
		p = is_null ? p + 4 : read_digits(p, &value);
		if (p == NULL || p >= j->end || (*p != ',' && *p != ']'))
			break;
		values[c->slots[n]].u = value;
		seen |= (uint64_t)!is_null << c->slots[n];
		is_first = false;
		j->p = p;
	}
	j->is_first[j->depth] = is_first;
	*present |= seen;
	return n;
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
	is_there = slot & SLOT_MARK ? json_double(j, &v.f) : json_u64(j, &v.u);
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
