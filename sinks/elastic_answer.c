/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "common/json.h"

#include "sinks/elastic_answer.h"

/* What became of one document: its status, and why. */
static enum http_verdict
item_verdict(uint64_t status)
{
	if (status == 409)
		return HTTP_TAKEN;
	if (status == 404)
		return HTTP_AGAIN;
	return status < 100 || status > 599 ? HTTP_AGAIN :
	    http_verdict((int)status);
}

static void
note_reason(struct buf *out, uint64_t status, struct str error)
{
	if (out->len > 0)
		return;
	buf_addf(out, "%llu", (unsigned long long)status);
	if (error.len > 0)
		buf_add_str(out, STR(": "));
	http_reason(out, error);
}

/* The object behind "index" or "create". */
static enum http_verdict
take_item(struct json *j, struct http_fate *fate)
{
	static const struct json_keys keys = JSON_KEYS("status", "error");
	struct str error = { NULL, 0 };
	uint64_t status = 0;
	unsigned hint = 0;
	enum http_verdict verdict;

	if (!json_object_begin(j))
		return HTTP_AGAIN;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;)
		switch (k) {
		case 0:
			json_u64(j, &status);
			break;
		case 1:
			json_raw(j, &error);
			break;
		default:
			json_skip(j);
		}
	verdict = item_verdict(status);
	if (verdict == HTTP_AGAIN || verdict == HTTP_FORBIDDEN)
		note_reason(&fate->again, status, error);
	else if (verdict != HTTP_TAKEN)
		note_reason(&fate->refused, status, error);
	return verdict;
}

/* Which are not reached stay as they are.  False: more than there were. */
static bool
take_items(struct json *j, struct http_fate *fate)
{
	uint64_t i = 0;

	if (!json_array_begin(j))
		return j->error == NULL;
	for (; json_array_next(j); i++) {
		enum http_verdict verdict = HTTP_AGAIN;
		struct str action;

		if (i == fate->n)
			return false;
		if (!json_object_begin(j))
			continue;
		while (json_object_next_key(j, &action))
			verdict = take_item(j, fate);
		if (j->error == NULL)
			fate->verdicts[i] = verdict;
	}
	return true;
}

static void
set_all(struct http_fate *fate, enum http_verdict verdict)
{
	for (uint64_t i = 0; i < fate->n; i++)
		fate->verdicts[i] = verdict;
}

bool
elastic_bulk_answer(struct str body, struct arena *a,
    struct http_fate *fate)
{
	static const struct json_keys keys = JSON_KEYS("errors", "items");
	bool has_errors = false, is_said = false, is_good = true;
	unsigned hint = 0;
	struct json j;

	set_all(fate, HTTP_AGAIN);
	json_begin(&j, body, a);
	j.replaces_nul = true;
	if (!json_object_begin(&j))
		return false;
	for (int k; (k = json_object_next(&j, &keys, &hint)) != JSON_END;)
		switch (k) {
		case 0:
			is_said = json_bool(&j, &has_errors);
			break;
		case 1:
			is_good &= take_items(&j, fate);
			if (!is_good)
				return false;
			break;
		default:
			json_skip(&j);
		}
	/* One that was cut in its items has said something all the same. */
	if (!is_said)
		return false;
	if (!has_errors)
		set_all(fate, HTTP_TAKEN);
	else if (fate->again.len == 0)
		buf_add_str(&fate->again, STR("the answer has not all of them"));
	return true;
}

static void
take_version(struct json *j, struct str *number, struct str *distribution)
{
	static const struct json_keys keys = JSON_KEYS("number",
	    "distribution");
	unsigned hint = 0;

	if (!json_object_begin(j))
		return;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;)
		switch (k) {
		case 0:
			json_str(j, number);
			break;
		case 1:
			json_str(j, distribution);
			break;
		default:
			json_skip(j);
		}
}

static bool
is_none(struct err *err)
{
	return err_set(err, "no Elasticsearch: its answer has no version; "
	    "`ver` would say it");
}

bool
elastic_version_answer(struct str body, struct arena *a,
    enum elastic_version *version, struct err *err)
{
	static const struct json_keys keys = JSON_KEYS("version");
	struct str number = { NULL, 0 }, distribution = { NULL, 0 };
	unsigned hint = 0;
	struct json j;

	json_begin(&j, body, a);
	j.replaces_nul = true;
	if (!json_object_begin(&j))
		return is_none(err);
	for (int k; (k = json_object_next(&j, &keys, &hint)) != JSON_END;)
		if (k == 0)
			take_version(&j, &number, &distribution);
		else
			json_skip(&j);
	if (!json_end(&j, err) || number.p == NULL)
		return is_none(err);
	return elastic_version_of(number, distribution, version) ||
	    err_set(err, "version %.*s is not known", STR_ARG(number));
}

/* "HOST:PORT", or "NAME/HOST:PORT" in versions 2 and 7. */
static void
take_http(struct json *j, void (*fn)(void *arg, struct str address), void *arg)
{
	static const struct json_keys keys = JSON_KEYS("publish_address");
	struct str address = { NULL, 0 };
	unsigned hint = 0;
	const char *slash;

	if (!json_object_begin(j))
		return;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;)
		if (k == 0)
			json_str(j, &address);
		else
			json_skip(j);
	if (j->error != NULL || address.len == 0)
		return;
	slash = memchr(address.p, '/', address.len);
	if (slash != NULL) {
		address.len -= (size_t)(slash + 1 - address.p);
		address.p = slash + 1;
	}
	fn(arg, address);
}

static void
take_node(struct json *j, void (*fn)(void *arg, struct str address), void *arg)
{
	static const struct json_keys keys = JSON_KEYS("http");
	unsigned hint = 0;

	if (!json_object_begin(j))
		return;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;)
		if (k == 0)
			take_http(j, fn, arg);
		else
			json_skip(j);
}

bool
elastic_nodes_answer(struct str body, struct arena *a,
    void (*fn)(void *arg, struct str address), void *arg)
{
	static const struct json_keys keys = JSON_KEYS("nodes");
	bool has_nodes = false;
	unsigned hint = 0;
	struct err err;
	struct str id;
	struct json j;

	json_begin(&j, body, a);
	j.replaces_nul = true;
	if (!json_object_begin(&j))
		return false;
	for (int k; (k = json_object_next(&j, &keys, &hint)) != JSON_END;) {
		if (k != 0) {
			json_skip(&j);
			continue;
		}
		has_nodes = json_object_begin(&j);
		while (has_nodes && json_object_next_key(&j, &id))
			take_node(&j, fn, arg);
	}
	return json_end(&j, &err) && has_nodes;
}
