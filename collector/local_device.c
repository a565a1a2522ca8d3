/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "collector/local_impl.h"
#include "common/number.h"

static bool
has_device(struct local_source *s, const char *folder, struct str name)
{
	const char *path = local_join(s, folder, name, "/device");

	if (path == NULL)
		return false;
	/* sysfs writes cciss/c0d0 as cciss!c0d0 */
	for (char *p = s->path + strlen(folder); name.len-- > 0; p++)
		if (*p == '/')
			*p = '!';
	return faccessat(s->sys_fd, path, F_OK, 0) == 0;
}

/* Asks sysfs about a name once, as long as it is seen in every collection. */
static bool
is_physical(struct local_source *s, struct known_names *known,
    const char *folder, struct str name)
{
	struct known_name *k;

	for (size_t i = 0; i < known->n; i++) {
		k = &known->items[i];
		if (str_is(name, k->name)) {
			k->seen_at = s->round;
			return k->is_physical;
		}
	}
	if (known->n == NAMES_MAX || name.len >= sizeof k->name)
		return has_device(s, folder, name);
	k = &known->items[known->n++];
	memcpy(k->name, name.p, name.len);
	k->name[name.len] = '\0';
	k->seen_at = s->round;
	k->is_physical = has_device(s, folder, name);
	return k->is_physical;
}

static void
forget_unseen(struct local_source *s, struct known_names *known)
{
	size_t n = 0;

	for (size_t i = 0; i < known->n; i++)
		if (known->items[i].seen_at == s->round)
			known->items[n++] = known->items[i];
	known->n = n;
}

static void
add_net(struct procfs_net *sum, const struct procfs_net *net)
{
	sum->rx_bytes += net->rx_bytes;
	sum->rx_errors += net->rx_errors;
	sum->tx_bytes += net->tx_bytes;
	sum->tx_errors += net->tx_errors;
}

static bool
read_net(struct local_source *s, struct str *out)
{
	return local_read_proc(s, PROC_NET_DEV, out) ||
	    local_read_proc(s, PROC_NET_DEV_OWN, out);
}

static bool
default_interface(struct local_source *s, struct procfs_net *out)
{
	struct str text, name;

	if ((!local_read_proc(s, PROC_NET_ROUTE, &text) &&
	    !local_read_proc(s, PROC_NET_ROUTE_OWN, &text)) ||
	    !procfs_default_route(text, &name))
		return false;
	name = arena_str(s->arena, name);
	if (!read_net(s, &text))
		return false;
	while (procfs_net_next(&text, out))
		if (str_eq(out->name, name))
			return true;
	return false;
}

void
local_report_network(struct local_source *s)
{
	struct procfs_net physical = { 0 }, others = { 0 };
	bool has_physical = false, has_others = false;
	struct procfs_net net;
	struct str text;

	if (!read_net(s, &text))
		return;
	while (procfs_net_next(&text, &net)) {
		if (str_is(net.name, "lo"))
			continue;
		if (is_physical(s, &s->interfaces, "class/net/", net.name)) {
			has_physical = true;
			add_net(&physical, &net);
		} else {
			has_others = true;
			add_net(&others, &net);
		}
	}
	forget_unseen(s, &s->interfaces);
	if (!has_physical && has_others && !default_interface(s, &physical))
		physical = others;
	if (!has_physical && !has_others)
		return;
	local_put(s, 0, METRIC_NETWORK_RX, physical.rx_bytes);
	local_put(s, 0, METRIC_NETWORK_RX_ERRORS, physical.rx_errors);
	local_put(s, 0, METRIC_NETWORK_TX, physical.tx_bytes);
	local_put(s, 0, METRIC_NETWORK_TX_ERRORS, physical.tx_errors);
}

void
local_report_disks(struct local_source *s)
{
	struct procfs_disk disk;
	struct str text;

	s->diskstats = (struct str){ NULL, 0 };
	if (!local_read_proc(s, PROC_DISKSTATS, &text))
		return;
	s->diskstats = arena_str(s->arena, text);
	if (s->diskstats.p == NULL)
		s->is_full = true;
	text = s->diskstats;
	while (procfs_disk_next(&text, &disk))
		if (is_physical(s, &s->disks, "block/", disk.name))
			local_put_disk(s, 0, disk.name, disk.read_bytes,
			    disk.write_bytes);
	forget_unseen(s, &s->disks);
}

static struct str
device_number(struct local_source *s, uint32_t major, uint32_t minor)
{
	char text[2 * NUMBER_MAX_BYTES + 1];
	size_t n = print_u64(text, major);

	text[n++] = ':';
	n += print_u64(text + n, minor);
	return arena_str(s->arena, (struct str){ text, n });
}

bool
local_disk_name(struct local_source *s, uint32_t major, uint32_t minor,
    struct str *out)
{
	struct str text = s->diskstats;
	struct procfs_disk disk;
	const char *slash;
	char target[256];
	ssize_t n;

	while (procfs_disk_next(&text, &disk)) {
		if (disk.major != major || disk.minor != minor)
			continue;
		*out = disk.name;
		return is_physical(s, &s->disks, "block/", disk.name);
	}
	*out = device_number(s, major, minor);
	if (out->p == NULL)
		return false;
	n = readlinkat(s->sys_fd, local_join(s, "dev/block/", *out, ""),
	    target, sizeof target);
	slash = n <= 0 ? NULL : memrchr(target, '/', (size_t)n);
	if (slash != NULL && n < (ssize_t)sizeof target)
		*out = arena_str(s->arena, (struct str){ slash + 1,
		    (size_t)(target + n - slash - 1) });
	return out->p != NULL;
}

static bool
is_local_disk_type(struct str type)
{
	static const char *const types[] = {
		"ext4", "xfs", "btrfs", "ext3", "ext2", "zfs", "f2fs", "vfat",
		"bcachefs", "exfat", "ntfs3", "ntfs", "jfs", "reiserfs",
		"nilfs2", "msdos", "hfsplus", "ufs",
	};

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (str_is(type, types[i]))
			return true;
	return false;
}

static void
on_mount(struct local_source *s, const struct procfs_mount *mount)
{
	bool is_root = str_is(mount->point, "/");
	struct local_mount *m;
	size_t at;

	if (!is_root && !is_local_disk_type(mount->type))
		return;
	for (at = 0; at < s->n_mounts; at++) {
		m = &s->mounts[at];
		if (m->major == mount->major && m->minor == mount->minor)
			break;
	}
	if ((at < s->n_mounts && !is_root) || at == MOUNTS_MAX ||
	    !procfs_unescape(mount->point, s->path, sizeof s->path))
		return;
	m = &s->mounts[at];
	if (at < s->n_mounts)
		free(m->point);
	else
		s->n_mounts++;
	m->point = str_dup(str_of(s->path));
	m->major = mount->major;
	m->minor = mount->minor;
}

/* The kernel reports a change of the mounts as an error of the file. */
static bool
have_mounts_changed(struct local_source *s)
{
	struct pollfd p = { .fd = s->mountinfo_fd, .events = POLLPRI };

	if (!s->are_mounts_known)
		return true;
	return poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLPRI)) != 0;
}

static uint64_t
times(uint64_t n, uint64_t size)
{
	uint64_t bytes;

	return __builtin_mul_overflow(n, size, &bytes) ? UINT64_MAX : bytes;
}

static void
report_filesystem(struct local_source *s, const char *point)
{
	bool is_root = strcmp(point, "/") == 0;
	const char *path = local_join(s, s->rootfs, str_of(point), "");
	struct statvfs fs;
	struct resource *r;
	uint64_t used_bytes, total_bytes;

	if (path == NULL || statvfs(path, &fs) == -1 || fs.f_blocks == 0)
		return;
	r = frame_add_resource(s->frame, s->arena, 0);
	if (r == NULL) {
		s->is_full = true;
		return;
	}
	r->resource_id = arena_str(s->arena, str_of(point));
	total_bytes = times(fs.f_blocks, fs.f_frsize);
	used_bytes = times(fs.f_blocks - fs.f_bfree, fs.f_frsize);
	resource_u64(r, METRIC_FILESYSTEM_USAGE, used_bytes);
	resource_u64(r, METRIC_FILESYSTEM_LIMIT, total_bytes);
	resource_u64(r, METRIC_FILESYSTEM_AVAILABLE,
	    times(fs.f_bavail, fs.f_frsize));
	if (fs.f_files > 0) {
		resource_u64(r, METRIC_FILESYSTEM_INODES, fs.f_files);
		resource_u64(r, METRIC_FILESYSTEM_INODES_FREE, fs.f_ffree);
	}
	if (!is_root)
		return;
	local_put(s, 0, METRIC_EPHEMERAL_STORAGE_USAGE, used_bytes);
	local_put(s, 0, METRIC_EPHEMERAL_STORAGE_NODE_CAPACITY, total_bytes);
	local_put(s, 0, METRIC_EPHEMERAL_STORAGE_NODE_ALLOCATABLE,
	    total_bytes);
}

void
local_report_filesystems(struct local_source *s)
{
	bool has_root = false;

	if (s->mountinfo_fd >= 0 && have_mounts_changed(s)) {
		s->are_mounts_known = true;
		while (s->n_mounts > 0)
			free(s->mounts[--s->n_mounts].point);
		local_each_mount(s, on_mount);
	}
	for (size_t i = 0; i < s->n_mounts; i++) {
		has_root |= strcmp(s->mounts[i].point, "/") == 0;
		report_filesystem(s, s->mounts[i].point);
	}
	if (!has_root)
		report_filesystem(s, "/");
}
