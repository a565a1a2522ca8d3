/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/timestamp.h"

#include "collector/kube_read.h"

/* Kubelets know a static pod by what this says. */
#define MIRROR_ANNOTATION "kubernetes.io/config.mirror"

/* A container's status, until it finds its container. */
struct status {
	struct str name;
	uint64_t restart_count;
	struct kube_amounts requests;
	struct kube_amounts limits;
};

struct reader {
	struct kube_pod *pod;
	size_t cap_containers;
	struct status *statuses;
	size_t n_statuses;
	size_t cap_statuses;
	struct str start_time;
};

static void
read_resources(struct json *j, struct kube_amounts *requests,
    struct kube_amounts *limits, struct kube_requests *others)
{
	static const struct json_keys keys = JSON_KEYS("limits", "requests");
	unsigned hint = 0;

	if (!json_object_begin(j))
		return;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;)
		switch (k) {
		case 0: kube_read_amounts(j, limits, NULL); break;
		case 1: kube_read_amounts(j, requests, others); break;
		default: json_skip(j);
		}
}

static void
read_container(struct json *j, struct reader *r, bool is_init)
{
	static const struct json_keys keys =
	    JSON_KEYS("name", "image", "resources", "restartPolicy");
	struct kube_container c = { .is_init = is_init };
	struct kube_requests others = { .n = 0 };
	struct str restart_policy = { NULL, 0 };
	void *grown = r->pod->containers;
	unsigned hint = 0;

	if (!json_object_begin(j))
		return;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;)
		switch (k) {
		case 0: json_str(j, &c.name); break;
		case 1: json_str(j, &c.image); break;
		case 2: read_resources(j, &c.requests, &c.limits, &others);
			break;
		case 3: json_str(j, &restart_policy); break;
		default: json_skip(j);
		}
	if (str_is(restart_policy, "Always"))
		c.is_init = false;	/* a sidecar */
	c.others = others.items;
	c.n_others = others.n;
	if (c.name.len == 0 || !kube_room(j, &grown, &r->cap_containers,
	    r->pod->n_containers, sizeof c))
		return;
	r->pod->containers = grown;
	r->pod->containers[r->pod->n_containers++] = c;
}

static void
read_containers(struct json *j, struct reader *r, bool are_init)
{
	if (json_array_begin(j))
		while (json_array_next(j))
			read_container(j, r, are_init);
}

static void
read_spec(struct json *j, struct reader *r)
{
	static const struct json_keys keys = JSON_KEYS("initContainers",
	    "containers", "nodeName", "overhead", "resources");
	struct kube_requests requests = { .n = 0 }, overhead = { .n = 0 };
	struct kube_pod *pod = r->pod;
	unsigned hint = 0;

	if (!json_object_begin(j))
		return;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;)
		switch (k) {
		case 0: read_containers(j, r, true); break;
		case 1: read_containers(j, r, false); break;
		case 2: json_str(j, &pod->node); break;
		case 3:
			kube_read_amounts(j, &pod->overhead, &overhead);
			break;
		case 4:
			read_resources(j, &pod->requests, &pod->limits,
			    &requests);
			break;
		default: json_skip(j);
		}
	pod->other_requests = requests.items;
	pod->n_other_requests = requests.n;
	pod->other_overhead = overhead.items;
	pod->n_other_overhead = overhead.n;
}

static void
read_container_status(struct json *j, struct reader *r)
{
	static const struct json_keys keys = JSON_KEYS("name", "restartCount",
	    "allocatedResources", "resources");
	struct status s = { .restart_count = 0 };
	struct kube_amounts allocated = { .present = 0 };
	void *grown = r->statuses;
	unsigned hint = 0;

	if (!json_object_begin(j))
		return;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;)
		switch (k) {
		case 0: json_str(j, &s.name); break;
		case 1: json_counter(j, &s.restart_count); break;
		case 2: kube_read_amounts(j, &allocated, NULL); break;
		case 3: read_resources(j, &s.requests, &s.limits, NULL); break;
		default: json_skip(j);
		}
	/* What is in force wins over what was admitted. */
	kube_amounts_override(&allocated, &s.requests);
	s.requests = allocated;
	if (s.name.len == 0 || !kube_room(j, &grown, &r->cap_statuses,
	    r->n_statuses, sizeof s))
		return;
	r->statuses = grown;
	r->statuses[r->n_statuses++] = s;
}

static void
read_status(struct json *j, struct reader *r, struct kube_amounts *requests,
    struct kube_amounts *limits)
{
	static const struct json_keys keys = JSON_KEYS("startTime",
	    "initContainerStatuses", "containerStatuses", "resources");
	unsigned hint = 0;

	if (!json_object_begin(j))
		return;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;)
		switch (k) {
		case 0: json_str(j, &r->start_time); break;
		case 1:
		case 2:
			if (json_array_begin(j))
				while (json_array_next(j))
					read_container_status(j, r);
			break;
		case 3: read_resources(j, requests, limits, NULL); break;
		default: json_skip(j);
		}
}

static void
apply_status(struct kube_pod *pod, const struct status *s)
{
	for (size_t i = 0; i < pod->n_containers; i++) {
		struct kube_container *c = &pod->containers[i];

		if (!str_eq(c->name, s->name))
			continue;
		c->has_status = true;
		c->restart_count = s->restart_count > UINT32_MAX ? UINT32_MAX :
		    (uint32_t)s->restart_count;
		kube_amounts_override(&c->requests, &s->requests);
		kube_amounts_override(&c->limits, &s->limits);
		return;
	}
}

bool
kube_pod_decode(struct kube_pod *out, struct arena *a, struct str json,
    struct err *err)
{
	static const struct json_keys keys =
	    JSON_KEYS("metadata", "spec", "status");
	struct reader r = { .pod = out };
	struct kube_amounts requests = { .present = 0 };
	struct kube_amounts limits = { .present = 0 };
	struct json j;
	unsigned hint = 0;

	*out = (struct kube_pod){ .start_ns = 0 };
	kube_read_begin(&j, json, a);
	if (!json_object_begin(&j))
		json_fail(&j, "not an object");
	for (int k; (k = json_object_next(&j, &keys, &hint)) != JSON_END;)
		switch (k) {
		case 0: kube_read_meta(&j, &out->meta); break;
		case 1: read_spec(&j, &r); break;
		case 2: read_status(&j, &r, &requests, &limits); break;
		default: json_skip(&j);
		}
	if (!kube_read_end(&j, &out->meta, err))
		return false;
	for (size_t i = 0; i < r.n_statuses; i++)
		apply_status(out, &r.statuses[i]);
	kube_amounts_override(&out->requests, &requests);
	kube_amounts_override(&out->limits, &limits);
	if (r.start_time.len > 0)
		timestamp_parse(r.start_time, &out->start_ns);
	out->kubelet_uid = kube_annotation(&out->meta, MIRROR_ANNOTATION);
	if (out->kubelet_uid.len == 0)
		out->kubelet_uid = out->meta.uid;
	return true;
}
