/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/json.h"
#include "common/mem.h"

#include "apiserver/auth_rules.h"
#include "apiserver/review.h"
#include "t/tap.h"

#define TOKEN "{\"kind\":\"TokenReview\",\"status\":"
#define ACCESS "{\"kind\":\"SubjectAccessReview\",\"status\":"

/* A copy with what a parser may look at behind it. */
static struct str
padded(const char *text)
{
	size_t n = strlen(text);
	char *p = xcalloc(1, n + JSON_PAD);

	memcpy(p, text, n);
	return (struct str){ p, n };
}

static const struct {
	const char *answer;
	const char *want;	/* the spec; "": nobody; NULL: no verdict */
} tokens[] = {
	{ TOKEN "{\"authenticated\":true,\"user\":{\"username\":\"a\","
	    "\"uid\":\"u\",\"groups\":[\"g\"],\"extra\":{\"k\":[\"v\"]}}}}",
	    "\"user\":\"a\",\"groups\":[\"g\",\"system:authenticated\"],"
	    "\"extra\":{\"k\":[\"v\"]},\"uid\":\"u\"" },
	{ TOKEN "{\"user\":{\"username\":\"a\",\"groups\":null},"
	    "\"authenticated\":true,\"audiences\":[\"x\"]}}",
	    "\"user\":\"a\",\"groups\":[\"system:authenticated\"]" },
	{ TOKEN "{\"authenticated\":false,\"user\":{\"username\":\"a\"}}}",
	    "" },
	{ TOKEN "{\"user\":{\"username\":\"a\"}}}", "" },
	{ TOKEN "{\"error\":\"expired\"}}", "" },
	{ TOKEN "{\"authenticated\":true}}", NULL },
	{ TOKEN "{\"authenticated\":true,\"user\":{\"username\":\"\"}}}",
	    NULL },
	{ TOKEN "{\"authenticated\":\"true\",\"user\":{}}}", NULL },
	{ TOKEN "null}", NULL },
	{ "{\"kind\":\"TokenReview\"}", NULL },
	{ "{\"kind\":\"Status\",\"status\":{\"authenticated\":true,"
	    "\"user\":{\"username\":\"a\"}}}", NULL },
	{ ACCESS "{\"allowed\":true,\"authenticated\":true,\"user\":{"
	    "\"username\":\"a\"}}}", NULL },
	{ TOKEN "{\"authenticated\":true,\"user\":{\"username\":\"a\"}}",
	    NULL },
	{ "", NULL }, { "[]", NULL }, { "null", NULL }, { "<html>", NULL },
};

static void
test_tokens(void)
{
	for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
		struct str answer = padded(tokens[i].answer);
		struct user user;
		struct err err;
		bool is_good = review_parse_token(&user, answer, &err);

		buf_add_char(&user.spec, '\0');
		is_str(is_good ? user.spec.p : NULL, tokens[i].want,
		    "a token: %s", tokens[i].answer);
		user_fini(&user);
		free((void *)(uintptr_t)answer.p);
	}
}

static const struct {
	const char *answer;
	const char *want;	/* NULL: no verdict */
} accesses[] = {
	{ ACCESS "{\"allowed\":true,\"reason\":\"RBAC\"}}", "yes RBAC" },
	{ ACCESS "{\"allowed\":false,\"reason\":\"no\"}}", "no no" },
	{ ACCESS "{\"allowed\":true,\"denied\":true}}", "no " },
	{ ACCESS "{\"denied\":true,\"allowed\":true}}", "no " },
	{ ACCESS "{}}", "no " },
	{ ACCESS "{\"authenticated\":true}}", "no " },
	{ ACCESS "{\"allowed\":1}}", NULL },
	{ ACCESS "null}", NULL },
	{ TOKEN "{\"allowed\":true}}", NULL },
	{ "{\"kind\":\"Status\",\"status\":\"Failure\",\"code\":403}", NULL },
	{ "{\"allowed\":true}", NULL },
};

static void
test_accesses(void)
{
	for (size_t i = 0; i < sizeof accesses / sizeof accesses[0]; i++) {
		struct str answer = padded(accesses[i].answer);
		struct verdict v;
		struct err err;
		char got[REVIEW_REASON_BYTES_MAX + 8];
		bool is_good = review_parse_access(&v, answer, &err);

		snprintf(got, sizeof got, "%s %s", v.is_allowed ? "yes" : "no",
		    v.reason);
		is_str(is_good ? got : NULL, accesses[i].want,
		    "an access: %s", accesses[i].answer);
		ok(is_good || !v.is_allowed, "and no verdict allows nothing");
		free((void *)(uintptr_t)answer.p);
	}
}

static void
test_questions(void)
{
	static const char token[] = "{\"kind\":\"TokenReview\","
	    "\"apiVersion\":\"authentication.k8s.io/v1\",\"spec\":{"
	    "\"token\":\"a\\\"b\"}}";
	static const char access[] = "{\"kind\":\"SubjectAccessReview\","
	    "\"apiVersion\":\"authorization.k8s.io/v1\",\"spec\":{"
	    "\"nonResourceAttributes\":{\"path\":\"/x\",\"verb\":\"get\"},"
	    "\"user\":\"system:anonymous\",\"groups\":["
	    "\"system:unauthenticated\"]}}";
	struct attributes a = { .is_resource = false };
	struct user user = { 0 };
	struct buf out = BUF_INIT;

	review_print_token(&out, STR("a\"b"));
	is_mem(out.p, out.len, token, sizeof token - 1, "asks of a token");
	buf_reset(&out);
	user_set_anonymous(&user);
	attributes_of(&a, STR("GET"), STR("/x"), (struct str){ NULL, 0 });
	review_print_access(&out, &user, &a);
	is_mem(out.p, out.len, access, sizeof access - 1, "asks of a user");
	buf_fini(&out);
	attributes_fini(&a);
	user_fini(&user);
}

#define MAP "{\"kind\":\"ConfigMap\",\"data\":{"

static void
test_rules(void)
{
	static const struct { const char *text; bool is_good; } maps[] = {
		{ MAP "\"client-ca-file\":\"x\",\"other\":\"y\"}}", true },
		{ "{\"kind\":\"ConfigMap\"}", true },
		{ MAP "\"requestheader-allowed-names\":\"[]\"}}", true },
		{ MAP "\"requestheader-allowed-names\":\"a\"}}", false },
		{ MAP "\"requestheader-allowed-names\":\"[1]\"}}", false },
		{ MAP "\"requestheader-allowed-names\":\"{}\"}}", false },
		{ MAP "\"requestheader-allowed-names\":\"[null]\"}}",
		    false },
		{ MAP "\"requestheader-username-headers\":\"\"}}", false },
		{ "{\"kind\":\"Status\",\"code\":404}", false },
		{ "", false },
	};
	struct auth_rules rules;
	struct err err;
	struct str text = padded(MAP "\"requestheader-allowed-names\":"
	    "\"[\\\"a\\\",\\\"b,c\\\"]\",\"requestheader-client-ca-file\":"
	    "\"-----\\nx\"}}");

	ok(auth_rules_parse(&rules, text, &err), "a ConfigMap is read");
	ok(auth_list_has(&rules.lists[AUTH_ALLOWED_NAMES], STR("b,c")) &&
	    !auth_list_has(&rules.lists[AUTH_ALLOWED_NAMES], STR("b")),
	    "a list in it is JSON");
	is_str(rules.proxy_ca_pem, "-----\nx", "and PEM is text");
	ok(rules.client_ca_pem == NULL, "what is not there is none");
	auth_rules_fini(&rules);
	free((void *)(uintptr_t)text.p);
	for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) {
		text = padded(maps[i].text);
		ok(auth_rules_parse(&rules, text, &err) == maps[i].is_good,
		    "%s is %s", maps[i].text,
		    maps[i].is_good ? "taken" : "refused");
		auth_rules_fini(&rules);
		free((void *)(uintptr_t)text.p);
	}
}

int
main(void)
{
	test_questions();
	test_tokens();
	test_accesses();
	test_rules();
	return done_testing();
}
