/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/mem.h"
#include "common/number.h"
#include "common/timestamp.h"

#include "apiserver/store_impl.h"

#define FILE_PREFIX "values."
#define LOCK_TRIES 50
#define LOCK_PAUSE_NS (20 * NS_PER_MS)

static void
note_position(struct store *s, uint64_t epoch, uint64_t seq)
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

static void
note_block(struct store *s, const struct segment *seg,
    const struct segment_block *b)
{
	bool is_rollup = seg->entities[b->owner].type == SET_CLUSTER;

	note_position(s, b->epoch, b->seq);
	if (b->window_ns >= s->newest_ns) {
		s->newest_ns = b->window_ns;
		s->resolution_ns = b->resolution_ns;
	}
	if (is_rollup && b->window_ns >= s->status.window_ns)
		s->status = (struct store_status){
			b->window_ns, b->resolution_ns, b->n_answered,
		};
}

static void
update_gauges(struct store *s)
{
	s->counters->bytes = 0;
	s->counters->values = 0;
	for (size_t i = 0; i < s->n_segments; i++) {
		s->counters->bytes += s->segments[i].segment.file.used;
		s->counters->values += s->segments[i].n_values;
	}
	s->counters->entities = s->entities.n_known;
}

static uint64_t
count_values(const struct segment *seg, const struct segment_block *b)
{
	uint64_t n = 0;

	for (size_t i = 0; i < b->n_sets; i++) {
		struct segment_set set;

		if (segment_find_set(seg, b, segment_block_entity(seg, b, i),
		    &set))
			n += (uint64_t)__builtin_popcountll(set.present);
	}
	return n;
}

/* Makes the entities and blocks of a segment known. */
static void
register_segment(struct store *s, struct stored_segment *stored)
{
	struct segment *seg = &stored->segment;

	for (uint32_t i = 0; i < seg->n_entities; i++) {
		struct store_key key;

		store_key_of(seg, i, &key);
		seg->entities[i].global = entities_get(&s->entities, &key);
		entities_add_use(&s->entities, seg->entities[i].global,
		    stored->serial, i);
	}
	for (size_t i = 0; i < seg->n_blocks; i++) {
		const struct segment_block *b = &seg->blocks[i];
		struct entity *owner =
		    &s->entities.items[seg->entities[b->owner].global];

		if (owner->newest_ns < b->window_ns)
			owner->newest_ns = b->window_ns;
		note_block(s, seg, b);
		stored->n_values += count_values(seg, b);
	}
}

static void
drop_oldest(struct store *s)
{
	struct stored_segment *stored = &s->segments[0];
	struct segment *seg = &stored->segment;

	for (size_t i = 0; i < seg->n_entities; i++)
		entities_drop_use(&s->entities, seg->entities[i].global,
		    stored->serial);
	segment_remove(seg);
	s->n_segments--;
	memmove(&s->segments[0], &s->segments[1],
	    s->n_segments * sizeof s->segments[0]);
}

static uint64_t
bytes_of_all(const struct store *s)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < s->n_segments; i++)
		bytes += s->segments[i].segment.file.mapped;
	return bytes;
}

static void
drop_old(struct store *s)
{
	while (s->n_segments > 1 && s->segments[0].segment.newest_ns <=
	    s->newest_ns - s->retention_ns)
		drop_oldest(s);
	while (s->n_segments > 1 && (s->n_segments == STORE_SEGMENTS_MAX ||
	    bytes_of_all(s) > s->bytes_max)) {
		s->counters->segments_dropped_early++;
		drop_oldest(s);
	}
}

static char *
segment_path(const struct store *s, uint32_t serial)
{
	return s->directory == NULL ? NULL :
	    xasprintf("%s/" FILE_PREFIX "%08" PRIu32, s->directory, serial);
}

/* A new head, on disk if it fits there, else in memory. */
static struct stored_segment *
add_segment(struct store *s, bool in_memory, struct err *err)
{
	struct stored_segment *stored;
	char *path;
	bool ok;

	drop_old(s);
	stored = &s->segments[s->n_segments];
	*stored = (struct stored_segment){ .serial = s->next_serial++ };
	path = in_memory ? NULL : segment_path(s, stored->serial);
	ok = segment_open(&stored->segment, path, true, err);
	if (!ok && path != NULL) {
		unlink(path);
		in_memory = true;
		struct err ignored;
		ok = segment_open(&stored->segment, NULL, true, &ignored);
	}
	free(path);
	if (!ok)
		return NULL;
	if (in_memory && s->directory != NULL)
		s->counters->segments_in_memory++;
	s->n_segments++;
	return stored;
}

static struct stored_segment *
head(struct store *s)
{
	return s->n_segments == 0 ? NULL : &s->segments[s->n_segments - 1];
}

static bool
is_full(const struct store *s, const struct segment *seg, int64_t window_ns)
{
	int64_t span_ns = s->retention_ns / STORE_SEGMENTS_PER_RETENTION;

	return seg->oldest_ns != 0 && window_ns - seg->oldest_ns >= span_ns;
}

static uint64_t
hash_str(struct str text, uint64_t h)
{
	return hash_bytes(text.p, text.len, h + (text.p == NULL));
}

/* What a segment's definition of the set says beyond its name. */
static uint64_t
description_of(const struct frame *f, size_t set, uint32_t owner)
{
	const struct metric_set *m = &f->sets[set];
	uint64_t h = owner + hash_seed();

	if (set == 0)
		h = hash_str(f->hostname, hash_str(f->host_id, h));
	if (m->type == SET_POD_CONTAINER)
		h = hash_str(f->sets[m->parent].pod_id, h);
	h = hash_str(m->namespace_id, h);
	h = hash_str(m->pod_id, h);
	h = hash_str(m->image, h);
	return hash_str(m->labels, h);
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

/*
 * Fills in ids and, for sets that the head segment has as they are, their
 * numbers there.
 */
static void
find_locals(struct store *s, const struct frame *f, uint32_t serial)
{
	if (f->n_sets > s->cap_locals) {
		s->cap_locals = f->n_sets * 2;
		s->locals = xrealloc(s->locals, s->cap_locals,
		    sizeof *s->locals);
		s->ids = xrealloc(s->ids, s->cap_locals, sizeof *s->ids);
	}
	for (size_t i = 0; i < f->n_sets; i++) {
		const struct entity *e;
		struct store_key key;

		key_of_set(f, i, &key);
		s->ids[i] = entities_get(&s->entities, &key);
		e = &s->entities.items[s->ids[i]];
		s->locals[i] = SEGMENT_NONE;
		if (e->n_uses > 0 && e->uses[e->n_uses - 1].serial == serial &&
		    e->description == description_of(f, i, s->ids[0]))
			s->locals[i] = e->uses[e->n_uses - 1].local;
	}
}

/* After the append: what is new in the segment is now used there. */
static void
register_new(struct store *s, const struct frame *f,
    struct stored_segment *stored, size_t n_before)
{
	for (size_t i = 0; i < f->n_sets; i++) {
		struct entity *e = &s->entities.items[s->ids[i]];

		stored->n_values +=
		    (uint64_t)__builtin_popcountll(f->sets[i].present);
		if (s->locals[i] < n_before)
			continue;
		stored->segment.entities[s->locals[i]].global = s->ids[i];
		e->description = description_of(f, i, s->ids[0]);
		entities_add_use(&s->entities, s->ids[i], stored->serial,
		    s->locals[i]);
	}
}

static bool
append_to(struct store *s, struct stored_segment *stored,
    const struct frame *f, uint64_t epoch, uint64_t seq, struct err *err)
{
	size_t n_before = stored->segment.n_entities;

	find_locals(s, f, stored->serial);
	if (!segment_append(&stored->segment, f, epoch, seq, s->locals, err))
		return false;
	register_new(s, f, stored, n_before);
	return true;
}

bool
store_add(struct store *s, const struct frame *f, uint64_t epoch,
    uint64_t seq, struct err *err)
{
	struct stored_segment *stored = head(s);
	struct store_key key;
	uint32_t id;
	bool ok = true;

	if ((f->kind != FRAME_NODE && f->kind != FRAME_ROLLUP) ||
	    f->n_sets == 0) {
		note_position(s, epoch, seq);
		return true;
	}
	key_of_set(f, 0, &key);
	id = entities_find(&s->entities, &key);
	if (id != STORE_NONE &&
	    s->entities.items[id].newest_ns >= f->window_ns) {
		s->counters->frames_repeated++;
		note_position(s, epoch, seq);
		return true;
	}
	if (stored == NULL || is_full(s, &stored->segment, f->window_ns)) {
		stored = add_segment(s, false, err);
		ok = stored == NULL || stored->segment.file.path != NULL ||
		    s->directory == NULL;
	}
	if (stored == NULL)
		return false;
	if (!append_to(s, stored, f, epoch, seq, err)) {
		struct err ignored;

		ok = false;
		stored = add_segment(s, true, &ignored);
		if (stored == NULL ||
		    !append_to(s, stored, f, epoch, seq, &ignored))
			return false;
	}
	s->entities.items[s->ids[0]].newest_ns = f->window_ns;
	note_block(s, &stored->segment,
	    &stored->segment.blocks[stored->segment.n_blocks - 1]);
	s->counters->frames_stored++;
	update_gauges(s);
	return ok;
}

static bool
lock_directory(struct store *s, struct err *err)
{
	struct timespec pause = { 0, LOCK_PAUSE_NS };

	if (mkdir(s->directory, 0700) == -1 && errno != EEXIST)
		return err_set(err, "%s: %s", s->directory, strerror(errno));
	s->lock_fd = open(s->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->lock_fd == -1)
		return err_set(err, "%s: %s", s->directory, strerror(errno));
	for (int i = 0; flock(s->lock_fd, LOCK_EX | LOCK_NB) == -1; i++) {
		if (i == LOCK_TRIES)
			return err_set(err, "%s: in use by another process",
			    s->directory);
		nanosleep(&pause, NULL);
	}
	return true;
}

static void
open_existing(struct store *s, uint32_t serial, struct err *err)
{
	struct stored_segment *stored = &s->segments[s->n_segments];
	char *path = segment_path(s, serial), *aside;

	*stored = (struct stored_segment){ .serial = serial };
	if (segment_open(&stored->segment, path, false, err)) {
		s->n_segments++;
		register_segment(s, stored);
	} else {
		s->counters->segments_damaged++;
		aside = xasprintf("%s/damaged", s->directory);
		if (rename(path, aside) == -1)
			unlink(path);
		free(aside);
	}
	free(path);
	if (serial >= s->next_serial)
		s->next_serial = serial + 1;
}

static int
is_segment_file(const struct dirent *d)
{
	uint64_t serial;

	return strncmp(d->d_name, FILE_PREFIX, strlen(FILE_PREFIX)) == 0 &&
	    parse_u64(str_of(d->d_name + strlen(FILE_PREFIX)), &serial) &&
	    serial < UINT32_MAX;
}

static bool
open_all(struct store *s, struct err *err)
{
	struct dirent **names;
	int n = scandir(s->directory, &names, is_segment_file, alphasort);

	if (n == -1)
		return err_set(err, "%s: %s", s->directory, strerror(errno));
	for (int i = 0; i < n; i++) {
		uint64_t serial;

		if (s->n_segments < STORE_SEGMENTS_MAX - 1 &&
		    parse_u64(str_of(names[i]->d_name + strlen(FILE_PREFIX)),
		    &serial))
			open_existing(s, (uint32_t)serial, err);
		free(names[i]);
	}
	free(names);
	return true;
}

struct store *
store_open(const char *directory, int64_t retention_ns, uint64_t bytes_max,
    struct store_counters *counters, struct err *err)
{
	struct store *s = xcalloc(1, sizeof *s);

	s->directory = directory == NULL ? NULL : xstrdup(directory);
	s->lock_fd = -1;
	s->retention_ns = retention_ns;
	s->bytes_max = bytes_max;
	s->counters = counters;
	s->next_serial = 1;
	if (directory != NULL &&
	    (!lock_directory(s, err) || !open_all(s, err))) {
		store_close(s);
		return NULL;
	}
	update_gauges(s);
	return s;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n_segments; i++)
		segment_close(&s->segments[i].segment);
	entities_fini(&s->entities);
	if (s->lock_fd != -1)
		close(s->lock_fd);
	free(s->directory);
	free(s->locals);
	free(s->ids);
	free(s->points);
	free(s);
}
