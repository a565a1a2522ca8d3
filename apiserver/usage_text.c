/* SPDX-License-Identifier: ISC */
/* Items of lists of the Metrics API, as JSON and as protocol buffers. */
#include "config.h"

#include <string.h>

#include "common/json_out.h"
#include "common/mem.h"
#include "common/timestamp.h"

#include "apiserver/label_list.h"
#include "apiserver/protobuf.h"
#include "apiserver/usage_node.h"

#define TIME_LEN 20		/* "2006-01-02T15:04:05Z" */
#define SECONDS_LEN 5		/* as a varint, until the year 3058 */

enum { OBJECT_METADATA = 1, OBJECT_TIMESTAMP, OBJECT_WINDOW, OBJECT_USAGE };
enum {
	META_NAME = 1, META_GENERATE_NAME, META_NAMESPACE, META_SELF_LINK,
	META_UID, META_RESOURCE_VERSION, META_GENERATION, META_CREATED,
	META_LABELS = 11,
};

struct making {
	const struct usage_node *node;
	struct usage_text *to;
	struct str separator;
	int64_t now_ns, max_age_ns;
};

static void
add_time(struct buf *out, int64_t at_ns)
{
	char text[TIMESTAMP_MAX_BYTES];

	buf_add(out, text, timestamp_print(text, at_ns - at_ns % NS_PER_S));
}

static void
json_metadata(struct buf *out, const struct resource_object *o,
    struct usage_place *place)
{
	struct label_list labels;

	label_list_read(&labels, &o->labels);
	buf_add_str(out, STR("{\"metadata\":{\"name\":"));
	json_quote(out, o->name, true);
	if (o->item != &o->node->self) {
		buf_add_str(out, STR(",\"namespace\":"));
		json_quote(out, o->namespace_name, true);
	}
	buf_add_str(out, STR(",\"creationTimestamp\":\""));
	place->created_at = out->len - place->at;
	buf_add_str(out, STR("0001-01-01T00:00:00Z\""));
	for (size_t i = 0; i < labels.n; i++) {
		buf_add_str(out, i == 0 ? STR(",\"labels\":{") : STR(","));
		json_quote(out, labels.items[i].key, true);
		buf_add_char(out, ':');
		json_quote(out, labels.items[i].value, true);
	}
	buf_add_str(out, labels.n > 0 ? STR("}}") : STR("}"));
	place->metadata_len = out->len - place->at;
}

static void
json_usage(struct buf *out, const struct usage_value *v)
{
	char text[USAGE_AMOUNT_MAX_BYTES];
	bool is_first = true;

	buf_add_str(out, STR("\"usage\":{"));
	for (enum usage_resource r = 0; r < USAGE_RESOURCE_COUNT; r++) {
		if ((v->present >> r & 1) == 0)
			continue;
		buf_add_str(out, is_first ? STR("\"") : STR(",\""));
		buf_add_str(out, usage_resource_name(r));
		buf_add_str(out, STR("\":\""));
		buf_add(out, text, usage_amount_print(text, r,
		    v->amounts[r]));
		buf_add_char(out, '"');
		is_first = false;
	}
	buf_add_char(out, '}');
}

static void
json_item(const struct making *m, const struct resource_object *o,
    const struct usage_value *sum, struct usage_place *place)
{
	struct buf *out = &m->to->text;
	char window[USAGE_DURATION_MAX_BYTES];
	size_t n, n_shown = 0;
	const struct usage_container *c = usage_containers(o, &n);

	json_metadata(out, o, place);
	buf_add_str(out, STR(",\"timestamp\":\""));
	add_time(out, sum->at_ns);
	buf_add_str(out, STR("\",\"window\":\""));
	buf_add(out, window, usage_duration_print(window, sum->window_ns));
	buf_add_str(out, STR("\","));
	if (o->item == &o->node->self) {
		json_usage(out, &c->usage.value);
		buf_add_char(out, '}');
		return;
	}
	for (; n > 0; n--, c++) {
		if (!usage_is_good(&c->usage, m->now_ns, m->max_age_ns))
			continue;
		buf_add_str(out, n_shown++ == 0 ?
		    STR("\"containers\":[{\"name\":") : STR(",{\"name\":"));
		json_quote(out, usage_container_name(m->node, c), true);
		buf_add_char(out, ',');
		json_usage(out, &c->usage.value);
		buf_add_char(out, '}');
	}
	buf_add_str(out, STR("]}"));
}

static void
proto_pair(struct buf *out, unsigned field, struct str key, struct str value)
{
	size_t at = proto_begin(out, field);

	proto_str(out, 1, key);
	proto_str(out, 2, value);
	proto_end(out, at);
}

static void
proto_time(struct buf *out, unsigned field, int64_t at_ns)
{
	size_t at = proto_begin(out, field);

	proto_u64(out, 1, (uint64_t)(at_ns / NS_PER_S));
	proto_u64(out, 2, 0);
	proto_end(out, at);
}

/* Where the time of the request goes may move while lengths are put in. */
static void
proto_metadata(struct buf *out, const struct resource_object *o,
    struct usage_place *place)
{
	size_t message = proto_begin(out, OBJECT_METADATA), created, before;
	struct label_list labels;

	label_list_read(&labels, &o->labels);
	proto_str(out, META_NAME, o->name);
	proto_str(out, META_GENERATE_NAME, STR(""));
	proto_str(out, META_NAMESPACE, o->namespace_name);
	proto_str(out, META_SELF_LINK, STR(""));
	proto_str(out, META_UID, STR(""));
	proto_str(out, META_RESOURCE_VERSION, STR(""));
	proto_u64(out, META_GENERATION, 0);
	created = out->len + 3 - message;
	proto_time(out, META_CREATED, (INT64_C(1) << 30) * NS_PER_S);
	for (size_t i = 0; i < labels.n; i++)
		proto_pair(out, META_LABELS, labels.items[i].key,
		    labels.items[i].value);
	before = out->len;
	proto_end(out, message);
	place->created_at = message - place->at + created + out->len - before;
	place->metadata_len = out->len - place->at;
}

static void
proto_usage(struct buf *out, unsigned field, const struct usage_value *v)
{
	for (enum usage_resource r = 0; r < USAGE_RESOURCE_COUNT; r++) {
		char text[USAGE_AMOUNT_MAX_BYTES];
		size_t at, quantity;

		if ((v->present >> r & 1) == 0)
			continue;
		at = proto_begin(out, field);
		proto_str(out, 1, usage_resource_name(r));
		quantity = proto_begin(out, 2);
		proto_str(out, 1, (struct str){ text,
		    usage_amount_print(text, r, v->amounts[r]) });
		proto_end(out, quantity);
		proto_end(out, at);
	}
}

static void
proto_item(const struct making *m, const struct resource_object *o,
    const struct usage_value *sum, struct usage_place *place)
{
	struct buf *out = &m->to->text;
	size_t n, window;
	const struct usage_container *c = usage_containers(o, &n);

	proto_metadata(out, o, place);
	proto_time(out, OBJECT_TIMESTAMP, sum->at_ns);
	window = proto_begin(out, OBJECT_WINDOW);
	proto_u64(out, 1, (uint64_t)sum->window_ns);
	proto_end(out, window);
	if (o->item == &o->node->self) {
		proto_usage(out, OBJECT_USAGE, &c->usage.value);
		return;
	}
	for (; n > 0; n--, c++) {
		size_t at;

		if (!usage_is_good(&c->usage, m->now_ns, m->max_age_ns))
			continue;
		at = proto_begin(out, OBJECT_USAGE);
		proto_str(out, 1, usage_container_name(m->node, c));
		proto_usage(out, 2, &c->usage.value);
		proto_end(out, at);
	}
}

static void
make_item(const struct making *m, const struct resource_item *item,
    enum usage_form form, struct usage_place *place)
{
	const struct resource_node *n = &m->node->base;
	struct resource_object o = {
		.namespace_name = resource_item_namespace(n, item),
		.name = resource_item_name(n, item),
		.labels = { .joined = resource_item_labels(n, item),
			.separator = m->separator },
		.node = n,
		.item = item,
	};
	struct usage_value sum;

	*place = (struct usage_place){ .at = m->to->text.len };
	if (!usage_sum(&o, m->now_ns, m->max_age_ns, &sum))
		return;
	if (form == USAGE_JSON)
		json_item(m, &o, &sum, place);
	else
		proto_item(m, &o, &sum, place);
	place->len = m->to->text.len - place->at;
	place->at_ns = sum.at_ns;
	if (m->to->good_until_ns > sum.frame_ns + m->max_age_ns)
		m->to->good_until_ns = sum.frame_ns + m->max_age_ns;
}

void
usage_text_make(struct usage_node *n, struct str separator,
    enum usage_form form, int64_t now_ns, int64_t max_age_ns)
{
	struct making m = {
		.node = n, .to = &n->texts[form], .separator = separator,
		.now_ns = now_ns, .max_age_ns = max_age_ns,
	};

	m.to->good_until_ns = INT64_MAX;
	m.to->places = xrealloc(m.to->places, n->base.n_pods + 1,
	    sizeof *m.to->places);
	buf_reset(&m.to->text);
	make_item(&m, &n->base.self, form, &m.to->places[0]);
	for (size_t i = 0; i < n->base.n_pods; i++)
		make_item(&m, &n->base.pods[i], form, &m.to->places[i + 1]);
	m.to->is_made = !m.to->text.failed;
}

void
usage_item_add(struct buf *out, const struct usage_item *item, size_t from,
    size_t len, enum usage_form form, int64_t now_ns)
{
	char text[TIMESTAMP_MAX_BYTES];
	size_t at = out->len + item->created_at - from;

	buf_add(out, item->text.p + from, len);
	if (out->failed)
		return;
	if (form == USAGE_JSON) {
		now_ns -= now_ns % NS_PER_S;
		if (timestamp_print(text, now_ns) == TIME_LEN)
			memcpy(out->p + at, text, TIME_LEN);
		return;
	}
	for (int i = 0; i < SECONDS_LEN; i++)
		out->p[at + (size_t)i] = (char)((now_ns / NS_PER_S >> 7 * i &
		    0x7f) | (i < SECONDS_LEN - 1 ? 0x80 : 0));
}
