/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "collector/kube_read.h"

static bool
find_type(struct str name, enum kube_event_type *out)
{
	static const char *const names[] = {
		[KUBE_ADDED] = "ADDED", [KUBE_MODIFIED] = "MODIFIED",
		[KUBE_DELETED] = "DELETED", [KUBE_BOOKMARK] = "BOOKMARK",
		[KUBE_ERROR] = "ERROR",
	};

	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
		if (str_is(name, names[i])) {
			*out = i;
			return true;
		}
	return false;
}

static void
read_version(struct json *j, struct str *out)
{
	static const struct json_keys keys = JSON_KEYS("resourceVersion");
	unsigned hint = 0;

	if (*j->p != '{') {
		json_skip(j);
		return;
	}
	json_object_begin(j);
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;)
		if (k == 0 && *j->p == '"')
			json_str(j, out);
		else
			json_skip(j);
}

/* Whatever else the object is. */
static struct str
version_of(struct str object, struct arena *a)
{
	static const struct json_keys keys = JSON_KEYS("metadata");
	struct str version = { NULL, 0 };
	struct json j;
	unsigned hint = 0;

	kube_read_begin(&j, object, a);
	if (*j.p != '{' || !json_object_begin(&j))
		return version;
	for (int k; (k = json_object_next(&j, &keys, &hint)) != JSON_END;)
		if (k == 0)
			read_version(&j, &version);
		else
			json_skip(&j);
	return version;
}

bool
kube_event_decode(struct kube_event *out, struct arena *a, struct str line,
    struct err *err)
{
	static const struct json_keys keys = JSON_KEYS("type", "object");
	struct str type = { NULL, 0 };
	struct json j;
	unsigned hint = 0;

	*out = (struct kube_event){ .object = { NULL, 0 } };
	kube_read_begin(&j, line, a);
	if (!json_object_begin(&j))
		json_fail(&j, "not an event");
	for (int k; (k = json_object_next(&j, &keys, &hint)) != JSON_END;)
		switch (k) {
		case 0: json_str(&j, &type); break;
		case 1: json_raw(&j, &out->object); break;
		default: json_skip(&j);
		}
	if (!json_end(&j, err))
		return false;
	if (!find_type(type, &out->type))
		return err_set(err, "an event of an unknown type");
	if (out->object.len == 0)
		return err_set(err, "an event of nothing");
	out->resource_version = version_of(out->object, a);
	return true;
}

static void
read_details(struct json *j, struct kube_status *out)
{
	static const struct json_keys keys = JSON_KEYS("retryAfterSeconds");
	unsigned hint = 0;

	if (!json_object_begin(j))
		return;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;)
		if (k == 0)
			json_i64(j, &out->retry_after_s);
		else
			json_skip(j);
}

bool
kube_status_decode(struct kube_status *out, struct arena *a, struct str json,
    struct err *err)
{
	static const struct json_keys keys =
	    JSON_KEYS("message", "reason", "details", "code");
	struct json j;
	unsigned hint = 0;

	*out = (struct kube_status){ .code = 0 };
	kube_read_begin(&j, json, a);
	if (!json_object_begin(&j))
		json_fail(&j, "not a status");
	for (int k; (k = json_object_next(&j, &keys, &hint)) != JSON_END;)
		switch (k) {
		case 0: json_str(&j, &out->message); break;
		case 1: json_str(&j, &out->reason); break;
		case 2: read_details(&j, out); break;
		case 3: json_i64(&j, &out->code); break;
		default: json_skip(&j);
		}
	return json_end(&j, err);
}
