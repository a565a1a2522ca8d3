/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "sinks/prometheus_labels.h"

static bool
take_wanted(struct prometheus_labels *l, struct sink_uri *uri, struct err *err)
{
	const char *value;
	size_t i = 0;

	while ((value = sink_uri_next(uri, "labels", &i)) != NULL) {
		struct str rest = str_of(value);

		while (rest.p != NULL) {
			struct str name = str_cut(&rest, ',');
			enum prometheus_label label;

			if (name.len == 0)
				continue;
			if (!prometheus_label_find(name, &label))
				return err_set(err, "`labels`: host, host_id, "
				    "uid, namespace_uid, image, schedulable "
				    "or labels");
			l->is_wanted[label] = true;
		}
	}
	return true;
}

bool
prometheus_labels_init(struct prometheus_labels *l, struct sink_uri *uri,
    struct err *err)
{
	l->cluster = str_of(sink_uri_string(uri, "cluster"));
	return sink_uri_bool(uri, "rates", &l->want_rates, err) &&
	    take_wanted(l, uri, err);
}

void
prometheus_labels_fini(struct prometheus_labels *l)
{
	buf_fini(&l->names);
}

void
prometheus_labels_put(struct prometheus_labels *l, struct label label)
{
	struct label *items = l->items;
	size_t at = l->n;
	int order = 1;

	if (label.value.len == 0)
		return;
	while (at > 0 && (order = str_cmp(label.key, items[at - 1].key)) < 0)
		at--;
	if (at > 0 && order == 0)
		return;
	memmove(&items[at + 1], &items[at], (l->n - at) * sizeof *items);
	items[at] = label;
	l->n++;
}

void
prometheus_labels_take(struct prometheus_labels *l,
    const struct label_list *list)
{
	struct buf *names = &l->names;
	size_t n_bytes = 0;

	buf_reset(names);
	l->n = 0;
	/* Names point into it: it must not move. */
	for (size_t i = 0; i < list->n; i++)
		n_bytes += list->items[i].key.len + sizeof "persistentvolumeclaim";
	if (buf_reserve(names, n_bytes) == NULL)
		return;
	prometheus_labels_put(l, (struct label){ STR("cluster"), l->cluster });
	for (size_t i = 0; i < list->n; i++) {
		size_t begin = names->len;

		if (prometheus_label(names, list->items[i].key, l->is_wanted))
			prometheus_labels_put(l, (struct label){ { names->p +
			    begin, names->len - begin },
			    list->items[i].value });
	}
}

double
prometheus_value(const struct point *point)
{
	double value = metrics[point->metric].type == METRIC_FLOAT ?
	    point->value.f : (double)point->value.u;
	double divisor = prometheus_name(point->metric)->divisor;

	return divisor == 1 ? value : value / divisor;
}
