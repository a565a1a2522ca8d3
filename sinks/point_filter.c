/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "sinks/glob.h"
#include "sinks/point_filter.h"

static bool
take_pattern(struct point_patterns *to, struct str pattern, const char *option,
    struct err *err)
{
	if (pattern.len == 0)
		return true;
	if (to->n == POINT_PATTERNS_MAX)
		return err_set(err, "more than %d patterns in `%s`",
		    POINT_PATTERNS_MAX, option);
	if (pattern.p[0] != '!')
		to->has_allowed = true;
	else if (pattern.len == 1)
		return err_set(err, "`%s`: nothing stands behind a !", option);
	to->items[to->n++] = pattern;
	return true;
}

static bool
take_patterns(struct point_patterns *to, struct sink_uri *uri,
    const char *option, struct err *err)
{
	const char *value;
	size_t i = 0;

	*to = (struct point_patterns){ .n = 0 };
	while ((value = sink_uri_next(uri, option, &i)) != NULL) {
		struct str rest = str_of(value);

		while (rest.p != NULL)
			if (!take_pattern(to, str_cut(&rest, ','), option, err))
				return false;
	}
	return true;
}

static bool
is_in(const struct point_patterns *patterns, struct str name)
{
	bool is_allowed = !patterns->has_allowed;

	for (size_t i = 0; i < patterns->n; i++) {
		struct str pattern = patterns->items[i];
		bool is_forbidding = pattern.p[0] == '!';

		if (is_forbidding) {
			pattern.p++;
			pattern.len--;
		}
		if (!glob_match(pattern, name))
			continue;
		if (is_forbidding)
			return false;
		is_allowed = true;
	}
	return is_allowed;
}

bool
point_filter_init(struct point_filter *filter, struct sink_uri *uri,
    struct err *err)
{
	if (!take_patterns(&filter->metrics, uri, "metrics", err) ||
	    !take_patterns(&filter->types, uri, "types", err) ||
	    !take_patterns(&filter->namespaces, uri, "namespaces", err))
		return false;
	for (unsigned m = 0; m < METRIC_COUNT; m++)
		filter->is_metric_in[m] =
		    is_in(&filter->metrics, metrics[m].name);
	for (unsigned t = 0; t < SET_TYPE_COUNT; t++)
		filter->is_type_in[t] = is_in(&filter->types,
		    set_type_name((enum set_type)t));
	return true;
}

bool
point_filter_set(const struct point_filter *filter, const struct frame *f,
    size_t set)
{
	const struct metric_set *s = &f->sets[set];
	struct str namespace_name;

	if (!filter->is_type_in[s->type])
		return false;
	if (filter->namespaces.n == 0)
		return true;
	if (s->type == SET_NAMESPACE)
		namespace_name = s->name;
	else if (s->type == SET_POD)
		namespace_name = s->namespace_name;
	else if (s->type == SET_POD_CONTAINER)
		namespace_name = f->sets[s->parent].namespace_name;
	else
		return true;
	return is_in(&filter->namespaces, namespace_name);
}

bool
point_filter_name(const struct point_filter *filter, struct str name)
{
	return is_in(&filter->metrics, name);
}
