/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "common/json.h"
#include "common/mem.h"

#include "apiserver/auth_rules.h"

#define ARENA_BYTES_MAX (4u << 20)

void
auth_list_fini(struct auth_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->items[i]);
	*list = (struct auth_list){ .n = 0 };
}

static bool
list_add(struct auth_list *list, struct str item)
{
	if (list->n == AUTH_LIST_MAX)
		return false;
	list->items[list->n++] = str_dup(item);
	return true;
}

bool
auth_list_split(struct auth_list *out, struct str text)
{
	while (text.p != NULL) {
		struct str item = str_cut(&text, ',');

		if (item.len > 0 && !list_add(out, item))
			return false;
	}
	return true;
}

void
auth_list_copy(struct auth_list *to, const struct auth_list *from)
{
	auth_list_fini(to);
	for (size_t i = 0; i < from->n; i++)
		to->items[to->n++] = xstrdup(from->items[i]);
}

bool
auth_list_has(const struct auth_list *list, struct str item)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_is(item, list->items[i]))
			return true;
	return false;
}

/* A value is a JSON text inside a JSON string. */
static bool
take_list(struct auth_list *out, struct str text, struct arena *arena,
    struct err *err)
{
	char *padded = arena_alloc(arena, text.len + JSON_PAD);
	struct str item;
	struct json j;

	if (padded == NULL)
		return err_set(err, "too large");
	for (size_t i = 0; i < text.len + JSON_PAD; i++)
		padded[i] = i < text.len ? text.p[i] : '\0';
	json_begin(&j, (struct str){ padded, text.len }, arena);
	if (json_array_begin(&j))
		while (json_array_next(&j)) {
			/* To pass it over could leave a list that is empty,
			 * and that of names means any. */
			if (!json_str(&j, &item))
				json_fail(&j, "no string");
			else if (!list_add(out, item))
				json_fail(&j, "too many of them");
		}
	return json_end(&j, err);
}

static const char *const list_keys[AUTH_N_LISTS] = {
	[AUTH_ALLOWED_NAMES] = "requestheader-allowed-names",
	[AUTH_USERNAME_HEADERS] = "requestheader-username-headers",
	[AUTH_GROUP_HEADERS] = "requestheader-group-headers",
	[AUTH_EXTRA_PREFIXES] = "requestheader-extra-headers-prefix",
	[AUTH_UID_HEADERS] = "requestheader-uid-headers",
};

static void
set_text(char **to, struct str text)
{
	free(*to);
	*to = text.len == 0 ? NULL : str_dup(text);
}

/* False: a list that is none. */
static bool
take_entry(struct auth_rules *out, struct str key, struct str value,
    struct arena *arena, struct err *err)
{
	if (str_is(key, "client-ca-file"))
		set_text(&out->client_ca_pem, value);
	else if (str_is(key, "requestheader-client-ca-file"))
		set_text(&out->proxy_ca_pem, value);
	for (size_t i = 0; i < AUTH_N_LISTS; i++) {
		if (!str_is(key, list_keys[i]))
			continue;
		auth_list_fini(&out->lists[i]);
		if (!take_list(&out->lists[i], value, arena, err)) {
			err_wrap(err, "%s", list_keys[i]);
			return false;
		}
	}
	return true;
}

static bool
take_data(struct json *j, struct auth_rules *out, struct arena *arena,
    struct err *err)
{
	struct str key, value;
	bool ok = true;

	if (!json_object_begin(j))
		return true;
	while (json_object_next_key(j, &key))
		if (json_str(j, &value) && ok)
			ok = take_entry(out, key, value, arena, err);
	return ok;
}

bool
auth_rules_parse(struct auth_rules *out, struct str configmap,
    struct err *err)
{
	static const struct json_keys keys = JSON_KEYS("kind", "data");
	struct str kind = { NULL, 0 };
	struct arena arena;
	unsigned hint = 0;
	struct json j;
	bool ok = true;

	*out = (struct auth_rules){ .client_ca_pem = NULL };
	arena_init(&arena, ARENA_BYTES_MAX);
	json_begin(&j, configmap, &arena);
	if (json_object_begin(&j)) {
		for (int k; (k = json_object_next(&j, &keys, &hint)) !=
		    JSON_END;) {
			if (k == 0)
				json_str(&j, &kind);
			else if (k == 1 && ok)
				ok = take_data(&j, out, &arena, err);
			else
				json_skip(&j);
		}
	}
	if (ok)
		ok = json_end(&j, err) && (str_is(kind, "ConfigMap") ||
		    err_set(err, "not a ConfigMap"));
	if (!ok)
		auth_rules_fini(out);
	arena_fini(&arena);
	return ok;
}

void
auth_rules_fini(struct auth_rules *c)
{
	free(c->client_ca_pem);
	free(c->proxy_ca_pem);
	for (size_t i = 0; i < AUTH_N_LISTS; i++)
		auth_list_fini(&c->lists[i]);
	*c = (struct auth_rules){ .client_ca_pem = NULL };
}
