/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "common/json_out.h"
#include "common/number.h"

#include "sinks/format_elasticsearch.h"

/* Of ids: never to be changed, or what comes again is there twice. */
#define ID_SEED_1 UINT64_C(0x6865617073746572)
#define ID_SEED_2 UINT64_C(0x656c617374696373)

const struct elastic_family_name elastic_families[ELASTIC_FAMILY_COUNT] = {
	[ELASTIC_CPU] = { STR_INIT("cpu"), STR_INIT("CpuMetricsTimestamp") },
	[ELASTIC_FILESYSTEM] = { STR_INIT("filesystem"),
	    STR_INIT("FilesystemMetricsTimestamp") },
	[ELASTIC_MEMORY] = { STR_INIT("memory"),
	    STR_INIT("MemoryMetricsTimestamp") },
	[ELASTIC_NETWORK] = { STR_INIT("network"),
	    STR_INIT("NetworkMetricsTimestamp") },
	[ELASTIC_GENERAL] = { STR_INIT("general"),
	    STR_INIT("GeneralMetricsTimestamp") },
};

enum elastic_family
elastic_family(enum metric m)
{
	struct str rest = metrics[m].name;
	struct str first = str_cut(&rest, '/');

	for (unsigned i = 0; rest.p != NULL && i < ELASTIC_GENERAL; i++)
		if (str_eq(first, elastic_families[i].name))
			return (enum elastic_family)i;
	return ELASTIC_GENERAL;
}

static int
compare_metrics(const void *a, const void *b)
{
	enum metric m = *(const enum metric *)a, n = *(const enum metric *)b;
	int order = (int)elastic_family(m) - (int)elastic_family(n);

	return order != 0 ? order : str_cmp(metrics[m].name, metrics[n].name);
}

static void
make_order(struct elastic_format *format)
{
	for (unsigned m = 0; m < METRIC_COUNT; m++) {
		format->order[m] = (enum metric)m;
		format->families[m] = elastic_family((enum metric)m);
	}
	qsort(format->order, METRIC_COUNT, sizeof format->order[0],
	    compare_metrics);
	format->has_order = true;
}

void
elastic_index_name(struct buf *out, struct str index, int64_t at_ns)
{
	char text[TIMESTAMP_MAX_BYTES];

	timestamp_print(text, at_ns == 0 ? 1 : at_ns);
	buf_addf(out, "%.*s-%.4s.%.2s.%.2s", STR_ARG(index), text, text + 5,
	    text + 8);
}

size_t
elastic_record_len(struct str rest)
{
	const char *end = memchr(rest.p, '\n', rest.len);
	size_t n = end == NULL ? rest.len : (size_t)(end - rest.p) + 1;

	end = memchr(rest.p + n, '\n', rest.len - n);
	return end == NULL ? rest.len : (size_t)(end - rest.p) + 1;
}

/* Keeps the tags sorted; of equal keys the later one counts. */
static size_t
put_tag(struct label *tags, size_t n, struct label tag)
{
	size_t at = n;
	int order = 1;

	while (at > 0 && (order = str_cmp(tag.key, tags[at - 1].key)) < 0)
		at--;
	if (at > 0 && order == 0) {
		tags[at - 1] = tag;
		return n;
	}
	memmove(&tags[at + 1], &tags[at], (n - at) * sizeof *tags);
	tags[at] = tag;
	return n + 1;
}

/* A dot would make objects of names: "app" and "app.kubernetes.io/name" cannot
 * be in one index. */
static struct str
tag_name(struct elastic_format *format, struct str key)
{
	size_t begin = format->names.len;

	if (!format->want_underscores || key.len == 0 ||
	    memchr(key.p, '.', key.len) == NULL)
		return key;
	buf_add_str(&format->names, key);
	for (size_t i = begin; i < format->names.len; i++)
		if (format->names.p[i] == '.')
			format->names.p[i] = '_';
	return (struct str){ format->names.p + begin, key.len };
}

static void
make_tags(struct elastic_format *format, const struct label_list *labels)
{
	struct label tags[LABELS_MAX + 1];
	size_t n = 0, n_bytes = 0;

	buf_reset(&format->names);
	buf_reset(&format->tags);
	for (size_t i = 0; i < labels->n; i++)
		n_bytes += labels->items[i].key.len;
	/* Keys point into it: it must not move. */
	if (buf_reserve(&format->names, n_bytes) == NULL)
		return;
	for (size_t i = 0; i < labels->n; i++)
		if (labels->items[i].key.len > 0)
			n = put_tag(tags, n, (struct label){ tag_name(format,
			    labels->items[i].key), labels->items[i].value });
	n = put_tag(tags, n,
	    (struct label){ STR("cluster_name"), format->cluster_name });
	for (size_t i = 0; i < n; i++) {
		buf_add_char(&format->tags, i == 0 ? '{' : ',');
		json_quote(&format->tags, tags[i].key, true);
		buf_add_char(&format->tags, ':');
		json_quote(&format->tags, tags[i].value, true);
	}
	buf_add_char(&format->tags, '}');
}

static void
add_value(struct buf *out, enum metric m, union metric_value value)
{
	char number[NUMBER_MAX_BYTES];

	buf_add_str(out, STR("{\"value\":"));
	if (metrics[m].type == METRIC_FLOAT)
		buf_add(out, number, print_double(number, value.f));
	else
		buf_add_u64(out, value.u);
	buf_add_char(out, '}');
}

static void
add_hex(struct buf *out, uint64_t v)
{
	char text[16];

	for (size_t i = sizeof text; i-- > 0; v >>= 4)
		text[i] = "0123456789abcdef"[v & 15];
	buf_add(out, text, sizeof text);
}

/* what: the family, or the name of the metric. */
static void
add_action(struct buf *out, const struct elastic_format *format,
    enum elastic_family family, struct str what)
{
	const struct buf *tags = &format->tags;

	buf_add_str(out, buf_str(&format->action_begin));
	add_hex(out, hash_bytes(tags->p, tags->len,
	    hash_bytes(what.p, what.len, ID_SEED_1)));
	add_hex(out, hash_bytes(tags->p, tags->len,
	    hash_bytes(what.p, what.len, ID_SEED_2)));
	buf_add_str(out, buf_str(&format->texts[family].action_end));
}

static void
make_action_end(struct elastic_format *format, enum elastic_family family,
    struct str index)
{
	struct buf *out = &format->texts[family].action_end;

	buf_reset(out);
	buf_add_str(out, STR("\",\"_index\":"));
	json_quote(out, index, true);
	if (format->version <= ELASTIC_6)
		buf_addf(out, ",\"_type\":\"%s\"", format->version ==
		    ELASTIC_6 ? ELASTIC_TYPE : elastic_families[family].name.p);
	if (format->pipeline.p != NULL) {
		buf_add_str(out, STR(",\"pipeline\":"));
		json_quote(out, format->pipeline, true);
	}
	buf_add_str(out, STR("}}\n"));
}

/* Fields stand in the order of the alphabet: of the network family the time
 * comes last. */
static void
make_texts_of(struct elastic_format *format, enum elastic_family family,
    struct str time)
{
	const struct elastic_family_name *name = &elastic_families[family];
	struct elastic_frame_texts *texts = &format->texts[family];
	struct buf *timed = family == ELASTIC_NETWORK ? &texts->end :
	    &texts->begin;

	buf_reset(&texts->begin);
	buf_reset(&texts->end);
	buf_add_char(&texts->begin, '{');
	if (format->version >= ELASTIC_6)
		buf_addf(&texts->begin, "\"@timestamp\":\"%.*s\","
		    "\"family\":\"%s\",", STR_ARG(time), name->name.p);
	if (family == ELASTIC_NETWORK)
		buf_add_char(timed, ',');
	buf_addf(timed, "\"%s\":\"%.*s\"", name->timestamp.p, STR_ARG(time));
	if (family != ELASTIC_NETWORK)
		buf_add_char(timed, ',');
	buf_add_str(&texts->end, STR("}\n"));
}

static void
make_texts(struct elastic_format *format, int64_t window_ns)
{
	char text[TIMESTAMP_MAX_BYTES];
	struct str time = { text, timestamp_print(text, window_ns) };
	struct buf index = BUF_INIT;

	if (format->is_stream)
		buf_add_str(&index, format->index);
	else
		elastic_index_name(&index, format->index, window_ns);
	buf_reset(&format->action_begin);
	buf_addf(&format->action_begin, "{\"%s\":{\"_id\":\"%lld-",
	    format->is_stream ? "create" : "index",
	    (long long)(window_ns / NS_PER_US));
	for (unsigned i = 0; i < ELASTIC_FAMILY_COUNT; i++) {
		make_action_end(format, (enum elastic_family)i,
		    buf_str(&index));
		make_texts_of(format, (enum elastic_family)i, time);
	}
	buf_fini(&index);
}

static void
add_tags(struct buf *out, const struct elastic_format *format)
{
	buf_add_str(out, STR("\"MetricsTags\":"));
	buf_add_str(out, buf_str(&format->tags));
}

static void
add_general(struct buf *out, const struct elastic_format *format,
    const struct point *point)
{
	add_action(out, format, ELASTIC_GENERAL, point->name);
	buf_add_str(out, buf_str(&format->texts[ELASTIC_GENERAL].begin));
	add_tags(out, format);
	buf_add_str(out, STR(",\"MetricsName\":"));
	json_quote(out, point->name, true);
	buf_add_str(out, STR(",\"MetricsValue\":"));
	add_value(out, point->metric, point->value);
	buf_add_str(out, buf_str(&format->texts[ELASTIC_GENERAL].end));
}

static void
begin_family(struct buf *out, const struct elastic_format *format,
    enum elastic_family family)
{
	add_action(out, format, family, elastic_families[family].name);
	buf_add_str(out, buf_str(&format->texts[family].begin));
	buf_add_str(out, STR("\"Metrics\":{\""));
}

static void
end_family(struct buf *out, const struct elastic_format *format,
    enum elastic_family family)
{
	buf_add_str(out, STR("},"));
	add_tags(out, format);
	buf_add_str(out, buf_str(&format->texts[family].end));
}

static bool
takes(struct elastic_format *format, enum metric m)
{
	uint64_t *present = m < METRIC_PLAIN_COUNT ? &format->present :
	    &format->present_labelled;
	uint64_t bit = UINT64_C(1) << (m < METRIC_PLAIN_COUNT ? m :
	    m - METRIC_PLAIN_COUNT);
	bool is_there = (*present & bit) != 0;

	*present &= ~bit;
	return is_there;
}

/* The documents of what was gathered of one set or resource. */
static uint64_t
add_families(struct buf *out, struct elastic_format *format)
{
	enum elastic_family current = ELASTIC_GENERAL;
	uint64_t n = 0;

	for (size_t i = 0; i < METRIC_COUNT &&
	    (format->present | format->present_labelled) != 0; i++) {
		enum metric m = format->order[i];
		enum elastic_family family;

		if (!takes(format, m))
			continue;
		family = format->families[m];
		if (family != current) {
			if (n++ > 0)
				end_family(out, format, current);
			begin_family(out, format, family);
			current = family;
		} else {
			buf_add_str(out, STR(",\""));
		}
		buf_add_str(out, metrics[m].name);
		buf_add_str(out, STR("\":"));
		add_value(out, m, format->values[m]);
	}
	if (n > 0)
		end_family(out, format, current);
	return n;
}

static void
gather(struct elastic_format *format, const struct point *point)
{
	enum metric m = point->metric;

	format->values[m] = point->value;
	if (m < METRIC_PLAIN_COUNT)
		format->present |= UINT64_C(1) << m;
	else
		format->present_labelled |= UINT64_C(1) <<
		    (m - METRIC_PLAIN_COUNT);
}

uint64_t
format_elasticsearch(struct buf *out, struct elastic_format *format,
    const struct frame *f)
{
	struct point point;
	uint64_t n = 0;

	if (!format->has_order)
		make_order(format);
	make_texts(format, f->window_ns);
	points_begin(&format->points, f, &format->filter);
	while (points_next(&format->points, &point)) {
		if (point.has_new_labels) {
			n += add_families(out, format);
			make_tags(format, point.labels);
		}
		if (format->families[point.metric] != ELASTIC_GENERAL) {
			gather(format, &point);
			continue;
		}
		add_general(out, format, &point);
		n++;
	}
	return n + add_families(out, format);
}

void
elastic_format_fini(struct elastic_format *format)
{
	points_fini(&format->points);
	buf_fini(&format->tags);
	buf_fini(&format->names);
	buf_fini(&format->action_begin);
	for (unsigned i = 0; i < ELASTIC_FAMILY_COUNT; i++) {
		buf_fini(&format->texts[i].action_end);
		buf_fini(&format->texts[i].begin);
		buf_fini(&format->texts[i].end);
	}
}
