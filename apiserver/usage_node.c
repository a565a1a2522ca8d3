/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "common/mem.h"

#include "apiserver/usage_node.h"

/* A frame that is being taken, and what was known before it. */
struct taking {
	struct usage_node *node;
	const struct frame *frame;
	struct str separator;
	struct usage_node before;
	size_t at;		/* where the next pod was before, perhaps */
};

static void
add_container(const struct taking *t, struct str name,
    const struct metric_set *set, const struct usage *before)
{
	struct usage_node *n = t->node;
	struct usage_container *c;

	if (n->n_containers == n->cap_containers) {
		n->cap_containers = n->cap_containers * 2 + 16;
		n->containers = xrealloc(n->containers, n->cap_containers,
		    sizeof *n->containers);
	}
	c = &n->containers[n->n_containers++];
	*c = (struct usage_container){
		.name_at = n->base.names.len, .name_len = name.len,
	};
	buf_add_str(&n->base.names, name);
	if (before != NULL)
		c->usage = *before;
	usage_advance(&c->usage, set, t->frame->window_ns,
	    usage_resolution(t->frame->resolution_ns));
}

static struct resource_item
name_item(const struct taking *t, const struct metric_set *set,
    struct str name)
{
	struct buf *names = &t->node->base.names;
	struct resource_item item = {
		.names_at = names->len,
		.namespace_len = set->namespace_name.len,
		.name_len = name.len,
	};

	buf_add_str(names, set->namespace_name);
	buf_add_str(names, name);
	resource_add_labels(names, set, t->separator);
	item.labels_len = names->len - item.names_at - item.namespace_len -
	    item.name_len;
	return item;
}

static void
take_self(const struct taking *t)
{
	const struct metric_set *set = &t->frame->sets[0];

	t->node->base.self = name_item(t, set, t->frame->node);
	add_container(t, STR(""), set, t->before.n_containers == 0 ? NULL :
	    &t->before.containers[0].usage);
	t->node->base.self.has_metrics =
	    t->node->containers[0].usage.value.at_ns != 0;
}

static bool
is_pod(const struct taking *t, size_t i, const struct metric_set *set)
{
	const struct resource_node *n = &t->before.base;

	return str_eq(resource_item_name(n, &n->pods[i]), set->name) &&
	    str_eq(resource_item_namespace(n, &n->pods[i]),
	    set->namespace_name);
}

/* As it was before; NULL: it was not, or another one of that name was.  Pods
 * mostly come in the same order. */
static const struct usage_pod *
pod_before(struct taking *t, const struct metric_set *set,
    const struct usage_pod *now)
{
	size_t n = t->before.base.n_pods;

	for (size_t i = 0; i < n; i++) {
		size_t at = (t->at + i) % n;
		const struct usage_pod *p = &t->before.pods[at];

		if (!is_pod(t, at, set))
			continue;
		t->at = at + 1;
		return p->uid == now->uid || p->uid == 0 || now->uid == 0 ||
		    (p->start_ns != 0 && p->start_ns == now->start_ns) ?
		    p : NULL;
	}
	return NULL;
}

static const struct usage *
container_before(const struct taking *t, const struct usage_pod *pod,
    struct str name)
{
	for (size_t i = 0; pod != NULL && i < pod->n; i++) {
		const struct usage_container *c =
		    &t->before.containers[pod->first + i];

		if (str_eq(usage_container_name(&t->before, c), name))
			return &c->usage;
	}
	return NULL;
}

static void
take_pod(struct taking *t, size_t set)
{
	const struct frame *f = t->frame;
	const struct metric_set *pod = &f->sets[set];
	struct usage_node *n = t->node;
	struct resource_item item = name_item(t, pod, pod->name);
	struct usage_pod now = {
		.first = n->n_containers,
		.uid = pod->pod_id.len == 0 ? 0 :
		    hash_bytes(pod->pod_id.p, pod->pod_id.len, hash_seed()),
		.start_ns = pod->start_ns,
	};
	const struct usage_pod *before = pod_before(t, pod, &now);

	for (size_t i = 0; (i = resource_next_container(f, set, i)) != 0;) {
		const struct metric_set *c = &f->sets[i];

		if (resource_is_extra(pod, c))
			continue;
		add_container(t, c->name, c,
		    container_before(t, before, c->name));
		item.has_metrics |= n->containers[n->n_containers - 1].usage
		    .value.at_ns != 0;
	}
	now.n = n->n_containers - now.first;
	if (n->base.n_pods == n->base.cap_pods) {
		n->base.cap_pods = n->base.cap_pods * 2 + 16;
		n->base.pods = xrealloc(n->base.pods, n->base.cap_pods,
		    sizeof *n->base.pods);
		n->pods = xrealloc(n->pods, n->base.cap_pods,
		    sizeof *n->pods);
	}
	n->pods[n->base.n_pods] = now;
	n->base.pods[n->base.n_pods++] = item;
}

static void
forget(struct usage_node *n)
{
	buf_fini(&n->base.names);
	free(n->base.pods);
	free(n->pods);
	free(n->containers);
	n->base.pods = NULL;
	n->pods = NULL;
	n->containers = NULL;
	n->base.n_pods = n->base.cap_pods = 0;
	n->n_containers = n->cap_containers = 0;
}

static void
take(struct usage_node *n, const struct frame *f, struct str separator)
{
	struct taking t = {
		.node = n, .frame = f, .separator = separator, .before = *n,
	};

	n->base.names = BUF_INIT;
	n->base.pods = NULL;
	n->pods = NULL;
	n->containers = NULL;
	n->base.n_pods = n->base.cap_pods = 0;
	n->n_containers = n->cap_containers = 0;
	take_self(&t);
	for (size_t i = 1; i < f->n_sets; i++)
		if (f->sets[i].type == SET_POD)
			take_pod(&t, i);
	n->base.is_renamed |= !str_eq(buf_str(&t.before.base.names),
	    buf_str(&n->base.names));
	n->taken_ns = f->window_ns;
	forget(&t.before);
}

/* Frames up to that window need not be read. */
static int64_t
begin_of(const struct usage_node *n, const struct frame *newest)
{
	int64_t resolution_ns = usage_resolution(newest->resolution_ns);
	int64_t frames = USAGE_SPAN_NS / resolution_ns + 1, begin_ns;

	if (frames < USAGE_FRAMES_MIN)
		frames = USAGE_FRAMES_MIN;
	else if (frames > USAGE_FRAMES_MAX)
		frames = USAGE_FRAMES_MAX;
	begin_ns = newest->window_ns - frames * resolution_ns;
	return begin_ns > n->taken_ns ? begin_ns : n->taken_ns;
}

/* All frames since the last one that was taken, but not very old ones. */
static bool
load(struct resource_node *base, struct store *s, struct arena *a,
    struct str separator, int64_t now_ns)
{
	struct usage_node *n = (struct usage_node *)base;
	struct frame f;
	int64_t after_ns;

	(void)now_ns;
	for (int i = 0; i < USAGE_FORM_COUNT; i++)
		n->texts[i].is_made = false;
	arena_reset(a);
	if (!store_frame(s, base->entity, a, &f) || f.n_sets == 0)
		return false;
	if (n->taken_ns < f.window_ns - usage_resolution(f.resolution_ns)) {
		after_ns = begin_of(n, &f);
		for (int i = 0; i < USAGE_FRAMES_MAX; i++) {
			arena_reset(a);
			if (!store_frame_after(s, base->entity, after_ns, a,
			    &f) || f.n_sets == 0)
				break;
			after_ns = f.window_ns;
			take(n, &f, separator);
		}
	} else {
		take(n, &f, separator);
	}
	if (!base->names.failed)
		return true;
	forget(n);
	base->self = (struct resource_item){ .text_len = 0 };
	base->is_renamed = true;
	return false;
}

static void
release(struct resource_node *base)
{
	struct usage_node *n = (struct usage_node *)base;

	forget(n);
	buf_fini(&base->text);
	for (int i = 0; i < USAGE_FORM_COUNT; i++) {
		buf_fini(&n->texts[i].text);
		free(n->texts[i].places);
	}
	free(n);
}

const struct resource_kind usage_kind = {
	sizeof(struct usage_node), load, release,
};

static size_t
pod_of(const struct resource_object *object)
{
	return (size_t)(object->item - object->node->pods);
}

const struct usage_container *
usage_containers(const struct resource_object *object, size_t *n)
{
	const struct usage_node *node =
	    (const struct usage_node *)object->node;
	const struct usage_pod *pod;

	if (object->item == &object->node->self) {
		*n = node->n_containers > 0;
		return node->containers;
	}
	pod = &node->pods[pod_of(object)];
	*n = pod->n;
	return node->containers + pod->first;
}

/* A container was seen, but not often enough to have had a value ever. */
static bool
is_incomplete(const struct usage_container *c, size_t n)
{
	for (; n > 0; n--, c++)
		if (c->usage.value.at_ns == 0 && c->usage.last_ns != 0)
			return true;
	return false;
}

bool
usage_sum(const struct resource_object *object, int64_t now_ns,
    int64_t max_age_ns, struct usage_value *out)
{
	size_t n;
	const struct usage_container *c = usage_containers(object, &n);

	*out = (struct usage_value){ .at_ns = 0 };
	if (is_incomplete(c, n))
		return false;
	for (; n > 0; n--, c++) {
		const struct usage_value *v = &c->usage.value;

		if (!usage_is_good(&c->usage, now_ns, max_age_ns))
			continue;
		if (out->at_ns == 0 || v->at_ns < out->at_ns) {
			out->at_ns = v->at_ns;
			out->window_ns = v->window_ns;
		}
		if (out->frame_ns == 0 || v->frame_ns < out->frame_ns)
			out->frame_ns = v->frame_ns;
		out->present |= v->present;
		for (int r = 0; r < USAGE_RESOURCE_COUNT; r++)
			out->amounts[r] += v->amounts[r];
	}
	return out->at_ns != 0;
}

struct usage_item
usage_item(const struct resource_object *object, enum usage_form form,
    int64_t now_ns, int64_t max_age_ns)
{
	/* What is made on demand is no change to anybody. */
	struct usage_node *n = (struct usage_node *)(uintptr_t)object->node;
	struct usage_text *text = &n->texts[form];
	const struct usage_place *place;

	if (!object->item->has_metrics)
		return (struct usage_item){ .text = STR("") };
	if (!text->is_made || now_ns > text->good_until_ns)
		usage_text_make(n, object->labels.separator, form, now_ns,
		    max_age_ns);
	if (!text->is_made)
		return (struct usage_item){ .text = STR("") };
	place = &text->places[object->item == &object->node->self ? 0 :
	    pod_of(object) + 1];
	return (struct usage_item){
		.text = { text->text.p + place->at, place->len },
		.metadata_len = place->metadata_len,
		.created_at = place->created_at,
		.at_ns = place->at_ns,
	};
}
