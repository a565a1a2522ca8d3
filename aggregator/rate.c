/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#include "aggregator/rate.h"

/* The times of a sample: the set's own, then those of its parts. */
enum { TIME_OWN, TIME_PARTS, TIME_COUNT = TIME_PARTS + SET_PART_COUNT };

#define MEMORY (TIME_PARTS + SET_MEMORY)
#define NETWORK (TIME_PARTS + SET_NETWORK)
#define IO (TIME_PARTS + SET_IO)

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

/* Which time a counter goes by; that of the labelled ones is IO's. */
static const unsigned char time_of[METRIC_PLAIN_COUNT] = {
	[METRIC_CPU_USAGE] = TIME_OWN,
	[METRIC_CPU_PRESSURE_SOME] = TIME_OWN,
	[METRIC_CPU_PRESSURE_FULL] = TIME_OWN,
	[METRIC_MEMORY_PAGE_FAULTS] = MEMORY,
	[METRIC_MEMORY_MAJOR_PAGE_FAULTS] = MEMORY,
	[METRIC_MEMORY_PRESSURE_SOME] = MEMORY,
	[METRIC_MEMORY_PRESSURE_FULL] = MEMORY,
	[METRIC_NETWORK_RX] = NETWORK,
	[METRIC_NETWORK_RX_ERRORS] = NETWORK,
	[METRIC_NETWORK_TX] = NETWORK,
	[METRIC_NETWORK_TX_ERRORS] = NETWORK,
	[METRIC_IO_PRESSURE_SOME] = IO,
	[METRIC_IO_PRESSURE_FULL] = IO,
};

struct rate_sample {
	uint64_t identity;
	uint64_t uid;			/* a hash; 0: not known */
	int64_t start_ns;
	int64_t times_ns[TIME_COUNT];	/* 0: no sample */
	int64_t rated_ns;		/* window of cpu_milli; 0: none */
	uint64_t cpu_milli;		/* the last rate of CPU */
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

/* Where in a frame we are: a pod comes before its containers. */
struct place {
	uint64_t pod_identity;
	uint64_t pod_uid;
};

/*
 * What makes a set the same object in the next frame of its node: names.  Uids
 * become known late, and that of a static pod is another one then.
 */
static uint64_t
set_identity(struct place *p, const struct metric_set *s, uint64_t *uid)
{
	uint64_t h = hash_seed() + (uint64_t)s->type;

	*uid = 0;
	if (s->type == SET_NODE)
		return h;
	if (s->type == SET_POD) {
		p->pod_uid = s->pod_id.len == 0 ? 0 :
		    hash_str(s->pod_id, hash_seed()) | 1;
		p->pod_identity = h = hash_str(s->name,
		    hash_str(s->namespace_name, h));
		*uid = p->pod_uid;
		return h;
	}
	if (s->type == SET_POD_CONTAINER) {
		h = p->pod_identity + (uint64_t)s->type;
		*uid = p->pod_uid;
	}
	return hash_str(s->name, h);
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

/* Of another uid is only what started together, in one pod of that name. */
static bool
is_same_object(const struct metric_set *s, uint64_t uid,
    const struct rate_sample *before)
{
	int64_t moved_ns = s->start_ns - before->start_ns;

	if (s->type == SET_NODE && s->start_ns != 0 && before->start_ns != 0)
		return llabs(moved_ns) <= RATE_NODE_START_SLACK_NS;
	if (uid != 0 && before->uid != 0 && uid != before->uid &&
	    s->start_ns == 0)
		return false;
	return moved_ns == 0;
}

static void
sample_times(const struct metric_set *s, int64_t *times_ns)
{
	times_ns[TIME_OWN] = s->scraped_ns;
	for (int i = 0; i < SET_PART_COUNT; i++)
		times_ns[TIME_PARTS + i] = s->parts_ns[i] != 0 ?
		    s->parts_ns[i] : s->scraped_ns;
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

/* The last rate of CPU, until there is a newer sample. */
static void
hold_rate(struct metric_set *s, const struct rate_sample *before)
{
	if (before->rated_ns == 0 || !set_has(s, METRIC_CPU_USAGE))
		return;
	s->values[METRIC_CPU_USAGE_RATE].u = before->cpu_milli;
	s->held_ns = before->rated_ns;
}

static void
apply(const struct rate_history *h, const struct rate_sample *before,
    struct metric_set *s)
{
	int64_t elapsed_ns[TIME_COUNT];

	sample_times(s, elapsed_ns);
	for (int i = 0; i < TIME_COUNT; i++)
		elapsed_ns[i] = elapsed_ns[i] == 0 ||
		    before->times_ns[i] == 0 ? -1 :
		    elapsed_ns[i] - before->times_ns[i];
	for (size_t i = 0; i < N_PAIRS; i++) {
		const struct rate_pair *p = &pairs[i];

		if ((before->present >> i & 1) != 0 &&
		    set_has(s, p->counter) &&
		    rate_between(p->rate, p->factor, before->counters[i],
		    s->values[p->counter].u, elapsed_ns[time_of[p->counter]],
		    &s->values[p->rate]))
			s->present |= UINT64_C(1) << p->rate;
	}
	if (before->n_resources > 0)
		apply_labelled(h, before, s, elapsed_ns[IO]);
	if (elapsed_ns[TIME_OWN] == 0)
		hold_rate(s, before);
}

void
rate_apply(const struct rate_history *h, struct frame *f)
{
	struct place place = { 0 };

	for (size_t set = 0; set < f->n_sets; set++) {
		struct metric_set *s = &f->sets[set];
		uint64_t uid, identity = set_identity(&place, s, &uid);
		const struct rate_sample *before = history_find(h, identity);

		if (before != NULL && is_same_object(s, uid, before))
			apply(h, before, s);
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
	struct place place = { 0 };

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

		*sample = (struct rate_sample){ .start_ns = s->start_ns };
		sample->identity = set_identity(&place, s, &sample->uid);
		sample_times(s, sample->times_ns);
		sample->rated_ns = set_has(s, METRIC_CPU_USAGE_RATE) ?
		    f->window_ns : s->held_ns;
		sample->cpu_milli = s->values[METRIC_CPU_USAGE_RATE].u;
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
