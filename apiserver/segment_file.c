/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "common/mem.h"

#include "apiserver/segment_file.h"

#define FILE_MAGIC "CHAPST01"
#define FILE_MAGIC_BYTES 8
#define RECORD_MAGIC 0x54534843u
#define STEP_MIN_BYTES (128u << 10)
#define STEP_MAX_BYTES (16u << 20)

struct record_header {
	uint32_t magic;
	uint32_t length;
	uint32_t crc;
};

/* Allocates and maps at least want bytes. */
static bool
grow(struct segment_file *f, size_t want, struct err *err)
{
	size_t step = f->mapped / 4;
	int error, flags = f->fd == -1 ? MAP_PRIVATE | MAP_ANONYMOUS :
	    MAP_SHARED;
	size_t size;
	void *map;

	if (step < STEP_MIN_BYTES)
		step = STEP_MIN_BYTES;
	if (step > STEP_MAX_BYTES)
		step = STEP_MAX_BYTES;
	size = (want + step - 1) / step * step;
	if (size <= f->mapped)
		return true;
	error = f->fd == -1 ? 0 : posix_fallocate(f->fd, 0, (off_t)size);
	if (error != 0)
		return err_set(err, "%s: %s", f->path, strerror(error));
	map = f->map == NULL ? mmap(NULL, size, PROT_READ | PROT_WRITE, flags,
	    f->fd, 0) :
	    mremap(f->map, f->mapped, size, MREMAP_MAYMOVE);
	if (map == MAP_FAILED)
		return err_set(err, "%s: %s", f->path == NULL ? "memory" :
		    f->path, strerror(errno));
	f->map = map;
	f->mapped = size;
	return true;
}

bool
segment_file_next(const struct segment_file *f, size_t *offset,
    struct str *record)
{
	struct record_header h;
	size_t at = *offset == 0 ? FILE_MAGIC_BYTES : *offset;

	if (f->used < sizeof h || at > f->used - sizeof h)
		return false;
	memcpy(&h, f->map + at, sizeof h);
	if (h.magic != RECORD_MAGIC || h.length > f->used - at - sizeof h)
		return false;
	*record = (struct str){ (char *)f->map + at + sizeof h, h.length };
	if (crc32(0, (const Bytef *)record->p, h.length) != h.crc)
		return false;
	*offset = at + sizeof h + h.length;
	return true;
}

/* The end of the last whole record of what is mapped. */
static void
find_end(struct segment_file *f)
{
	size_t offset = 0, end = FILE_MAGIC_BYTES;
	struct str record;

	f->used = f->mapped;
	while (segment_file_next(f, &offset, &record))
		end = offset;
	f->used = end;
	/* What was half written must not be taken for a record later. */
	if (f->mapped - end >= sizeof(struct record_header))
		memset(f->map + end, 0, sizeof(struct record_header));
}

static bool
map_existing(struct segment_file *f, size_t size, struct err *err)
{
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, f->fd,
	    0);

	if (map == MAP_FAILED)
		return err_set(err, "%s: %s", f->path, strerror(errno));
	f->map = map;
	f->mapped = size;
	if (memcmp(f->map, FILE_MAGIC, FILE_MAGIC_BYTES) != 0)
		return err_set(err, "%s: not a file of the store", f->path);
	find_end(f);
	return true;
}

bool
segment_file_open(struct segment_file *f, const char *path, bool is_new,
    struct err *err)
{
	struct stat st = { .st_size = 0 };

	*f = (struct segment_file){
		.path = path == NULL ? NULL : xstrdup(path),
		.fd = -1,
	};
	if (path != NULL)
		f->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
		    (is_new ? O_TRUNC : 0), 0600);
	if (path != NULL && (f->fd == -1 || fstat(f->fd, &st) == -1)) {
		err_set(err, "%s: %s", path, strerror(errno));
		segment_file_close(f);
		return false;
	}
	if (st.st_size >= FILE_MAGIC_BYTES) {
		if (map_existing(f, (size_t)st.st_size, err))
			return true;
	} else if (grow(f, STEP_MIN_BYTES, err)) {
		memcpy(f->map, FILE_MAGIC, FILE_MAGIC_BYTES);
		f->used = FILE_MAGIC_BYTES;
		return true;
	}
	segment_file_close(f);
	return false;
}

void
segment_file_close(struct segment_file *f)
{
	if (f->map != NULL)
		munmap(f->map, f->mapped);
	if (f->fd != -1)
		close(f->fd);
	free(f->path);
	*f = (struct segment_file){ .fd = -1 };
}

void
segment_file_remove(struct segment_file *f)
{
	if (f->path != NULL)
		unlink(f->path);
	segment_file_close(f);
}

size_t
segment_file_append(struct segment_file *f, struct str record,
    struct err *err)
{
	struct record_header h = {
		.magic = RECORD_MAGIC,
		.length = (uint32_t)record.len,
	};
	size_t at = f->used;

	if (record.len > UINT32_MAX) {
		err_set(err, "record too large for the store");
		return SIZE_MAX;
	}
	if (!grow(f, at + sizeof h + record.len, err))
		return SIZE_MAX;
	h.crc = (uint32_t)crc32(0, (const Bytef *)record.p, h.length);
	memcpy(f->map + at + sizeof h, record.p, record.len);
	memcpy(f->map + at, &h, sizeof h);
	f->used = at + sizeof h + record.len;
	return at + sizeof h;
}
