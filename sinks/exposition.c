/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/number.h"
#include "common/timestamp.h"

#include "sinks/exposition.h"
#include "sinks/http_accept.h"

#define TOTAL "_total"

enum exposition_form
exposition_wanted(struct str accept)
{
	unsigned open = http_accept(accept, "application/openmetrics-text",
	    "version=1.0.0");
	unsigned text = http_accept(accept, "text/plain", "version=0.0.4");

	return open > 0 && open >= text ? EXPOSITION_OPENMETRICS :
	    EXPOSITION_TEXT;
}

const char *
exposition_type(enum exposition_form form)
{
	return form == EXPOSITION_OPENMETRICS ?
	    "application/openmetrics-text; version=1.0.0; charset=utf-8" :
	    "text/plain; version=0.0.4; charset=utf-8";
}

bool
exposition_open(struct exposition *e, const struct exposed_list *list,
    enum exposition_form form, bool want_timestamps)
{
	*e = (struct exposition){
		.form = form,
		.want_timestamps = want_timestamps,
		.items = malloc((list->n + 1) * sizeof(struct exposed *)),
	};
	if (e->items == NULL)
		return false;
	for (; e->n < list->n; e->n++) {
		e->items[e->n] = list->items[e->n];
		exposed_ref(e->items[e->n]);
	}
	return true;
}

void
exposition_close(struct exposition *e)
{
	for (size_t i = 0; i < e->n; i++)
		exposed_unref(e->items[i]);
	free(e->items);
	*e = (struct exposition){ .n = 0 };
}

static bool
ends_in(struct str name, struct str end)
{
	return name.len > end.len && str_eq((struct str){ name.p + name.len -
	    end.len, end.len }, end);
}

/* "" when the name says none. */
static struct str
unit_of(struct str family)
{
	static const struct str units[] = {
		STR_INIT("seconds"), STR_INIT("bytes"), STR_INIT("cores"),
		STR_INIT("ratio"), STR_INIT("bytes_per_second"),
	};

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (ends_in(family, units[i]) &&
		    family.p[family.len - units[i].len - 1] == '_')
			return units[i];
	return STR("");
}

/* What the table says, where it does not say another unit. */
static struct str
help_of(enum metric m)
{
	switch (m) {
	case METRIC_CPU_USAGE_RATE:
		return STR("CPU in use");
	case METRIC_CPU_LOAD:
		return STR("runnable threads");
	default:
		return str_of(metrics[m].help);
	}
}

static void
add_head_line(struct buf *out, struct str what, struct str family,
    struct str text)
{
	buf_add_str(out, STR("# "));
	buf_add_str(out, what);
	buf_add_char(out, ' ');
	buf_add_str(out, family);
	buf_add_char(out, ' ');
	buf_add_str(out, text);
	buf_add_char(out, '\n');
}

static void
add_head(struct buf *out, const struct exposition *e, enum metric m)
{
	struct str family = prometheus_name(m)->name;
	bool is_counter = ends_in(family, STR(TOTAL));
	struct str unit;

	if (is_counter && e->form == EXPOSITION_OPENMETRICS)
		family.len -= sizeof TOTAL - 1;
	unit = unit_of(family);
	add_head_line(out, STR("HELP"), family, help_of(m));
	add_head_line(out, STR("TYPE"), family, is_counter ? STR("counter") :
	    STR("gauge"));
	if (unit.len > 0 && e->form == EXPOSITION_OPENMETRICS)
		add_head_line(out, STR("UNIT"), family, unit);
}

static void
add_time(struct buf *out, enum exposition_form form, int64_t window_ns)
{
	int64_t at_ms = window_ns / NS_PER_MS;

	buf_add_char(out, ' ');
	if (form == EXPOSITION_TEXT)
		buf_add_i64(out, at_ms);
	else if (at_ms % 1000 == 0)
		buf_add_i64(out, at_ms / 1000);
	else
		buf_addf(out, "%" PRId64 ".%03d", at_ms / 1000,
		    (int)(at_ms % 1000));
}

static void
add_line(struct buf *out, const struct exposition *e,
    const struct exposed *from, uint32_t point)
{
	const uint32_t *offset = &from->offsets[from->labels[point]];
	char *p;

	buf_add_str(out, prometheus_name((enum metric)e->metric)->name);
	buf_add_char(out, '{');
	buf_add(out, from->text + offset[0], offset[1] - offset[0]);
	buf_add_str(out, STR("} "));
	p = buf_reserve(out, NUMBER_MAX_BYTES);
	if (p != NULL)
		out->len += print_double(p, from->values[point]);
	if (e->want_timestamps)
		add_time(out, e->form, from->window_ns);
	buf_add_char(out, '\n');
}

/* Goes on in the item; whether all of its metric is out. */
static bool
add_lines(struct buf *out, struct exposition *e, size_t end)
{
	const struct exposed *from = e->items[e->item];
	uint32_t first = from->first[e->metric];
	uint32_t n = from->first[e->metric + 1] - first;

	if (n > 0 && !e->is_begun) {
		add_head(out, e, (enum metric)e->metric);
		e->is_begun = true;
	}
	for (; e->point < n && out->len < end && !out->failed; e->point++) {
		add_line(out, e, from, first + e->point);
		e->n_points++;
	}
	return e->point == n;
}

bool
exposition_next(struct exposition *e, struct buf *out, size_t n_bytes)
{
	size_t end = out->len + n_bytes;

	for (; e->metric < METRIC_COUNT; e->metric++) {
		for (; e->item < e->n; e->item++) {
			if (out->len >= end || out->failed ||
			    !add_lines(out, e, end))
				return true;
			e->point = 0;
		}
		e->item = 0;
		e->is_begun = false;
	}
	if (e->form == EXPOSITION_OPENMETRICS)
		buf_add_str(out, STR("# EOF\n"));
	return false;
}
