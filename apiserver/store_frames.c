/* SPDX-License-Identifier: ISC */
/* Whole frames, and which nodes have them. */
#include "config.h"

#include "apiserver/store_impl.h"

static uint32_t
newest_of(const struct segment *seg, uint32_t local)
{
	return seg->entities[store_owner(seg, local)].newest_block;
}

bool
store_frame(const struct store *s, uint32_t entity, struct arena *a,
    struct frame *out)
{
	const struct segment *seg = NULL;
	const struct segment_block *b = entity == STORE_NONE ? NULL :
	    store_newest_block(s, entity, &seg);

	return b != NULL && segment_frame(seg, b, a, out);
}

bool
store_frame_after(const struct store *s, uint32_t entity, int64_t window_ns,
    struct arena *a, struct frame *out)
{
	const struct entity *e = &s->entities.items[entity];
	const struct segment_block *oldest = NULL;
	const struct segment *oldest_seg = NULL;

	for (uint32_t u = 0; u < e->n_uses; u++) {
		const struct segment *seg =
		    &store_segment(s, e->uses[u].serial)->segment;
		uint32_t at = newest_of(seg, e->uses[u].local);

		for (; at != SEGMENT_NONE &&
		    seg->blocks[at].window_ns > window_ns;
		    at = seg->blocks[at].previous) {
			if (oldest != NULL && oldest->window_ns <=
			    seg->blocks[at].window_ns)
				continue;
			oldest = &seg->blocks[at];
			oldest_seg = seg;
		}
	}
	return oldest != NULL && segment_frame(oldest_seg, oldest, a, out);
}

void
store_recent_nodes(struct store *s, int64_t since_ns,
    void (*fn)(void *arg, uint32_t entity, int64_t window_ns), void *arg)
{
	for (size_t i = 0; i < s->entities.n_nodes; i++) {
		uint32_t id = s->entities.nodes[i];
		const struct segment *seg;
		const struct segment_block *b = store_newest_block(s, id,
		    &seg);

		if (b != NULL && b->window_ns >= since_ns)
			fn(arg, id, b->window_ns);
	}
}

void
store_current_nodes(struct store *s,
    void (*fn)(void *arg, uint32_t entity, int64_t window_ns), void *arg)
{
	store_recent_nodes(s, s->newest_ns - 2 * s->resolution_ns, fn, arg);
}
