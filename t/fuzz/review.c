/* SPDX-License-Identifier: ISC */
/*
 * Any answer of a kube-apiserver about a client: what is no verdict lets
 * nobody in, and who is somebody is asked about in one JSON object.
 */
#include "config.h"

#include <assert.h>
#include <stdint.h>

#include "common/json.h"

#include "apiserver/auth_rules.h"
#include "apiserver/review.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_question(const struct user *user)
{
	struct attributes a = { .is_resource = false };
	struct buf out = BUF_INIT;
	struct arena arena;
	struct json j;
	struct err err;

	assert(attributes_of(&a, STR("GET"), STR("/x"), STR("")));
	review_print_access(&out, user, &a);
	buf_pad(&out);
	arena_init(&arena, 1 << 20);
	json_begin(&j, buf_str(&out), &arena);
	json_skip(&j);
	assert(out.failed || json_end(&j, &err));
	arena_fini(&arena);
	buf_fini(&out);
	attributes_fini(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf text = BUF_INIT;
	struct user user;
	struct verdict verdict;
	struct auth_rules rules;
	struct err err;

	buf_add(&text, data, size);
	buf_pad(&text);
	if (review_parse_token(&user, buf_str(&text), &err) &&
	    user.name.len > 0)
		check_question(&user);
	else
		assert(user.name.len == 0 && !user.is_master);
	if (!review_parse_access(&verdict, buf_str(&text), &err))
		assert(!verdict.is_allowed);
	if (!auth_rules_parse(&rules, buf_str(&text), &err))
		assert(rules.client_ca_pem == NULL &&
		    rules.proxy_ca_pem == NULL);
	auth_rules_fini(&rules);
	user_fini(&user);
	buf_fini(&text);
	return 0;
}
