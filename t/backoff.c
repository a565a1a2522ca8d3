/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/backoff.h"
#include "t/tap.h"

static void
test_steps(void)
{
	static const int64_t least[] = { 50, 100, 200, 400, 500, 500 };
	static const int64_t most[] = { 100, 200, 400, 800, 1000, 1000 };
	struct backoff low, high;

	backoff_init(&low, 100, 1000);
	backoff_init(&high, 100, 1000);
	for (size_t i = 0; i < sizeof least / sizeof least[0]; i++) {
		/* A multiple of half + 1 adds nothing, one less all. */
		uint32_t n = (uint32_t)(most[i] / 2 + 1);

		is_i64(backoff_step_ms(&low, n * 3), least[i],
		    "step %zu is at least half", i + 1);
		is_i64(backoff_step_ms(&high, n * 3 - 1), most[i],
		    "and at most the whole");
	}
	backoff_reset(&low);
	is_i64(backoff_step_ms(&low, 0), 50, "a reset starts again");
}

static void
test_edges(void)
{
	struct backoff b;
	int64_t wait_ms = 0;

	backoff_init(&b, 1, 1);
	is_i64(backoff_step_ms(&b, UINT32_MAX), 1, "1 ms is 1 ms");
	is_i64(backoff_step_ms(&b, 0), 1, "always");
	backoff_init(&b, 3, 7);
	is_i64(backoff_step_ms(&b, 0), 2, "the fixed half is rounded up");
	for (int i = 0; i < 100; i++)
		wait_ms = backoff_step_ms(&b, 3);
	is_i64(wait_ms, 7, "the ceiling holds");
	backoff_init(&b, 1, INT64_MAX);
	for (int i = 0; i < 100; i++)
		wait_ms = backoff_step_ms(&b, UINT32_MAX);
	ok(wait_ms > INT64_MAX / 2, "and doubling does not wrap");
}

int
main(void)
{
	test_steps();
	test_edges();
	return done_testing();
}
