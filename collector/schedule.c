/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "collector/schedule.h"

int64_t
schedule_window_ns(int64_t at_ns, int64_t resolution_ns)
{
	return at_ns - at_ns % resolution_ns;
}

int64_t
schedule_slot_ns(size_t i, size_t n, int64_t resolution_ns)
{
	int64_t stride_ns = resolution_ns / 4 * 3 / (int64_t)n;

	if (stride_ns > SCHEDULE_STRIDE_MAX_NS)
		stride_ns = SCHEDULE_STRIDE_MAX_NS;
	return (int64_t)i * stride_ns;
}

static int64_t
place_ns(uint64_t hash, int64_t spread_ns)
{
	return spread_ns / SCHEDULE_PLACES *
	    (int64_t)(hash % SCHEDULE_PLACES);
}

int64_t
schedule_place_ns(uint64_t hash, size_t n, int64_t resolution_ns)
{
	return place_ns(hash, schedule_slot_ns(n, n, resolution_ns));
}

int64_t
schedule_alone_ns(uint64_t hash, int64_t resolution_ns)
{
	return place_ns(hash, resolution_ns / 4 * 3);
}

int64_t
schedule_tick_ns(int64_t slot_ns, size_t n, int64_t resolution_ns)
{
	int64_t tick_ns = schedule_slot_ns(SCHEDULE_TICK_TARGETS, n,
	    resolution_ns);

	if (tick_ns > resolution_ns / 20)
		tick_ns = resolution_ns / 20;
	if (tick_ns < SCHEDULE_TICK_MIN_NS)
		tick_ns = SCHEDULE_TICK_MIN_NS;
	return slot_ns - slot_ns % tick_ns;
}

int64_t
schedule_next_ns(int64_t last_ns, int64_t asked_ns, int64_t now_ns,
    int64_t resolution_ns, int64_t slot_ns, int64_t *out_window_ns)
{
	int64_t window_ns = schedule_window_ns(now_ns, resolution_ns);
	int64_t soon_ns = now_ns, due_ns;

	if (asked_ns == 0)
		soon_ns += slot_ns / SCHEDULE_HURRY;
	if (last_ns == 0) {
		*out_window_ns = window_ns;
		return soon_ns;
	}
	if (last_ns < window_ns - resolution_ns) {
		*out_window_ns = window_ns - resolution_ns;
		return soon_ns;
	}
	if (last_ns >= window_ns)
		window_ns = last_ns + resolution_ns;
	*out_window_ns = window_ns;
	due_ns = window_ns + slot_ns;
	if (asked_ns <= now_ns && due_ns < asked_ns + resolution_ns / 4)
		due_ns = asked_ns + resolution_ns / 4;
	return due_ns > soon_ns ? due_ns : soon_ns;
}
