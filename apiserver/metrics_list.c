/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "common/json_out.h"
#include "common/number.h"

#include "apiserver/field_selector.h"
#include "apiserver/list_options.h"
#include "apiserver/metrics_impl.h"
#include "apiserver/protobuf.h"

#define SELECTOR_BYTES_MAX ((size_t)4 << 20)

/* A list that is being written. */
struct listing {
	struct metrics_asked *q;
	struct buf *out;
	struct label_selector labels;
	struct field_selector fields;
	int64_t limit;			/* 0: none */
	struct str after_namespace, after;	/* absent: from the first on */
	struct buf next;		/* where the next page goes on */
	uint64_t n, n_left;
	size_t metadata_at;		/* in out: where it goes */
	size_t object_at;		/* of protobuf */
	uint32_t columns;
};

void
metrics_object_json(const struct metrics_asked *q, struct buf *out,
    const struct usage_item *item)
{
	struct str kind = metrics_kind(q);

	buf_addf(out, "{\"kind\":\"%.*s\",\"apiVersion\":\"%.*s\",",
	    STR_ARG(kind), STR_ARG(q->version));
	usage_item_add(out, item, 1, item->text.len - 1, USAGE_JSON,
	    q->rq->now_ns);
}

void
metrics_metadata_json(const struct metrics_asked *q, struct buf *out,
    const struct usage_item *item)
{
	buf_addf(out, "{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":"
	    "\"meta.k8s.io/%.*s\",", STR_ARG(q->wish.version));
	usage_item_add(out, item, 1, item->metadata_len - 1, USAGE_JSON,
	    q->rq->now_ns);
	buf_add_char(out, '}');
}

static bool
is_selected(const struct listing *l, const struct resource_object *o)
{
	const struct resource_node *n = o->node;
	const struct str values[FIELD_COUNT] = {
		[FIELD_NAME] = o->name,
		[FIELD_NAMESPACE] = o->namespace_name,
		[FIELD_NODE] = l->fields.n == 0 ? STR("") :
		    resource_item_name(n, &n->self),
	};
	int order;

	if (!o->item->has_metrics)
		return false;
	if (l->after.p != NULL) {
		order = str_cmp(o->namespace_name, l->after_namespace);
		if (order < 0 ||
		    (order == 0 && str_cmp(o->name, l->after) <= 0))
			return false;
	}
	return field_selector_matches(&l->fields, values) &&
	    label_selector_matches(&l->labels, &o->labels);
}

static void
add_proto(const struct listing *l, const struct usage_item *item)
{
	size_t len = l->q->wish.view == KUBE_ITSELF ? item->text.len :
	    item->metadata_len;

	buf_add_char(l->out, 2 << 3 | 2);
	proto_varint(l->out, len);
	usage_item_add(l->out, item, 0, len, USAGE_PROTOBUF,
	    l->q->rq->now_ns);
}

static void
add_json(struct listing *l, const struct resource_object *object,
    const struct usage_item *item)
{
	const struct metrics_asked *q = l->q;
	struct usage_value v;

	if (l->n > 0) {
		buf_add_char(l->out, ',');
	} else if (q->wish.view == KUBE_TABLE) {
		usage_sum(object, q->rq->now_ns, q->max_age_ns, &v);
		l->columns = v.present;
		metrics_table_columns(l->out, &v);
	}
	if (q->wish.view == KUBE_TABLE)
		metrics_table_row(q, l->out, object, item, l->columns);
	else if (q->wish.view == KUBE_ITSELF)
		usage_item_add(l->out, item, 0, item->text.len, USAGE_JSON,
		    q->rq->now_ns);
	else
		metrics_metadata_json(q, l->out, item);
}

static void
note_next(struct listing *l, const struct resource_object *object)
{
	buf_reset(&l->next);
	if (l->q->is_pods) {
		buf_add_str(&l->next, object->namespace_name);
		buf_add_char(&l->next, '/');
	}
	buf_add_str(&l->next, object->name);
}

static void
on_object(void *arg, const struct resource_object *object)
{
	struct listing *l = arg;
	struct usage_item item;

	if (!is_selected(l, object))
		return;
	item = usage_item(object, metrics_form(l->q), l->q->rq->now_ns,
	    l->q->max_age_ns);
	if (item.text.len == 0)
		return;
	if (l->limit > 0 && l->n == (uint64_t)l->limit) {
		l->n_left++;
		return;
	}
	metrics_note_told(l->q, &item);
	if (l->q->wish.form == KUBE_PROTOBUF)
		add_proto(l, &item);
	else
		add_json(l, object, &item);
	if (++l->n == (uint64_t)l->limit)
		note_next(l, object);
}

static void
begin_proto(struct listing *l)
{
	const struct metrics_asked *q = l->q;
	struct buf text = BUF_INIT;
	struct str kind = metrics_kind(q);

	if (q->wish.view == KUBE_ITSELF) {
		buf_addf(&text, "%.*sList", STR_ARG(kind));
		l->object_at = proto_object(l->out, q->version,
		    buf_str(&text));
	} else {
		buf_addf(&text, "meta.k8s.io/%.*s", STR_ARG(q->wish.version));
		l->object_at = proto_object(l->out, buf_str(&text),
		    STR("PartialObjectMetadataList"));
	}
	buf_fini(&text);
	l->metadata_at = l->out->len;
}

static void
begin_json(struct listing *l)
{
	const struct metrics_asked *q = l->q;
	struct str kind = metrics_kind(q);

	if (q->wish.view == KUBE_ITSELF)
		buf_addf(l->out, "{\"kind\":\"%.*sList\",\"apiVersion\":"
		    "\"%.*s\",\"metadata\":{", STR_ARG(kind),
		    STR_ARG(q->version));
	else
		buf_addf(l->out, "{\"kind\":\"%s\",\"apiVersion\":"
		    "\"meta.k8s.io/%.*s\",\"metadata\":{",
		    q->wish.view == KUBE_TABLE ? "Table" :
		    "PartialObjectMetadataList", STR_ARG(q->wish.version));
	l->metadata_at = l->out->len;
	buf_add_str(l->out, q->wish.view == KUBE_TABLE ? STR("},") :
	    STR("},\"items\":["));
}

static void
insert(struct buf *out, size_t at, struct str text)
{
	size_t len = out->len - at;

	if (text.len == 0 || buf_reserve(out, text.len) == NULL)
		return;
	memmove(out->p + at + text.len, out->p + at, len);
	memcpy(out->p + at, text.p, text.len);
	out->len += text.len;
}

static void
end_proto(struct listing *l)
{
	struct buf metadata = BUF_INIT;
	size_t at = proto_begin(&metadata, 1);

	proto_str(&metadata, 1, STR(""));
	proto_str(&metadata, 2, STR(""));
	proto_str(&metadata, 3, l->n_left == 0 ? STR("") :
	    buf_str(&l->next));
	if (l->n_left > 0)
		proto_u64(&metadata, 4, l->n_left);
	proto_end(&metadata, at);
	insert(l->out, l->metadata_at, buf_str(&metadata));
	buf_fini(&metadata);
	proto_object_end(l->out, l->object_at);
}

static void
end_json(struct listing *l)
{
	struct buf metadata = BUF_INIT;

	if (l->q->wish.view == KUBE_TABLE && l->n == 0) {
		metrics_table_columns(l->out, NULL);
		buf_add_char(l->out, '}');
	} else {
		buf_add_str(l->out, STR("]}"));
	}
	if (l->n_left > 0) {
		buf_add_str(&metadata, STR("\"continue\":"));
		json_quote(&metadata, buf_str(&l->next), true);
		buf_addf(&metadata, ",\"remainingItemCount\":%" PRIu64,
		    l->n_left);
		insert(l->out, l->metadata_at, buf_str(&metadata));
	}
	buf_fini(&metadata);
}

static bool
parse_page(struct listing *l, struct buf *why)
{
	struct str limit = api_parameter(l->q->api, l->q->rq, "limit");
	struct str from = api_parameter(l->q->api, l->q->rq, "continue");

	struct str timeout = api_parameter(l->q->api, l->q->rq,
	    "timeoutSeconds");
	int64_t ignored;

	if ((limit.p != NULL && !list_option_i64(limit, &l->limit, why)) ||
	    (timeout.p != NULL && !list_option_i64(timeout, &ignored, why)))
		return false;
	if (l->limit < 0)
		l->limit = 0;
	if (from.len == 0)
		return true;
	if (l->q->is_pods) {
		l->after_namespace = str_cut(&from, '/');
		if (from.p == NULL) {
			buf_addf(why, "continue key is not valid: it has no "
			    "namespace");
			return false;
		}
	}
	l->after = from;
	return true;
}

/* False: the answer is written. */
static bool
check_options(const struct metrics_asked *q)
{
	const struct list_options options = {
		.version = api_parameter(q->api, q->rq, "resourceVersion"),
		.match = api_parameter(q->api, q->rq, "resourceVersionMatch"),
		.from = api_parameter(q->api, q->rq, "continue"),
		.initial_events = api_parameter(q->api, q->rq,
		    "sendInitialEvents"),
	};
	struct list_fault faults[LIST_FAULTS_MAX];
	size_t n = list_options_check(&options, faults);

	if (n > 0)
		kube_answer_invalid(q->rs, &q->wish, faults, n);
	return n == 0;
}

/* False: the answer is written. */
static bool
parse_all(struct listing *l, struct arena *a)
{
	struct metrics_asked *q = l->q;
	struct buf why = BUF_INIT;
	bool is_good = label_selector_parse(&l->labels, a,
	    api_parameter(q->api, q->rq, "labelSelector"), &why) &&
	    field_selector_parse(&l->fields, a,
	    api_parameter(q->api, q->rq, "fieldSelector"), &why) &&
	    parse_page(l, &why);

	if (!is_good)
		kube_answer_bad(q->rs, &q->wish, buf_str(&why));
	buf_fini(&why);
	return is_good && check_options(q);
}

static void
list(struct listing *l, struct str namespace_name)
{
	const struct metrics_asked *q = l->q;
	const struct resource_table *t = metrics_table(l->q);
	bool is_whole;

	/* Who selects one namespace need not be shown the others. */
	for (size_t i = 0; namespace_name.p == NULL && i < l->fields.n; i++)
		if (l->fields.requirements[i].field == FIELD_NAMESPACE &&
		    !l->fields.requirements[i].is_not)
			namespace_name = l->fields.requirements[i].value;
	is_whole = namespace_name.p == NULL && l->limit == 0 &&
	    l->after.p == NULL && l->fields.n == 0 && l->labels.n == 0;
	if (is_whole)
		buf_reserve(l->out, q->api->list_bytes[q->is_pods]);
	if (q->wish.form == KUBE_PROTOBUF)
		begin_proto(l);
	else
		begin_json(l);
	if (q->is_pods)
		resource_table_pods(t, namespace_name, on_object, l);
	else
		resource_table_nodes(t, on_object, l);
	if (q->wish.form == KUBE_PROTOBUF)
		end_proto(l);
	else
		end_json(l);
	if (is_whole)
		q->api->list_bytes[q->is_pods] = l->out->len;
}

void
metrics_list(struct metrics_asked *q, struct str namespace_name)
{
	struct listing l = { .q = q, .out = &q->rs->body };
	struct arena a;

	arena_init(&a, SELECTOR_BYTES_MAX);
	if (parse_all(&l, &a)) {
		list(&l, namespace_name);
		kube_answer_end(q->rs, &q->wish);
	}
	buf_fini(&l.next);
	arena_fini(&a);
}
