/* SPDX-License-Identifier: ISC */
/*
 * When a target is asked, in milliseconds of a day at a resolution of 1000 ms
 * with a slot of 200 ms.
 */
#include "config.h"

#include <stdio.h>

#include "common/hash.h"
#include "common/timestamp.h"

#include "collector/schedule.h"

#include "t/tap.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define MS (NS_PER_S / 1000)
#define RESOLUTION_MS 1000
#define SLOT_MS 200

static void
test_windows(void)
{
	static const struct {
		int64_t at_ms, resolution_ms, want_ms;
	} vectors[] = {
		{ 60000, 60000, 60000 },
		{ 60001, 60000, 60000 },
		{ 119999, 60000, 60000 },
		{ 7001, 5000, 5000 },
		{ 999, 1000, 0 },
	};

	for (size_t i = 0; i < COUNT(vectors); i++)
		is_i64(schedule_window_ns(vectors[i].at_ms * MS,
		    vectors[i].resolution_ms * MS), vectors[i].want_ms * MS,
		    "%" PRIi64 " ms is in window %" PRIi64, vectors[i].at_ms,
		    vectors[i].want_ms);
}

static void
test_slots(void)
{
	static const struct {
		size_t i, n;
		int64_t resolution_ms, want_us;
		const char *what;
	} vectors[] = {
		{ 0, 1, 60000, 0, "one target is asked at once" },
		{ 1, 2, 60000, 40000, "few targets are 40 ms apart" },
		{ 1124, 1125, 60000, 44960000, "as many as fit so" },
		{ 1, 5000, 60000, 9000, "more share three quarters" },
		{ 4999, 5000, 60000, 44991000, "and all are in there" },
		{ 4999, 5000, 5000, 3749250, "of 5 s, too" },
		{ 2, 3, 30, 15000, "or of 30 ms" },
	};

	for (size_t i = 0; i < COUNT(vectors); i++)
		is_i64(schedule_slot_ns(vectors[i].i, vectors[i].n,
		    vectors[i].resolution_ms * MS), vectors[i].want_us * 1000,
		    "%s", vectors[i].what);
}

static void
test_places(void)
{
	uint64_t last = SCHEDULE_PLACES - 1;
	unsigned quarters[4] = { 0 };
	char name[16];

	is_i64(schedule_place_ns(0, 1, 60000 * MS), 0, "the first place is 0");
	ok(schedule_place_ns(last, 1, 60000 * MS) < 40 * MS,
	    "one node has its own time alone");
	ok(schedule_place_ns(last, 100, 60000 * MS) < 4000 * MS &&
	    schedule_place_ns(last, 100, 60000 * MS) > 3990 * MS,
	    "a hundred are within theirs");
	ok(schedule_place_ns(last, 5000, 60000 * MS) < 45000 * MS &&
	    schedule_place_ns(last, 5000, 60000 * MS) > 44900 * MS,
	    "and many in three quarters of the window");
	is_i64(schedule_place_ns(3 * SCHEDULE_PLACES + 7, 100, 60000 * MS),
	    schedule_place_ns(7, 100, 60000 * MS), "any hash has a place");
	is_i64(schedule_alone_ns(0, 60000 * MS), 0, "alone: from 0");
	ok(schedule_alone_ns(last, 60000 * MS) < 45000 * MS &&
	    schedule_alone_ns(last, 60000 * MS) > 44900 * MS,
	    "to three quarters of the window");
	for (int i = 0; i < 5000; i++) {
		int64_t at_ns;

		snprintf(name, sizeof name, "node-%d", i);
		at_ns = schedule_alone_ns(hash_stable(str_of(name)),
		    60000 * MS);
		quarters[at_ns / (15000 * MS)]++;
	}
	for (int i = 0; i < 3; i++)
		ok(quarters[i] > 1500, "and as many in quarter %d", i);
	is_u64(quarters[3], 0, "but none in the last");
}

static void
test_ticks(void)
{
	is_i64(schedule_tick_ns(199 * MS, 5000, 5000 * MS), 100 * MS,
	    "a tick has 100 ms");
	is_i64(schedule_tick_ns(1799 * MS, 500, 15000 * MS), 1440 * MS,
	    "or as many as 32 targets need");
	is_i64(schedule_tick_ns(1799 * MS, 10, 15000 * MS), 1500 * MS,
	    "but no more than a twentieth of a window");
	is_i64(schedule_tick_ns(99 * MS, 10, 60000 * MS), 0, "the first is 0");
}

static void
test_next(void)
{
	static const struct {
		int64_t last_ms, asked_ms, now_ms;
		int64_t want_ms, want_window_ms;
		const char *what;
	} vectors[] = {
		{ 0, 0, 9050, 9100, 9000, "a new target is asked soon" },
		{ 0, 0, 9960, 10010, 9000, "in the window that it is now" },
		{ 8000, 8200, 8300, 9200, 9000, "then in the next window" },
		{ 8000, 8200, 9100, 9200, 9000, "in its slot" },
		{ 8000, 8200, 9200, 9200, 9000, "which is now" },
		{ 8000, 8200, 9700, 9700, 9000, "or which it missed" },
		{ 7000, 0, 9100, 9150, 8000,
		    "a window that was missed is asked for, late" },
		{ 7000, 0, 9960, 10010, 8000,
		    "by a new process for the window that it found" },
		{ 8000, 0, 9960, 10010, 9000, "or in which it began" },
		{ 7000, 7200, 9100, 9100, 8000, "and at once by who was busy" },
		{ 8000, 9100, 9101, 9350, 9000,
		    "a quarter of a window after that, the window itself" },
		{ 8000, 9700, 9701, 9950, 9000, "and while it lasts" },
		{ 8000, 9900, 9901, 10150, 9000, "or a little longer" },
		{ 4000, 4200, 9100, 9100, 8000, "a longer gap stays one" },
		{ 9000, 9200, 8100, 10200, 10000,
		    "a clock set back repeats no window" },
		{ 9000, 99999, 9300, 10200, 10000,
		    "a question of the future delays nothing" },
	};

	for (size_t i = 0; i < COUNT(vectors); i++) {
		int64_t window_ns = -1;
		int64_t at_ns = schedule_next_ns(vectors[i].last_ms * MS,
		    vectors[i].asked_ms * MS, vectors[i].now_ms * MS,
		    RESOLUTION_MS * MS, SLOT_MS * MS, &window_ns);

		is_i64(at_ns, vectors[i].want_ms * MS, "%s", vectors[i].what);
		is_i64(window_ns, vectors[i].want_window_ms * MS,
		    "%s: the window", vectors[i].what);
	}
}

int
main(void)
{
	test_windows();
	test_slots();
	test_places();
	test_ticks();
	test_next();
	return done_testing();
}
