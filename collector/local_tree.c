/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/local_impl.h"
#include "common/mem.h"
#include "common/timestamp.h"

#define LEAF_NLINK 2		/* "." and the entry in the parent */

static unsigned
roles_of(const struct procfs_mount *mount)
{
	static const struct {
		const char *controller;
		unsigned role;
	} v1[] = {
		{ "cpu", ROLE_CPU }, { "cpuacct", ROLE_CPUACCT },
		{ "memory", ROLE_MEMORY }, { "blkio", ROLE_BLKIO },
		{ "pids", ROLE_PIDS },
	};
	unsigned roles = 0;

	if (str_is(mount->type, "cgroup2"))
		return ROLE_V2;
	if (!str_is(mount->type, "cgroup"))
		return 0;
	for (size_t i = 0; i < sizeof v1 / sizeof v1[0]; i++)
		if (procfs_list_has(mount->super_options, v1[i].controller))
			roles |= v1[i].role;
	return roles;
}

static void
on_mount(struct local_source *s, const struct procfs_mount *mount)
{
	unsigned roles = roles_of(mount);
	const char *path = s->path;
	char point[PATH_MAX];
	int dir_fd = s->sys_fd;
	int fd;

	for (size_t h = 0; h < s->n_hierarchies; h++)
		roles &= ~s->hierarchies[h].roles;
	if (roles == 0 || s->n_hierarchies == HIERARCHIES_MAX ||
	    !procfs_unescape(mount->point, point, sizeof point))
		return;
	if (strncmp(point, "/sys/", 5) == 0) {
		path = point + 5;
	} else {
		dir_fd = AT_FDCWD;
		path = local_join(s, s->rootfs, str_of(point), "");
	}
	fd = path == NULL ? -1 : openat(dir_fd, path,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1) {
		s->counters.local_read_errors++;
		return;
	}
	s->root.in |= 1U << s->n_hierarchies;
	s->hierarchies[s->n_hierarchies++] = (struct hierarchy){ fd, roles };
}

void
local_find_hierarchies(struct local_source *s)
{
	s->root.place = (struct cgroup_place){ CGROUP_INNER, STR(""), 0 };
	if (s->mountinfo_fd >= 0)
		local_each_mount(s, on_mount);
}

struct cgroup *
local_next_cgroup(struct local_source *s, struct cgroup *c)
{
	if (c == NULL)
		c = &s->root;
	if (c->first_child != NULL)
		return c->first_child;
	while (c->next == NULL) {
		c = c->parent;
		if (c == NULL)
			return NULL;
	}
	return c->next;
}

struct dirent64 *
local_next_entry(struct local_source *s, int fd, size_t *at, size_t *n)
{
	struct dirent64 *entry;

	if (*at >= *n) {
		ssize_t got;

		if (*n == 0)
			lseek(fd, 0, SEEK_SET);
		got = getdents64(fd, s->dents, sizeof s->dents);
		if (got <= 0)
			return NULL;
		*at = 0;
		*n = (size_t)got;
	}
	entry = (struct dirent64 *)(void *)(s->dents + *at);
	*at += entry->d_reclen;
	return entry;
}

static void free_cgroup(struct local_source *s, struct cgroup *c);

/* What it holds, its children included. */
static void
cgroup_fini(struct local_source *s, struct cgroup *c)
{
	while (c->first_child != NULL) {
		struct cgroup *child = c->first_child;

		c->first_child = child->next;
		free_cgroup(s, child);
	}
	local_close_cgroup_files(s, c);
	free(c->name);
	free(c->pod_name);
	free(c->namespace_name);
	free(c->container_name);
}

static void
free_cgroup(struct local_source *s, struct cgroup *c)
{
	cgroup_fini(s, c);
	s->n_cgroups--;
	free(c);
}

void
local_tree_fini(struct local_source *s)
{
	cgroup_fini(s, &s->root);
	for (size_t h = 0; h < s->n_hierarchies; h++)
		close(s->hierarchies[h].root_fd);
	s->n_hierarchies = 0;
}

static int64_t
to_ns(struct statx_timestamp t)
{
	return t.tv_sec * NS_PER_S + t.tv_nsec / NS_PER_US * NS_PER_US;
}

/* Takes the time at which c was made if hierarchy h knows of an older one. */
static void
take_start(struct local_source *s, struct cgroup *c, size_t h)
{
	const char *path = local_cgroup_path(s, c, NULL);
	struct statx st;
	int64_t at_ns;

	if (path == NULL || statx(s->hierarchies[h].root_fd, path, 0,
	    STATX_BTIME | STATX_CTIME | STATX_MTIME, &st) == -1)
		return;
	at_ns = to_ns(st.stx_ctime);
	if (to_ns(st.stx_mtime) < at_ns)
		at_ns = to_ns(st.stx_mtime);
	if ((st.stx_mask & STATX_BTIME) != 0 && st.stx_btime.tv_sec > 0)
		at_ns = to_ns(st.stx_btime);
	if (c->start_ns == 0 || at_ns < c->start_ns)
		c->start_ns = at_ns;
}

static struct cgroup *
new_cgroup(struct local_source *s, struct cgroup *parent, struct str name)
{
	struct cgroup *c;
	struct str id;
	enum cgroup_kind kind = cgroup_classify(&parent->place, name, &id);

	if (kind == CGROUP_IGNORED)
		return NULL;
	if (s->n_cgroups == LOCAL_CGROUPS_MAX ||
	    parent->place.depth == LOCAL_DEPTH_MAX) {
		s->counters.local_cgroups_left_out++;
		return NULL;
	}
	c = xcalloc(1, sizeof *c);
	c->name = str_dup(name);
	c->place = (struct cgroup_place){ kind, { c->name, name.len },
	    parent->place.depth + 1 };
	if (id.p != NULL)
		c->id = (struct str){ c->name + (id.p - name.p), id.len };
	c->parent = parent;
	c->is_new = true;
	for (size_t i = 0; i < CGROUP_FILE_COUNT; i++)
		c->fds[i] = FD_CLOSED;
	for (size_t h = 0; h < HIERARCHIES_MAX; h++)
		c->dir_fds[h] = FD_CLOSED;
	s->has_new_pods |= kind == CGROUP_POD || kind == CGROUP_POD_CONTAINER;
	s->n_cgroups++;
	return c;
}

static void
enter_hierarchy(struct local_source *s, struct cgroup *c, size_t h,
    uint64_t inode)
{
	c->in |= 1U << h;
	c->inodes[h] = inode;
	for (size_t i = 0; i < CGROUP_FILE_COUNT; i++)
		if (c->fds[i] == FD_ABSENT)
			c->fds[i] = FD_CLOSED;
	if (c->is_new)
		take_start(s, c, h);
}

/*
 * The link to the child of that name; to NULL if there is none.  As a
 * directory is listed in the same order each time, the search goes on where
 * the last one ended.
 */
static struct cgroup **
find_child(struct cgroup *parent, struct cgroup **from, struct str name)
{
	struct cgroup **link;

	for (link = from; *link != NULL; link = &(*link)->next)
		if (str_eq((*link)->place.name, name))
			return link;
	for (link = &parent->first_child; link != from; link = &(*link)->next)
		if (str_eq((*link)->place.name, name))
			return link;
	while (*link != NULL)
		link = &(*link)->next;
	return link;
}

static struct cgroup **
see_child(struct local_source *s, struct cgroup *parent, size_t h,
    struct cgroup **from, struct str name, uint64_t inode)
{
	struct cgroup **link = find_child(parent, from, name);
	struct cgroup *c = *link;

	if (c != NULL && (c->in >> h & 1) != 0 && c->inodes[h] != inode) {
		*link = c->next;
		free_cgroup(s, c);
		from = &parent->first_child;
		link = find_child(parent, from, name);
		c = NULL;
	}
	if (c == NULL) {
		c = new_cgroup(s, parent, name);
		if (c == NULL)
			return from;
		*link = c;
	}
	if ((c->in >> h & 1) == 0)
		enter_hierarchy(s, c, h, inode);
	c->seen |= 1U << h;
	return &c->next;
}

static bool
is_directory(int fd, const struct dirent64 *entry)
{
	struct stat st;

	if (entry->d_name[0] == '.')
		return false;
	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_DIR;
	return fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st.st_mode);
}

static void
list_children(struct local_source *s, struct cgroup *parent, size_t h, int fd)
{
	struct cgroup **from = &parent->first_child;
	struct dirent64 *entry;
	size_t at = 0, n = 0;
	struct stat st;

	if (fstat(fd, &st) == 0 && st.st_nlink == LEAF_NLINK)
		return;
	while ((entry = local_next_entry(s, fd, &at, &n)) != NULL)
		if (is_directory(fd, entry))
			from = see_child(s, parent, h, from,
			    str_of(entry->d_name), entry->d_ino);
}

static void
open_and_list(struct local_source *s, struct cgroup *c, size_t h)
{
	const char *path;
	int fd = c->dir_fds[h];

	if (c->parent == NULL)
		fd = s->hierarchies[h].root_fd;
	if (fd >= 0) {
		list_children(s, c, h, fd);
		return;
	}
	path = local_cgroup_path(s, c, NULL);
	fd = path == NULL ? -1 : openat(s->hierarchies[h].root_fd, path,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1) {
		if (errno != ENOENT)
			s->counters.local_read_errors++;
		return;
	}
	list_children(s, c, h, fd);
	if (s->n_open < s->fds_max) {
		s->n_open++;
		c->dir_fds[h] = fd;
	} else {
		close(fd);
	}
}

static void
drop_unseen(struct local_source *s, struct cgroup *parent)
{
	struct cgroup **link = &parent->first_child;

	while (*link != NULL) {
		struct cgroup *c = *link;

		c->in &= c->seen;
		if (c->in != 0) {
			link = &c->next;
			continue;
		}
		*link = c->next;
		free_cgroup(s, c);
	}
}

static bool
is_entered(const struct cgroup *c)
{
	return c->place.kind != CGROUP_CONTAINER &&
	    c->place.kind != CGROUP_POD_CONTAINER;
}

static void
scan(struct local_source *s, struct cgroup *c)
{
	for (struct cgroup *child = c->first_child; child != NULL;
	    child = child->next)
		child->seen = 0;
	for (size_t h = 0; h < s->n_hierarchies; h++)
		if ((c->in >> h & 1) != 0)
			open_and_list(s, c, h);
	drop_unseen(s, c);
	for (struct cgroup *child = c->first_child; child != NULL;
	    child = child->next) {
		if (is_entered(child))
			scan(s, child);
		if (c->is_new && child->start_ns > 0 &&
		    child->start_ns < c->start_ns)
			c->start_ns = child->start_ns;
		child->is_new = false;
	}
}

void
local_scan(struct local_source *s)
{
	s->counters.local_cgroups_left_out = 0;
	scan(s, &s->root);
	s->counters.local_cgroups = s->n_cgroups;
	s->counters.local_open_files = s->n_open;
}
