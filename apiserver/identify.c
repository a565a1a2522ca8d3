/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "common/buf.h"
#include "common/percent.h"

#include "apiserver/http_request.h"
#include "apiserver/identify.h"

static bool
is_like(struct str name, const char *word)
{
	return name.len == strlen(word) &&
	    strncasecmp(name.p, word, name.len) == 0;
}

/* The first value that is not empty, of the first of these headers that has
 * one. */
static struct str
first_value(struct str headers, const struct auth_list *names)
{
	for (size_t i = 0; i < names->n; i++) {
		struct str rest = headers, name, value;

		while (http_header_next(&rest, &name, &value))
			if (is_like(name, names->items[i]) && value.len > 0)
				return value;
	}
	return (struct str){ NULL, 0 };
}

static void
add_groups(struct user *user, struct str headers,
    const struct auth_list *names)
{
	struct str name, value;

	while (http_header_next(&headers, &name, &value))
		for (size_t i = 0; i < names->n; i++)
			if (is_like(name, names->items[i]) && value.len > 0)
				user_add_group(user, value);
}

/* Keys are percent-encoded, and headers know no case. */
static void
add_extra(struct user *user, struct str rest, struct str value)
{
	struct buf lower = BUF_INIT, key = BUF_INIT;

	for (size_t i = 0; i < rest.len; i++)
		buf_add_char(&lower, rest.p[i] >= 'A' && rest.p[i] <= 'Z' ?
		    (char)(rest.p[i] + 32) : rest.p[i]);
	if (percent_decode(&key, buf_str(&lower), false))
		user_add_extra(user, buf_str(&key), value);
	else
		user_add_extra(user, buf_str(&lower), value);
	buf_fini(&lower);
	buf_fini(&key);
}

static void
add_extras(struct user *user, struct str headers,
    const struct auth_list *prefixes)
{
	struct str name, value;

	while (http_header_next(&headers, &name, &value)) {
		for (size_t i = 0; i < prefixes->n; i++) {
			size_t n = strlen(prefixes->items[i]);

			if (name.len > n && strncasecmp(name.p,
			    prefixes->items[i], n) == 0) {
				add_extra(user, (struct str){ name.p + n,
				    name.len - n }, value);
				break;
			}
		}
	}
}

static bool
is_front_proxy(const struct client_cert *cert, const struct auth_rules *conf)
{
	const struct auth_list *names = &conf->lists[AUTH_ALLOWED_NAMES];

	return cert->is_proxy && (names->n == 0 ||
	    (cert->name.len > 0 && auth_list_has(names,
	    buf_str(&cert->name))));
}

/* False: too much is said of him, and half of it would be somebody else. */
static bool
take_headers(struct user *user, struct str name, struct str headers,
    const struct auth_rules *conf)
{
	const struct auth_list *lists = conf->lists;
	struct str uid = first_value(headers, &lists[AUTH_UID_HEADERS]);
	struct err err;

	user_set_name(user, name);
	if (uid.p != NULL)
		user_set_uid(user, uid);
	add_groups(user, headers, &lists[AUTH_GROUP_HEADERS]);
	add_extras(user, headers, &lists[AUTH_EXTRA_PREFIXES]);
	return user_close(user, &err);
}

static bool
take_certificate(struct user *user, const struct client_cert *cert)
{
	struct str groups = buf_str(&cert->groups);
	struct err err;

	if (cert->name.len == 0)
		return false;
	user_set_name(user, buf_str(&cert->name));
	while (groups.len > 0)
		user_add_group(user, str_cut(&groups, '\0'));
	return user_close(user, &err);
}

static struct str
trim(struct str s)
{
	while (s.len > 0 && s.p[0] == ' ') {
		s.p++;
		s.len--;
	}
	while (s.len > 0 && s.p[s.len - 1] == ' ')
		s.len--;
	return s;
}

/* Absent: no such header, or another scheme. */
static struct str
bearer_token(struct str headers)
{
	struct str name, value, scheme;

	while (http_header_next(&headers, &name, &value)) {
		if (!is_like(name, "Authorization"))
			continue;
		scheme = str_cut(&value, ' ');
		value = trim(value);
		if (!is_like(scheme, "Bearer") || value.len == 0)
			break;
		return str_cut(&value, ' ');
	}
	return (struct str){ NULL, 0 };
}

enum identity
identify(struct user *user, struct str *token, const struct client_cert *cert,
    struct str headers, const struct auth_rules *conf)
{
	struct str name = { NULL, 0 };

	if (is_front_proxy(cert, conf))
		name = first_value(headers,
		    &conf->lists[AUTH_USERNAME_HEADERS]);
	if (name.p != NULL)
		return take_headers(user, name, headers, conf) ?
		    IDENTITY_KNOWN : IDENTITY_REFUSED;
	if (cert->is_client && take_certificate(user, cert))
		return IDENTITY_KNOWN;
	user_fini(user);
	*token = bearer_token(headers);
	if (token->p != NULL)
		return IDENTITY_TOKEN;
	/* A client's without a name is nobody's, and so are all of them while
	 * no CA is known. */
	if (cert->is_there && !cert->is_client &&
	    (conf->client_ca_pem != NULL || conf->proxy_ca_pem != NULL))
		return IDENTITY_REFUSED;
	user_set_anonymous(user);
	return IDENTITY_KNOWN;
}

bool
identify_is_impersonation(struct str headers)
{
	static const char prefix[] = "Impersonate-";
	struct str name, value;

	while (http_header_next(&headers, &name, &value))
		if (name.len >= sizeof prefix - 1 &&
		    strncasecmp(name.p, prefix, sizeof prefix - 1) == 0)
			return true;
	return false;
}
