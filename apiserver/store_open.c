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

void
store_register(struct store *s, struct stored_segment *stored)
{
	struct segment *seg = &stored->segment;

	for (uint32_t i = 0; i < seg->n_entities; i++) {
		struct store_key key;

		store_key_of(seg, i, &key);
		seg->entities[i].global = entities_get(&s->entities, &key);
		entities_add_use(&s->entities, seg->entities[i].global,
		    (struct entity_use){ stored->serial, i, 0 });
	}
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
		s->n_segments++;
		store_register(s, stored);
		segment_rest(&stored->segment);
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
