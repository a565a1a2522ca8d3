/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/json_out.h"
#include "common/mem.h"

#include "apiserver/user.h"

#define UNAUTHENTICATED "system:unauthenticated"

void
user_set_name(struct user *u, struct str name)
{
	u->name.max_bytes = USER_BYTES_MAX;
	buf_reset(&u->name);
	buf_add_str(&u->name, name);
}

void
user_set_uid(struct user *u, struct str uid)
{
	u->uid.max_bytes = USER_BYTES_MAX;
	buf_reset(&u->uid);
	buf_add_str(&u->uid, uid);
}

static void
add_part(struct user *u, bool is_extra, struct str key, struct str value)
{
	struct user_part *part;

	if (u->n_parts == USER_PARTS_MAX) {
		u->is_too_much = true;
		return;
	}
	u->text.max_bytes = USER_BYTES_MAX;
	u->parts = xrealloc(u->parts, u->n_parts + 1, sizeof *u->parts);
	part = &u->parts[u->n_parts++];
	*part = (struct user_part){
		.is_extra = is_extra,
		.key = u->text.len,
		.key_len = key.len,
		.value = u->text.len + key.len,
		.value_len = value.len,
	};
	buf_add_str(&u->text, key);
	buf_add_str(&u->text, value);
}

void
user_add_group(struct user *u, struct str group)
{
	u->is_master |= str_is(group, "system:masters");
	u->is_unauthenticated |= str_is(group, UNAUTHENTICATED);
	add_part(u, false, STR(""), group);
}

void
user_add_extra(struct user *u, struct str key, struct str value)
{
	add_part(u, true, key, value);
}

static struct str
part_key(const struct user *u, const struct user_part *p)
{
	return (struct str){ u->text.p + p->key, p->key_len };
}

static struct str
part_value(const struct user *u, const struct user_part *p)
{
	return (struct str){ u->text.p + p->value, p->value_len };
}

static int
compare_parts(const void *a, const void *b, void *arg)
{
	const struct user *u = arg;
	const struct user_part *x = a, *y = b;
	int order = (int)x->is_extra - (int)y->is_extra;

	if (order == 0)
		order = str_cmp(part_key(u, x), part_key(u, y));
	return order != 0 ? order : str_cmp(part_value(u, x),
	    part_value(u, y));
}

static bool
is_again(const struct user *u, size_t i)
{
	return i > 0 && compare_parts(&u->parts[i], &u->parts[i - 1],
	    (void *)(uintptr_t)u) == 0;
}

static void
print_groups(const struct user *u, struct json_out *o)
{
	json_out_key(o, "groups");
	json_out_array(o);
	for (size_t i = 0; i < u->n_parts && !u->parts[i].is_extra; i++)
		if (!is_again(u, i))
			json_out_str(o, part_value(u, &u->parts[i]));
	json_out_array_end(o);
}

static void
print_extras(const struct user *u, struct json_out *o)
{
	struct str key = { NULL, 0 };

	for (size_t i = 0; i < u->n_parts; i++) {
		struct str next = part_key(u, &u->parts[i]);

		if (!u->parts[i].is_extra || is_again(u, i))
			continue;
		if (key.p == NULL) {
			json_out_key(o, "extra");
			json_out_object(o);
		} else if (!str_eq(key, next)) {
			json_out_array_end(o);
		}
		if (key.p == NULL || !str_eq(key, next)) {
			key = next;
			json_out_key_str(o, key);
			json_out_array(o);
		}
		json_out_str(o, part_value(u, &u->parts[i]));
	}
	if (key.p != NULL) {
		json_out_array_end(o);
		json_out_object_end(o);
	}
}

static void
print_spec(struct user *u)
{
	struct buf object = BUF_INIT;
	struct json_out o;

	json_out_begin(&o, &object, JSON_COMPACT);
	json_out_object(&o);
	json_out_key(&o, "user");
	json_out_str(&o, buf_str(&u->name));
	print_groups(u, &o);
	print_extras(u, &o);
	if (u->uid.len > 0) {
		json_out_key(&o, "uid");
		json_out_str(&o, buf_str(&u->uid));
	}
	json_out_object_end(&o);
	if (!object.failed)
		buf_add(&u->spec, object.p + 1, object.len - 2);
	else
		u->is_too_much = true;
	buf_fini(&object);
}

static void
drop_parts(struct user *u)
{
	buf_fini(&u->uid);
	buf_fini(&u->text);
	free(u->parts);
	u->parts = NULL;
	u->n_parts = 0;
}

bool
user_is_anonymous(const struct user *u)
{
	return str_is(buf_str(&u->name), USER_ANONYMOUS);
}

bool
user_close(struct user *u, struct err *err)
{
	if (u->name.len > 0 && !user_is_anonymous(u) &&
	    !u->is_unauthenticated)
		add_part(u, false, STR(""), STR("system:authenticated"));
	u->is_too_much |= u->name.failed || u->uid.failed || u->text.failed;
	if (!u->is_too_much) {	/* else parts may lie beyond the text */
		if (u->n_parts > 0)
			qsort_r(u->parts, u->n_parts, sizeof *u->parts,
			    compare_parts, u);
		print_spec(u);
	}
	drop_parts(u);
	if (u->name.len == 0)
		return err_set(err, "a user without a name");
	return !u->is_too_much || err_set(err, "too much is said of a user");
}

void
user_set_anonymous(struct user *u)
{
	struct err err;

	user_fini(u);
	user_set_name(u, STR(USER_ANONYMOUS));
	user_add_group(u, STR(UNAUTHENTICATED));
	user_close(u, &err);
}

void
user_copy(struct user *to, const struct user *closed)
{
	*to = (struct user){ .is_master = closed->is_master };
	buf_add_str(&to->name, buf_str(&closed->name));
	buf_add_str(&to->spec, buf_str(&closed->spec));
}

void
user_fini(struct user *u)
{
	drop_parts(u);
	buf_fini(&u->name);
	buf_fini(&u->spec);
	*u = (struct user){ .is_master = false };
}
