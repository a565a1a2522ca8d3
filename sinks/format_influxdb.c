/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "common/number.h"

#include "sinks/decimal.h"
#include "sinks/format_influxdb.h"

static const struct str ids[INFLUX_ID_COUNT] = {
	[INFLUX_HOST_ID] = STR_INIT("host_id"),
	[INFLUX_HOSTNAME] = STR_INIT("hostname"),
	[INFLUX_NAMESPACE_ID] = STR_INIT("namespace_id"),
	[INFLUX_POD_ID] = STR_INIT("pod_id"),
};

bool
influx_id_find(struct str label, enum influx_id *out)
{
	for (unsigned i = 0; i < INFLUX_ID_COUNT; i++)
		if (str_eq(label, ids[i])) {
			*out = (enum influx_id)i;
			return true;
		}
	return false;
}

/* A counter that has its rate beside it. */
static bool
has_rate(enum metric m)
{
	switch (m) {
#define X(counter, rate, factor) case METRIC_##counter:
	METRIC_RATES(X)
	METRIC_LABELLED_RATES(X)
#undef X
		return true;
	default:
		return false;
	}
}

static bool
is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

/* special are the characters that get a backslash; the blank is one. */
static void
escape(struct buf *out, struct str s, const char *special)
{
	char *p;
	size_t n = 0;

	p = buf_reserve(out, 2 * s.len);
	if (p == NULL)
		return;
	for (size_t i = 0; i < s.len; i++) {
		char c = is_control(s.p[i]) ? ' ' : s.p[i];

		if (strchr(special, c) != NULL)
			p[n++] = '\\';
		p[n++] = c;
	}
	if (n > 0 && p[n - 1] == '\\')	/* it would escape what follows */
		p[n - 1] = '_';
	out->len += n;
}

static void
add_tag(struct buf *tags, struct str key, struct str value)
{
	if (key.len == 0 || value.len == 0)
		return;
	buf_add_char(tags, ',');
	escape(tags, key, ", =");
	buf_add_char(tags, '=');
	escape(tags, value, ", =");
}

static void
make_tags(struct influx_format *format, const struct label_list *labels)
{
	static const struct str cluster_key = STR_INIT("cluster_name");
	bool has_cluster = false;
	enum influx_id id;

	buf_reset(&format->tags);
	for (size_t i = 0; i < labels->n; i++) {
		struct label label = labels->items[i];
		int order = str_cmp(label.key, cluster_key);

		if (order >= 0 && !has_cluster) {
			add_tag(&format->tags, cluster_key,
			    format->cluster_name);
			has_cluster = true;
		}
		if (order != 0 && (!influx_id_find(label.key, &id) ||
		    format->has_tag[id]))
			add_tag(&format->tags, label.key, label.value);
	}
	if (!has_cluster)
		add_tag(&format->tags, cluster_key, format->cluster_name);
}

/* Only composed names have what is to be escaped. */
static void
add_name(struct buf *out, const struct influx_format *format,
    const struct point *point)
{
	struct str field = point->name, measurement = str_cut(&field, '/');
	bool has_field = format->want_fields && measurement.len > 0 &&
	    field.len > 0;

	if (!has_field)
		measurement = point->name;
	if (metric_is_composed(point->metric))
		escape(out, measurement, ", ");
	else
		buf_add_str(out, measurement);
	buf_add_str(out, buf_str(&format->tags));
	buf_add_char(out, ' ');
	if (has_field)
		escape(out, field, ", \"=");
	else
		buf_add(out, "value", 5);
	buf_add_char(out, '=');
}

static void
add_value(struct buf *out, const struct point *point)
{
	char text[DECIMAL_MAX_BYTES];

	if (metrics[point->metric].type == METRIC_FLOAT) {
		buf_add(out, text, print_decimal(text, point->value.f));
	} else {
		buf_add_u64(out, point->value.u);
		buf_add_char(out, 'i');
	}
}

static bool
is_wanted(const struct influx_format *format, const struct point *point)
{
	if (format->without_counters && has_rate(point->metric))
		return false;
	return metrics[point->metric].type == METRIC_FLOAT ||
	    point->value.u <= INT64_MAX;
}

uint64_t
format_influxdb(struct buf *out, struct influx_format *format,
    const struct frame *f)
{
	char end[NUMBER_MAX_BYTES + 2];
	struct point point;
	uint64_t n = 0;
	size_t n_end;

	end[0] = ' ';
	n_end = 1 + print_i64(end + 1, f->window_ns);
	end[n_end++] = '\n';
	points_begin(&format->points, f, &format->filter);
	while (points_next(&format->points, &point)) {
		if (point.has_new_labels)
			make_tags(format, point.labels);
		if (!is_wanted(format, &point))
			continue;
		add_name(out, format, &point);
		add_value(out, &point);
		buf_add(out, end, n_end);
		n++;
	}
	return n;
}

void
influx_format_fini(struct influx_format *format)
{
	points_fini(&format->points);
	buf_fini(&format->tags);
}
