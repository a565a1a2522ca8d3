/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "sinks/exposed.h"

#define TEXT_BYTES_MAX (256u << 20)	/* of one frame */
#define AHEAD_NS INT64_C(3600000000000)	/* a clock is not right, then */

struct exposer_item {
	double value;
	uint32_t labels;
	uint32_t metric;
};

void
exposer_fini(struct exposer *x)
{
	points_fini(&x->points);
	prometheus_labels_fini(&x->labels);
	buf_fini(&x->items);
	buf_fini(&x->offsets);
	buf_fini(&x->text);
}

void
exposed_ref(struct exposed *e)
{
	e->n_refs++;
}

void
exposed_unref(struct exposed *e)
{
	if (--e->n_refs > 0)
		return;
	*e->total_bytes -= e->n_bytes;
	free(e);
}

static void
add_value(struct buf *out, struct str value)
{
	for (size_t i = 0; i < value.len; i++) {
		char c = value.p[i];

		if (c == '\\' || c == '"' || c == '\n')
			buf_add_char(out, '\\');
		buf_add_char(out, c == '\n' ? 'n' : c);
	}
}

/* The labels in hand, as a new entry of the table. */
static void
add_labels(struct exposer *x)
{
	uint32_t offset;

	for (size_t i = 0; i < x->labels.n; i++) {
		if (i > 0)
			buf_add_char(&x->text, ',');
		buf_add_str(&x->text, x->labels.items[i].key);
		buf_add_str(&x->text, STR("=\""));
		add_value(&x->text, x->labels.items[i].value);
		buf_add_char(&x->text, '"');
	}
	offset = (uint32_t)x->text.len;
	buf_add(&x->offsets, &offset, sizeof offset);
}

/* The resource of a composed metric is a label of this point alone. */
static void
take_labels(struct exposer *x, const struct point *point)
{
	bool is_composed = metric_is_composed(point->metric);
	struct str resource_id;

	x->is_stale |= point->has_new_labels;
	if (!x->is_stale && !is_composed)
		return;
	prometheus_labels_take(&x->labels, point->labels);
	if (is_composed) {
		metric_parse(point->name, &resource_id);
		prometheus_labels_put(&x->labels,
		    (struct label){ STR("resource_id"), resource_id });
	}
	add_labels(x);
	x->is_stale = is_composed;
}

/* All points of a frame, into x->items. */
static size_t
take_points(struct exposer *x, const struct frame *f)
{
	static const uint32_t zero;
	struct point point;
	size_t n = 0;

	buf_reset(&x->items);
	buf_reset(&x->offsets);
	buf_reset(&x->text);
	x->text.max_bytes = TEXT_BYTES_MAX;
	buf_add(&x->offsets, &zero, sizeof zero);
	x->is_stale = true;
	points_begin(&x->points, f, &x->filter);
	while (points_next(&x->points, &point)) {
		struct exposer_item item = { .metric = point.metric };

		/* The next point needs the labels that this one brought. */
		if (prometheus_name(point.metric)->is_rate &&
		    !x->labels.want_rates) {
			x->is_stale |= point.has_new_labels;
			continue;
		}
		take_labels(x, &point);
		item.value = prometheus_value(&point);
		item.labels = (uint32_t)(x->offsets.len / sizeof zero - 2);
		buf_add(&x->items, &item, sizeof item);
		n++;
	}
	return n;
}

/* A block for all of it. */
static struct exposed *
exposed_alloc(const struct exposer *x, const struct frame *f, size_t n)
{
	struct str node = f->kind == FRAME_ROLLUP ? STR("") : f->node;
	size_t n_bytes = sizeof(struct exposed) + n * (sizeof(double) +
	    sizeof(uint32_t)) + x->offsets.len + x->text.len + node.len;
	struct exposed *e = malloc(n_bytes);
	char *text;

	if (e == NULL)
		return NULL;
	*e = (struct exposed){
		.n_refs = 1,
		.n_bytes = n_bytes,
		.window_ns = f->window_ns,
		.resolution_ns = f->resolution_ns,
		.n_points = n,
		.values = (double *)(e + 1),
	};
	e->labels = (uint32_t *)(e->values + n);
	e->offsets = e->labels + n;
	text = (char *)e->offsets + x->offsets.len;
	memcpy(e->offsets, x->offsets.p, x->offsets.len);
	if (x->text.len > 0)
		memcpy(text, x->text.p, x->text.len);
	e->text = text;
	text += x->text.len;
	if (node.len > 0)
		memcpy(text, node.p, node.len);
	e->node = (struct str){ text, node.len };
	return e;
}

/* Sorted by metric, else in the order of the frame. */
static void
sort_points(struct exposed *e, const struct exposer_item *items)
{
	uint32_t at[METRIC_COUNT + 1] = { 0 };

	for (size_t i = 0; i < e->n_points; i++)
		at[items[i].metric + 1]++;
	for (unsigned m = 0; m < METRIC_COUNT; m++)
		at[m + 1] += at[m];
	memcpy(e->first, at, sizeof at);
	for (size_t i = 0; i < e->n_points; i++) {
		uint32_t to = at[items[i].metric]++;

		e->values[to] = items[i].value;
		e->labels[to] = items[i].labels;
	}
}

static bool
is_stale(const struct exposed_list *list, int64_t window_ns,
    int64_t resolution_ns, int64_t now_ns)
{
	int64_t stale_ns = list->stale_ns, oldest_ns;

	if (stale_ns == 0 && __builtin_mul_overflow(resolution_ns,
	    EXPOSED_STALE_WINDOWS, &stale_ns))
		stale_ns = INT64_MAX;
	return !__builtin_sub_overflow(now_ns, stale_ns, &oldest_ns) &&
	    window_ns <= oldest_ns;
}

static bool
is_ahead(int64_t window_ns, int64_t now_ns)
{
	return window_ns > now_ns && window_ns - now_ns > AHEAD_NS;
}

/* Where the node is, or would be. */
static size_t
find(const struct exposed_list *list, struct str node, bool *is_there)
{
	size_t low = 0, high = list->n;

	*is_there = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = str_cmp(list->items[middle]->node, node);

		if (order == 0) {
			*is_there = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
make_room(struct exposed_list *list)
{
	size_t cap = list->cap == 0 ? 16 : list->cap * 2;
	struct exposed **items;

	if (list->n < list->cap)
		return true;
	items = realloc(list->items, cap * sizeof(struct exposed *));
	if (items == NULL)
		return false;
	list->items = items;
	list->cap = cap;
	return true;
}

static void
insert(struct exposed_list *list, struct exposed *e, size_t at, bool is_there)
{
	if (is_there) {
		exposed_unref(list->items[at]);
	} else {
		memmove(&list->items[at + 1], &list->items[at],
		    (list->n - at) * sizeof(struct exposed *));
		list->n++;
	}
	list->items[at] = e;
}

enum exposed_result
exposed_list_put(struct exposed_list *list, struct exposer *x,
    const struct frame *f, int64_t now_ns)
{
	bool is_there;
	size_t at = find(list, f->kind == FRAME_ROLLUP ? STR("") : f->node,
	    &is_there);
	size_t n, before = is_there && list->items[at]->n_refs == 1 ?
	    list->items[at]->n_bytes : 0;
	struct exposed *e;

	/* The clock may have been ahead. */
	if ((is_there && list->items[at]->window_ns >= f->window_ns &&
	    (!is_ahead(list->items[at]->window_ns, now_ns) ||
	    is_ahead(f->window_ns, now_ns))) ||
	    is_stale(list, f->window_ns, f->resolution_ns, now_ns))
		return EXPOSED_OLD;
	n = take_points(x, f);
	if (x->items.failed || x->offsets.failed || x->text.failed ||
	    !make_room(list) || (e = exposed_alloc(x, f, n)) == NULL)
		return EXPOSED_TOO_LARGE;
	if (list->n_bytes - before + e->n_bytes > list->bytes_max) {
		free(e);
		return EXPOSED_TOO_LARGE;
	}
	e->total_bytes = &list->n_bytes;
	list->n_bytes += e->n_bytes;
	sort_points(e, (const struct exposer_item *)(const void *)x->items.p);
	insert(list, e, at, is_there);
	return EXPOSED_TAKEN;
}

void
exposed_list_expire(struct exposed_list *list, int64_t now_ns)
{
	bool is_clock_right = false;
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		is_clock_right |= !is_ahead(list->items[i]->window_ns,
		    now_ns);
	for (size_t i = 0; i < list->n; i++) {
		struct exposed *e = list->items[i];

		if (is_stale(list, e->window_ns, e->resolution_ns, now_ns) ||
		    (is_clock_right && is_ahead(e->window_ns, now_ns)))
			exposed_unref(e);
		else
			list->items[n++] = e;
	}
	list->n = n;
}

void
exposed_list_fini(struct exposed_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		exposed_unref(list->items[i]);
	free(list->items);
	list->items = NULL;
	list->n = list->cap = 0;
}
