/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#include "aggregator/rate.h"

struct rate_pair {
	enum metric counter;
	enum metric rate;
	uint64_t factor;
};

#define X(counter, rate, factor) { METRIC_##counter, METRIC_##rate, factor },
static const struct rate_pair pairs[] = { METRIC_RATES(X) };
static const struct rate_pair labelled_pairs[] = { METRIC_LABELLED_RATES(X) };
#undef X

#define N_PAIRS (sizeof pairs / sizeof pairs[0])
#define N_LABELLED_PAIRS (sizeof labelled_pairs / sizeof labelled_pairs[0])

static_assert(N_PAIRS <= 32, "presence is one 32-bit word");

struct rate_sample {
	uint64_t identity;
	int64_t start_ns;
	int64_t scraped_ns;
	uint32_t present;		/* bit i: counters[i] is pairs[i]'s */
	uint32_t first_resource;
	uint32_t n_resources;
	uint64_t counters[N_PAIRS];
};

struct rate_resource {
	uint64_t identity;
	uint32_t present;
	uint64_t counters[N_LABELLED_PAIRS];
};

void
rate_history_fini(struct rate_history *h)
{
	free(h->samples);
	free(h->resources);
	hash_index_fini(&h->index);
	memset(h, 0, sizeof *h);
}

bool
rate_between(enum metric rate, uint64_t factor, uint64_t before,
    uint64_t after, int64_t elapsed_ns, union metric_value *out)
{
	if (elapsed_ns <= 0 || after < before)
		return false;
	if (metrics[rate].type == METRIC_INT) {
		__extension__ unsigned __int128 v = after - before;

		v = v * factor / (uint64_t)elapsed_ns;
		if (v > UINT64_MAX)
			return false;
		out->u = (uint64_t)v;
	} else {
		out->f = (double)factor * (double)(after - before) /
		    (double)elapsed_ns;
	}
	return true;
}

static uint64_t
hash_str(struct str s, uint64_t seed)
{
	return hash_bytes(s.p, s.len, seed);
}

/* What makes a set the same object in the next frame of its node. */
static uint64_t
set_identity(const struct frame *f, size_t set)
{
	const struct metric_set *s = &f->sets[set];
	uint64_t h = hash_seed() + (uint64_t)s->type;

	if (s->type == SET_POD_CONTAINER)
		h = set_identity(f, s->parent) + (uint64_t)s->type;
	if (s->type == SET_POD) {
		h = hash_str(s->namespace_name, h);
		h = hash_str(s->pod_id, h);
	}
	return s->type == SET_NODE ? h : hash_str(s->name, h);
}

static bool
sample_is(const void *ctx, uint32_t value)
{
	const void *const *args = ctx;
	const struct rate_history *h = args[0];
	const uint64_t *identity = args[1];

	return h->samples[value].identity == *identity;
}

static const struct rate_sample *
history_find(const struct rate_history *h, uint64_t identity)
{
	const void *args[] = { h, &identity };
	uint32_t at = hash_index_find(&h->index, identity, sample_is, args);

	return at == HASH_NONE ? NULL : &h->samples[at];
}

static bool
is_same_start(const struct metric_set *s, const struct rate_sample *before)
{
	int64_t moved_ns = s->start_ns - before->start_ns;

	if (s->type != SET_NODE || s->start_ns == 0 || before->start_ns == 0)
		return moved_ns == 0;
	return llabs(moved_ns) <= RATE_NODE_START_SLACK_NS;
}

static void
apply_labelled(const struct rate_history *h, const struct rate_sample *before,
    struct metric_set *s, int64_t elapsed_ns)
{
	const struct rate_resource *old = h->resources + before->first_resource;
	const struct rate_resource *end = old + before->n_resources;

	for (size_t r = 0; r < s->n_resources; r++) {
		struct resource *res = &s->resources[r];
		uint64_t identity = hash_str(res->resource_id, hash_seed());
		const struct rate_resource *o = old;

		while (o < end && o->identity != identity)
			o++;
		if (o == end)
			continue;
		for (size_t i = 0; i < N_LABELLED_PAIRS; i++) {
			const struct rate_pair *p = &labelled_pairs[i];
			unsigned counter = p->counter - METRIC_PLAIN_COUNT;
			union metric_value v;

			if ((o->present >> i & 1) == 0 ||
			    (res->present >> counter & 1) == 0)
				continue;
			if (rate_between(p->rate, p->factor, o->counters[i],
			    res->values[counter].u, elapsed_ns, &v))
				resource_float(res, p->rate, v.f);
		}
	}
}

void
rate_apply(const struct rate_history *h, struct frame *f)
{
	for (size_t set = 0; set < f->n_sets; set++) {
		struct metric_set *s = &f->sets[set];
		const struct rate_sample *before;
		int64_t elapsed_ns;

		before = history_find(h, set_identity(f, set));
		if (before == NULL || s->scraped_ns == 0 ||
		    before->scraped_ns == 0 || !is_same_start(s, before))
			continue;
		elapsed_ns = s->scraped_ns - before->scraped_ns;
		if (elapsed_ns <= 0)
			continue;
		for (size_t i = 0; i < N_PAIRS; i++) {
			const struct rate_pair *p = &pairs[i];

			if ((before->present >> i & 1) != 0 &&
			    set_has(s, p->counter) &&
			    rate_between(p->rate, p->factor,
			    before->counters[i], s->values[p->counter].u,
			    elapsed_ns, &s->values[p->rate]))
				s->present |= UINT64_C(1) << p->rate;
		}
		if (before->n_resources > 0)
			apply_labelled(h, before, s, elapsed_ns);
	}
}

static void
remember_resources(struct rate_history *h, struct rate_sample *sample,
    const struct metric_set *s)
{
	sample->first_resource = (uint32_t)h->n_resources;
	for (size_t r = 0; r < s->n_resources; r++) {
		const struct resource *res = &s->resources[r];
		struct rate_resource o = { 0 };

		for (size_t i = 0; i < N_LABELLED_PAIRS; i++) {
			unsigned counter =
			    labelled_pairs[i].counter - METRIC_PLAIN_COUNT;

			if ((res->present >> counter & 1) == 0)
				continue;
			o.present |= 1u << i;
			o.counters[i] = res->values[counter].u;
		}
		if (o.present == 0)
			continue;
		o.identity = hash_str(res->resource_id, hash_seed());
		if (h->n_resources == h->cap_resources) {
			h->cap_resources = h->cap_resources * 2 + 8;
			h->resources = xrealloc(h->resources, h->cap_resources,
			    sizeof *h->resources);
		}
		h->resources[h->n_resources++] = o;
		sample->n_resources++;
	}
}

void
rate_remember(struct rate_history *h, const struct frame *f)
{
	h->window_ns = f->window_ns;
	h->n_samples = 0;
	h->n_resources = 0;
	hash_index_clear(&h->index);
	if (f->n_sets > h->cap_samples) {
		h->cap_samples = f->n_sets + f->n_sets / 4;
		h->samples = xrealloc(h->samples, h->cap_samples,
		    sizeof *h->samples);
	}
	for (size_t set = 0; set < f->n_sets; set++) {
		const struct metric_set *s = &f->sets[set];
		struct rate_sample *sample = &h->samples[h->n_samples];

		*sample = (struct rate_sample){
			.identity = set_identity(f, set),
			.start_ns = s->start_ns,
			.scraped_ns = s->scraped_ns,
		};
		for (size_t i = 0; i < N_PAIRS; i++) {
			if (!set_has(s, pairs[i].counter))
				continue;
			sample->present |= 1u << i;
			sample->counters[i] = s->values[pairs[i].counter].u;
		}
		remember_resources(h, sample, s);
		hash_index_add(&h->index, sample->identity,
		    (uint32_t)h->n_samples++);
	}
}
