/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/labels.h"
#include "common/timestamp.h"

#include "sinks/format_log.h"

/* What Go's Time.UnixNano() gives for the zero time. */
#define GO_ZERO_TIME_UNIX_NANO INT64_C(-6795364578871345152)

struct keyed_set {
	struct str key;
	size_t set;
};

static int
by_key(const void *a, const void *b)
{
	const struct keyed_set *x = a, *y = b;

	return str_cmp(x->key, y->key);
}

/* A name can have line breaks in it, or what a terminal obeys. */
static void
add_name(struct buf *out, struct str name)
{
	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.p[i];

		if (c < ' ' || c == 0x7f)
			buf_addf(out, "\\x%02x", c);
		else
			buf_add_char(out, (char)c);
	}
}

static void
format_label(struct buf *out, const char *indent, const struct label *l)
{
	buf_addf(out, "%s", indent);
	add_name(out, l->key);
	buf_add_str(out, STR(" = "));
	add_name(out, l->value);
	buf_add_char(out, '\n');
}

static void
format_time(struct buf *out, const char *what, int64_t at_ns)
{
	char text[TIMESTAMP_MAX_BYTES];
	size_t n = timestamp_print_go(text, at_ns);

	buf_addf(out, "   %s time: %.*s %" PRId64 "\n", what, (int)n, text,
	    at_ns == 0 ? GO_ZERO_TIME_UNIX_NANO : at_ns);
}

static void
format_value(struct buf *out, struct str name, enum metric m,
    union metric_value v)
{
	buf_add_str(out, STR("      "));
	add_name(out, name);
	if (metrics[m].type == METRIC_FLOAT)
		buf_addf(out, " = %f\n", v.f);
	else
		buf_addf(out, " = %" PRIu64 "\n", v.u);
}

/* A metric that is told without labels: a plain or a composed one. */
struct named_value {
	struct str name;
	enum metric metric;
	union metric_value value;
};

static int
by_name(const void *a, const void *b)
{
	const struct named_value *x = a, *y = b;

	return str_cmp(x->name, y->name);
}

/* Returns how many; SIZE_MAX when the arena is full. */
static size_t
find_composed(struct named_value *values, const struct resource *r,
    struct arena *a)
{
	uint32_t todo = r->present & metrics_composed;
	size_t n = 0;

	for (; todo != 0; todo &= todo - 1, n++) {
		unsigned i = (unsigned)__builtin_ctz(todo);
		struct buf name = BUF_INIT;

		values[n].metric = (enum metric)(METRIC_PLAIN_COUNT + i);
		values[n].value = r->values[i];
		metric_compose(&name, values[n].metric, r->resource_id);
		values[n].name = arena_str(a, buf_str(&name));
		buf_fini(&name);
		if (values[n].name.p == NULL)
			return SIZE_MAX;
	}
	return n;
}

static bool
format_metrics(struct buf *out, const struct metric_set *s, struct arena *a)
{
	struct named_value values[METRIC_PLAIN_COUNT +
	    FRAME_RESOURCES_MAX * METRIC_COMPOSED_COUNT];
	size_t n = 0;

	for (unsigned m = 0; m < METRIC_PLAIN_COUNT; m++)
		if (set_has(s, (enum metric)m))
			values[n++] = (struct named_value){ metrics[m].name,
				(enum metric)m, s->values[m] };
	for (uint32_t r = 0; r < s->n_resources && r < FRAME_RESOURCES_MAX;
	    r++) {
		size_t more = find_composed(values + n, &s->resources[r], a);

		if (more == SIZE_MAX)
			return false;
		n += more;
	}
	qsort(values, n, sizeof *values, by_name);
	for (size_t i = 0; i < n; i++)
		format_value(out, values[i].name, values[i].metric,
		    values[i].value);
	return true;
}

static void
format_resource(struct buf *out, const struct resource *r)
{
	struct label_list labels;

	labels_of_resource(&labels, r);
	for (unsigned i = 0; i < METRIC_LABELLED_COUNT; i++) {
		enum metric m = (enum metric)(METRIC_PLAIN_COUNT + i);

		if ((r->present >> i & 1) == 0 || metric_is_composed(m))
			continue;
		format_value(out, metrics[m].name, m, r->values[i]);
		for (size_t l = 0; l < labels.n; l++)
			format_label(out, "         ", &labels.items[l]);
	}
}

static bool
format_set(struct buf *out, const struct frame *f, const struct keyed_set *k,
    struct arena *a)
{
	const struct metric_set *s = &f->sets[k->set];
	struct label_list labels;

	buf_add_str(out, STR("MetricSet: "));
	add_name(out, k->key);
	buf_add_char(out, '\n');
	format_time(out, "Scrape", s->scraped_ns);
	format_time(out, "Create", s->start_ns);
	buf_add_str(out, STR("   Labels:\n"));
	labels_of_set(&labels, f, k->set);
	for (size_t i = 0; i < labels.n; i++)
		format_label(out, "      ", &labels.items[i]);
	buf_add_str(out, STR("   Metrics:\n"));
	if (!format_metrics(out, s, a))
		return false;
	buf_add_str(out, STR("   Labeled Metrics:\n"));
	for (size_t i = 0; i < s->n_resources; i++)
		format_resource(out, &s->resources[i]);
	buf_add_char(out, '\n');
	return true;
}

bool
format_log(struct buf *out, const struct frame *f, struct arena *a)
{
	struct keyed_set *keyed;
	struct buf key = BUF_INIT;
	char text[TIMESTAMP_MAX_BYTES];
	size_t n;

	keyed = arena_alloc(a, (f->n_sets + 1) * sizeof *keyed);
	if (keyed == NULL)
		return false;
	for (size_t i = 0; i < f->n_sets; i++) {
		buf_reset(&key);
		labels_key(&key, f, i);
		keyed[i].set = i;
		keyed[i].key = arena_str(a, buf_str(&key));
		if (keyed[i].key.p == NULL) {
			buf_fini(&key);
			return false;
		}
	}
	buf_fini(&key);
	qsort(keyed, f->n_sets, sizeof *keyed, by_key);
	n = timestamp_print_go(text, f->window_ns);
	buf_addf(out, "DataBatch     Timestamp: %.*s\n\n", (int)n, text);
	for (size_t i = 0; i < f->n_sets; i++)
		if (!format_set(out, f, &keyed[i], a))
			return false;
	return true;
}
