/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "collector/procfs.h"
#include "t/tap.h"

/* A copy of exactly its length, so that reading beyond it is found. */
static struct str
exactly(const char *text, char **out_copy)
{
	size_t n = strlen(text);

	*out_copy = malloc(n > 0 ? n : 1);
	if (*out_copy == NULL)
		bail("no memory");
	memcpy(*out_copy, text, n);
	return (struct str){ *out_copy, n };
}

typedef bool u64_fn(struct str, uint64_t *);

struct u64_case {
	const char *name;
	u64_fn *parse;
	const char *text;
	bool is_good;
	uint64_t value;
};

static bool
key_pgfault(struct str text, uint64_t *out)
{
	return procfs_key_u64(text, "pgfault", out);
}

static const struct u64_case u64_cases[] = {
	{ "work is all but idle and iowait", procfs_cpu_ticks,
	    "cpu  2758 1 1987 898704 366 2 54 11 7 0\ncpu0 1 2 3\n", true,
	    2758 + 1 + 1987 + 2 + 54 + 11 },
	{ "Linux 2.4 had four columns", procfs_cpu_ticks,
	    "cpu  10 20 30 40\n", true, 60 },
	{ "the sum of all CPUs need not be the first line", procfs_cpu_ticks,
	    "cpu0 1 1 1 1\ncpu 5 0 0 0 0 0 0 0\n", true, 5 },
	{ "three columns are too few", procfs_cpu_ticks, "cpu  1 2 3\n" },
	{ "a sum beyond 64 bits is refused", procfs_cpu_ticks,
	    "cpu 18446744073709551615 1 0 0\n" },
	{ "a column that is no number is refused", procfs_cpu_ticks,
	    "cpu 1 2 x 4\n" },
	{ "a negative column is refused", procfs_cpu_ticks,
	    "cpu 1 2 -3 4\n" },
	{ "an empty /proc/stat is refused", procfs_cpu_ticks, "" },
	{ "btime is the time of the boot", procfs_btime,
	    "intr 1 2 3\nctxt 453275\nbtime 1795439771\nprocesses 6401\n",
	    true, 1795439771 },
	{ "no btime", procfs_btime, "cpu 1 2 3 4\n" },
	{ "page faults of /proc/vmstat", key_pgfault,
	    "pgalloc_normal 1\npgfault 1743043\npgmajfault 1485\n", true,
	    1743043 },
	{ "a longer key is another one", key_pgfault, "pgfaultx 1\n" },
	{ "a key without a value", key_pgfault, "pgfault\n" },
	{ "one number in a file", procfs_u64, "32768\n", true, 32768 },
	{ "one number without a newline", procfs_u64, "0", true, 0 },
	{ "the largest number", procfs_u64, "18446744073709551615\n", true,
	    UINT64_MAX },
	{ "a number too large", procfs_u64, "18446744073709551616\n" },
	{ "two numbers", procfs_u64, "1 2\n" },
	{ "an empty file is no number", procfs_u64, "" },
	{ "an empty line is no number", procfs_u64, "\n" },
	{ "uptime in ms", procfs_uptime_ms, "4525.90 8987.05\n", true,
	    4525900 },
	{ "uptime of whole seconds", procfs_uptime_ms, "7 8\n", true, 7000 },
	{ "uptime with more digits is cut", procfs_uptime_ms, "1.23456 0\n",
	    true, 1234 },
	{ "uptime that is no number", procfs_uptime_ms, "1.2x 0\n" },
	{ "uptime too large", procfs_uptime_ms, "18446744073709552.0 0\n" },
	{ "two CPUs", procfs_cpu_list, "0-1\n", true, 2 },
	{ "one CPU", procfs_cpu_list, "0\n", true, 1 },
	{ "CPUs with holes", procfs_cpu_list, "0-3,5,8-9\n", true, 7 },
	{ "no CPU", procfs_cpu_list, "\n" },
	{ "CPUs the wrong way round", procfs_cpu_list, "3-1\n" },
	{ "more CPUs than there can be", procfs_cpu_list, "0-9999999\n" },
	{ "a CPU list that ends in a comma", procfs_cpu_list, "0,\n" },
};

static void
test_numbers(void)
{
	for (size_t i = 0; i < sizeof u64_cases / sizeof u64_cases[0]; i++) {
		const struct u64_case *c = &u64_cases[i];
		uint64_t value = 0;
		char *copy;
		bool is_good = c->parse(exactly(c->text, &copy), &value);

		if (c->is_good)
			is_u64(is_good ? value : UINT64_MAX - 1, c->value,
			    "%s", c->name);
		else
			ok(!is_good, "rejects: %s", c->name);
		free(copy);
	}
}

static void
test_ticks(void)
{
	uint64_t ns;

	ok(procfs_ticks_to_ns(4810, 100, &ns) && ns == UINT64_C(48100000000),
	    "a tick of 100 Hz is 10 ms");
	ok(procfs_ticks_to_ns(1025, 1024, &ns) && ns == 1000976562,
	    "a tick of 1024 Hz is cut to whole ns");
	ok(procfs_ticks_to_ns(UINT64_MAX / 10000000, 100, &ns) &&
	    ns == UINT64_MAX / 10000000 * 10000000,
	    "ticks up to the last that fits are exact");
	ok(!procfs_ticks_to_ns(UINT64_MAX / 10000000 + 1, 100, &ns),
	    "rejects: ticks that pass 64 bits");
	ok(!procfs_ticks_to_ns(1, 0, &ns), "rejects: 0 Hz");
}

static void
test_meminfo(void)
{
	struct procfs_meminfo m;

	ok(procfs_meminfo(STR(
	    "MemTotal:       24684092 kB\nMemFree:        24495432 kB\n"
	    "MemAvailable:   24416200 kB\nBuffers:             472 kB\n"
	    "Cached:            24836 kB\nSwapCached:            7 kB\n"
	    "Inactive:          15056 kB\nInactive(anon):    10272 kB\n"
	    "Inactive(file):     4784 kB\nSwapTotal:          1024 kB\n"
	    "SwapFree:           1000 kB\nAnonPages:         21884 kB\n"), &m),
	    "meminfo is understood");
	is_u64(m.total_bytes, 24684092 * UINT64_C(1024), "MemTotal in bytes");
	is_u64(m.free_bytes, 24495432 * UINT64_C(1024), "MemFree in bytes");
	is_u64(m.buffers_bytes, 472 * 1024, "Buffers in bytes");
	is_u64(m.cached_bytes, 24836 * 1024, "Cached is not SwapCached");
	is_u64(m.inactive_file_bytes, 4784 * 1024,
	    "Inactive(file) is neither Inactive nor Inactive(anon)");
	is_u64(m.anon_bytes, 21884 * 1024, "AnonPages in bytes");
	is_u64(m.swap_total_bytes, 1024 * 1024, "SwapTotal in bytes");
	is_u64(m.swap_free_bytes, 1000 * 1024, "SwapFree in bytes");
	is_u64(m.has, 255, "all of them are there");

	ok(procfs_meminfo(STR("MemTotal: 2 kB\nMemFree: 1 kB\n"), &m) &&
	    m.has == (MEMINFO_TOTAL | MEMINFO_FREE),
	    "what is not there is absent");
	ok(!procfs_meminfo(STR("MemFree: 1 kB\n"), &m),
	    "rejects: meminfo without MemTotal");
	ok(!procfs_meminfo(STR(
	    "MemTotal: 18446744073709551615 kB\nMemFree: 1 kB\n"), &m),
	    "rejects: MemTotal beyond 64 bits");
}

static void
test_net(void)
{
	struct str text = STR(
	    "Inter-|   Receive                  |  Transmit\n"
	    " face |bytes    packets errs drop|bytes    packets errs\n"
	    "    lo:    3193      29    0    0    0     0          0"
	    "         0     3193      29    0    0    0     0       0"
	    "          0\n"
	    " broken: 1 2 3\n"
	    "  eth0:84241889 1788 3 0 0 0 0 0 86542 988 4 0 0 0 0 0\n");
	struct procfs_net net;

	ok(procfs_net_next(&text, &net) && str_is(net.name, "lo"),
	    "the headings of net/dev are no interfaces");
	is_u64(net.tx_bytes, 3193, "lo sent as much as it received");
	ok(procfs_net_next(&text, &net) && str_is(net.name, "eth0"),
	    "a broken line is skipped; a colon needs no blank behind it");
	is_u64(net.rx_bytes, 84241889, "bytes received");
	is_u64(net.rx_errors, 3, "errors while receiving");
	is_u64(net.tx_bytes, 86542, "bytes sent");
	is_u64(net.tx_errors, 4, "errors while sending");
	ok(!procfs_net_next(&text, &net), "the list of interfaces ends");
}

static void
test_route(void)
{
	struct str name;

	ok(procfs_default_route(STR(
	    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n"
	    "eth1\t00000000\t010200C0\t0003\t0\t0\t200\t00000000\t0\t0\t0\n"
	    "eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
	    "eth2\t00000000\t010200C0\t0002\t0\t0\t1\t00000000\t0\t0\t0\n"
	    "eth3\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"),
	    &name) && str_is(name, "eth0"),
	    "the default route is up and has the lowest metric");
	ok(!procfs_default_route(STR(
	    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n"
	    "eth3\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"),
	    &name), "a machine may have no default route");
}

static void
test_disks(void)
{
	struct str text = STR(
	    "   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0\n"
	    " x 0 sdz 1 2 3 4 5 6 7 8\n"
	    " 254 1 vdb 1 2 99999999999999999999 4 5 6 7 8\n"
	    " 254       0 vda 53099 9298 2466890 12370 16848 8485 1289232 "
	    "3500 0 5728 16412 7763 117 483320 476 1453 65\n");
	struct procfs_disk disk;

	ok(procfs_disk_next(&text, &disk) && str_is(disk.name, "loop0"),
	    "an old kernel's line of diskstats is understood");
	ok(procfs_disk_next(&text, &disk) && str_is(disk.name, "vda"),
	    "broken lines of diskstats are skipped");
	is_u64(disk.major, 254, "the major number");
	is_u64(disk.minor, 0, "the minor number");
	is_u64(disk.read_bytes, 2466890 * UINT64_C(512),
	    "sectors read are 512 bytes");
	is_u64(disk.write_bytes, 1289232 * UINT64_C(512),
	    "sectors written are 512 bytes");
	ok(!procfs_disk_next(&text, &disk), "the list of disks ends");
}

static void
test_mounts(void)
{
	struct str text = STR(
	    "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard\n"
	    "31 27 8:17 /a /mnt/my\\040disk rw shared:7 master:1 - xfs "
	    "/dev/sdb1 rw\n"
	    "garbage\n"
	    "33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup "
	    "rw,cpu,cpuacct\n"
	    "34 31 0:31 / /x rw - tmpfs\n");
	struct procfs_mount m;
	char point[64];

	ok(procfs_mount_next(&text, &m) && m.major == 254 && m.minor == 0 &&
	    str_is(m.point, "/") && str_is(m.type, "ext4") &&
	    str_is(m.super_options, "rw,discard"),
	    "a mount without optional fields");
	ok(procfs_mount_next(&text, &m) && str_is(m.type, "xfs") &&
	    str_is(m.root, "/a"), "a mount with optional fields");
	ok(procfs_unescape(m.point, point, sizeof point) &&
	    strcmp(point, "/mnt/my disk") == 0,
	    "a blank in a mount point is escaped");
	ok(procfs_mount_next(&text, &m) && str_is(m.type, "cgroup"),
	    "a broken line of mountinfo is skipped");
	ok(procfs_list_has(m.super_options, "cpuacct") &&
	    procfs_list_has(m.super_options, "rw") &&
	    !procfs_list_has(m.super_options, "pu") &&
	    !procfs_list_has(m.super_options, "cpua"),
	    "the controllers are among the options of the super block");
	ok(procfs_mount_next(&text, &m) && str_is(m.type, "tmpfs") &&
	    m.super_options.len == 0, "a mount may end with its type");
	ok(!procfs_mount_next(&text, &m), "the list of mounts ends");
}

static void
test_unescape(void)
{
	static const struct {
		const char *text;
		const char *plain;	/* NULL: refused */
	} cases[] = {
		{ "", "" },
		{ "/plain", "/plain" },
		{ "a\\134b", "a\\b" },
		{ "\\011\\012", "\t\n" },
		{ "\\377", "\377" },
		{ "123456789", NULL },		/* needs 10 bytes */
		{ "12345678", "12345678" },
		{ "\\04", NULL },
		{ "\\", NULL },
		{ "\\400", NULL },
		{ "\\089", NULL },
		{ "\\000", NULL },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char p[9];
		char *copy;
		struct str s = exactly(cases[i].text, &copy);
		bool is_good = procfs_unescape(s, p, sizeof p);

		if (cases[i].plain == NULL)
			ok(!is_good, "rejects: the mount point %s",
			    cases[i].text);
		else
			ok(is_good && strcmp(p, cases[i].plain) == 0,
			    "undoes the escapes of \"%s\"", cases[i].text);
		free(copy);
	}
}

static void
test_pressure(void)
{
	struct procfs_pressure p;

	ok(procfs_pressure(STR(
	    "some avg10=0.12 avg60=0.00 avg300=0.00 total=5968661\n"
	    "full avg10=0.00 avg60=0.00 avg300=0.00 total=17\n"), &p) &&
	    p.has_some && p.has_full, "pressure has some and full");
	is_u64(p.some_ns, 5968661000, "the total of some is in us");
	is_u64(p.full_ns, 17000, "the total of full is in us");
	ok(procfs_pressure(STR("some avg10=0.00 total=1\n"), &p) &&
	    p.has_some && !p.has_full, "older kernels have no full of CPU");
	ok(!procfs_pressure(STR("some avg10=0.00\n"), &p),
	    "rejects: pressure without a total");
	ok(!procfs_pressure(STR("some total=18446744073709551615\n"), &p),
	    "rejects: a total beyond 64 bits");
}

static void
test_load(void)
{
	struct procfs_loadavg load;

	ok(procfs_loadavg(STR("1.05 0.40 0.20 3/417 6409\n"), &load) &&
	    load.load_milli == 1050 && load.n_threads == 417,
	    "the load in thousandths, and the number of threads");
	ok(!procfs_loadavg(STR("1.05 0.40 0.20 3 6409\n"), &load),
	    "rejects: a load without a number of threads");
	ok(!procfs_loadavg(STR("-1.05 0.40 0.20 3/4 6409\n"), &load),
	    "rejects: a negative load");
	ok(!procfs_loadavg(STR(""), &load), "rejects: an empty load");
}

int
main(void)
{
	test_numbers();
	test_ticks();
	test_meminfo();
	test_net();
	test_route();
	test_disks();
	test_mounts();
	test_unescape();
	test_pressure();
	test_load();
	return done_testing();
}
