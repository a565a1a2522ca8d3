/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "collector/cgroup_stat.h"
#include "collector/local_impl.h"

#define CGROUP_DISKS_MAX 64
#define SHORT_ID_CHARS 12

typedef bool next_io_fn(struct str *, struct cgroup_io *);

/* The file's text, and counts it when it is there but makes no sense. */
static bool
read_u64(struct local_source *s, struct cgroup *c, enum cgroup_file file,
    bool (*parse)(struct str, uint64_t *), uint64_t *out)
{
	struct str text;

	if (!local_read_cgroup(s, c, file, &text))
		return false;
	if (parse(text, out))
		return true;
	s->counters.local_parse_errors++;
	return false;
}

static bool
read_memory_stat(struct local_source *s, struct cgroup *c,
    enum cgroup_file file, struct cgroup_memory *out)
{
	struct str text;

	if (!local_read_cgroup(s, c, file, &text))
		return false;
	if (cgroup_memory(text, file == V1_MEMORY_STAT, out))
		return true;
	s->counters.local_parse_errors++;
	return false;
}

static void
report_cpu(struct local_source *s, struct cgroup *c, size_t set)
{
	uint64_t ns;

	/* v1 first: v2 counts CPU time even where v1 has the controller */
	if (read_u64(s, c, V1_CPUACCT_USAGE, procfs_u64, &ns) ||
	    read_u64(s, c, V2_CPU_STAT, cgroup_cpu_usage_ns, &ns))
		local_put(s, set, METRIC_CPU_USAGE, ns);
}

static bool
read_v1_cpu_limit(struct local_source *s, struct cgroup *c, uint64_t *out)
{
	struct str quota, period;
	char copy[32];

	if (!local_read_cgroup(s, c, V1_CPU_QUOTA, &quota) ||
	    quota.len > sizeof copy)
		return false;
	if (cgroup_v1_cpu_max(quota, STR(""), out))
		return true;	/* no limit */
	memcpy(copy, quota.p, quota.len);
	quota.p = copy;
	return local_read_cgroup(s, c, V1_CPU_PERIOD, &period) &&
	    cgroup_v1_cpu_max(quota, period, out);
}

/*
 * Not for pods: theirs is only set when all containers have one, while a
 * pod's limit is the sum of those that have.
 */
static void
report_cpu_limit(struct local_source *s, struct cgroup *c, size_t set)
{
	uint64_t milli;

	if (c->place.kind != CGROUP_POD &&
	    (read_u64(s, c, V2_CPU_MAX, cgroup_cpu_max, &milli) ||
	    read_v1_cpu_limit(s, c, &milli)))
		local_put(s, set, METRIC_CPU_LIMIT,
		    milli == CGROUP_NO_LIMIT ? 0 : milli);
}

static void
report_memory_stat(struct local_source *s, size_t set,
    const struct cgroup_memory *m)
{
	if ((m->has & CGROUP_ANON) != 0)
		local_put(s, set, METRIC_MEMORY_RSS, m->anon_bytes);
	if ((m->has & CGROUP_FILE) != 0)
		local_put(s, set, METRIC_MEMORY_CACHE, m->file_bytes);
	if ((m->has & CGROUP_PGFAULT) != 0)
		local_put(s, set, METRIC_MEMORY_PAGE_FAULTS, m->n_pgfault);
	if ((m->has & CGROUP_PGMAJFAULT) != 0)
		local_put(s, set, METRIC_MEMORY_MAJOR_PAGE_FAULTS,
		    m->n_pgmajfault);
	if ((m->has & CGROUP_SWAP) != 0)
		local_put(s, set, METRIC_SWAP_USAGE, m->swap_bytes);
}

static void
report_memory(struct local_source *s, struct cgroup *c, size_t set)
{
	struct cgroup_memory m = { 0 };
	uint64_t usage, limit, working_set;
	bool has_usage, has_limit;

	has_usage = read_u64(s, c, V2_MEMORY_CURRENT, procfs_u64, &usage) ||
	    read_u64(s, c, V1_MEMORY_USAGE, procfs_u64, &usage);
	has_limit = read_u64(s, c, V2_MEMORY_MAX, cgroup_max, &limit) ||
	    read_u64(s, c, V1_MEMORY_LIMIT, cgroup_v1_limit, &limit);
	if (read_memory_stat(s, c, V2_MEMORY_STAT, &m) ||
	    read_memory_stat(s, c, V1_MEMORY_STAT, &m))
		report_memory_stat(s, set, &m);
	if (has_limit && c->place.kind != CGROUP_POD)
		local_put(s, set, METRIC_MEMORY_LIMIT,
		    limit == CGROUP_NO_LIMIT ? 0 : limit);
	if (!has_usage)
		return;
	local_put(s, set, METRIC_MEMORY_USAGE, usage);
	if ((m.has & CGROUP_INACTIVE_FILE) == 0)
		return;
	working_set = usage > m.inactive_file_bytes ?
	    usage - m.inactive_file_bytes : 0;
	local_put(s, set, METRIC_MEMORY_WORKING_SET, working_set);
	if (has_limit && limit != CGROUP_NO_LIMIT)
		local_put(s, set, METRIC_MEMORY_AVAILABLE,
		    limit > working_set ? limit - working_set : 0);
}

static void
report_swap(struct local_source *s, struct cgroup *c, size_t set)
{
	uint64_t usage, limit;

	if (!read_u64(s, c, V2_SWAP_CURRENT, procfs_u64, &usage))
		return;
	local_put(s, set, METRIC_SWAP_USAGE, usage);
	if (read_u64(s, c, V2_SWAP_MAX, cgroup_max, &limit) &&
	    limit != CGROUP_NO_LIMIT)
		local_put(s, set, METRIC_SWAP_AVAILABLE,
		    limit > usage ? limit - usage : 0);
}

static void
report_processes(struct local_source *s, struct cgroup *c, size_t set)
{
	uint64_t n;

	if (read_u64(s, c, V2_PIDS_CURRENT, procfs_u64, &n) ||
	    read_u64(s, c, V1_PIDS_CURRENT, procfs_u64, &n))
		local_put(s, set, METRIC_PROCESS_COUNT, n);
}

static void
report_io(struct local_source *s, struct cgroup *c, size_t set)
{
	next_io_fn *next = cgroup_io_next;
	unsigned n_disks = 0;
	struct cgroup_io io;
	struct str text, name;

	if (!local_read_cgroup(s, c, V2_IO_STAT, &text)) {
		next = cgroup_v1_io_next;
		if (!local_read_cgroup(s, c, V1_IO_RECURSIVE, &text) &&
		    !local_read_cgroup(s, c, V1_IO, &text))
			return;
	}
	while (n_disks < CGROUP_DISKS_MAX && next(&text, &io)) {
		if (!local_disk_name(s, io.major, io.minor, &name))
			continue;
		local_put_disk(s, set, name, io.read_bytes, io.write_bytes);
		n_disks++;
	}
}

static void
report_pressure(struct local_source *s, struct cgroup *c, size_t set)
{
	static const struct {
		enum cgroup_file file;
		enum metric some;
		enum metric full;
	} all[] = {
		{ V2_CPU_PRESSURE, METRIC_CPU_PRESSURE_SOME,
		    METRIC_CPU_PRESSURE_FULL },
		{ V2_MEMORY_PRESSURE, METRIC_MEMORY_PRESSURE_SOME,
		    METRIC_MEMORY_PRESSURE_FULL },
		{ V2_IO_PRESSURE, METRIC_IO_PRESSURE_SOME,
		    METRIC_IO_PRESSURE_FULL },
	};
	struct str text;

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (local_read_cgroup(s, c, all[i].file, &text))
			local_put_pressure(s, set, all[i].some, all[i].full,
			    text);
}

static size_t
report_cgroup(struct local_source *s, struct cgroup *c, enum set_type type,
    size_t parent, struct str name)
{
	size_t set = local_add_set(s, type, parent, name, c->start_ns);

	if (set == SIZE_MAX)
		return SIZE_MAX;
	report_cpu(s, c, set);
	report_cpu_limit(s, c, set);
	report_memory(s, c, set);
	report_swap(s, c, set);
	report_processes(s, c, set);
	report_io(s, c, set);
	report_pressure(s, c, set);
	return set;
}

static bool
has_processes(struct local_source *s, struct cgroup *c)
{
	static const enum cgroup_file files[] = {
		V2_PROCS, V1_PROCS_MEMORY, V1_PROCS_CPUACCT, V1_PROCS_PIDS,
	};
	struct str text;

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		if (local_read_cgroup(s, c, files[i], &text) && text.len > 0)
			return true;
	return false;
}

static bool
is_system_container(struct local_source *s, struct cgroup *c)
{
	switch (c->place.kind) {
	case CGROUP_UNIT:
	case CGROUP_CONTAINER:
		return true;
	case CGROUP_PODS:
		return c->place.depth == 1;
	case CGROUP_PLAIN:
		return c->first_child == NULL && has_processes(s, c);
	default:
		return false;
	}
}

/* A container that was replaced lingers on for a moment. */
static bool
is_newest_of_name(const struct cgroup *c)
{
	for (const struct cgroup *other = c->parent->first_child;
	    other != NULL; other = other->next)
		if (other != c && other->container_name != NULL &&
		    strcmp(other->container_name, c->container_name) == 0 &&
		    (other->start_ns > c->start_ns ||
		    (other->start_ns == c->start_ns && other > c)))
			return false;
	return true;
}

static void
report_pod_containers(struct local_source *s, struct cgroup *pod, size_t set)
{
	bool has_names = false;

	for (struct cgroup *c = pod->first_child; c != NULL; c = c->next)
		has_names |= c->container_name != NULL;
	for (struct cgroup *c = pod->first_child; c != NULL; c = c->next) {
		struct str name = str_of(c->container_name);

		if (c->place.kind != CGROUP_POD_CONTAINER)
			continue;
		if (has_names) {
			/* what has no log beside others that have: a sandbox */
			if (name.p == NULL || !is_newest_of_name(c))
				continue;
		} else {
			name = (struct str){ c->id.p, SHORT_ID_CHARS };
		}
		if (report_cgroup(s, c, SET_POD_CONTAINER, set, name) ==
		    SIZE_MAX)
			return;
	}
}

static struct str
normal_uid(struct local_source *s, struct str uid)
{
	char *p = arena_alloc(s->arena, uid.len);

	if (p == NULL) {
		s->is_full = true;
		return STR("");
	}
	for (size_t i = 0; i < uid.len; i++)
		p[i] = uid.p[i] == '_' ? '-' : uid.p[i];
	return (struct str){ p, uid.len };
}

static void
report_pod(struct local_source *s, struct cgroup *pod)
{
	struct str uid = normal_uid(s, pod->id);
	struct str namespace_name = STR("unknown");
	size_t set;

	set = report_cgroup(s, pod, SET_POD, 0,
	    pod->pod_name == NULL ? uid : str_of(pod->pod_name));
	if (set == SIZE_MAX)
		return;
	if (pod->namespace_name != NULL)
		namespace_name = str_of(pod->namespace_name);
	namespace_name = arena_str(s->arena, namespace_name);
	s->frame->sets[set].namespace_name = namespace_name;
	s->frame->sets[set].pod_id = uid;
	if (namespace_name.p == NULL)
		s->is_full = true;
	report_pod_containers(s, pod, set);
}

void
local_report_cgroups(struct local_source *s)
{
	struct cgroup *c = NULL;

	while (!s->is_full && (c = local_next_cgroup(s, c)) != NULL) {
		struct str name;

		if (!is_system_container(s, c))
			continue;
		name = arena_str(s->arena,
		    str_of(local_cgroup_path(s, c, NULL)));
		if (name.p != NULL)
			report_cgroup(s, c, SET_SYS_CONTAINER, 0, name);
	}
	c = NULL;
	while (!s->is_full && (c = local_next_cgroup(s, c)) != NULL)
		if (c->place.kind == CGROUP_POD)
			report_pod(s, c);
}
