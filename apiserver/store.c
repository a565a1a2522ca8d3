/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"
#include "common/timestamp.h"

#include "apiserver/store_impl.h"

/* How far the clocks of others may be ahead of ours. */
#define AHEAD_MAX_NS (600 * NS_PER_S)

void
store_note_position(struct store *s, uint64_t epoch, uint64_t seq)
{
	size_t at = 0;

	while (at < s->n_positions && s->positions[at].epoch != epoch)
		at++;
	if (at < s->n_positions && s->positions[at].seq >= seq)
		return;
	if (at == STORE_POSITIONS_MAX)
		at = 0;
	if (at < s->n_positions) {
		memmove(&s->positions[at], &s->positions[at + 1],
		    (s->n_positions - at - 1) * sizeof s->positions[0]);
		s->n_positions--;
	}
	s->positions[s->n_positions++] = (struct position){ epoch, seq };
}

void
store_note_block(struct store *s, const struct segment *seg,
    const struct segment_block *b)
{
	bool is_rollup = seg->entities[b->owner].type == SET_CLUSTER;

	if (b->window_ns >= s->newest_ns) {
		s->newest_ns = b->window_ns;
		s->resolution_ns = b->resolution_ns;
	}
	if (is_rollup && b->window_ns >= s->status.window_ns)
		s->status = (struct store_status){
			b->window_ns, b->resolution_ns, b->n_answered,
		};
}

void
store_update_gauges(struct store *s)
{
	s->counters->bytes = 0;
	s->counters->values = 0;
	for (size_t i = 0; i < s->n_segments; i++) {
		s->counters->bytes += s->segments[i].segment.file.used;
		s->counters->values += s->segments[i].segment.n_values;
	}
	s->counters->entities = s->entities.n_known;
}

static void
drop(struct store *s, size_t at)
{
	struct stored_segment *stored = &s->segments[at];
	struct segment *seg = &stored->segment;

	for (size_t i = 0; i < seg->n_entities; i++)
		entities_drop_use(&s->entities, seg->entities[i].global,
		    stored->serial);
	segment_remove(seg);
	s->n_segments--;
	memmove(&s->segments[at], &s->segments[at + 1],
	    (s->n_segments - at) * sizeof s->segments[0]);
}

/* Before a new head, which is to have its share of the bytes. */
static void
drop_old(struct store *s)
{
	uint64_t bytes_max = s->bytes_max -
	    2 * (s->bytes_max / STORE_SEGMENTS_PER_BYTES);

	while (s->n_segments > 0 && s->segments[0].segment.newest_ns <=
	    s->newest_ns - s->retention_ns)
		drop(s, 0);
	store_update_gauges(s);
	while (s->n_segments > 0 && (s->n_segments == STORE_SEGMENTS_MAX ||
	    s->entities.n_known > STORE_ENTITIES_MAX ||
	    s->counters->bytes > bytes_max)) {
		s->counters->segments_dropped_early++;
		drop(s, 0);
		store_update_gauges(s);
	}
}

/* A clock that was wrong may have left windows of a time to come, beside
 * which all others would be too old. */
static void
drop_future(struct store *s, int64_t now_ns)
{
	bool is_wrong = s->newest_ns > now_ns + AHEAD_MAX_NS;

	if (!is_wrong)
		return;
	for (size_t i = s->n_segments; i-- > 0;)
		if (s->segments[i].segment.newest_ns > now_ns + AHEAD_MAX_NS)
			drop(s, i);
	s->newest_ns = 0;
	s->status = (struct store_status){ 0 };
	for (size_t i = 0; i < s->n_segments; i++)
		for (size_t b = 0; b < s->segments[i].segment.n_blocks; b++)
			store_note_block(s, &s->segments[i].segment,
			    &s->segments[i].segment.blocks[b]);
}

/* A new head, on disk if it fits there, else in memory. */
static struct stored_segment *
add_segment(struct store *s, bool in_memory, struct err *err)
{
	struct stored_segment *stored;
	struct err ignored;
	char *path;
	bool ok;

	drop_old(s);
	if (s->n_segments > 0)
		segment_rest(&s->segments[s->n_segments - 1].segment);
	stored = &s->segments[s->n_segments];
	*stored = (struct stored_segment){ .serial = s->next_serial++ };
	path = in_memory ? NULL : store_segment_path(s, stored->serial);
	ok = segment_open(&stored->segment, path, true, err);
	if (!ok && path != NULL) {
		unlink(path);
		ok = segment_open(&stored->segment, NULL, true, &ignored);
		in_memory = true;
	}
	free(path);
	if (!ok)
		return NULL;
	if (in_memory && s->directory != NULL)
		s->counters->segments_in_memory++;
	s->n_segments++;
	return stored;
}

static bool
is_full(const struct store *s, const struct segment *seg, int64_t window_ns)
{
	int64_t span_ns = s->retention_ns / STORE_SEGMENTS_PER_RETENTION;

	return (seg->oldest_ns != 0 &&
	    window_ns - seg->oldest_ns >= span_ns) ||
	    seg->file.used >= s->bytes_max / STORE_SEGMENTS_PER_BYTES ||
	    seg->file.used >= SEGMENT_BYTES_MAX;
}

static void
key_of_set(const struct frame *f, size_t set, struct store_key *key)
{
	const struct metric_set *m = &f->sets[set];
	const struct metric_set *pod = m->type == SET_POD_CONTAINER ?
	    &f->sets[m->parent] : m;

	*key = (struct store_key){
		.type = m->type,
		.node = f->node,
		.namespace_name = m->type == SET_NAMESPACE ? m->name :
		    pod->namespace_name,
		.pod = pod->name,
		.container = m->name,
	};
}

/* Never 0. */
static uint64_t
hash_texts(const struct str texts[TEXT_COUNT])
{
	uint64_t h = hash_seed();

	for (size_t t = 0; t < TEXT_COUNT; t++)
		h = texts[t].p == NULL ? h * 31 + 1 :
		    hash_bytes(texts[t].p, texts[t].len, h);
	return h | 1;
}

static uint64_t
description_of(const struct segment *seg, struct entity_use *use)
{
	struct str texts[TEXT_COUNT];

	if (use->description != 0)
		return use->description;
	segment_texts(seg, use->local, texts);
	use->description = hash_texts(texts);
	return use->description;
}

static uint64_t
describe_set(struct store *s, const struct frame *f, size_t set)
{
	struct str texts[TEXT_COUNT];

	segment_texts_of(f, set, &s->writer.stored, texts);
	return hash_texts(texts);
}

/* All that is said of the set, and the number of what it belongs to, which
 * was found before. */
static uint64_t
recall_hash(struct store *s, const struct frame *f, size_t set)
{
	const struct metric_set *m = &f->sets[set];
	uint64_t mixed[] = {
		describe_set(s, f, set), s->locals[m->parent], m->type
	};

	return hash_bytes(mixed, sizeof mixed, hash_seed()) | 1;
}

/* The number that the set has in the segment if it is there with the same
 * description and the same parent. */
static uint32_t
find_local(struct store *s, const struct frame *f, size_t set,
    const struct stored_segment *stored)
{
	struct entity *e = &s->entities.items[s->ids[set]];
	const struct segment *seg = &stored->segment;
	uint64_t wanted = 0;

	for (uint32_t u = e->n_uses; u-- > 0 &&
	    e->uses[u].serial == stored->serial;) {
		uint32_t local = e->uses[u].local;

		if (set != 0 && seg->entities[local].parent !=
		    s->locals[f->sets[set].parent])
			continue;
		if (wanted == 0)
			wanted = describe_set(s, f, set);
		if (description_of(seg, &e->uses[u]) == wanted)
			return local;
	}
	return SEGMENT_NONE;
}

static void
find_set(struct store *s, const struct frame *f, size_t set,
    const struct stored_segment *stored)
{
	struct store_key key;

	key_of_set(f, set, &key);
	s->ids[set] = entities_get(&s->entities, &key);
	s->locals[set] = find_local(s, f, set, stored);
}

static bool
recall_set(struct store *s, const struct frame *f, size_t set,
    const struct recall *recall)
{
	const struct recalled_set *known = recall_find(recall,
	    recall_hash(s, f, set));

	if (known == NULL)
		return false;
	s->ids[set] = known->id;
	s->locals[set] = known->local;
	return true;
}

/* Returns how many were not recalled. */
static size_t
find_all(struct store *s, const struct frame *f,
    const struct stored_segment *stored)
{
	const struct recall *recall;
	size_t n_new = 0;

	if (f->n_sets > s->cap_locals) {
		s->cap_locals = f->n_sets * 2;
		s->locals = xrealloc(s->locals, s->cap_locals,
		    sizeof *s->locals);
		s->ids = xrealloc(s->ids, s->cap_locals, sizeof *s->ids);
	}
	find_set(s, f, 0, stored);
	recall = entities_recall(&s->entities, s->ids[0]);
	for (size_t i = 1; i < f->n_sets; i++) {
		if (recall->serial == stored->serial &&
		    recall_set(s, f, i, recall))
			continue;
		find_set(s, f, i, stored);
		n_new++;
	}
	return n_new;
}

static void
remember(struct store *s, const struct frame *f,
    const struct stored_segment *stored)
{
	struct recall *recall = entities_recall(&s->entities, s->ids[0]);

	recall_begin(recall, stored->serial, f->n_sets);
	for (size_t i = 1; i < f->n_sets; i++)
		recall_add(recall, (struct recalled_set){
		    recall_hash(s, f, i), s->ids[i], s->locals[i] });
}

/* After the append: what is new in the segment is now used there. */
static void
register_new(struct store *s, const struct frame *f,
    struct stored_segment *stored, size_t n_before)
{
	for (size_t i = 0; i < f->n_sets; i++) {
		uint32_t local = s->locals[i];

		if (local < n_before)
			continue;
		stored->segment.entities[local].global = s->ids[i];
		entities_add_use(&s->entities, s->ids[i],
		    (struct entity_use){ stored->serial, local,
		    describe_set(s, f, i) });
	}
}

static bool
append_to(struct store *s, struct stored_segment *stored,
    const struct frame *f, uint64_t epoch, uint64_t seq, struct err *err)
{
	size_t n_before = stored->segment.n_entities;
	size_t n_new = find_all(s, f, stored);

	if (!segment_append(&stored->segment, &s->writer, f, epoch, seq,
	    s->locals, err))
		return false;
	register_new(s, f, stored, n_before);
	if (n_new > 0)
		remember(s, f, stored);
	return true;
}

/* The segment that has it now; NULL: not even memory would. */
static struct stored_segment *
append(struct store *s, const struct frame *f, uint64_t epoch, uint64_t seq)
{
	struct stored_segment *head = s->n_segments == 0 ? NULL :
	    &s->segments[s->n_segments - 1];
	struct err ignored;

	if (head == NULL || is_full(s, &head->segment, f->window_ns))
		head = add_segment(s, false, &s->disk_error);
	if (head == NULL)
		return NULL;
	if (append_to(s, head, f, epoch, seq, &s->disk_error))
		return head;
	head = add_segment(s, true, &ignored);
	return head != NULL && append_to(s, head, f, epoch, seq, &ignored) ?
	    head : NULL;
}

static bool
is_repeat(struct store *s, const struct frame *f)
{
	struct store_key key;
	uint32_t id;

	key_of_set(f, 0, &key);
	id = entities_find(&s->entities, &key);
	return id != STORE_NONE && store_has_window(s, id, f->window_ns);
}

bool
store_add(struct store *s, const struct frame *f, uint64_t epoch,
    uint64_t seq, int64_t now_ns, struct err *err)
{
	const struct stored_segment *stored;

	drop_future(s, now_ns);
	store_note_position(s, epoch, seq);
	if ((f->kind != FRAME_NODE && f->kind != FRAME_ROLLUP) ||
	    f->n_sets == 0)
		return true;
	if (f->window_ns < NS_PER_S ||
	    f->window_ns > now_ns + AHEAD_MAX_NS ||
	    f->window_ns <= s->newest_ns - s->retention_ns) {
		s->counters->frames_untimely++;
		return true;
	}
	if (is_repeat(s, f)) {
		s->counters->frames_repeated++;
		return true;
	}
	stored = append(s, f, epoch, seq);
	if (stored != NULL) {
		store_note_block(s, &stored->segment,
		    &stored->segment.blocks[stored->segment.n_blocks - 1]);
		s->counters->frames_stored++;
	}
	store_update_gauges(s);
	if (stored == NULL ||
	    (stored->segment.file.path == NULL && s->directory != NULL)) {
		*err = s->disk_error;
		return false;
	}
	return true;
}
