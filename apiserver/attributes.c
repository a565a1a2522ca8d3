/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "common/json_out.h"
#include "common/percent.h"

#include "apiserver/attributes.h"
#include "apiserver/field_selector.h"

#define SELECTOR_BYTES_MAX ((size_t)4 << 20)
#define SEGMENTS_MAX 16

/* "/", "/.." and the like inside a segment: whoever decodes first sees another
 * path. */
static bool
is_plain(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] == '/' || s.p[i] == '\0')
			return false;
	return s.len > 0 && !str_is(s, ".") && !str_is(s, "..");
}

/* The segments of a path, decoded into a->text, which has room. */
static bool
split(struct attributes *a, struct str path, struct str *segments, size_t *n)
{
	*n = 0;
	if (path.len > 2 && path.p[path.len - 1] == '/')
		path.len--;
	if (path.len == 0 || path.p[0] != '/')
		return false;
	if (path.len == 1)
		return true;
	path.p++;
	path.len--;
	while (path.p != NULL) {
		struct str raw = str_cut(&path, '/');
		size_t before = a->text.len;

		if (!percent_decode(&a->text, raw, false))
			return false;
		segments[*n] = (struct str){ a->text.p + before,
			a->text.len - before };
		if (!is_plain(segments[*n]))
			return false;
		/* No resource has so many; the rest counts as one. */
		if (*n < SEGMENTS_MAX - 1)
			++*n;
	}
	return true;
}

/* The first value that can be decoded, as handlers take it (api_parameter()). */
static bool
parameter(struct buf *value, struct str query, const char *name)
{
	while (query.len > 0) {
		struct str text = str_cut(&query, '&');

		if (!str_is(str_cut(&text, '='), name))
			continue;
		buf_reset(value);
		if (percent_decode(value, text, true))
			return true;
	}
	return false;
}

/* As kube_is_true(). */
static bool
is_watch(struct str query)
{
	struct buf value = BUF_INIT;
	bool is_true = parameter(&value, query, "watch");

	if (is_true && value.len > 0)
		is_true = !str_is(buf_str(&value), "0") &&
		    !(value.len == 5 && strncasecmp(value.p, "false", 5) == 0);
	buf_fini(&value);
	return is_true;
}

/* a->text has room for it. */
static void
take_name(struct attributes *a, const struct field_selector *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct field_requirement *r = &s->requirements[i];
		size_t before = a->text.len;

		if (r->field != FIELD_NAME || r->is_not)
			continue;
		if (!is_plain(r->value) ||
		    memchr(r->value.p, '%', r->value.len) != NULL)
			return;
		buf_add_str(&a->text, r->value);
		a->name = (struct str){ a->text.p + before, r->value.len };
		return;
	}
}

/* A list of who has one name is asked about as that one, as kube-apiservers
 * do: some may see no other. */
static void
take_selected_name(struct attributes *a, struct str query)
{
	struct field_selector selector = { .n = 0 };
	struct buf value = BUF_INIT, why = BUF_INIT;
	struct arena arena;

	arena_init(&arena, SELECTOR_BYTES_MAX);
	if (parameter(&value, query, "fieldSelector") &&
	    field_selector_parse(&selector, &arena, buf_str(&value), &why))
		take_name(a, &selector);
	arena_fini(&arena);
	buf_fini(&value);
	buf_fini(&why);
}

static struct str
resource_verb(struct str method, bool has_name, struct str query)
{
	static const struct {
		const char *method;
		struct str one, many;
	} verbs[] = {
		{ "GET", STR_INIT("get"), STR_INIT("list") },
		{ "HEAD", STR_INIT("get"), STR_INIT("list") },
		{ "POST", STR_INIT("create"), STR_INIT("create") },
		{ "PUT", STR_INIT("update"), STR_INIT("update") },
		{ "PATCH", STR_INIT("patch"), STR_INIT("patch") },
		{ "DELETE", STR_INIT("delete"), STR_INIT("deletecollection") },
	};

	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
		if (!str_is(method, verbs[i].method))
			continue;
		if (i < 2 && !has_name && is_watch(query))
			return STR("watch");
		return has_name ? verbs[i].one : verbs[i].many;
	}
	return STR("");
}

/* As many as n segments say, behind group and version. */
static void
take_resource(struct attributes *a, const struct str *segments, size_t n)
{
	a->is_resource = true;
	if (n > 2 && str_is(segments[0], "namespaces")) {
		a->namespace = segments[1];
		segments += 2;
		n -= 2;
	} else if (n == 2 && str_is(segments[0], "namespaces")) {
		a->namespace = segments[1];
	}
	a->resource = segments[0];
	if (n > 1)
		a->name = segments[1];
	if (n > 2)
		a->subresource = segments[2];
}

static void
take_segments(struct attributes *a, const struct str *segments, size_t n)
{
	if (n > 3 && str_is(segments[0], "apis")) {
		a->group = segments[1];
		a->version = segments[2];
		take_resource(a, segments + 3, n - 3);
	} else if (n > 2 && str_is(segments[0], "api")) {
		a->version = segments[1];
		take_resource(a, segments + 2, n - 2);
	}
}

/* A verb of a path is its method, in lower case. */
static void
set_path_verb(struct attributes *a, struct str method)
{
	size_t before = a->text.len;

	for (size_t i = 0; i < method.len; i++)
		buf_add_char(&a->text, method.p[i] >= 'A' &&
		    method.p[i] <= 'Z' ? (char)(method.p[i] + 32) :
		    method.p[i]);
	a->verb = (struct str){ a->text.p + before, method.len };
}

bool
attributes_of(struct attributes *a, struct str method, struct str path,
    struct str query)
{
	struct str segments[SEGMENTS_MAX];
	size_t n;

	attributes_fini(a);
	/* Room for all, so that slices stay where they are. */
	if (buf_reserve(&a->text, 2 * path.len + method.len +
	    query.len + 1) == NULL ||
	    !split(a, path, segments, &n))
		return false;
	take_segments(a, segments, n);
	if (a->is_resource) {
		a->verb = resource_verb(method, a->name.len > 0, query);
		if (str_is(a->verb, "list") || str_is(a->verb, "watch"))
			take_selected_name(a, query);
	} else {
		size_t before = a->text.len;

		if (!percent_decode(&a->text, path, false))
			return false;
		a->path = (struct str){ a->text.p + before,
			a->text.len - before };
		set_path_verb(a, method);
	}
	return !a->text.failed;
}

void
attributes_fini(struct attributes *a)
{
	buf_fini(&a->text);
	*a = (struct attributes){ .is_resource = false };
}

static void
print_member(struct json_out *o, const char *key, struct str value)
{
	if (value.len == 0)
		return;
	json_out_key(o, key);
	json_out_str(o, value);
}

void
attributes_print(const struct attributes *a, struct buf *out)
{
	struct json_out o;

	buf_addf(out, "\"%s\":", a->is_resource ? "resourceAttributes" :
	    "nonResourceAttributes");
	json_out_begin(&o, out, JSON_COMPACT);
	json_out_object(&o);
	if (a->is_resource) {
		print_member(&o, "namespace", a->namespace);
		print_member(&o, "verb", a->verb);
		print_member(&o, "group", a->group);
		print_member(&o, "version", a->version);
		print_member(&o, "resource", a->resource);
		print_member(&o, "subresource", a->subresource);
		print_member(&o, "name", a->name);
	} else {
		print_member(&o, "path", a->path);
		print_member(&o, "verb", a->verb);
	}
	json_out_object_end(&o);
}

/* What is said by a stranger may end in a page. */
static void
add_sanitized(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		switch (s.p[i]) {
		case '&': buf_add_str(out, STR("&amp;")); break;
		case '<': buf_add_str(out, STR("&lt;")); break;
		case '>': buf_add_str(out, STR("&gt;")); break;
		default: buf_add_char(out, s.p[i]);
		}
	}
}

static void
explain_resource(const struct attributes *a, struct str user,
    struct buf *out)
{
	add_sanitized(out, a->resource);
	if (a->group.len > 0) {
		buf_add_char(out, '.');
		add_sanitized(out, a->group);
	}
	if (a->name.len > 0) {
		buf_add_str(out, STR(" \""));
		add_sanitized(out, a->name);
		buf_add_char(out, '"');
	}
	buf_add_str(out, STR(" is forbidden: User \""));
	add_sanitized(out, user);
	buf_addf(out, "\" cannot %.*s resource \"", STR_ARG(a->verb));
	add_sanitized(out, a->resource);
	if (a->subresource.len > 0) {
		buf_add_char(out, '/');
		add_sanitized(out, a->subresource);
	}
	buf_add_str(out, STR("\" in API group \""));
	add_sanitized(out, a->group);
	if (a->namespace.len == 0) {
		buf_add_str(out, STR("\" at the cluster scope"));
		return;
	}
	buf_add_str(out, STR("\" in the namespace \""));
	add_sanitized(out, a->namespace);
	buf_add_char(out, '"');
}

void
attributes_explain(const struct attributes *a, struct str user,
    struct buf *out)
{
	if (a->is_resource) {
		explain_resource(a, user, out);
		return;
	}
	buf_add_str(out, STR("forbidden: User \""));
	add_sanitized(out, user);
	buf_addf(out, "\" cannot %.*s path \"", STR_ARG(a->verb));
	add_sanitized(out, a->path);
	buf_add_char(out, '"');
}
