/* SPDX-License-Identifier: ISC */
/* Heapster's label copier; the first case is one that it was asked. */
#include "config.h"

#include <string.h>

#include "collector/label_rules.h"
#include "t/tap.h"

static const struct rules_case {
	const char *title;
	const char *store;	/* or NULL */
	const char *ignore;
	const char *separator;
	const char *labels;	/* "k:v|k:v" */
	const char *joined;
	const char *stored;	/* the same way */
} cases[] = {
	{ "stored under another name, and ignored", "app,mytier=tier", "app",
	    ";", "app:p1|tier:web", "tier:web", "app:p1|mytier:web" },
	{ "no rules", NULL, NULL, ",", "b:2|a:1", "a:1,b:2", "" },
	{ "no labels", "app", "b", ",", "", "", "" },
	{ "sorted as joined, not by key", NULL, NULL, ",",
	    "a:1|a-b:2|a.c:3|a0:4", "a-b:2,a.c:3,a0:4,a:1", "" },
	{ "empty values and separators", NULL, NULL, "", "a:|b:x",
	    "a:b:x", "" },
	{ "one label under two names", "x=a,y=a", NULL, ",", "a:1",
	    "a:1", "x:1|y:1" },
	{ "a target with = in the source", "x=a=b", NULL, ",", "a=b:1",
	    "a=b:1", "x:1" },
	{ "all ignored", NULL, "a,b", ",", "a:1|b:2", "", "" },
	{ "bytes above 127 are behind the others", NULL, NULL, ",",
	    "\xc3\xa9:1|z:2", "z:2,\xc3\xa9:1", "" },
};

static size_t
split(const char *text, struct label *out)
{
	struct str rest = str_of(text);
	size_t n = 0;

	while (rest.len > 0) {
		out[n].value = str_cut(&rest, '|');
		out[n].key = str_cut(&out[n].value, ':');
		n++;
	}
	return n;
}

static void
run(const struct rules_case *c)
{
	struct label_rules r = { .separator = str_of(c->separator) };
	struct label labels[8], stored[FRAME_STORED_MAX];
	struct buf joined = BUF_INIT, text = BUF_INIT;
	size_t n = split(c->labels, labels), n_stored;
	struct err err;

	if ((c->store != NULL &&
	    !label_rules_store(&r, str_of(c->store), &err)) ||
	    (c->ignore != NULL &&
	    !label_rules_ignore(&r, str_of(c->ignore), &err)))
		bail("%s: %s", c->title, err.msg);
	label_rules_join(&r, labels, n, &joined);
	is_mem(joined.p, joined.len, c->joined, strlen(c->joined),
	    "%s: joined", c->title);
	n_stored = label_rules_stored(&r, labels, n, stored);
	for (size_t i = 0; i < n_stored; i++)
		buf_addf(&text, "%s%.*s:%.*s", i == 0 ? "" : "|",
		    STR_ARG(stored[i].key), STR_ARG(stored[i].value));
	is_mem(text.p, text.len, c->stored, strlen(c->stored), "%s: stored",
	    c->title);
	buf_fini(&joined);
	buf_fini(&text);
}

static void
test_refusals(void)
{
	static const char *const bad[] = { "", "a,,b", "=a", "a=", "a," };
	struct buf many = BUF_INIT;
	struct label_rules r = { .n_stored = 0 };
	struct err err;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		r.n_stored = 0;
		ok(!label_rules_store(&r, str_of(bad[i]), &err),
		    "\"%s\" is refused: %s", bad[i], err.msg);
	}
	ok(!label_rules_ignore(&r, STR("a,"), &err), "also when ignored");
	for (int i = 0; i < LABEL_RULES_MAX; i++)
		buf_addf(&many, "%sx%d", i == 0 ? "" : ",", i);
	r.n_stored = 0;
	ok(label_rules_store(&r, buf_str(&many), &err), "as many as fit");
	ok(!label_rules_store(&r, STR("y"), &err) &&
	    strstr(err.msg, "more than") != NULL, "and no more");
	r.n_ignored = 0;
	ok(label_rules_ignore(&r, buf_str(&many), &err) &&
	    !label_rules_ignore(&r, STR("y"), &err), "nor to ignore");
	buf_fini(&many);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		run(&cases[i]);
	test_refusals();
	return done_testing();
}
