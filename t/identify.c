/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "apiserver/http_request.h"
#include "apiserver/identify.h"
#include "t/tap.h"

#define USER "X-Remote-User: ann\r\n"
#define MASTER "X-Remote-Group: system:masters\r\n"
#define TOKEN "Authorization: Bearer t\r\n"

enum shown { NOTHING, CLIENT, PROXY, BAD };

static const struct {
	const char *name;
	enum shown shown;
	const char *common_name, *headers;
	const char *want;	/* the spec; "token X"; NULL: refused */
} cases[] = {
	{ "nobody", NOTHING, "", "", "\"user\":\"system:anonymous\","
	    "\"groups\":[\"system:unauthenticated\"]" },
	{ "headers alone are nobody", NOTHING, "", USER MASTER,
	    "\"user\":\"system:anonymous\",\"groups\":["
	    "\"system:unauthenticated\"]" },
	{ "a client", CLIENT, "carl", "", "\"user\":\"carl\",\"groups\":["
	    "\"one\",\"system:authenticated\",\"two\"]" },
	{ "a client with headers", CLIENT, "carl", USER MASTER,
	    "\"user\":\"carl\",\"groups\":[\"one\",\"system:authenticated\","
	    "\"two\"]" },
	{ "a client with a token", CLIENT, "carl", TOKEN,
	    "\"user\":\"carl\",\"groups\":[\"one\",\"system:authenticated\","
	    "\"two\"]" },
	{ "a client without a name", CLIENT, "", "", "\"user\":"
	    "\"system:anonymous\",\"groups\":[\"system:unauthenticated\"]" },
	{ "the proxy", PROXY, "front", USER, "\"user\":\"ann\",\"groups\":["
	    "\"system:authenticated\"]" },
	{ "the proxy, in other cases", PROXY, "front", "x-rEMOTE-uSER: ann\r\n"
	    "x-remote-group: b\r\nX-REMOTE-GROUP: a\r\n", "\"user\":\"ann\","
	    "\"groups\":[\"a\",\"b\",\"system:authenticated\"]" },
	{ "with more", PROXY, "front", USER "X-Remote-Extra-Acme.com%2FKey: v"
	    "\r\nX-Remote-Extra-b: 2\r\nx-remote-extra-B: 1\r\n"
	    "X-Remote-Uid: 7\r\n", "\"user\":\"ann\",\"groups\":["
	    "\"system:authenticated\"],\"extra\":{\"acme.com/key\":[\"v\"],"
	    "\"b\":[\"1\",\"2\"]},\"uid\":\"7\"" },
	{ "for one who is said to be unauthenticated", PROXY, "front", USER
	    "X-Remote-Group: system:unauthenticated\r\n", "\"user\":\"ann\","
	    "\"groups\":[\"system:unauthenticated\"]" },
	{ "two names are the first", PROXY, "front", USER
	    "X-Remote-User: bob\r\n", "\"user\":\"ann\",\"groups\":["
	    "\"system:authenticated\"]" },
	{ "the proxy for nobody", PROXY, "front", MASTER, NULL },
	{ "for an empty name", PROXY, "front", "X-Remote-User: \r\n", NULL },
	{ "for nobody with a token", PROXY, "front", TOKEN, "token t" },
	{ "another of the proxy's CA", PROXY, "else", USER MASTER, NULL },
	{ "one without a name", PROXY, "", USER MASTER, NULL },
	{ "with a token", PROXY, "else", USER TOKEN, "token t" },
	{ "a bad certificate", BAD, "", USER MASTER, NULL },
	{ "and a token", BAD, "", TOKEN, "token t" },
	{ "a token", NOTHING, "", "authorization: bEARER  t.x \r\n",
	    "token t.x" },
	{ "two of them are the first", NOTHING, "", TOKEN
	    "Authorization: Bearer u\r\n", "token t" },
	{ "another scheme", NOTHING, "", "Authorization: Basic t\r\n",
	    "\"user\":\"system:anonymous\",\"groups\":["
	    "\"system:unauthenticated\"]" },
	{ "no token", NOTHING, "", "Authorization: Bearer\r\n",
	    "\"user\":\"system:anonymous\",\"groups\":["
	    "\"system:unauthenticated\"]" },
	{ "a token without a space", NOTHING, "", "Authorization: Bearert\r\n",
	    "\"user\":\"system:anonymous\",\"groups\":["
	    "\"system:unauthenticated\"]" },
};

static void
set_rules(struct auth_rules *rules)
{
	*rules = (struct auth_rules){ .client_ca_pem = strdup("x"),
		.proxy_ca_pem = strdup("y") };
	auth_list_split(&rules->lists[AUTH_ALLOWED_NAMES], STR("front"));
	auth_list_split(&rules->lists[AUTH_USERNAME_HEADERS],
	    STR("X-Remote-User"));
	auth_list_split(&rules->lists[AUTH_GROUP_HEADERS],
	    STR("X-Remote-Group"));
	auth_list_split(&rules->lists[AUTH_UID_HEADERS], STR("X-Remote-Uid"));
	auth_list_split(&rules->lists[AUTH_EXTRA_PREFIXES],
	    STR("X-Remote-Extra-"));
}

static const char *
identified(size_t i, const struct auth_rules *rules, char got[512])
{
	struct client_cert cert = { .is_there = cases[i].shown != NOTHING,
		.is_client = cases[i].shown == CLIENT,
		.is_proxy = cases[i].shown == PROXY };
	struct user user = { 0 };
	struct str token;
	enum identity who;

	buf_add_str(&cert.name, str_of(cases[i].common_name));
	buf_add(&cert.groups, "two\0one", 8);
	who = identify(&user, &token, &cert, str_of(cases[i].headers), rules);
	if (who == IDENTITY_TOKEN)
		snprintf(got, 512, "token %.*s", STR_ARG(token));
	else
		snprintf(got, 512, "%.*s", STR_ARG(buf_str(&user.spec)));
	user_fini(&user);
	client_cert_fini(&cert);
	return who == IDENTITY_REFUSED ? NULL : got;
}

/* Half of what the front proxy says is somebody else, and so is whoever the
 * front proxy itself would be. */
static void
check_too_much(const struct auth_rules *rules)
{
	struct client_cert cert = { .is_there = true, .is_client = true,
		.is_proxy = true };
	struct buf headers = BUF_INIT;
	struct user user = { 0 };
	struct str token;

	buf_add_str(&cert.name, STR("front"));
	buf_add_str(&headers, STR(USER));
	for (int i = 0; i <= USER_PARTS_MAX; i++)
		buf_addf(&headers, "X-Remote-Group: g%d\r\n", i);
	ok(identify(&user, &token, &cert, buf_str(&headers), rules) ==
	    IDENTITY_REFUSED, "one of whom too much is said is refused");
	user_fini(&user);
	client_cert_fini(&cert);
	buf_fini(&headers);
}

int
main(void)
{
	struct auth_rules rules, none = { .client_ca_pem = NULL };
	char got[512];

	set_rules(&rules);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		is_str(identified(i, &rules, got), cases[i].want, "%s",
		    cases[i].name);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (cases[i].shown == BAD && cases[i].want == NULL)
			ok(strstr(identified(i, &none, got),
			    "system:anonymous") != NULL,
			    "%s is nobody while no CA is known",
			    cases[i].name);
	check_too_much(&rules);
	ok(identify_is_impersonation(STR(TOKEN "impersonate-uSER: x\r\n")) &&
	    identify_is_impersonation(STR("Impersonate-Extra-a: x\r\n")),
	    "finds who wants to be another");
	ok(!identify_is_impersonation(STR(TOKEN "Impersonate: x\r\n"
	    "X-Impersonate-User: x\r\n")), "and nobody else");
	auth_rules_fini(&rules);
	return done_testing();
}
