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

char *
store_segment_path(const struct store *s, uint32_t serial)
{
	return s->directory == NULL ? NULL :
	    xasprintf("%s/" FILE_PREFIX "%08" PRIu32, s->directory, serial);
}

/* A predecessor that is just dying gets a second to do so. */
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
			return err_set(err, "%s: in use by another process; "
			    "each needs a name of its own", s->directory);
		nanosleep(&pause, NULL);
	}
	return true;
}

static void
move_aside(struct store *s, const char *path)
{
	char *aside = xasprintf("%s/damaged", s->directory);

	s->counters->segments_damaged++;
	if (rename(path, aside) == -1)
		unlink(path);
	free(aside);
}

/*
 * Whether entity i of a segment is entity j of the one before it, by what
 * store_key_of() says; both parents are known already.
 */
static bool
is_same(const struct segment *seg, uint32_t i, const struct segment *before,
    uint32_t j)
{
	const struct segment_entity *e = &seg->entities[i], *known;

	if (j >= before->n_entities)
		return false;
	known = &before->entities[j];
	if (e->type != known->type)
		return false;
	switch (e->type) {
	case SET_CLUSTER:
		return true;
	case SET_NODE:
	case SET_NAMESPACE:
		break;
	case SET_POD:
		if (!str_eq(segment_text(seg, i, TEXT_NAMESPACE),
		    segment_text(before, j, TEXT_NAMESPACE)))
			return false;
		break;
	case SET_SYS_CONTAINER:
	case SET_POD_CONTAINER:
		if (e->parent >= i || known->parent >= j ||
		    seg->entities[e->parent].global !=
		    before->entities[known->parent].global)
			return false;
		break;
	case SET_TYPE_COUNT:
		return false;
	}
	return str_eq(segment_text(seg, i, TEXT_NAME),
	    segment_text(before, j, TEXT_NAME));
}

/* The entity of the segment before that stands behind the one just seen. */
static uint32_t
next_guess(const struct entity *entity, const struct stored_segment *before)
{
	const struct entity_use *last = entity->n_uses == 0 ? NULL :
	    &entity->uses[entity->n_uses - 1];

	return last != NULL && before != NULL &&
	    last->serial == before->serial ? last->local + 1 : 0;
}

/* Mostly the sets come in the order that they had in the segment before, which
 * spares looking them up by name. */
static void
register_entities(struct store *s, struct stored_segment *stored,
    const struct stored_segment *before)
{
	struct segment *seg = &stored->segment;
	uint32_t guess = 0;

	for (uint32_t i = 0; i < seg->n_entities; i++) {
		uint32_t id;
		struct store_key key;

		if (before != NULL && is_same(seg, i, &before->segment, guess)) {
			id = before->segment.entities[guess].global;
			guess++;
		} else {
			store_key_of(seg, i, &key);
			id = entities_get(&s->entities, &key);
			guess = next_guess(&s->entities.items[id], before);
		}
		seg->entities[i].global = id;
		entities_add_use(&s->entities, id,
		    (struct entity_use){ stored->serial, i, 0 });
	}
}

/* Makes the entities and blocks of the newest segment known. */
static void
register_segment(struct store *s, struct stored_segment *stored,
    const struct stored_segment *before)
{
	const struct segment *seg = &stored->segment;

	register_entities(s, stored, before);
	for (size_t i = 0; i < seg->n_blocks; i++) {
		const struct segment_block *b = &seg->blocks[i];

		store_note_block(s, seg, b);
		store_note_position(s, b->epoch, b->seq);
	}
}

static void
open_existing(struct store *s, uint32_t serial, struct err *err)
{
	struct stored_segment *stored = &s->segments[s->n_segments];
	char *path = store_segment_path(s, serial);

	*stored = (struct stored_segment){ .serial = serial };
	if (segment_open(&stored->segment, path, false, err)) {
		struct stored_segment *before = s->n_segments == 0 ? NULL :
		    stored - 1;

		s->n_segments++;
		register_segment(s, stored, before);
		if (before != NULL)
			segment_rest(&before->segment);
	} else {
		move_aside(s, path);
	}
	free(path);
	if (serial >= s->next_serial)
		s->next_serial = serial + 1;
}

static bool
serial_of(const char *name, uint32_t *serial)
{
	uint64_t n;

	if (strncmp(name, FILE_PREFIX, strlen(FILE_PREFIX)) != 0 ||
	    !parse_u64(str_of(name + strlen(FILE_PREFIX)), &n) ||
	    n >= UINT32_MAX)
		return false;
	*serial = (uint32_t)n;
	return true;
}

static int
is_segment_file(const struct dirent *d)
{
	uint32_t serial;

	return serial_of(d->d_name, &serial);
}

static bool
open_all(struct store *s, struct err *err)
{
	struct dirent **names;
	int n = scandir(s->directory, &names, is_segment_file, alphasort);

	if (n == -1)
		return err_set(err, "%s: %s", s->directory, strerror(errno));
	for (int i = 0; i < n; i++) {
		uint32_t serial;

		if (s->n_segments < STORE_SEGMENTS_MAX - 1 &&
		    serial_of(names[i]->d_name, &serial))
			open_existing(s, serial, err);
		free(names[i]);
	}
	free(names);
	if (s->n_segments > 0)
		segment_rest(&s->segments[s->n_segments - 1].segment);
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
	store_update_gauges(s);
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
	segment_writer_fini(&s->writer);
	if (s->lock_fd != -1)
		close(s->lock_fd);
	free(s->directory);
	free(s->locals);
	free(s->ids);
	free(s->points);
	free(s);
}
