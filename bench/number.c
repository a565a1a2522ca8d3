/* SPDX-License-Identifier: ISC */
/*
 * What numbers and times cost in and out of text: "NAME VALUE UNIT" per line,
 * the best of some rounds.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/hash.h"
#include "common/number.h"
#include "common/timestamp.h"

#define N_VALUES 1024		/* stays in the first-level cache */
#define N_PASSES 100
#define ROUNDS 7		/* the best one counts */
#define KEY_BYTES 24
#define SINCE_NS (INT64_C(1790000000) * NS_PER_S)

struct text {
	char p[TIMESTAMP_MAX_BYTES];
	size_t len;
};

static struct {
	uint64_t integers[N_VALUES];
	double doubles[N_VALUES];
	int64_t times_ns[N_VALUES];
	struct text integer_texts[N_VALUES];
	struct text double_texts[N_VALUES];
	struct text time_texts[N_VALUES];
} values;

static uint64_t sink;		/* keeps what is measured from going away */

static int64_t
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

static struct str
str_of_text(const struct text *t)
{
	return (struct str){ t->p, t->len };
}

/* Integers of 10 digits, ratios of 15, times in whole milliseconds. */
static void
make_values(void)
{
	uint64_t x = UINT64_C(0x9e3779b97f4a7c15);

	for (size_t i = 0; i < N_VALUES; i++) {
		struct text *t = &values.integer_texts[i];

		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		values.integers[i] = 1000000000 + x % UINT64_C(9000000000);
		values.doubles[i] = (double)(x >> 11) * 0x1p-53 * 1000;
		values.times_ns[i] = SINCE_NS +
		    (int64_t)(x % 100000000) * NS_PER_MS;
		t->len = print_u64(t->p, values.integers[i]);
		t = &values.double_texts[i];
		t->len = print_double(t->p, values.doubles[i]);
		t = &values.time_texts[i];
		t->len = timestamp_print(t->p, values.times_ns[i]);
	}
}

static void
run_print_u64(size_t i)
{
	char p[NUMBER_MAX_BYTES];

	sink += print_u64(p, values.integers[i]) + (unsigned char)p[1];
}

static void
run_parse_u64(size_t i)
{
	uint64_t v = 0;

	parse_u64(str_of_text(&values.integer_texts[i]), &v);
	sink += v;
}

static void
run_print_double(size_t i)
{
	char p[NUMBER_MAX_BYTES];

	sink += print_double(p, values.doubles[i]) + (unsigned char)p[1];
}

static void
run_print_whole_double(size_t i)
{
	char p[NUMBER_MAX_BYTES];

	sink += print_double(p, (double)values.integers[i]) +
	    (unsigned char)p[1];
}

static void
run_parse_double(size_t i)
{
	double v = 0;

	parse_double(str_of_text(&values.double_texts[i]), &v);
	sink += (uint64_t)v;
}

static void
run_print_timestamp(size_t i)
{
	char p[TIMESTAMP_MAX_BYTES];

	sink += timestamp_print(p, values.times_ns[i]) + (unsigned char)p[1];
}

static void
run_parse_timestamp(size_t i)
{
	int64_t at_ns = 0;

	timestamp_parse(str_of_text(&values.time_texts[i]), &at_ns);
	sink += (uint64_t)at_ns;
}

static void
run_hash(size_t i)
{
	sink += hash_bytes(values.double_texts[i].p, KEY_BYTES, i);
}

static const struct {
	const char *name;
	void (*run)(size_t i);
} benches[] = {
	{ "print_u64", run_print_u64 },
	{ "parse_u64", run_parse_u64 },
	{ "print_double", run_print_double },
	{ "print_double_whole", run_print_whole_double },
	{ "parse_double", run_parse_double },
	{ "timestamp_print", run_print_timestamp },
	{ "timestamp_parse", run_parse_timestamp },
	{ "hash_bytes_24", run_hash },
};

int
main(void)
{
	make_values();
	for (size_t b = 0; b < sizeof benches / sizeof benches[0]; b++) {
		int64_t best_ns = INT64_MAX;

		for (int round = 0; round < ROUNDS; round++) {
			int64_t begin_ns = cpu_ns(), took_ns;

			for (size_t i = 0; i < N_PASSES * N_VALUES; i++)
				benches[b].run(i % N_VALUES);
			took_ns = cpu_ns() - begin_ns;
			best_ns = took_ns < best_ns ? took_ns : best_ns;
		}
		printf("%s %.1f ns\n", benches[b].name,
		    (double)best_ns / (N_PASSES * N_VALUES));
	}
	return sink == 0;
}
