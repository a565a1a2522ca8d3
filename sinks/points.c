/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "sinks/points.h"

/* Goes to the next set, which may be the one at it->set itself. */
static bool
enter_set(struct points *it)
{
	const struct frame *f = it->frame;

	while (it->set < f->n_sets &&
	    !point_filter_set(it->filter, f, it->set))
		it->set++;
	if (it->set >= f->n_sets)
		return false;
	labels_of_set(&it->set_labels, f, it->set);
	it->todo = f->sets[it->set].present;
	it->resource = 0;
	it->todo_labelled = 0;
	it->is_fresh = true;
	it->is_merged = false;
	return true;
}

void
points_begin(struct points *it, const struct frame *f,
    const struct point_filter *filter)
{
	it->frame = f;
	it->filter = filter;
	it->set = 0;
	if (!enter_set(it))
		it->set = f->n_sets;
}

void
points_fini(struct points *it)
{
	buf_fini(&it->name);
}

/* Two sorted lists; of equal keys the resource's counts. */
static void
merge_labels(struct points *it, const struct resource *r)
{
	const struct label_list *a = &it->set_labels;
	struct label_list b;
	size_t i = 0, j = 0;

	labels_of_resource(&b, r);
	it->labels.n = 0;
	while (i < a->n || j < b.n) {
		int order = i == a->n ? 1 : j == b.n ? -1 :
		    str_cmp(a->items[i].key, b.items[j].key);

		if (it->labels.n < LABELS_MAX)
			it->labels.items[it->labels.n++] =
			    order < 0 ? a->items[i] : b.items[j];
		i += order <= 0;
		j += order >= 0;
	}
}

/* Says which labels the point has, and whether that is news. */
static void
give_labels(struct points *it, struct point *point, bool of_resource)
{
	point->labels = of_resource && !it->leaves_labels ? &it->labels :
	    &it->set_labels;
	point->has_new_labels = it->is_fresh || it->is_merged != of_resource;
	it->is_merged = of_resource;
	it->is_fresh = false;
}

static bool
next_plain(struct points *it, struct point *point)
{
	const struct metric_set *s = &it->frame->sets[it->set];

	for (; it->todo != 0; it->todo &= it->todo - 1) {
		enum metric m = (enum metric)__builtin_ctzll(it->todo);

		if (!it->filter->is_metric_in[m])
			continue;
		it->todo &= it->todo - 1;
		*point = (struct point){
			.name = metrics[m].name,
			.metric = m,
			.value = s->values[m],
			.set = it->set,
		};
		give_labels(it, point, false);
		return true;
	}
	return false;
}

/* False: the filter does not let it pass. */
static bool
give_labelled(struct points *it, struct point *point, const struct resource *r,
    unsigned i)
{
	enum metric m = (enum metric)(METRIC_PLAIN_COUNT + i);
	bool is_composed = metric_is_composed(m);

	*point = (struct point){
		.name = metrics[m].name,
		.metric = m,
		.value = r->values[i],
		.set = it->set,
		.resource = is_composed ? NULL : r,
	};
	if (is_composed) {
		buf_reset(&it->name);
		metric_compose(&it->name, m, r->resource_id);
		point->name = buf_str(&it->name);
		if (!point_filter_name(it->filter, point->name))
			return false;
	} else if (!it->filter->is_metric_in[m]) {
		return false;
	}
	give_labels(it, point, !is_composed);
	return true;
}

static bool
next_labelled(struct points *it, struct point *point)
{
	const struct metric_set *s = &it->frame->sets[it->set];

	for (;;) {
		unsigned i;

		while (it->todo_labelled == 0) {
			if (it->resource == s->n_resources)
				return false;
			it->todo_labelled =
			    s->resources[it->resource].present;
			if (!it->leaves_labels)
				merge_labels(it, &s->resources[it->resource]);
			it->resource++;
			it->is_fresh = true;
		}
		i = (unsigned)__builtin_ctz(it->todo_labelled);
		it->todo_labelled &= it->todo_labelled - 1;
		if (give_labelled(it, point, &s->resources[it->resource - 1],
		    i))
			return true;
	}
}

bool
points_next(struct points *it, struct point *point)
{
	while (it->set < it->frame->n_sets) {
		if (next_plain(it, point) || next_labelled(it, point))
			return true;
		it->set++;
		if (!enter_set(it))
			it->set = it->frame->n_sets;
	}
	return false;
}
