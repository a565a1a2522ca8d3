/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/quantity.h"

#include "collector/kube_read.h"

void
kube_read_begin(struct json *j, struct str json, struct arena *a)
{
	json_begin(j, json, a);
	j->replaces_nul = true;
}

bool
kube_room(struct json *j, void **items, size_t *cap, size_t n,
    size_t item_size)
{
	if (n < *cap || arena_grow(j->arena, items, cap, n + 1, item_size))
		return true;
	json_fail(j, "the object is too large");
	return false;
}

/* An object of strings; anything else in it is left out. */
static void
read_strings(struct json *j, struct label **items, size_t *n)
{
	size_t cap = 0;
	struct str key, value;
	void *grown = NULL;

	*n = 0;
	if (!json_object_begin(j))
		return;
	while (json_object_next_key(j, &key)) {
		if (!json_str(j, &value) ||
		    !kube_room(j, &grown, &cap, *n, sizeof **items))
			continue;
		*items = grown;
		(*items)[(*n)++] = (struct label){ key, value };
	}
}

void
kube_read_meta(struct json *j, struct kube_meta *out)
{
	static const struct json_keys keys = JSON_KEYS("name", "namespace",
	    "uid", "resourceVersion", "labels", "annotations");
	unsigned hint = 0;

	if (!json_object_begin(j))
		return;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;)
		switch (k) {
		case 0: json_str(j, &out->name); break;
		case 1: json_str(j, &out->namespace_name); break;
		case 2: json_str(j, &out->uid); break;
		case 3: json_str(j, &out->resource_version); break;
		case 4: read_strings(j, &out->labels, &out->n_labels); break;
		case 5: read_strings(j, &out->annotations,
			    &out->n_annotations); break;
		default: json_skip(j);
		}
}

static void
take_amount(struct kube_amounts *out, enum kube_resource r, struct str text)
{
	bool is_good = r == KUBE_CPU ?
	    quantity_parse_milli(text, &out->values[r]) :
	    quantity_parse(text, &out->values[r]);

	if (is_good)
		out->present |= 1u << r;
	else
		out->values[r] = 0;
}

static void
take_other(struct json *j, struct kube_requests *others, struct str resource,
    struct str text)
{
	uint64_t value;
	void *grown = others->items;

	if (!quantity_parse(text, &value) ||
	    !kube_room(j, &grown, &others->cap, others->n,
	    sizeof *others->items))
		return;
	others->items = grown;
	others->items[others->n++] = (struct kube_request){ resource, value };
}

void
kube_read_amounts(struct json *j, struct kube_amounts *out,
    struct kube_requests *others)
{
	struct str key, text;

	if (!json_object_begin(j))
		return;
	while (json_object_next_key(j, &key)) {
		if (!json_str(j, &text))
			continue;
		if (str_is(key, "cpu"))
			take_amount(out, KUBE_CPU, text);
		else if (str_is(key, "memory"))
			take_amount(out, KUBE_MEMORY, text);
		else if (str_is(key, "ephemeral-storage"))
			take_amount(out, KUBE_EPHEMERAL_STORAGE, text);
		else if (others != NULL)
			take_other(j, others, key, text);
	}
}

void
kube_amounts_override(struct kube_amounts *a, const struct kube_amounts *more)
{
	for (int r = 0; r < KUBE_RESOURCE_COUNT; r++)
		if ((more->present >> r & 1) != 0)
			a->values[r] = more->values[r];
	a->present |= more->present;
}

bool
kube_read_end(struct json *j, const struct kube_meta *meta, struct err *err)
{
	if (!json_end(j, err))
		return false;
	return meta->name.len > 0 || err_set(err, "an object without a name");
}

bool
kube_meta_decode(struct kube_meta *out, struct arena *a, struct str json,
    struct err *err)
{
	static const struct json_keys keys = JSON_KEYS("metadata");
	struct json j;
	unsigned hint = 0;

	*out = (struct kube_meta){ .labels = NULL };
	kube_read_begin(&j, json, a);
	if (!json_object_begin(&j))
		json_fail(&j, "not an object");
	for (int k; (k = json_object_next(&j, &keys, &hint)) != JSON_END;)
		if (k == 0)
			kube_read_meta(&j, out);
		else
			json_skip(&j);
	return kube_read_end(&j, out, err);
}

struct str
kube_annotation(const struct kube_meta *m, const char *key)
{
	for (size_t i = 0; i < m->n_annotations; i++)
		if (str_is(m->annotations[i].key, key))
			return m->annotations[i].value;
	return (struct str){ NULL, 0 };
}
