/* SPDX-License-Identifier: ISC */
/*
 * When to ask whom.
 *
 * Windows are aligned to the resolution since the epoch.  Within a window
 * target i of n has its slot, i times a stride: 40 ms, or less so that all fit
 * into three quarters of the window.  A target is asked once per window, in
 * its slot.  One that missed its slot (the process was dead, or busy) is asked
 * at once; one that missed the whole window before is asked for that one
 * first, late: so a short death loses no window.  Longer gaps stay gaps.
 * Between two questions to one target there is at least a quarter of a window:
 * a rate over less would be noise.
 *
 * A new process has many whom it would ask at once: they get their slots in a
 * quarter of the time, and not all a connection and a body at the same moment.
 * They are all asked for the window in which it began, though some of them a
 * little later.
 *
 * Pure: the time is an argument.
 */
#ifndef COLLECTOR_SCHEDULE_H
#define COLLECTOR_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

#define SCHEDULE_STRIDE_MAX_NS (40 * INT64_C(1000000))
#define SCHEDULE_HURRY 4
#define SCHEDULE_TICK_TARGETS 32	/* 4 MB of Summaries at once */
#define SCHEDULE_PLACES 4096
#define SCHEDULE_TICK_MIN_NS (100 * INT64_C(1000000))

/* The window that a time is in. */
int64_t schedule_window_ns(int64_t at_ns, int64_t resolution_ns);

/* How long after the beginning of the window target i of n is asked. */
int64_t schedule_slot_ns(size_t i, size_t n, int64_t resolution_ns);

/*
 * A place by the hash of a name in the time that n targets need: one target
 * more moves no other but a little.
 */
int64_t schedule_place_ns(uint64_t hash, size_t n, int64_t resolution_ns);

/*
 * The same for who asks nobody else, one of many that do not know each other:
 * somewhere in three quarters of the window.
 */
int64_t schedule_alone_ns(uint64_t hash, int64_t resolution_ns);

/*
 * The tick that a slot is in.  Who wakes up once for many asks cheaper: those
 * of one tick are asked together, and what they answer goes on together.  It
 * is as long as SCHEDULE_TICK_TARGETS of n targets need, but for 100 ms at
 * least and a twentieth of a window at most.
 */
int64_t schedule_tick_ns(int64_t slot_ns, size_t n, int64_t resolution_ns);

/*
 * When to ask (now or later), and for which window, a target whose newest
 * window is last_ns (0: none yet) and that was asked at asked_ns (0: not by
 * this process).
 */
int64_t schedule_next_ns(int64_t last_ns, int64_t asked_ns, int64_t now_ns,
    int64_t resolution_ns, int64_t slot_ns, int64_t *out_window_ns);

#endif
