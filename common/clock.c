/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <time.h>

#include "common/clock.h"
#include "common/timestamp.h"

static int64_t
read_clock(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

int64_t
clock_wall_ns(void)
{
	int64_t now_ns = read_clock(CLOCK_REALTIME);

	return now_ns - now_ns % NS_PER_US;
}

int64_t
clock_mono_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}
