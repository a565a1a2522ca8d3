/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/hash.h"
#include "common/mem.h"

#include "apiserver/segment_file.h"

#define FILE_MAGIC "CHAPST04"
#define FILE_MAGIC_BYTES 8
#define RECORD_MAGIC 0x54534843u
#define MAP_MIN_BYTES ((size_t)1 << 20)

struct record_header {
	uint32_t magic;
	uint32_t length;
	uint64_t checksum;
};

/* Maps at least want bytes: address space, which costs nothing. */
static bool
map_up_to(struct segment_file *f, size_t want, struct err *err)
{
	size_t size = f->mapped == 0 ? MAP_MIN_BYTES : f->mapped;
	void *map;

	if (want <= f->mapped)
		return true;
	while (size < want)
		size *= 2;
	if (f->map != NULL)
		map = mremap(f->map, f->mapped, size, MREMAP_MAYMOVE);
	else if (f->fd == -1)
		map = mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	else
		map = mmap(NULL, size, PROT_READ, MAP_SHARED, f->fd, 0);
	if (map == MAP_FAILED)
		return err_set(err, "%s: %s", f->path == NULL ? "memory" :
		    f->path, strerror(errno));
	f->map = map;
	f->mapped = size;
	return true;
}

/* All or nothing, behind what is there. */
static bool
write_bytes(struct segment_file *f, const struct record_header *h,
    struct str bytes, struct err *err)
{
	struct iovec iov[] = {
		{ (void *)(uintptr_t)h, h == NULL ? 0 : sizeof *h },
		{ (void *)(uintptr_t)bytes.p, bytes.len },
	};
	size_t todo = iov[0].iov_len + bytes.len;
	ssize_t n;

	do
		n = pwritev(f->fd, iov, 2, (off_t)f->used);
	while (n == -1 && errno == EINTR);
	if (n == (ssize_t)todo)
		return true;
	err_set(err, "%s: %s", f->path, strerror(n == -1 ? errno : ENOSPC));
	return ftruncate(f->fd, (off_t)f->used) == 0 ? false :
	    err_set(err, "%s: half a record stays: %s", f->path,
	    strerror(errno));
}

static bool
append(struct segment_file *f, const struct record_header *h,
    struct str bytes, struct err *err)
{
	size_t header = h == NULL ? 0 : sizeof *h;

	if (!map_up_to(f, f->used + header + bytes.len, err))
		return false;
	if (f->fd != -1) {
		if (!write_bytes(f, h, bytes, err))
			return false;
	} else {
		if (h != NULL)
			memcpy(f->map + f->used, h, header);
		memcpy(f->map + f->used + header, bytes.p, bytes.len);
	}
	f->used += header + bytes.len;
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
	*offset = at + sizeof h + h.length;
	return true;
}

static bool
is_whole(struct str record)
{
	struct record_header h;

	memcpy(&h, record.p - sizeof h, sizeof h);
	return hash_stable(record) == h.checksum;
}

/* Cuts the file behind the last whole record. */
static bool
cut(struct segment_file *f, struct err *err)
{
	size_t offset = 0, end = FILE_MAGIC_BYTES;
	struct str record;

	while (segment_file_next(f, &offset, &record) && is_whole(record))
		end = offset;
	if (end < f->used && ftruncate(f->fd, (off_t)end) == -1)
		return err_set(err, "%s: %s", f->path, strerror(errno));
	f->used = end;
	return true;
}

static bool
open_existing(struct segment_file *f, size_t size, struct err *err)
{
	if (!map_up_to(f, size, err))
		return false;
	f->used = size;
	if (memcmp(f->map, FILE_MAGIC, FILE_MAGIC_BYTES) != 0)
		return err_set(err, "%s: not a file of the store", f->path);
	return cut(f, err);
}

static bool
open_file(struct segment_file *f, bool is_new, struct err *err)
{
	struct stat st;

	f->fd = open(f->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK | (is_new ? O_TRUNC : 0), 0600);
	if (f->fd == -1 || fstat(f->fd, &st) == -1)
		return err_set(err, "%s: %s", f->path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(err, "%s: not a file", f->path);
	if (st.st_size >= FILE_MAGIC_BYTES)
		return open_existing(f, (size_t)st.st_size, err);
	return append(f, NULL, STR(FILE_MAGIC), err);
}

bool
segment_file_open(struct segment_file *f, const char *path, bool is_new,
    struct err *err)
{
	bool ok;

	*f = (struct segment_file){
		.path = path == NULL ? NULL : xstrdup(path),
		.fd = -1,
	};
	ok = path == NULL ? append(f, NULL, STR(FILE_MAGIC), err) :
	    open_file(f, is_new, err);
	if (!ok)
		segment_file_close(f);
	return ok;
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

void
segment_file_trim(const struct segment_file *f)
{
	if (f->fd != -1)
		madvise(f->map, f->mapped, MADV_DONTNEED);
}

size_t
segment_file_append(struct segment_file *f, struct str record,
    struct err *err)
{
	struct record_header h = {
		.magic = RECORD_MAGIC,
		.length = (uint32_t)record.len,
		.checksum = hash_stable(record),
	};

	if (record.len > UINT32_MAX) {
		err_set(err, "record too large for the store");
		return SIZE_MAX;
	}
	if (!append(f, &h, record, err))
		return SIZE_MAX;
	return f->used - record.len;
}
