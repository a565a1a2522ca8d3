/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/number.h"
#include "common/number_put.h"

#include "sinks/byte_map.h"
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
		if (label.len == ids[i].len && str_eq(label, ids[i])) {
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

/* Characters that get a backslash: in tags, measurements and fields. */
static struct byte_map tag_map, measurement_map, field_map;

static void
make_maps(void)
{
	byte_map_make(&tag_map, ", =", '\\');
	byte_map_make(&measurement_map, ", ", '\\');
	byte_map_make(&field_map, ", \"=", '\\');
}

/* Control characters are blanks. */
static void
escape(struct buf *out, struct str s, const struct byte_map *map)
{
	char *p = buf_reserve(out, 2 * s.len);
	size_t n = 0;

	if (p == NULL)
		return;
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		p[n++] = (char)map->to[c];
		if (map->to[c] != c)
			p[n++] = c < ' ' || c == 0x7f ? ' ' : (char)c;
	}
	if (n > 0 && p[n - 1] == '\\')	/* it would escape what follows */
		p[n - 1] = '_';
	out->len += n;
}

static bool
take_tag(const void *arg, struct label *label, struct buf *names)
{
	const struct influx_format *format = arg;
	enum influx_id id;

	(void)names;
	return !influx_id_find(label->key, &id) || format->has_tag[id];
}

static void
write_tag(const void *arg, struct buf *out, const struct label *label)
{
	(void)arg;
	if (label->key.len == 0 || label->value.len == 0)
		return;
	buf_add_char(out, ',');
	escape(out, label->key, &tag_map);
	buf_add_char(out, '=');
	escape(out, label->value, &tag_map);
}

/* Only composed names have what is to be escaped. */
static void
find_name(struct influx_format *format, const struct point *point,
    struct str *measurement, struct str *field)
{
	struct str rest = point->name, first;

	*measurement = point->name;
	*field = STR("value");
	if (format->want_fields) {
		first = str_cut(&rest, '/');
		if (first.len > 0 && rest.len > 0) {
			*measurement = first;
			*field = rest;
		}
	}
	if (!metric_is_composed(point->metric))
		return;
	buf_reset(&format->name);
	escape(&format->name, *measurement, &measurement_map);
	*measurement = buf_str(&format->name);
	buf_reset(&format->field);
	escape(&format->field, *field, &field_map);
	*field = buf_str(&format->field);
}

static void
add_line(struct buf *out, const struct point *point, struct str measurement,
    struct str tags, struct str field, struct str end)
{
	char *p = buf_reserve(out, measurement.len + tags.len + field.len +
	    DECIMAL_MAX_BYTES + end.len + 3);

	if (p == NULL)
		return;
	p = str_put(p, measurement);
	p = str_put(p, tags);
	*p++ = ' ';
	p = str_put(p, field);
	*p++ = '=';
	if (metrics[point->metric].type == METRIC_FLOAT) {
		p += print_decimal(p, point->value.f);
	} else {
		p = number_put_u64(p, point->value.u);
		*p++ = 'i';
	}
	p = str_put(p, end);
	out->len = (size_t)(p - out->p);
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
	const struct label_text_how how = {
		.take = take_tag,
		.write = write_tag,
		.arg = format,
		.extra = { STR("cluster_name"), format->cluster_name },
	};
	char text[NUMBER_MAX_BYTES + 2];
	struct str end = { text, 0 }, measurement, field;
	struct point point;
	uint64_t n = 0;

	make_maps();
	text[0] = ' ';
	end.len = 1 + print_i64(text + 1, f->window_ns);
	text[end.len++] = '\n';
	label_text_begin(&format->tags);
	format->points.leaves_labels = true;
	points_begin(&format->points, f, &format->filter);
	while (points_next(&format->points, &point)) {
		if (!is_wanted(format, &point))
			continue;
		find_name(format, &point, &measurement, &field);
		add_line(out, &point, measurement, label_text(&format->tags,
		    &how, &format->points, &point), field, end);
		n++;
	}
	return n;
}

void
influx_format_fini(struct influx_format *format)
{
	points_fini(&format->points);
	label_text_fini(&format->tags);
	buf_fini(&format->name);
	buf_fini(&format->field);
}
