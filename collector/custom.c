/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "collector/custom.h"
#include "collector/summary_part.h"

static bool
add_value(struct frame *f, struct arena *a, size_t set, struct str name,
    double value)
{
	struct resource *r = set_resource(&f->sets[set], name);

	if (r == NULL) {
		if (f->sets[set].n_resources >= CUSTOM_METRICS_MAX)
			return true;
		r = frame_add_resource(f, a, set);
		if (r == NULL)
			return false;
		r->resource_id = name;
	}
	resource_float(r, METRIC_CUSTOM_VALUE, value);
	return true;
}

static void
read_metric(struct json *j, struct frame *f, struct arena *a, size_t set)
{
	static const struct json_keys keys = JSON_KEYS("name", "type", "units",
	    "labels", "time", "value");
	struct str name = { NULL, 0 }, type = { NULL, 0 };
	unsigned hint = 0;
	bool has_value = false;
	double value;

	if (!json_object_begin(j))
		return;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;)
		switch (k) {
		case 0: json_str(j, &name); break;
		case 1: json_str(j, &type); break;
		case 5: has_value = json_double(j, &value); break;
		default: json_skip(j);
		}
	if (j->error == NULL && has_value && name.len > 0 &&
	    (str_is(type, "gauge") || str_is(type, "cumulative") ||
	    str_is(type, "delta")) && !add_value(f, a, set, name, value))
		json_fail(j, "no memory for a custom metric");
}

void
custom_read_summary(struct json *j, struct frame *frame, struct arena *arena,
    size_t set)
{
	if (json_array_begin(j))
		while (json_array_next(j))
			read_metric(j, frame, arena, set);
}

/* Room for one more; false after an error. */
static bool
has_room(struct json *j, struct arena *a, void **items, size_t *cap, size_t n,
    size_t size)
{
	if (n < *cap || arena_grow(a, items, cap, n + 1, size))
		return true;
	json_fail(j, "no memory for a custom metric");
	return false;
}

static void
read_spec(struct json *j, struct arena *a, struct custom_metrics *m)
{
	static const struct json_keys keys = JSON_KEYS("name", "type",
	    "format", "units");
	struct custom_spec spec = { .is_integer = false };
	struct str type = { NULL, 0 }, format = { NULL, 0 };
	void *items = m->specs;
	unsigned hint = 0;

	if (!json_object_begin(j))
		return;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;)
		switch (k) {
		case 0: json_str(j, &spec.name); break;
		case 1: json_str(j, &type); break;
		case 2: json_str(j, &format); break;
		default: json_skip(j);
		}
	spec.is_integer = str_is(format, "int");
	if (spec.name.len == 0 || m->n_specs == CUSTOM_NAMES_MAX ||
	    !(str_is(type, "gauge") || str_is(type, "cumulative")) ||
	    !(spec.is_integer || str_is(format, "float")) ||
	    !has_room(j, a, &items, &m->cap_specs, m->n_specs, sizeof spec))
		return;
	m->specs = items;
	m->specs[m->n_specs++] = spec;
}

void
custom_read_specs(struct json *j, struct arena *arena,
    struct custom_metrics *m)
{
	m->n_specs = 0;
	if (json_array_begin(j))
		while (json_array_next(j))
			read_spec(j, arena, m);
}

/* cAdvisor leaves out a number that is 0. */
static void
read_sample(struct json *j, struct custom_sample *out, int64_t *time_ns)
{
	static const struct json_keys keys = JSON_KEYS("label", "labels",
	    "timestamp", "int_value", "float_value");
	struct summary_day day = { .start_ns = 0 };
	unsigned hint = 0;

	*time_ns = 0;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;)
		switch (k) {
		case 2: summary_read_time(j, &day, time_ns); break;
		case 3: json_double(j, &out->integer); break;
		case 4: json_double(j, &out->real); break;
		default: json_skip(j);
		}
}

/* The samples of one metric. */
static void
read_metric_samples(struct json *j, struct arena *a, struct custom_metrics *m,
    struct str name)
{
	struct custom_sample newest = { .name = name };
	int64_t newest_ns = 0;
	void *items = m->samples;
	bool is_there = false;

	if (!json_array_begin(j))
		return;
	while (json_array_next(j)) {
		struct custom_sample one = { .name = name };
		int64_t time_ns;

		if (!json_object_begin(j))
			continue;
		read_sample(j, &one, &time_ns);
		if (is_there && time_ns <= newest_ns)
			continue;
		is_there = true;
		newest = one;
		newest_ns = time_ns;
	}
	if (!is_there || name.len == 0 || m->n_samples == CUSTOM_NAMES_MAX ||
	    !has_room(j, a, &items, &m->cap_samples, m->n_samples,
	    sizeof newest))
		return;
	m->samples = items;
	m->samples[m->n_samples++] = newest;
}

void
custom_read_samples(struct json *j, struct arena *arena,
    struct custom_metrics *m)
{
	struct str name;

	m->n_samples = 0;
	if (!json_object_begin(j))
		return;
	while (json_object_next_key(j, &name))
		read_metric_samples(j, arena, m, name);
}

static const struct custom_sample *
find_sample(const struct custom_metrics *m, struct str name)
{
	for (size_t i = m->n_samples; i-- > 0;)
		if (str_eq(m->samples[i].name, name))
			return &m->samples[i];
	return NULL;
}

bool
custom_add(const struct custom_metrics *m, struct frame *frame,
    struct arena *arena, size_t set)
{
	for (size_t i = 0; i < m->n_specs; i++) {
		const struct custom_spec *spec = &m->specs[i];
		const struct custom_sample *sample =
		    find_sample(m, spec->name);

		if (sample != NULL && !add_value(frame, arena, set,
		    spec->name, spec->is_integer ? sample->integer :
		    sample->real))
			return false;
	}
	return true;
}
