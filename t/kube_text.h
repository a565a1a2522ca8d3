/* SPDX-License-Identifier: ISC */
/*
 * Decoded objects as text for tests: one line per object and one, indented,
 * per container; what is absent is left out.  Amounts are
 * cpu_milli,memory_bytes,ephemeral_storage_bytes with "-" for none.
 */
#ifndef T_KUBE_TEXT_H
#define T_KUBE_TEXT_H

#include <inttypes.h>

#include "collector/kube_object.h"
#include "common/buf.h"

static inline void
kube_text_str(struct buf *out, const char *name, struct str s)
{
	if (s.len > 0)
		buf_addf(out, " %s=%.*s", name, STR_ARG(s));
}

static inline void
kube_text_amounts(struct buf *out, const char *name,
    const struct kube_amounts *a)
{
	if (a->present == 0)
		return;
	buf_addf(out, " %s=", name);
	for (int r = 0; r < KUBE_RESOURCE_COUNT; r++) {
		if (r > 0)
			buf_add_char(out, ',');
		if ((a->present >> r & 1) != 0)
			buf_add_u64(out, a->values[r]);
		else
			buf_add_char(out, '-');
	}
}

static inline void
kube_text_others(struct buf *out, const char *prefix,
    const struct kube_request *others, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_addf(out, " %s%.*s=%" PRIu64, prefix,
		    STR_ARG(others[i].resource), others[i].value);
}

static inline void
kube_text_labels(struct buf *out, const struct kube_meta *m)
{
	for (size_t i = 0; i < m->n_labels; i++)
		buf_addf(out, " %.*s:%.*s", STR_ARG(m->labels[i].key),
		    STR_ARG(m->labels[i].value));
}

static inline void
kube_text_container(struct buf *out, const struct kube_container *c)
{
	buf_addf(out, " %.*s", STR_ARG(c->name));
	kube_text_str(out, "image", c->image);
	kube_text_amounts(out, "requests", &c->requests);
	kube_text_amounts(out, "limits", &c->limits);
	kube_text_others(out, "", c->others, c->n_others);
	if (c->has_status)
		buf_addf(out, " restarts=%" PRIu32, c->restart_count);
	if (c->is_init)
		buf_addf(out, " init");
	buf_add_char(out, '\n');
}

static inline void
kube_text_pod(struct buf *out, const struct kube_pod *p)
{
	buf_addf(out, "pod %.*s/%.*s", STR_ARG(p->meta.namespace_name),
	    STR_ARG(p->meta.name));
	kube_text_str(out, "uid", p->meta.uid);
	if (!str_eq(p->kubelet_uid, p->meta.uid))
		kube_text_str(out, "kubelet_uid", p->kubelet_uid);
	kube_text_str(out, "node", p->node);
	if (p->start_ns != 0)
		buf_addf(out, " start=%" PRId64, p->start_ns);
	kube_text_amounts(out, "overhead", &p->overhead);
	kube_text_amounts(out, "requests", &p->requests);
	kube_text_amounts(out, "limits", &p->limits);
	kube_text_others(out, "requests:", p->other_requests,
	    p->n_other_requests);
	kube_text_others(out, "overhead:", p->other_overhead,
	    p->n_other_overhead);
	kube_text_labels(out, &p->meta);
	buf_add_char(out, '\n');
	for (size_t i = 0; i < p->n_containers; i++)
		kube_text_container(out, &p->containers[i]);
}

static inline void
kube_text_node(struct buf *out, const struct kube_node *n)
{
	buf_addf(out, "node %.*s", STR_ARG(n->meta.name));
	kube_text_str(out, "uid", n->meta.uid);
	kube_text_str(out, "external", n->external_id);
	if (n->is_unschedulable)
		buf_addf(out, " unschedulable");
	if (n->ready != KUBE_READY_UNKNOWN)
		buf_addf(out, n->ready == KUBE_READY ? " ready" : " notready");
	if (n->kubelet_port != 0)
		buf_addf(out, " port=%" PRIu64, n->kubelet_port);
	for (size_t i = 0; i < n->n_addresses; i++)
		buf_addf(out, " %.*s=%.*s", STR_ARG(n->addresses[i].type),
		    STR_ARG(n->addresses[i].address));
	kube_text_amounts(out, "capacity", &n->capacity);
	kube_text_amounts(out, "allocatable", &n->allocatable);
	kube_text_labels(out, &n->meta);
	buf_add_char(out, '\n');
}

#endif
