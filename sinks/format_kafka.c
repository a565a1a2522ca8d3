/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/json_out.h"
#include "common/mem.h"
#include "common/number.h"
#include "common/timestamp.h"

#include "sinks/format_kafka.h"

#define MESSAGES_MIN 1024

bool
kafka_key_find(struct str name, enum kafka_key *out)
{
	static const char *const names[KAFKA_KEY_COUNT] = {
		[KAFKA_KEY_NONE] = "none",
		[KAFKA_KEY_POD] = "pod",
		[KAFKA_KEY_NODE] = "node",
		[KAFKA_KEY_NAMESPACE] = "namespace",
	};

	for (unsigned i = 0; i < KAFKA_KEY_COUNT; i++) {
		if (!str_is(name, names[i]))
			continue;
		*out = (enum kafka_key)i;
		return true;
	}
	return false;
}

void
kafka_messages_clear(struct kafka_messages *m)
{
	buf_reset(&m->text);
	m->n = 0;
}

void
kafka_messages_fini(struct kafka_messages *m)
{
	buf_fini(&m->text);
	free(m->items);
	*m = (struct kafka_messages){ .items = NULL };
}

static struct kafka_message *
add_message(struct kafka_messages *m)
{
	if (m->n == m->cap) {
		m->cap = m->cap == 0 ? MESSAGES_MIN : 2 * m->cap;
		m->items = xrealloc(m->items, m->cap, sizeof *m->items);
	}
	m->items[m->n] = (struct kafka_message){ .state = KAFKA_WAITING };
	return &m->items[m->n++];
}

/* NULL: it is not in one, or is none itself. */
static const struct metric_set *
pod_of(const struct frame *f, const struct metric_set *s)
{
	if (s->type == SET_POD_CONTAINER)
		s = &f->sets[s->parent];
	return s->type == SET_POD ? s : NULL;
}

static struct str
namespace_of(const struct frame *f, const struct metric_set *s)
{
	const struct metric_set *pod = pod_of(f, s);

	if (pod != NULL)
		return pod->namespace_name;
	return s->type == SET_NAMESPACE ? s->name : (struct str){ NULL, 0 };
}

/* Appends it. */
static void
add_key(struct buf *out, enum kafka_key key, const struct frame *f,
    const struct metric_set *s)
{
	const struct metric_set *pod = pod_of(f, s);
	struct str space = namespace_of(f, s);

	if (key == KAFKA_KEY_NONE)
		return;
	if (key == KAFKA_KEY_POD && pod != NULL) {
		buf_add_str(out, space);
		buf_add_char(out, '/');
		buf_add_str(out, pod->name);
	} else if (key == KAFKA_KEY_NAMESPACE && space.len > 0) {
		buf_add_str(out, space);
	} else if (f->kind == FRAME_NODE) {
		buf_add_str(out, f->node);
	} else {
		buf_add_str(out, space.len > 0 ? space : STR("cluster"));
	}
}

static void
make_tail(struct kafka_format *format, int64_t window_ns,
    const struct label_list *labels)
{
	struct buf *out = &format->tail;
	char time[TIMESTAMP_MAX_BYTES];

	buf_reset(out);
	buf_add_str(out, STR("},\"MetricsTimestamp\":\""));
	buf_add(out, time, timestamp_print(time, window_ns));
	buf_add_str(out, STR("\",\"MetricsTags\":{"));
	for (size_t i = 0; i < labels->n; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		json_quote(out, labels->items[i].key, true);
		buf_add_char(out, ':');
		json_quote(out, labels->items[i].value, true);
	}
	buf_add_str(out, STR("}}"));
}

static void
add_value(struct buf *out, const struct point *point, struct str tail)
{
	char number[NUMBER_MAX_BYTES];

	buf_add_str(out, STR("{\"MetricsName\":"));
	json_quote(out, point->name, true);
	buf_add_str(out, STR(",\"MetricsValue\":{\"value\":"));
	buf_add(out, number, metrics[point->metric].type == METRIC_FLOAT ?
	    print_double(number, point->value.f) :
	    print_u64(number, point->value.u));
	buf_add_str(out, tail);
}

bool
format_kafka(struct kafka_messages *out, struct kafka_format *format,
    const struct frame *f)
{
	struct buf *text = &out->text;
	size_t n_before = out->n, len_before = text->len;
	size_t key = text->len, key_end = key, set = SIZE_MAX;
	struct point point;

	text->max_bytes = KAFKA_TEXT_BYTES_MAX;
	points_begin(&format->points, f, &format->filter);
	while (points_next(&format->points, &point) && !text->failed) {
		struct kafka_message *m = add_message(out);

		if (point.has_new_labels)
			make_tail(format, f->window_ns, point.labels);
		if (point.set != set) {
			set = point.set;
			key = text->len;
			add_key(text, format->key, f, &f->sets[set]);
			key_end = text->len;
		}
		m->key = key;
		m->key_len = (uint32_t)(key_end - key);
		m->value = text->len;
		add_value(text, &point, buf_str(&format->tail));
		m->value_len = (uint32_t)(text->len - m->value);
	}
	if (!text->failed && !format->tail.failed)
		return true;
	text->failed = false;
	text->len = len_before;
	out->n = n_before;
	return false;
}

void
kafka_format_fini(struct kafka_format *format)
{
	points_fini(&format->points);
	buf_fini(&format->tail);
}
