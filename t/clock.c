/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <time.h>

#include "common/clock.h"
#include "common/timestamp.h"
#include "t/tap.h"

int
main(void)
{
	int64_t before_ns = (int64_t)time(NULL) * NS_PER_S;
	int64_t wall_ns = clock_wall_ns(), mono_ns = clock_mono_ns();
	int64_t again_ns = clock_mono_ns();
	struct timespec t;

	ok(wall_ns >= before_ns - NS_PER_S &&
	    wall_ns <= ((int64_t)time(NULL) + 1) * NS_PER_S,
	    "the wall clock is time()");
	is_i64(wall_ns % NS_PER_US, 0, "in whole microseconds");
	ok(again_ns >= mono_ns, "the other one does not go back");
	clock_gettime(CLOCK_MONOTONIC, &t);
	ok((int64_t)t.tv_sec * NS_PER_S + t.tv_nsec >= again_ns,
	    "and is the kernel's monotonic one");
	return done_testing();
}
