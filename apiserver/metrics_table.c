/* SPDX-License-Identifier: ISC */
/*
 * Tables for people: CPU, memory and the window, as metrics-server has them,
 * and behind these, for "kubectl get -o wide", what else the first object has.
 */
#include "config.h"

#include "common/json_out.h"

#include "apiserver/metrics_impl.h"

bool
metrics_table_check(const struct metrics_asked *q)
{
	struct buf why = BUF_INIT;
	bool is_known = q->include.len == 0 || str_is(q->include, "None") ||
	    str_is(q->include, "Metadata") || str_is(q->include, "Object");

	if (q->wish.view != KUBE_TABLE || is_known)
		return true;
	buf_addf(&why, "Unable to convert to Table as requested: "
	    "includeObject: Invalid value: \"%.*s\": must be 'Metadata', "
	    "'Object', 'None', or empty", STR_ARG(q->include));
	kube_answer_bad(q->rs, &q->wish, buf_str(&why));
	buf_fini(&why);
	return false;
}

static void
add_column(struct buf *out, struct str name, const char *format,
    const char *description, int priority)
{
	buf_addf(out, "{\"name\":\"%.*s\",\"type\":\"string\",\"format\":"
	    "\"%s\",\"description\":\"%s\",\"priority\":%d}", STR_ARG(name),
	    format, description, priority);
}

static const enum usage_resource first_columns[] = {
	USAGE_CPU, USAGE_MEMORY,
}, wide_columns[] = {
	USAGE_EPHEMERAL_STORAGE, USAGE_SWAP,
};

void
metrics_table_columns(struct buf *out, const struct usage_value *first)
{
	if (first == NULL) {
		buf_add_str(out, STR("\"columnDefinitions\":null,"
		    "\"rows\":null"));
		return;
	}
	buf_add_str(out, STR("\"columnDefinitions\":["));
	add_column(out, STR("Name"), "name", "Name of the resource", 0);
	for (int i = 0; i < 2; i++) {
		buf_add_char(out, ',');
		add_column(out, usage_resource_name(first_columns[i]),
		    "quantity", "", 0);
	}
	buf_add_char(out, ',');
	add_column(out, STR("Window"), "duration", "", 0);
	for (int i = 0; i < 2; i++) {
		if ((first->present >> wide_columns[i] & 1) == 0)
			continue;
		buf_add_char(out, ',');
		add_column(out, usage_resource_name(wide_columns[i]),
		    "quantity", "", 1);
	}
	buf_add_str(out, STR("],\"rows\":["));
}

static void
add_object(const struct metrics_asked *q, struct buf *out,
    const struct usage_item *item)
{
	if (str_is(q->include, "None"))
		buf_add_str(out, STR("null"));
	else if (str_is(q->include, "Object"))
		metrics_object_json(q, out, item);
	else
		metrics_metadata_json(q, out, item);
}

static void
add_amount(struct buf *out, const struct usage_value *v,
    enum usage_resource r)
{
	char text[USAGE_AMOUNT_MAX_BYTES];

	buf_add_str(out, STR(",\""));
	buf_add(out, text, usage_amount_print(text, r, v->amounts[r]));
	buf_add_char(out, '"');
}

void
metrics_table_row(const struct metrics_asked *q, struct buf *out,
    const struct resource_object *object, const struct usage_item *item,
    uint32_t columns)
{
	char text[USAGE_DURATION_MAX_BYTES];
	struct usage_value v;

	usage_sum(object, q->rq->now_ns, q->max_age_ns, &v);
	buf_add_str(out, STR("{\"cells\":["));
	json_quote(out, object->name, true);
	for (int i = 0; i < 2; i++)
		add_amount(out, &v, first_columns[i]);
	buf_add_str(out, STR(",\""));
	buf_add(out, text, usage_duration_print(text, v.window_ns));
	buf_add_char(out, '"');
	for (int i = 0; i < 2; i++)
		if ((columns >> wide_columns[i] & 1) != 0)
			add_amount(out, &v, wide_columns[i]);
	buf_add_str(out, STR("],\"object\":"));
	add_object(q, out, item);
	buf_add_char(out, '}');
}
