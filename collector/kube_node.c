/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "collector/kube_read.h"

static void
read_spec(struct json *j, struct kube_node *out)
{
	static const struct json_keys keys =
	    JSON_KEYS("externalID", "unschedulable");
	unsigned hint = 0;

	if (!json_object_begin(j))
		return;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;)
		switch (k) {
		case 0: json_str(j, &out->external_id); break;
		case 1: json_bool(j, &out->is_unschedulable); break;
		default: json_skip(j);
		}
}

static void
read_condition(struct json *j, struct kube_node *out)
{
	static const struct json_keys keys = JSON_KEYS("type", "status");
	struct str type = { NULL, 0 }, status = { NULL, 0 };
	unsigned hint = 0;

	if (!json_object_begin(j))
		return;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;)
		switch (k) {
		case 0: json_str(j, &type); break;
		case 1: json_str(j, &status); break;
		default: json_skip(j);
		}
	if (str_is(type, "Ready"))
		out->ready = str_is(status, "True") ? KUBE_READY :
		    KUBE_NOT_READY;
}

static void
read_address(struct json *j, struct kube_node *out, size_t *cap)
{
	static const struct json_keys keys = JSON_KEYS("type", "address");
	struct kube_address address = { { NULL, 0 }, { NULL, 0 } };
	void *grown = out->addresses;
	unsigned hint = 0;

	if (!json_object_begin(j))
		return;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;)
		switch (k) {
		case 0: json_str(j, &address.type); break;
		case 1: json_str(j, &address.address); break;
		default: json_skip(j);
		}
	if (!kube_room(j, &grown, cap, out->n_addresses, sizeof address))
		return;
	out->addresses = grown;
	out->addresses[out->n_addresses++] = address;
}

static void
read_kubelet_endpoint(struct json *j, struct kube_node *out)
{
	static const struct json_keys keys = JSON_KEYS("Port");
	unsigned hint = 0;

	if (!json_object_begin(j))
		return;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;)
		if (k == 0)
			json_counter(j, &out->kubelet_port);
		else
			json_skip(j);
}

static void
read_endpoints(struct json *j, struct kube_node *out)
{
	static const struct json_keys keys = JSON_KEYS("kubeletEndpoint");
	unsigned hint = 0;

	if (!json_object_begin(j))
		return;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;)
		if (k == 0)
			read_kubelet_endpoint(j, out);
		else
			json_skip(j);
}

static void
read_status(struct json *j, struct kube_node *out)
{
	static const struct json_keys keys = JSON_KEYS("capacity",
	    "allocatable", "conditions", "addresses", "daemonEndpoints");
	unsigned hint = 0;
	size_t cap = 0;

	if (!json_object_begin(j))
		return;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;)
		switch (k) {
		case 0: kube_read_amounts(j, &out->capacity, NULL); break;
		case 1: kube_read_amounts(j, &out->allocatable, NULL); break;
		case 2:
			if (json_array_begin(j))
				while (json_array_next(j))
					read_condition(j, out);
			break;
		case 3:
			if (json_array_begin(j))
				while (json_array_next(j))
					read_address(j, out, &cap);
			break;
		case 4: read_endpoints(j, out); break;
		default: json_skip(j);
		}
}

bool
kube_node_decode(struct kube_node *out, struct arena *a, struct str json,
    struct err *err)
{
	static const struct json_keys keys =
	    JSON_KEYS("metadata", "spec", "status");
	struct json j;
	unsigned hint = 0;

	*out = (struct kube_node){ .ready = KUBE_READY_UNKNOWN };
	kube_read_begin(&j, json, a);
	if (!json_object_begin(&j))
		json_fail(&j, "not an object");
	for (int k; (k = json_object_next(&j, &keys, &hint)) != JSON_END;)
		switch (k) {
		case 0: kube_read_meta(&j, &out->meta); break;
		case 1: read_spec(&j, out); break;
		case 2: read_status(&j, out); break;
		default: json_skip(&j);
		}
	return kube_read_end(&j, &out->meta, err);
}
