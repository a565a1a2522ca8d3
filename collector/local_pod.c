/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/local_impl.h"
#include "common/timestamp.h"

typedef void name_fn(struct local_source *, struct str);

static bool
is_nameless(const struct cgroup *c)
{
	return (c->place.kind == CGROUP_POD && c->pod_name == NULL) ||
	    (c->place.kind == CGROUP_POD_CONTAINER &&
	    c->container_name == NULL);
}

static void
name_pod(struct cgroup *pod, struct str name, struct str namespace_name)
{
	if (pod->pod_name != NULL)
		return;
	pod->pod_name = str_dup(name);
	pod->namespace_name = str_dup(namespace_name);
}

static void
on_pod_log(struct local_source *s, struct str name)
{
	struct pod_log_name log;
	struct cgroup *c = NULL;

	if (!pod_log_name_parse(name, &log))
		return;
	while ((c = local_next_cgroup(s, c)) != NULL)
		if (c->place.kind == CGROUP_POD && pod_uid_eq(c->id, log.uid))
			name_pod(c, log.pod, log.namespace_name);
}

static void
on_container_log(struct local_source *s, struct str name)
{
	struct container_log_name log;
	struct cgroup *c = NULL;

	if (!container_log_name_parse(name, &log))
		return;
	while ((c = local_next_cgroup(s, c)) != NULL) {
		/* of a long file name the end of the id may be missing */
		if (c->place.kind != CGROUP_POD_CONTAINER ||
		    c->container_name != NULL ||
		    !str_has_prefix(c->id, log.id))
			continue;
		c->container_name = str_dup(log.container);
		name_pod(c->parent, log.pod, log.namespace_name);
	}
}

/*
 * Lists a folder if it changed since *changed_ns or if must_list.  A folder
 * that changed within the last second may do so again within the same tick
 * of the file system's clock: it is listed again next time.
 */
static void
list_names(struct local_source *s, const char *folder, int *dir_fd,
    int64_t *changed_ns, name_fn *fn)
{
	struct dirent64 *entry;
	size_t at = 0, n = 0;
	int64_t mtime_ns;
	struct stat st;

	/* without links it was removed, and perhaps made again */
	if (*dir_fd >= 0 && fstat(*dir_fd, &st) == 0 && st.st_nlink == 0)
		local_close_fd(dir_fd);
	if (*dir_fd < 0)
		*dir_fd = openat(s->log_fd, folder,
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*dir_fd < 0 || fstat(*dir_fd, &st) == -1)
		return;
	mtime_ns = st.st_mtim.tv_sec * NS_PER_S + st.st_mtim.tv_nsec;
	if (!s->has_new_pods && mtime_ns == *changed_ns)
		return;
	*changed_ns = mtime_ns > s->now_ns - NS_PER_S ? 0 : mtime_ns;
	while ((entry = local_next_entry(s, *dir_fd, &at, &n)) != NULL)
		fn(s, str_of(entry->d_name));
}

void
local_name_pods(struct local_source *s)
{
	bool has_nameless = false;
	struct cgroup *c = NULL;

	while (!has_nameless && (c = local_next_cgroup(s, c)) != NULL)
		has_nameless = is_nameless(c);
	if (!has_nameless || s->log_fd < 0)
		return;
	list_names(s, "pods", &s->pods_dir_fd, &s->pods_changed_ns,
	    on_pod_log);
	list_names(s, "containers", &s->containers_dir_fd,
	    &s->containers_changed_ns, on_container_log);
	s->has_new_pods = false;
}
