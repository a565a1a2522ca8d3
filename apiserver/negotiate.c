/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "common/number.h"

#include "apiserver/negotiate.h"

struct clause {
	struct str type, subtype;
	struct str parameters;	/* not split */
	double q;
};

static const struct {
	struct str subtype;	/* behind "application/" */
	const char *media_type;
} forms[KUBE_FORM_COUNT] = {
	[KUBE_JSON] = { STR_INIT("json"), "application/json" },
	[KUBE_YAML] = { STR_INIT("yaml"), "application/yaml" },
	[KUBE_PROTOBUF] = { STR_INIT("vnd.kubernetes.protobuf"),
	    "application/vnd.kubernetes.protobuf" },
};

const char *
kube_form_type(enum kube_form form)
{
	return forms[form].media_type;
}

static struct str
trim(struct str s)
{
	while (s.len > 0 && *s.p == ' ') {
		s.p++;
		s.len--;
	}
	while (s.len > 0 && s.p[s.len - 1] == ' ')
		s.len--;
	return s;
}

/* The next parameter that is one; false: there is none any more. */
static bool
next_parameter(struct str *rest, struct str *key, struct str *value)
{
	while (rest->len > 0) {
		struct str pair = str_cut(rest, ';');

		*key = trim(str_cut(&pair, '='));
		*value = pair;
		if (pair.len > 0 && memchr(pair.p, '=', pair.len) == NULL)
			return true;
	}
	return false;
}

static double
quality(struct str parameters)
{
	struct str key, value;
	double q = 1;

	while (next_parameter(&parameters, &key, &value))
		if (str_is(key, "q") && !parse_double(value, &q))
			q = 0;
	return q;
}

static bool
parse_clause(struct clause *c, struct str text)
{
	struct str name;

	text = trim(text);
	name = str_cut(&text, ';');
	c->parameters = text;
	c->type = trim(str_cut(&name, '/'));
	if (name.len == 0) {
		c->subtype = STR("*");
		if (!str_is(c->type, "*"))
			return false;
	} else if (memchr(name.p, '/', name.len) != NULL) {
		return false;
	} else {
		c->subtype = trim(name);
	}
	c->q = quality(c->parameters);
	return true;
}

static bool
is_before(const struct clause *a, const struct clause *b)
{
	return a->q > b->q ||
	    (!str_is(a->type, "*") && str_is(b->type, "*")) ||
	    (!str_is(a->subtype, "*") && str_is(b->subtype, "*"));
}

/* Sorted as Go would: that order is none in the sense of mathematics. */
static size_t
parse_accept(struct clause *clauses, struct str accept)
{
	size_t n = 0;

	while (accept.len > 0 && n < NEGOTIATE_CLAUSES_MAX) {
		struct clause c;
		size_t at;

		if (!parse_clause(&c, str_cut(&accept, ',')))
			continue;
		for (at = n++; at > 0 && is_before(&c, &clauses[at - 1]); at--)
			clauses[at] = clauses[at - 1];
		clauses[at] = c;
	}
	return n;
}

struct target {
	struct str as, group, version, stream, server_version;
	bool has_view, is_pretty;
};

static void
read_parameters(struct target *t, struct str parameters)
{
	struct str key, value;

	*t = (struct target){ .has_view = false };
	while (next_parameter(&parameters, &key, &value)) {
		value = trim(value);
		if (str_is(key, "as"))
			t->as = value;
		else if (str_is(key, "g"))
			t->group = value;
		else if (str_is(key, "v"))
			t->version = value;
		else if (str_is(key, "stream"))
			t->stream = value;
		else if (str_is(key, "sv"))
			t->server_version = value;
		else if (str_is(key, "pretty"))
			t->is_pretty = str_is(value, "1");
	}
	t->has_view = t->as.p != NULL || t->group.p != NULL ||
	    t->version.p != NULL;
}

static const struct view {
	const char *as, *group, *versions[2];
	enum kube_view view;
	enum kube_offer offer;
} views[] = {
	{ "Table", "meta.k8s.io", { "v1", "v1beta1" }, KUBE_TABLE,
	    KUBE_OFFERS_OBJECTS },
	{ "PartialObjectMetadata", "meta.k8s.io", { "v1", "v1beta1" },
	    KUBE_METADATA, KUBE_OFFERS_OBJECTS },
	{ "PartialObjectMetadataList", "meta.k8s.io", { "v1", "v1beta1" },
	    KUBE_METADATA_LIST, KUBE_OFFERS_OBJECTS },
	{ "APIGroupDiscoveryList", "apidiscovery.k8s.io",
	    { "v2", "v2beta1" }, KUBE_DISCOVERY, KUBE_OFFERS_DISCOVERY },
};

static const struct view *
find_view(const struct target *t, enum kube_offer offer)
{
	for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
		const struct view *v = &views[i];

		if (v->offer == offer && str_is(t->as, v->as) &&
		    str_is(t->group, v->group) &&
		    (str_is(t->version, v->versions[0]) ||
		    str_is(t->version, v->versions[1])))
			return v;
	}
	return NULL;
}

static bool
is_offered(const struct target *t, enum kube_form form,
    enum kube_offer offer, struct kube_wish *out)
{
	const struct view *v;

	if (t->stream.len > 0 && (form == KUBE_YAML ||
	    offer != KUBE_OFFERS_OBJECTS || !str_is(t->stream, "watch")))
		return false;
	if (t->server_version.len > 0)
		return false;
	*out = (struct kube_wish){ .form = form, .is_pretty = t->is_pretty };
	if (!t->has_view)
		return true;
	v = find_view(t, offer);
	if (v == NULL || (v->view == KUBE_TABLE && form == KUBE_PROTOBUF) ||
	    (v->view == KUBE_DISCOVERY && form != KUBE_JSON))
		return false;
	out->view = v->view;
	out->version = t->version;
	return true;
}

static bool
is_type(const struct clause *c, enum kube_form form)
{
	if (str_is(c->type, "*"))
		return str_is(c->subtype, "*");
	return str_is(c->type, "application") && (str_is(c->subtype, "*") ||
	    str_eq(c->subtype, forms[form].subtype));
}

enum negotiation
negotiate(struct str accept, enum kube_offer offer, struct kube_wish *out)
{
	struct clause clauses[NEGOTIATE_CLAUSES_MAX];
	enum negotiation result = NEGOTIATE_NO_TYPE;
	size_t n;

	*out = (struct kube_wish){ .form = KUBE_JSON };
	if (accept.len == 0)
		return NEGOTIATED;
	n = parse_accept(clauses, accept);
	for (size_t i = 0; i < n; i++) {
		struct target target;

		read_parameters(&target, clauses[i].parameters);
		for (enum kube_form f = 0; f < KUBE_FORM_COUNT; f++) {
			if (!is_type(&clauses[i], f))
				continue;
			if (is_offered(&target, f, offer, out))
				return NEGOTIATED;
			result = NEGOTIATE_NO_VIEW;
		}
	}
	*out = (struct kube_wish){ .form = KUBE_JSON };
	return result;
}
