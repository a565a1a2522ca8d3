/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/json_out.h"
#include "common/mem.h"
#include "common/quantity.h"
#include "common/timestamp.h"

#include "apiserver/resource_item.h"

/*
 * Items are made of pieces, and not by a json_out: that would take thrice as
 * long, and there may be many.  They are indented as in a list.
 */
#define NAME "{\n    \"metadata\": {\n     \"name\": "
#define NAMESPACE ",\n     \"namespace\": "
#define CREATED ",\n     \"creationTimestamp\": \""
#define TIMESTAMP "\"\n    },\n    \"timestamp\": \""
#define WINDOW "\",\n    \"window\": \"1m0s\",\n    "
#define CONTAINERS "\"containers\": [\n     "
#define CONTAINER "{\n      \"name\": "
#define END "\n   }"

#define RATE_WINDOWS_MAX 3

struct loader {
	struct resource_node *node;
	struct store *store;
	const struct frame *frame;
	struct str label_separator;
	struct buf times;	/* what is between name and usage */
};

/* How deep the usage stands: in a node, in a container. */
static const struct usage_pieces {
	struct str cpu, memory, end;
} of_node = {
	STR_INIT("\"usage\": {\n     \"cpu\": \""),
	STR_INIT("\",\n     \"memory\": \""),
	STR_INIT("\"\n    }" END),
}, of_container = {
	STR_INIT(",\n      \"usage\": {\n       \"cpu\": \""),
	STR_INIT("\",\n       \"memory\": \""),
	STR_INIT("\"\n      }\n     }"),
};

/* A rate of an earlier window, if the counter has gone on since. */
static bool
held_rate(const struct loader *l, const struct store_key *key,
    const struct metric_set *set, uint64_t *rate)
{
	const struct frame *f = l->frame;
	uint32_t entity = store_find(l->store, key);
	int64_t start_ns = f->window_ns - (RATE_WINDOWS_MAX - 1) *
	    f->resolution_ns;
	const struct store_point *points;
	int64_t at_ns;
	size_t n;

	if (!set_has(set, METRIC_CPU_USAGE))
		return false;
	n = store_series(l->store, entity, METRIC_CPU_USAGE_RATE, NULL,
	    start_ns, f->window_ns, &points);
	if (n == 0)
		return false;
	*rate = points[n - 1].value.u;
	at_ns = points[n - 1].window_ns;
	n = store_series(l->store, entity, METRIC_CPU_USAGE, NULL, at_ns,
	    at_ns, &points);
	return n == 1 &&
	    points[0].value.u <= set->values[METRIC_CPU_USAGE].u;
}

struct usage {
	uint64_t cpu_milli;
	uint64_t memory_bytes;
};

static bool
find_usage(const struct loader *l, const struct store_key *key,
    const struct metric_set *set, struct usage *u)
{
	if (!set_has(set, METRIC_MEMORY_WORKING_SET))
		return false;
	u->memory_bytes = set->values[METRIC_MEMORY_WORKING_SET].u;
	if (!set_has(set, METRIC_CPU_USAGE_RATE))
		return held_rate(l, key, set, &u->cpu_milli);
	u->cpu_milli = set->values[METRIC_CPU_USAGE_RATE].u;
	return true;
}

static void
write_usage(struct buf *out, const struct usage_pieces *pieces,
    const struct usage *u)
{
	char text[QUANTITY_MAX_BYTES];

	buf_add_str(out, pieces->cpu);
	buf_add(out, text, quantity_print_milli(text, u->cpu_milli));
	buf_add_str(out, pieces->memory);
	buf_add(out, text, quantity_print_bytes(text, u->memory_bytes));
	buf_add_str(out, pieces->end);
}

/* All before the usage. */
static void
begin_item(const struct loader *l, struct str namespace_name, struct str name)
{
	struct buf *out = &l->node->text;

	buf_add_str(out, STR(NAME));
	json_quote(out, name, true);
	if (namespace_name.p != NULL) {
		buf_add_str(out, STR(NAMESPACE));
		json_quote(out, namespace_name, true);
	}
	buf_add_str(out, buf_str(&l->times));
}

static void
write_times(struct buf *out, int64_t made_ns, int64_t window_ns)
{
	char text[TIMESTAMP_MAX_BYTES];

	buf_add_str(out, STR(CREATED));
	buf_add(out, text, timestamp_print(text, made_ns - made_ns %
	    NS_PER_S));
	buf_add_str(out, STR(TIMESTAMP));
	buf_add(out, text, timestamp_print(text, window_ns));
	buf_add_str(out, STR(WINDOW));
}

void
resource_add_labels(struct buf *out, const struct metric_set *set,
    struct str separator)
{
	buf_add_str(out, set->labels);
	for (uint32_t i = 0; i < set->n_stored; i++) {
		buf_add_str(out, separator);
		buf_add_str(out, set->stored[i].key);
		buf_add_char(out, ':');
		buf_add_str(out, set->stored[i].value);
	}
}

static struct resource_item
name_item(const struct loader *l, const struct metric_set *set,
    struct str name)
{
	struct buf *names = &l->node->names;
	struct resource_item item = {
		.names_at = names->len,
		.namespace_len = set->namespace_name.len,
		.name_len = name.len,
		.text_at = l->node->text.len,
	};

	buf_add_str(names, set->namespace_name);
	buf_add_str(names, name);
	resource_add_labels(names, set, l->label_separator);
	item.labels_len = names->len - item.names_at - item.namespace_len -
	    item.name_len;
	return item;
}

static void
load_self(const struct loader *l)
{
	const struct metric_set *set = &l->frame->sets[0];
	struct store_key key = { .type = SET_NODE, .node = l->frame->node };
	struct resource_item item = name_item(l, set, l->frame->node);
	struct usage usage;

	if (find_usage(l, &key, set, &usage)) {
		begin_item(l, (struct str){ NULL, 0 }, key.node);
		write_usage(&l->node->text, &of_node, &usage);
	}
	item.text_len = l->node->text.len - item.text_at;
	item.has_metrics = item.text_len > 0;
	l->node->self = item;
}

bool
resource_is_extra(const struct metric_set *pod,
    const struct metric_set *container)
{
	return pod->labels.p != NULL &&
	    !set_has(container, METRIC_CPU_REQUEST);
}

/* Pods have few containers, and kubelets tell them in any order. */
size_t
resource_next_container(const struct frame *f, size_t pod, size_t before)
{
	size_t next = 0;

	for (size_t i = pod + 1; i < f->n_sets && f->sets[i].parent == pod &&
	    f->sets[i].type == SET_POD_CONTAINER; i++) {
		struct str name = f->sets[i].name;

		if ((before == 0 || str_cmp(name, f->sets[before].name) > 0) &&
		    (next == 0 || str_cmp(name, f->sets[next].name) < 0))
			next = i;
	}
	return next;
}

/* False: metrics of a container are missing. */
static bool
write_containers(const struct loader *l, size_t pod)
{
	const struct frame *f = l->frame;
	struct buf *out = &l->node->text;
	struct store_key key = {
		.type = SET_POD_CONTAINER,
		.namespace_name = f->sets[pod].namespace_name,
		.pod = f->sets[pod].name,
	};
	size_t n = 0;

	for (size_t i = 0; (i = resource_next_container(f, pod, i)) != 0;) {
		const struct metric_set *set = &f->sets[i];
		struct usage usage;

		if (resource_is_extra(&f->sets[pod], set))
			continue;
		key.container = set->name;
		if (!find_usage(l, &key, set, &usage))
			return false;
		buf_add_str(out, n++ == 0 ? STR(CONTAINERS CONTAINER) :
		    STR(",\n     " CONTAINER));
		json_quote(out, set->name, true);
		write_usage(out, &of_container, &usage);
	}
	return n > 0;
}

static void
load_pod(const struct loader *l, size_t pod)
{
	const struct metric_set *set = &l->frame->sets[pod];
	struct resource_node *n = l->node;
	struct resource_item item = name_item(l, set, set->name);

	begin_item(l, set->namespace_name, set->name);
	if (write_containers(l, pod))
		buf_add_str(&n->text, STR("\n    ]" END));
	else if (!n->text.failed)
		n->text.len = item.text_at;
	item.text_len = n->text.len - item.text_at;
	item.has_metrics = item.text_len > 0;
	if (n->n_pods == n->cap_pods) {
		n->cap_pods = n->cap_pods * 2 + 16;
		n->pods = xrealloc(n->pods, n->cap_pods, sizeof *n->pods);
	}
	n->pods[n->n_pods++] = item;
}

static void
load_frame(const struct loader *l)
{
	load_self(l);
	for (size_t i = 1; i < l->frame->n_sets; i++)
		if (l->frame->sets[i].type == SET_POD)
			load_pod(l, i);
}

bool
resource_node_load(struct resource_node *n, struct store *s, struct arena *a,
    struct str label_separator, int64_t now_ns)
{
	struct buf before = n->names;
	struct frame frame;
	struct loader l = {
		.node = n, .store = s, .frame = &frame,
		.label_separator = label_separator,
	};
	bool is_good;

	n->names = BUF_INIT;
	buf_reset(&n->text);
	n->n_pods = 0;
	n->self = (struct resource_item){ .text_len = 0 };
	arena_reset(a);
	is_good = store_frame(s, n->entity, a, &frame) && frame.n_sets > 0;
	if (is_good) {
		write_times(&l.times, now_ns, frame.window_ns);
		load_frame(&l);
	}
	buf_fini(&l.times);
	if (n->names.failed || n->text.failed) {
		n->n_pods = 0;
		n->self = (struct resource_item){ .text_len = 0 };
		is_good = false;
	}
	n->is_renamed = !str_eq(buf_str(&before), buf_str(&n->names));
	buf_fini(&before);
	return is_good;
}

void
resource_node_free(struct resource_node *n)
{
	buf_fini(&n->names);
	buf_fini(&n->text);
	free(n->pods);
	free(n);
}
