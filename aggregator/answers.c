/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#include "aggregator/answers.h"
#include "aggregator/nodes.h"

void
answers_fini(struct answers *a)
{
	free(a->items);
	free(a->is_heard);
	*a = (struct answers){ 0 };
}

static struct answer *
answer_of(struct answers *a, uint32_t node)
{
	if (node >= a->n) {
		size_t n = (size_t)node + node / 2 + 16;

		a->items = xrealloc(a->items, n, sizeof *a->items);
		memset(a->items + a->n, 0, (n - a->n) * sizeof *a->items);
		a->n = n;
	}
	return &a->items[node];
}

/* Somebody is still going to say something of it. */
static bool
is_waiting(const struct answer *one)
{
	return !one->is_answered && one->n_failed < one->n_rosters;
}

bool
answers_hear(struct answers *a, uint32_t collector)
{
	bool is_repeated;

	if (collector >= a->n_heard) {
		size_t n = (size_t)collector + collector / 2 + 16;

		a->is_heard = xrealloc(a->is_heard, n, sizeof *a->is_heard);
		memset(a->is_heard + a->n_heard, 0,
		    (n - a->n_heard) * sizeof *a->is_heard);
		a->n_heard = n;
	}
	is_repeated = a->is_heard[collector];
	a->is_heard[collector] = true;
	return is_repeated;
}

void
answers_name(struct answers *a, uint32_t node, bool is_repeated)
{
	struct answer *one = answer_of(a, node);

	if (is_repeated && one->n_rosters > 0)
		return;
	a->n_waiting -= is_waiting(one);
	one->n_rosters++;
	a->n_waiting += is_waiting(one);
}

void
answers_take(struct answers *a, uint32_t node)
{
	struct answer *one = answer_of(a, node);

	a->n_waiting -= is_waiting(one);
	one->is_answered = true;
	a->n_answered++;
}

void
answers_fail(struct answers *a, uint32_t node, uint32_t collector)
{
	struct answer *one = answer_of(a, node);

	if (collector != NAME_NONE && one->failed_by == collector + 1)
		return;
	a->n_waiting -= is_waiting(one);
	one->n_failed++;
	one->failed_by = collector + 1;
	a->n_waiting += is_waiting(one);
}
