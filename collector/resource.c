/* SPDX-License-Identifier: ISC */
/*
 * Families come one after the other, each with a line per object, so what is
 * known of an object is collected first and made a set at the end.
 *
 * Kubelets write the lines of one family in the order of those of another.  So
 * each object remembers whose line came after its own last time, and what its
 * labels looked like: then one comparison says whose the next line is.
 */
#include "config.h"

#include <string.h>

#include "collector/pod_tree.h"
#include "collector/prometheus.h"
#include "collector/resource.h"
#include "common/timestamp.h"

#define OBJECT_TEXT_BYTES 300	/* all lines of one are rarely shorter */

enum value {
	VALUE_CPU,
	VALUE_MEMORY,
	VALUE_SWAP,
	VALUE_SWAP_LIMIT,
	VALUE_START,
	VALUE_COUNT,
	VALUE_ERROR = VALUE_COUNT,
};

struct family {
	struct str name;
	enum set_type type;
	enum value value;
	unsigned scale;
};

#define NS 9			/* decimal places of a second */

static const struct family families[] = {
	{ STR_INIT("container_cpu_usage_seconds_total"), SET_POD_CONTAINER,
	    VALUE_CPU, NS },
	{ STR_INIT("container_memory_working_set_bytes"), SET_POD_CONTAINER,
	    VALUE_MEMORY, 0 },
	{ STR_INIT("container_start_time_seconds"), SET_POD_CONTAINER,
	    VALUE_START, NS },
	{ STR_INIT("container_swap_limit_bytes"), SET_POD_CONTAINER,
	    VALUE_SWAP_LIMIT, 0 },
	{ STR_INIT("container_swap_usage_bytes"), SET_POD_CONTAINER,
	    VALUE_SWAP, 0 },
	{ STR_INIT("node_cpu_usage_seconds_total"), SET_NODE, VALUE_CPU, NS },
	{ STR_INIT("node_memory_working_set_bytes"), SET_NODE,
	    VALUE_MEMORY, 0 },
	{ STR_INIT("node_swap_usage_bytes"), SET_NODE, VALUE_SWAP, 0 },
	{ STR_INIT("pod_cpu_usage_seconds_total"), SET_POD, VALUE_CPU, NS },
	{ STR_INIT("pod_memory_working_set_bytes"), SET_POD, VALUE_MEMORY, 0 },
	{ STR_INIT("pod_swap_usage_bytes"), SET_POD, VALUE_SWAP, 0 },
	{ STR_INIT("resource_scrape_error"), SET_NODE, VALUE_ERROR, 0 },
	{ STR_INIT("scrape_error"), SET_NODE, VALUE_ERROR, 0 },
};

#define N_FAMILIES (sizeof families / sizeof families[0])

/* What is known of an item of the tree, under the same index. */
struct object {
	struct str labels;	/* of its last line; absent: none so far */
	uint32_t after;		/* whose line came after that one; 0 */
	uint32_t present;	/* bit v: values[v] */
	uint64_t values[VALUE_COUNT];
	int64_t times_ns[VALUE_COUNT];
};

struct decoder {
	struct prometheus text;
	struct pod_tree tree;
	struct object *objects;
	size_t cap_objects;
	uint32_t first[SET_TYPE_COUNT];	/* whose line began a family, 0 */
	uint32_t last;		/* whose line was before in this family, 0 */
	int64_t now_ns;
	struct arena *arena;
	const char *error;	/* other than of the text; NULL */
	const struct family *failed;	/* the kubelet says so; NULL */
	bool has_sample;
};

/* NULL if it is not one of ours. */
static const struct family *
find_family(struct str name)
{
	for (size_t i = 0; i < N_FAMILIES; i++)
		if (str_eq(families[i].name, name))
			return &families[i];
	return NULL;
}

/* Makes the objects as many as the items; new ones are empty. */
static bool
grow_objects(struct decoder *d, size_t n_before)
{
	void *objects = d->objects;

	if (d->tree.n > d->cap_objects) {
		if (!arena_grow(d->arena, &objects, &d->cap_objects,
		    d->tree.cap, sizeof *d->objects))
			return false;
		d->objects = objects;
	}
	for (size_t i = n_before; i < d->tree.n; i++)
		memset(&d->objects[i], 0, sizeof d->objects[i]);
	return true;
}

struct names {
	struct str container;
	struct str namespace_name;
	struct str pod;
};

static void
read_names(struct prometheus *t, struct names *names)
{
	struct str key, value;

	*names = (struct names){ .pod = { NULL, 0 } };
	if (!prometheus_labels_begin(t))
		return;
	while (prometheus_label(t, &key, &value))
		if (str_eq(key, STR("container")))
			names->container = value;
		else if (str_eq(key, STR("namespace")))
			names->namespace_name = value;
		else if (str_eq(key, STR("pod")))
			names->pod = value;
}

/* By its labels, found or added; 0 if they name none, or after an error. */
static uint32_t
find_object(struct decoder *d, enum set_type type)
{
	size_t n_before = d->tree.n;
	struct names names;
	uint32_t i;

	read_names(&d->text, &names);
	if (names.namespace_name.len == 0 || names.pod.len == 0 ||
	    (type == SET_POD_CONTAINER && names.container.len == 0))
		return 0;
	i = pod_tree_pod(&d->tree, names.namespace_name, names.pod);
	if (i != 0 && type == SET_POD_CONTAINER)
		i = pod_tree_container(&d->tree, i, names.container);
	if (i == 0)
		d->error = pod_tree_error(&d->tree);
	else if (!grow_objects(d, n_before))
		d->error = "no memory for a set";
	if (d->error != NULL)
		return 0;
	d->objects[i].labels = d->text.labels;
	return i;
}

/* Whose line it is; 0 as above. */
static uint32_t
next_object(struct decoder *d, enum set_type type)
{
	uint32_t *guess = d->last == 0 ? &d->first[type] :
	    &d->objects[d->last].after;
	uint32_t i = *guess;

	if (i != 0 &&
	    prometheus_labels_are(&d->text, d->objects[i].labels)) {
		d->last = i;
		return i;
	}
	i = find_object(d, type);
	if (i == 0)
		return 0;
	/* Looked up again: the objects may have moved. */
	if (d->last == 0)
		d->first[type] = i;
	else
		d->objects[d->last].after = i;
	d->last = i;
	return i;
}

static void
keep_sample(struct decoder *d, uint32_t i, enum value value,
    const struct prometheus_sample *sample)
{
	struct object *o = &d->objects[i];
	int64_t time_ns = d->now_ns - d->now_ns % NS_PER_US;

	/* The time of a start is not one of a sample. */
	if (sample->has_time && value != VALUE_START) {
		if (sample->time_ms <= 0 ||
		    sample->time_ms > INT64_MAX / NS_PER_MS)
			return;
		time_ns = sample->time_ms * NS_PER_MS;
	}
	o->present |= UINT32_C(1) << value;
	o->values[value] = sample->value;
	o->times_ns[value] = time_ns;
	d->has_sample = true;
}

/* What follows the name of a family of ours. */
static void
read_line(struct decoder *d, const struct family *f)
{
	struct prometheus_sample sample;
	struct names unused;
	uint32_t i = 0;

	if (f->type == SET_NODE)
		read_names(&d->text, &unused);
	else
		i = next_object(d, f->type);
	if (d->error != NULL ||
	    !prometheus_sample(&d->text, f->scale, &sample) ||
	    !sample.has_value)
		return;
	if (f->value == VALUE_ERROR) {
		if (sample.value != 0)
			d->failed = f;
	} else if (i != 0 || f->type == SET_NODE) {
		keep_sample(d, i, f->value, &sample);
	}
}

static void
read_text(struct decoder *d)
{
	struct str name = { NULL, 0 };
	const struct family *f = NULL;
	const char *before = NULL;

	while (d->error == NULL && prometheus_next(&d->text, &name)) {
		if (name.p != before) {
			before = name.p;
			f = find_family(name);
			d->last = 0;
		}
		if (f == NULL)
			prometheus_skip(&d->text);
		else
			read_line(d, f);
	}
}

static bool
has(const struct object *o, enum value value)
{
	return o->present >> value & 1;
}

static void
fill_swap(struct metric_set *s, const struct object *o)
{
	uint64_t usage = o->values[VALUE_SWAP];
	uint64_t limit = o->values[VALUE_SWAP_LIMIT];

	if (!has(o, VALUE_SWAP))
		return;
	set_u64(s, METRIC_SWAP_USAGE, usage);
	if (has(o, VALUE_SWAP_LIMIT))
		set_u64(s, METRIC_SWAP_AVAILABLE,
		    limit > usage ? limit - usage : 0);
}

static void
fill_set(struct metric_set *s, const struct object *o, int64_t now_ns)
{
	int64_t start_ns;

	if (has(o, VALUE_CPU))
		set_u64(s, METRIC_CPU_USAGE, o->values[VALUE_CPU]);
	if (has(o, VALUE_MEMORY))
		set_u64(s, METRIC_MEMORY_WORKING_SET,
		    o->values[VALUE_MEMORY]);
	fill_swap(s, o);
	for (int v = VALUE_CPU; v <= VALUE_SWAP && s->scraped_ns == 0; v++)
		if (has(o, (enum value)v))
			s->scraped_ns = o->times_ns[v];
	if (has(o, VALUE_MEMORY) &&
	    o->times_ns[VALUE_MEMORY] != s->scraped_ns)
		s->parts_ns[SET_MEMORY] = o->times_ns[VALUE_MEMORY];
	if (!has(o, VALUE_START) || o->values[VALUE_START] > INT64_MAX)
		return;
	start_ns = (int64_t)o->values[VALUE_START];
	s->start_ns = start_ns - start_ns % NS_PER_US;
	if (s->start_ns > 0 && s->start_ns <= now_ns)
		set_u64(s, METRIC_UPTIME,
		    (uint64_t)((now_ns - s->start_ns) / NS_PER_MS));
}

/* False: the arena is full. */
static bool
make_sets(const struct decoder *d, struct frame *frame)
{
	size_t pod = 0;
	uint32_t i = 0;

	if (!frame_reserve_sets(frame, d->arena, d->tree.n))
		return false;
	do {
		const struct pod_item *item = &d->tree.items[i];
		size_t set = frame_add_set(frame, d->arena, item->type,
		    item->type == SET_POD_CONTAINER ? pod : 0);
		struct metric_set *s = &frame->sets[set];

		if (item->type == SET_POD)
			pod = set;
		s->name = item->name;
		s->namespace_name = item->namespace_name;
		fill_set(s, &d->objects[i], d->now_ns);
	} while ((i = pod_tree_next(&d->tree, i)) != 0);
	return true;
}

bool
resource_decode(struct frame *frame, struct arena *arena, struct str body,
    int64_t now_ns, struct err *err)
{
	struct decoder d = { .arena = arena, .now_ns = now_ns };

	frame_clear(frame);
	frame->kind = FRAME_NODE;
	if (!pod_tree_init(&d.tree, arena, body.len / OBJECT_TEXT_BYTES) ||
	    !grow_objects(&d, 0))
		return err_set(err, "resource: no memory for a set");
	prometheus_begin(&d.text, body, arena);
	read_text(&d);
	if (!prometheus_end(&d.text, err))
		return err_wrap(err, "resource");
	if (d.error != NULL)
		return err_set(err, "resource: %s", d.error);
	if (d.failed != NULL)
		return err_set(err, "resource: the kubelet could not measure: "
		    "%s is not 0", d.failed->name.p);
	if (!d.has_sample)
		return err_set(err, "resource: no samples");
	if (!make_sets(&d, frame))
		return err_set(err, "resource: no memory for a set");
	return true;
}
