/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "t/frames.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static uint64_t
next_random(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static uint64_t
below(uint64_t *state, uint64_t n)
{
	return next_random(state) % n;
}

static struct str
random_name(uint64_t *state)
{
	static const struct str names[] = {
		STR_INIT(""), STR_INIT("a"), STR_INIT("web-7d4b9c"),
		STR_INIT("1234567"), STR_INIT("12345678"),
		STR_INIT("123456789"), STR_INIT("quo\"te"),
		STR_INIT("back\\slash"), STR_INIT("tab\tline\nnul-free\x01"),
		STR_INIT("\xd0\xbf\xd0\xbe\xd0\xb4"), STR_INIT("\xe2\x82\xac"),
		STR_INIT("\xf0\x9f\x90\xa2 turtle"), STR_INIT("\x7f/<&>"),
		STR_INIT("registry.example.org/team/project/image:v1.2.3"),
		STR_INIT("twelve bytes\""), STR_INIT("fifteen bytes\\ "),
	};

	return names[below(state, COUNT(names))];
}

static struct str
maybe_name(uint64_t *state)
{
	return below(state, 3) == 0 ? (struct str){ 0 } : random_name(state);
}

static uint64_t
random_u64(uint64_t *state)
{
	static const uint64_t edges[] = {
		0, 1, 9, 10, 99999999, 100000000, 9999999999999999,
		10000000000000000, 9223372036854775808u,
		9999999999999999999u, 10000000000000000000u, UINT64_MAX,
	};

	if (below(state, 4) == 0)
		return edges[below(state, COUNT(edges))];
	return next_random(state) >> below(state, 64);
}

/* Survives 15 digits. */
static double
random_float(uint64_t *state)
{
	static const double edges[] = { 0, 0.5, 1e21, 1.5e-9, 123456.789, -3 };

	if (below(state, 4) == 0)
		return edges[below(state, COUNT(edges))];
	return (double)(next_random(state) >> 44) / 1024;
}

static union metric_value
random_value(uint64_t *state, unsigned m)
{
	union metric_value v;

	if (metrics[m].type == METRIC_FLOAT)
		v.f = random_float(state);
	else
		v.u = random_u64(state);
	return v;
}

static int64_t
random_time(uint64_t *state)
{
	static const int64_t edges[] = { 0, -1, 1, 999999999999999,
	    1000000000000000, 9223372036854775, -9223372036854775 };

	if (below(state, 3) == 0)
		return edges[below(state, COUNT(edges))] * 1000;
	return (int64_t)below(state, 4000000000000000) * 1000;
}

static void
fill_resources(struct frame *f, struct arena *a, uint64_t *state, size_t set)
{
	for (uint64_t n = below(state, 4) * below(state, 2); n > 0; n--) {
		struct resource *r = frame_add_resource(f, a, set);

		r->resource_id = maybe_name(state);
		r->make = maybe_name(state);
		r->model = maybe_name(state);
		r->accelerator_id = maybe_name(state);
		r->claim = maybe_name(state);
		r->present = (uint32_t)next_random(state) &
		    ((1u << METRIC_LABELLED_COUNT) - 1);
		for (unsigned i = 0; i < METRIC_LABELLED_COUNT; i++)
			r->values[i] =
			    random_value(state, METRIC_PLAIN_COUNT + i);
	}
}

static size_t
add_random_set(struct frame *f, struct arena *a, uint64_t *state,
    enum set_type type, size_t parent)
{
	static const uint64_t all = UINT64_MAX >> (64 - METRIC_PLAIN_COUNT);
	uint64_t mask = below(state, 2) ? 0x00000000000790ff : all;
	size_t i = frame_add_set(f, a, type, parent);
	struct metric_set *s = &f->sets[i];

	if (type != SET_CLUSTER)
		s->name = random_name(state);
	if (type == SET_POD) {
		s->namespace_name = random_name(state);
		s->pod_id = maybe_name(state);
	}
	if (type == SET_POD || type == SET_NAMESPACE)
		s->namespace_id = maybe_name(state);
	if (type == SET_POD_CONTAINER)
		s->image = maybe_name(state);
	if (type == SET_POD || type == SET_NODE) {
		s->labels = maybe_name(state);
		s->n_stored = (uint32_t)below(state, 4);
		s->stored = arena_alloc(a, 4 * sizeof s->stored[0]);
		for (uint32_t k = 0; k < s->n_stored; k++) {
			s->stored[k].key = random_name(state);
			s->stored[k].value = random_name(state);
		}
	}
	s->start_ns = random_time(state);
	s->scraped_ns = random_time(state);
	for (int p = 0; p < SET_PART_COUNT && type != SET_CLUSTER; p++)
		if (below(state, 4) == 0)
			s->parts_ns[p] = random_time(state);
	s->present = next_random(state) & next_random(state) & mask;
	if (below(state, 8) == 0)
		s->present = 0;
	for (unsigned m = 0; m < METRIC_PLAIN_COUNT; m++)
		s->values[m] = random_value(state, m);
	fill_resources(f, a, state, i);
	return i;
}

static void
fill_node(struct frame *f, struct arena *a, uint64_t *state)
{
	add_random_set(f, a, state, SET_NODE, 0);
	f->sets[0].name = f->node;
	for (uint64_t n = below(state, 4); n > 0; n--)
		add_random_set(f, a, state, SET_SYS_CONTAINER, 0);
	for (uint64_t n = below(state, 5); n > 0; n--) {
		size_t pod = add_random_set(f, a, state, SET_POD, 0);

		for (uint64_t c = below(state, 4); c > 0; c--)
			add_random_set(f, a, state, SET_POD_CONTAINER, pod);
	}
}

static void
fill_nodes(struct frame *f, struct arena *a, uint64_t *state)
{
	f->n_nodes = below(state, 6);
	f->nodes = arena_alloc(a, 6 * sizeof f->nodes[0]);
	for (size_t i = 0; i < f->n_nodes; i++)
		f->nodes[i] = random_name(state);
}

void
frames_random(struct frame *f, struct arena *a, uint64_t seed)
{
	uint64_t state = seed;

	frame_clear(f);
	f->kind = (enum frame_kind)(seed % 4);
	f->window_ns = random_time(&state);
	f->resolution_ns = random_time(&state);
	f->collector = maybe_name(&state);
	if (f->kind == FRAME_NODE || f->kind == FRAME_FAILED) {
		f->node = random_name(&state);
		f->hostname = maybe_name(&state);
		f->host_id = maybe_name(&state);
		f->schedulable = maybe_name(&state);
	}
	if (f->node.p != NULL && seed % 5 < 2) {
		f->asked_ns = random_time(&state);
		f->took_ns = f->asked_ns == 0 ? 0 : random_time(&state);
	}
	f->is_partial = f->kind == FRAME_NODE && seed % 3 == 0;
	switch (f->kind) {
	case FRAME_ROSTER:
		fill_nodes(f, a, &state);
		break;
	case FRAME_NODE:
		fill_node(f, a, &state);
		break;
	case FRAME_FAILED:
		f->error = maybe_name(&state);
		break;
	case FRAME_ROLLUP:
		fill_nodes(f, a, &state);
		f->n_answered = random_u64(&state);
		add_random_set(f, a, &state, SET_CLUSTER, 0);
		for (uint64_t n = below(&state, 5); n > 0; n--)
			add_random_set(f, a, &state, SET_NAMESPACE, 0);
		break;
	}
}

static bool
is_same(struct str a, struct str b)
{
	return (a.p == NULL) == (b.p == NULL) && str_eq(a, b);
}

/* Floats are the same to the 15 digits that they have on the wire. */
static bool
is_same_value(union metric_value a, union metric_value b, enum metric_type t)
{
	return t == METRIC_FLOAT ? fabs(a.f - b.f) <= 1e-14 * fabs(a.f) :
	    a.u == b.u;
}

static const char *
resource_differs(const struct resource *a, const struct resource *b)
{
	if (!is_same(a->resource_id, b->resource_id))
		return "resource_id";
	if (!is_same(a->make, b->make) || !is_same(a->model, b->model) ||
	    !is_same(a->accelerator_id, b->accelerator_id))
		return "accelerator";
	if (!is_same(a->claim, b->claim))
		return "claim";
	if (a->present != b->present)
		return "metrics of the resource";
	for (unsigned i = 0; i < METRIC_LABELLED_COUNT; i++)
		if ((a->present >> i & 1) != 0 &&
		    !is_same_value(a->values[i], b->values[i],
		    metrics[METRIC_PLAIN_COUNT + i].type))
			return metrics[METRIC_PLAIN_COUNT + i].name.p;
	return NULL;
}

static const char *
identity_differs(const struct metric_set *a, const struct metric_set *b)
{
	if (a->type != b->type || a->parent != b->parent)
		return "type or parent";
	if (!is_same(a->name, b->name))
		return "name";
	if (!is_same(a->namespace_name, b->namespace_name))
		return "namespace_name";
	if (!is_same(a->namespace_id, b->namespace_id))
		return "namespace_id";
	if (!is_same(a->pod_id, b->pod_id))
		return "pod_id";
	if (!is_same(a->image, b->image))
		return "image";
	if (!is_same(a->labels, b->labels))
		return "labels";
	if (a->n_stored != b->n_stored)
		return "number of stored labels";
	for (uint32_t i = 0; i < a->n_stored; i++)
		if (!is_same(a->stored[i].key, b->stored[i].key) ||
		    !is_same(a->stored[i].value, b->stored[i].value))
			return "stored label";
	return NULL;
}

static const char *
set_differs(const struct metric_set *a, const struct metric_set *b)
{
	const char *what = identity_differs(a, b);

	if (what != NULL)
		return what;
	if (a->start_ns != b->start_ns || a->scraped_ns != b->scraped_ns)
		return "times";
	if (memcmp(a->parts_ns, b->parts_ns, sizeof a->parts_ns) != 0)
		return "times of parts";
	if (a->present != b->present)
		return "metrics";
	for (unsigned m = 0; m < METRIC_PLAIN_COUNT; m++)
		if (set_has(a, (enum metric)m) && !is_same_value(a->values[m],
		    b->values[m], metrics[m].type))
			return metrics[m].name.p;
	if (a->n_resources != b->n_resources)
		return "number of resources";
	for (uint32_t i = 0; i < a->n_resources && what == NULL; i++)
		what = resource_differs(&a->resources[i], &b->resources[i]);
	return what;
}

static const char *
head_differs(const struct frame *a, const struct frame *b)
{
	if (a->kind != b->kind)
		return "kind";
	if (a->window_ns != b->window_ns)
		return "window";
	if (a->resolution_ns != b->resolution_ns)
		return "resolution";
	if (!is_same(a->node, b->node))
		return "node";
	if (!is_same(a->hostname, b->hostname))
		return "hostname";
	if (!is_same(a->host_id, b->host_id))
		return "host_id";
	if (!is_same(a->schedulable, b->schedulable))
		return "schedulable";
	if (a->asked_ns != b->asked_ns || a->took_ns != b->took_ns)
		return "asked";
	if (a->is_partial != b->is_partial)
		return "partial";
	if (!is_same(a->collector, b->collector))
		return "collector";
	if (!is_same(a->error, b->error))
		return "error";
	if (a->n_answered != b->n_answered)
		return "answered";
	if (a->n_nodes != b->n_nodes)
		return "number of nodes";
	for (size_t i = 0; i < a->n_nodes; i++)
		if (!is_same(a->nodes[i], b->nodes[i]))
			return "name of a node";
	return NULL;
}

const char *
frames_differ(const struct frame *a, const struct frame *b)
{
	static char message[128];
	const char *what = head_differs(a, b);

	if (what != NULL)
		return what;
	if (a->n_sets != b->n_sets)
		return "number of sets";
	for (size_t i = 0; i < a->n_sets; i++) {
		what = set_differs(&a->sets[i], &b->sets[i]);
		if (what != NULL) {
			snprintf(message, sizeof message, "%s of set %zu",
			    what, i);
			return message;
		}
	}
	return NULL;
}

struct frames_copy
frames_copy(struct str s)
{
	static const char behind[] = "1,1]}]}]}]}";
	struct frames_copy c;

	c.p = malloc(s.len + JSON_PAD);
	if (c.p == NULL)
		abort();
	memcpy(c.p, s.p, s.len);
	for (size_t i = 0; i < JSON_PAD; i++)
		c.p[s.len + i] = behind[i % (sizeof behind - 1)];
	c.text = (struct str){ c.p, s.len };
	return c;
}
