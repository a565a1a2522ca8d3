/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/backoff.h"

void
backoff_init(struct backoff *b, int64_t min_ms, int64_t max_ms)
{
	*b = (struct backoff){ min_ms, max_ms, min_ms };
}

int64_t
backoff_step_ms(struct backoff *b, uint32_t random)
{
	int64_t half_ms = b->next_ms / 2;
	int64_t wait_ms = b->next_ms - half_ms + random % (half_ms + 1);

	b->next_ms = b->next_ms > b->max_ms / 2 ? b->max_ms : b->next_ms * 2;
	return wait_ms;
}

void
backoff_reset(struct backoff *b)
{
	b->next_ms = b->min_ms;
}
