/* SPDX-License-Identifier: ISC */
/*
 * Exponential back-off with jitter: half fixed, half random, doubling to a
 * ceiling.  The random number is an argument, so that tests are exact.
 */
#ifndef COMMON_BACKOFF_H
#define COMMON_BACKOFF_H

#include <stdint.h>

struct backoff {
	int64_t min_ms;
	int64_t max_ms;
	int64_t next_ms;
};

void backoff_init(struct backoff *b, int64_t min_ms, int64_t max_ms);
int64_t backoff_step_ms(struct backoff *b, uint32_t random);
void backoff_reset(struct backoff *b);

#endif
