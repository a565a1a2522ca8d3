/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "common/json.h"
#include "common/json_out.h"

#include "apiserver/review.h"

#define ARENA_BYTES_MAX (1u << 20)

static void
begin(struct buf *out, const char *group, const char *kind)
{
	buf_addf(out, "{\"kind\":\"%s\",\"apiVersion\":\"%s.k8s.io/v1\","
	    "\"spec\":{", kind, group);
}

void
review_print_token(struct buf *out, struct str token)
{
	begin(out, "authentication", "TokenReview");
	buf_add_str(out, STR("\"token\":"));
	json_quote(out, token, false);
	buf_add_str(out, STR("}}"));
}

void
review_print_access(struct buf *out, const struct user *user,
    const struct attributes *a)
{
	begin(out, "authorization", "SubjectAccessReview");
	attributes_print(a, out);
	buf_add_char(out, ',');
	buf_add_str(out, buf_str(&user->spec));
	buf_add_str(out, STR("}}"));
}

static void
take_extra(struct json *j, struct user *user)
{
	struct str key, value;

	if (!json_object_begin(j))
		return;
	while (json_object_next_key(j, &key)) {
		if (!json_array_begin(j))
			continue;
		while (json_array_next(j))
			if (json_str(j, &value))
				user_add_extra(user, key, value);
	}
}

static void
take_user(struct json *j, struct user *user)
{
	static const struct json_keys keys = JSON_KEYS("username", "uid",
	    "groups", "extra");
	unsigned hint = 0;
	struct str text;

	if (!json_object_begin(j))
		return;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;) {
		switch (k) {
		case 0:
			if (json_str(j, &text))
				user_set_name(user, text);
			break;
		case 1:
			if (json_str(j, &text))
				user_set_uid(user, text);
			break;
		case 2:
			if (!json_array_begin(j))
				break;
			while (json_array_next(j))
				if (json_str(j, &text))
					user_add_group(user, text);
			break;
		case 3:
			take_extra(j, user);
			break;
		default:
			json_skip(j);
		}
	}
}

struct status {
	bool is_there;
	bool is_good;		/* authenticated, allowed */
	bool is_denied;		/* whatever is_good says */
	struct str reason;
};

static void
take_status(struct json *j, struct status *s, struct user *user)
{
	static const struct json_keys keys = JSON_KEYS("authenticated",
	    "allowed", "denied", "reason", "user");
	unsigned hint = 0;
	bool is_asked_for_token = user != NULL, value;

	if (!json_object_begin(j))
		return;
	s->is_there = true;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;) {
		if (k == (is_asked_for_token ? 0 : 1)) {
			s->is_good = json_bool(j, &value) && value;
		} else if (k == 2) {
			s->is_denied = json_bool(j, &value) && value;
		} else if (k == 3) {
			json_str(j, &s->reason);
		} else if (k == 4 && user != NULL) {
			take_user(j, user);
		} else {
			json_skip(j);
		}
	}
}

/* user is NULL: a SubjectAccessReview. */
static bool
parse(struct status *s, struct user *user, struct str answer,
    struct arena *arena, struct err *err)
{
	static const struct json_keys keys = JSON_KEYS("kind", "status");
	const char *want = user != NULL ? "TokenReview" :
	    "SubjectAccessReview";
	struct str kind = { NULL, 0 };
	unsigned hint = 0;
	struct json j;

	*s = (struct status){ .is_there = false };
	json_begin(&j, answer, arena);
	if (json_object_begin(&j)) {
		for (int k; (k = json_object_next(&j, &keys, &hint)) !=
		    JSON_END;) {
			if (k == 0)
				json_str(&j, &kind);
			else if (k == 1)
				take_status(&j, s, user);
			else
				json_skip(&j);
		}
	}
	if (!json_end(&j, err))
		return false;
	return (str_is(kind, want) && s->is_there) ||
	    err_set(err, "not the answer to a %s", want);
}

bool
review_parse_token(struct user *user, struct str answer, struct err *err)
{
	struct arena arena;
	struct status s;
	bool ok;

	*user = (struct user){ .is_master = false };
	arena_init(&arena, ARENA_BYTES_MAX);
	ok = parse(&s, user, answer, &arena, err);
	if (ok && s.is_good)
		ok = user_close(user, err);
	if (!ok || !s.is_good)
		user_fini(user);
	arena_fini(&arena);
	return ok;
}

/* At most so much, and no half of a character. */
static void
copy_reason(char to[REVIEW_REASON_BYTES_MAX], struct str reason)
{
	size_t n = reason.len;

	if (n >= REVIEW_REASON_BYTES_MAX) {
		n = REVIEW_REASON_BYTES_MAX - 1;
		while (n > 0 && ((unsigned char)reason.p[n] & 0xc0) == 0x80)
			n--;
	}
	if (n > 0)
		memcpy(to, reason.p, n);
	to[n] = '\0';
}

bool
review_parse_access(struct verdict *out, struct str answer, struct err *err)
{
	struct arena arena;
	struct status s;
	bool ok;

	*out = (struct verdict){ .is_allowed = false };
	arena_init(&arena, ARENA_BYTES_MAX);
	ok = parse(&s, NULL, answer, &arena, err);
	if (ok) {
		out->is_allowed = s.is_good && !s.is_denied;
		copy_reason(out->reason, s.reason);
	}
	arena_fini(&arena);
	return ok;
}
