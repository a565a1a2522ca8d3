/* SPDX-License-Identifier: ISC */
/*
 * Any headers beside any kind of certificate; the first byte says which.  Who is
 * not the front proxy is never somebody by them, and who is known is one JSON
 * object.
 */
#include "config.h"

#include <assert.h>
#include <jansson.h>
#include <stdint.h>
#include <string.h>

#include "apiserver/identify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
set_rules(struct auth_rules *rules)
{
	static const char *const texts[AUTH_N_LISTS] = {
		[AUTH_ALLOWED_NAMES] = "front",
		[AUTH_USERNAME_HEADERS] = "X-Remote-User,X-User",
		[AUTH_GROUP_HEADERS] = "X-Remote-Group",
		[AUTH_UID_HEADERS] = "X-Remote-Uid",
		[AUTH_EXTRA_PREFIXES] = "X-Remote-Extra-,X-",
	};

	*rules = (struct auth_rules){ .client_ca_pem = strdup("x"),
		.proxy_ca_pem = strdup("y") };
	for (int i = 0; i < AUTH_N_LISTS; i++)
		auth_list_split(&rules->lists[i], str_of(texts[i]));
}

/* A NUL that is percent-encoded in the name of a header is one there, too; but
 * who reads it here knows no such names. */
static bool
is_json(const struct user *user)
{
	struct buf text = BUF_INIT;
	json_t *object;

	buf_addf(&text, "{%.*s}", (int)user->spec.len, user->spec.p);
	for (char *p = text.p; (p = memmem(p, (size_t)(text.p + text.len - p),
	    "\\u0000", 6)) != NULL; p += 6)
		p[5] = '1';
	object = json_loadb(text.p, text.len, 0, NULL);
	buf_fini(&text);
	json_decref(object);
	return object != NULL;
}

static void
check_user(const struct user *user, const struct client_cert *cert,
    bool is_front)
{
	struct str name = buf_str(&user->name);

	assert(is_json(user));
	if (is_front)
		return;
	assert(!user->is_master || cert->is_client);
	assert(str_is(name, USER_ANONYMOUS) ||
	    (cert->is_client && str_eq(name, buf_str(&cert->name))));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct auth_rules rules;
	struct client_cert cert = { .is_there = true };
	struct user user = { .is_master = false };
	struct str token = { NULL, 0 }, headers;
	bool is_front;

	if (size == 0)
		return 0;
	headers = (struct str){ (const char *)data + 1, size - 1 };
	cert.is_there = (data[0] & 1) != 0;
	cert.is_client = cert.is_there && (data[0] & 2) != 0;
	cert.is_proxy = cert.is_there && (data[0] & 4) != 0;
	if (cert.is_there && (data[0] & 8) != 0)
		buf_addf(&cert.name, "%s", data[0] & 16 ? "front" : "carl");
	if (cert.is_there && (data[0] & 32) != 0)
		buf_add(&cert.groups, "system:masters\0two", 19);
	is_front = cert.is_proxy && str_is(buf_str(&cert.name), "front");
	set_rules(&rules);
	switch (identify(&user, &token, &cert, headers, &rules)) {
	case IDENTITY_KNOWN:
		check_user(&user, &cert, is_front);
		break;
	case IDENTITY_TOKEN:
		assert(token.p >= headers.p && token.len > 0 &&
		    token.p + token.len <= headers.p + headers.len);
		break;
	case IDENTITY_REFUSED:
		assert(cert.is_there);
		break;
	}
	user_fini(&user);
	client_cert_fini(&cert);
	auth_rules_fini(&rules);
	return 0;
}
