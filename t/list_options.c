/* SPDX-License-Identifier: ISC */
/* What kube-apiservers refuse in the options of a list, and in which words. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/timestamp.h"

#include "apiserver/api.h"
#include "apiserver/list_options.h"

#include "t/tap.h"

#define MATCH "resourceVersionMatch"
#define NO_VERSION "Forbidden: " MATCH " is forbidden unless resourceVersion " \
	"is provided"
#define CONTINUED "Forbidden: " MATCH " is forbidden when continue is provided"
#define UNKNOWN "Unsupported value: \"Newest\": supported values: " \
	"\"Exact\", \"NotOlderThan\", \"\""
#define ZERO "Forbidden: " MATCH " \"exact\" is forbidden for " \
	"resourceVersion \"0\""
#define INITIAL "Forbidden: sendInitialEvents is forbidden for list"

static const struct {
	const char *version, *match, *from, *initial;
	const char *messages[LIST_FAULTS_MAX];
} cases[] = {
	{ NULL, NULL, NULL, NULL, { NULL } },
	{ "1", NULL, NULL, NULL, { NULL } },
	{ "abc", NULL, "x", NULL, { NULL } },
	{ "1", "Exact", NULL, NULL, { NULL } },
	{ "0", "NotOlderThan", NULL, NULL, { NULL } },
	{ "1", "", NULL, NULL, { NULL } },
	{ "0", "Exact", NULL, NULL, { ZERO } },
	{ NULL, "Exact", NULL, NULL, { NO_VERSION } },
	{ "", "NotOlderThan", NULL, NULL, { NO_VERSION } },
	{ "1", "Exact", "a/b", NULL, { CONTINUED } },
	{ "1", "Newest", NULL, NULL, { UNKNOWN } },
	{ NULL, "Newest", "a/b", NULL, { NO_VERSION, CONTINUED, UNKNOWN } },
	{ NULL, NULL, NULL, "false", { INITIAL } },
	{ "0", "Exact", "a/b", "", { CONTINUED, ZERO, INITIAL } },
};

static const struct {
	const char *text;
	int64_t value;
	const char *why;	/* NULL: it is a number */
} numbers[] = {
	{ "0", 0, NULL }, { "500", 500, NULL }, { "-1", -1, NULL },
	{ "+7", 7, NULL }, { "007", 7, NULL },
	{ "9223372036854775807", INT64_MAX, NULL },
	{ "-9223372036854775808", INT64_MIN, NULL },
	{ "9223372036854775808", 0, "value out of range" },
	{ "", 0, "invalid syntax" }, { "x", 0, "invalid syntax" },
	{ "-", 0, "invalid syntax" }, { "1.5", 0, "invalid syntax" },
	{ " 1", 0, "invalid syntax" }, { "1 ", 0, "invalid syntax" },
	{ "--1", 0, "invalid syntax" }, { "+-1", 0, "invalid syntax" },
	{ "0x10", 0, "invalid syntax" },
};

#define REFUSED "{\"kind\":\"Status\",\"apiVersion\":\"v1\"," \
	"\"metadata\":{},\"status\":\"Failure\",\"message\":" \
	"\"ListOptions.meta.k8s.io \\\"\\\" is invalid: " MATCH ": " \
	NO_VERSION "\",\"reason\":\"Invalid\"," \
	"\"details\":{\"group\":\"meta.k8s.io\",\"kind\":" \
	"\"ListOptions\",\"causes\":[{\"reason\":" \
	"\"FieldValueForbidden\",\"message\":\"" NO_VERSION "\"," \
	"\"field\":\"" MATCH "\"}]},\"code\":422}\n"
#define BRACKETED "is invalid: [" MATCH ": " NO_VERSION \
	", sendInitialEvents: " INITIAL "]\""

static const struct {
	const char *query, *accept;
	int status;
	const char *text;	/* in the answer */
} questions[] = {
	{ "nodes?resourceVersionMatch=Exact", NULL, 422, REFUSED },
	{ "pods?resourceVersionMatch=Exact", NULL, 422, REFUSED },
	{ "pods?resourceVersionMatch=Exact&sendInitialEvents=1", NULL, 422,
	    BRACKETED },
	{ "pods?resourceVersionMatch=Exact",
	    "application/vnd.kubernetes.protobuf", 422,
	    "\x0a\x13" "FieldValueForbidden" },
	{ "pods?limit=", NULL, 400, "invalid syntax\"" },
	{ "pods?limit=99999999999999999999", NULL, 400,
	    "value out of range\"" },
	{ "nodes?timeoutSeconds=soon", NULL, 400, "\"soon\\\": invalid" },
	{ "nodes/n1?export=true", NULL, 400, "the export parameter" },
	{ "nodes/n1?export=false", NULL, 404, "not found" },
	{ "nodes?limit=1&timeoutSeconds=5&resourceVersion=x", NULL, 200,
	    "\"items\":[]" },
};

static struct str
or_absent(const char *text)
{
	return text == NULL ? (struct str){ NULL, 0 } : str_of(text);
}

static void
test_faults(size_t i)
{
	const struct list_options o = {
		.version = or_absent(cases[i].version),
		.match = or_absent(cases[i].match),
		.from = or_absent(cases[i].from),
		.initial_events = or_absent(cases[i].initial),
	};
	struct list_fault faults[LIST_FAULTS_MAX];
	size_t n = list_options_check(&o, faults), n_want = 0;

	while (n_want < LIST_FAULTS_MAX && cases[i].messages[n_want] != NULL)
		n_want++;
	is_u64(n, n_want, "case %zu: %zu faults", i, n_want);
	for (size_t k = 0; k < n && k < n_want; k++) {
		bool is_value = strncmp(faults[k].message, "Unsupp", 6) == 0;

		is_str(faults[k].message, cases[i].messages[k], "is told");
		is_str(faults[k].reason, is_value ? "FieldValueNotSupported" :
		    "FieldValueForbidden", "and of which kind it is");
	}
}

static void
test_number(size_t i)
{
	struct buf why = BUF_INIT, want = BUF_INIT;
	int64_t value = 0;
	bool is_number = list_option_i64(str_of(numbers[i].text), &value,
	    &why);

	if (numbers[i].why == NULL) {
		ok(is_number, "\"%s\" is a number", numbers[i].text);
		is_i64(value, numbers[i].value, "this one");
	} else {
		buf_addf(&want, "strconv.ParseInt: parsing \"%s\": %s",
		    numbers[i].text, numbers[i].why);
		ok(!is_number, "\"%s\" is not", numbers[i].text);
		is_mem(why.p, why.len, want.p, want.len, "is told");
	}
	buf_fini(&why);
	buf_fini(&want);
}

static void
test_questions(void)
{
	static struct store_counters counters;
	struct err err;
	struct store *store = store_open(NULL, 900 * NS_PER_S, 1 << 20,
	    &counters, &err);
	struct api api = { .store = store, .label_separator = STR(",") };

	for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
		char path[200];
		struct api_request rq = { .method = STR("GET"),
			.accept = or_absent(questions[i].accept),
			.now_ns = NS_PER_S, .is_secure = true };
		struct api_response rs = { .status = 0 };

		snprintf(path, sizeof path, "/apis/metrics.k8s.io/v1/%s",
		    questions[i].query);
		rq.query = str_of(path);
		rq.path = str_cut(&rq.query, '?');
		api_answer(&api, &rq, &rs);
		is_i64(rs.status, questions[i].status, "%s",
		    questions[i].query);
		ok(memmem(rs.body.p, rs.body.len, questions[i].text,
		    strlen(questions[i].text)) != NULL, "in its words");
		buf_fini(&rs.body);
	}
	api_fini(&api);
	store_close(store);
}

int
main(void)
{
	char long_match[1000];
	struct list_fault faults[LIST_FAULTS_MAX];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		test_faults(i);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		test_number(i);
	test_questions();
	memset(long_match, 'x', sizeof long_match);
	is_u64(list_options_check(&(struct list_options){
	    .version = STR("1"), .match = { long_match, sizeof long_match } },
	    faults), 1, "a long one");
	ok(strstr(faults[0].message, "x\": supported values: \"Exact\", "
	    "\"NotOlderThan\", \"\"") != NULL, "is cut");
	return done_testing();
}
