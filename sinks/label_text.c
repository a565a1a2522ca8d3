/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "sinks/label_text.h"

#define NO_SET SIZE_MAX
#define RESOURCE_NAMES_BYTES 512	/* for all labels of one */

void
label_text_begin(struct label_text *text)
{
	text->set = NO_SET;
}

void
label_text_fini(struct label_text *text)
{
	buf_fini(&text->names);
	buf_fini(&text->of_set);
	buf_fini(&text->of_resource);
}

/* Most keys differ in their first byte. */
static inline int
key_order(struct str a, struct str b)
{
	if (a.len > 0 && b.len > 0 && a.p[0] != b.p[0])
		return (unsigned char)a.p[0] - (unsigned char)b.p[0];
	return str_cmp(a, b);
}

void
label_list_put(struct label_list *list, struct label label, bool is_replaced)
{
	size_t at = list->n;
	int order = 1;

	while (at > 0 && (order =
	    key_order(label.key, list->items[at - 1].key)) < 0)
		at--;
	if (at > 0 && order == 0) {
		if (is_replaced)
			list->items[at - 1] = label;
		return;
	}
	if (list->n == LABELS_MAX)
		return;
	memmove(&list->items[at + 1], &list->items[at],
	    (list->n - at) * sizeof list->items[0]);
	list->items[at] = label;
	list->n++;
}

/* The labels of the set, as the format calls them. */
static bool
take_labels(struct label_text *text, const struct label_text_how *how,
    const struct label_list *labels)
{
	size_t n_bytes = RESOURCE_NAMES_BYTES;

	text->list.n = 0;
	buf_reset(&text->names);
	/* Keys point into it: it must not move, also for resources. */
	for (size_t i = 0; i < labels->n; i++)
		n_bytes += labels->items[i].key.len + LABEL_TEXT_KEY_BYTES;
	if (buf_reserve(&text->names, n_bytes) == NULL)
		return false;
	for (size_t i = 0; i < labels->n; i++) {
		struct label label = labels->items[i];

		if (how->take(how->arg, &label, &text->names))
			label_list_put(&text->list, label, how->is_last_kept);
	}
	if (how->extra.value.len > 0)
		label_list_put(&text->list, how->extra, true);
	return true;
}

static void
write_set(struct label_text *text, const struct label_text_how *how,
    const struct points *it, size_t set)
{
	buf_reset(&text->of_set);
	text->set = set;
	text->resource = NULL;
	if (!take_labels(text, how, &it->set_labels))
		return;
	for (size_t i = 0; i < text->list.n; i++) {
		how->write(how->arg, &text->of_set, &text->list.items[i]);
		text->ends[i] = (uint32_t)text->of_set.len;
	}
}

/* Appends what is written of the set's labels from..to. */
static void
copy_labels(struct label_text *text, size_t from, size_t to)
{
	size_t begin = from == 0 ? 0 : text->ends[from - 1];
	size_t end = to == 0 ? 0 : text->ends[to - 1];

	if (end > begin)
		buf_add(&text->of_resource, text->of_set.p + begin,
		    end - begin);
}

static void
write_resource(struct label_text *text, const struct label_text_how *how,
    const struct resource *r)
{
	struct label_list own;
	size_t done = 0, n_names = text->names.len;

	text->resource = r;
	labels_of_resource(&own, r);
	buf_reset(&text->of_resource);
	for (size_t k = 0; k < own.n; k++) {
		struct label label = own.items[k];
		size_t at = done;
		int order = -1;

		if (!how->take(how->arg, &label, &text->names))
			continue;
		while (at < text->list.n && (order = key_order(
		    text->list.items[at].key, label.key)) < 0)
			at++;
		copy_labels(text, done, at);
		how->write(how->arg, &text->of_resource, &label);
		done = at < text->list.n && order == 0 ? at + 1 : at;
	}
	copy_labels(text, done, text->list.n);
	text->names.len = n_names;
}

struct str
label_text(struct label_text *text, const struct label_text_how *how,
    const struct points *it, const struct point *point)
{
	if (text->set != point->set)
		write_set(text, how, it, point->set);
	if (point->resource == NULL)
		return buf_str(&text->of_set);
	if (text->resource != point->resource)
		write_resource(text, how, point->resource);
	return buf_str(&text->of_resource);
}
