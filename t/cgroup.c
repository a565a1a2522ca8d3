/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "collector/cgroup_name.h"
#include "collector/cgroup_stat.h"
#include "t/tap.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

typedef bool u64_fn(struct str, uint64_t *);

static const struct {
	const char *name;
	u64_fn *parse;
	const char *text;
	bool is_good;
	uint64_t value;
} numbers[] = {
	{ "a limit", cgroup_max, "1073741824\n", true, 1073741824 },
	{ "max is no limit", cgroup_max, "max\n", true, CGROUP_NO_LIMIT },
	{ "max is lower case", cgroup_max, "MAX\n" },
	{ "an empty limit", cgroup_max, "" },
	{ "a limit of v1", cgroup_v1_limit, "536870912\n", true, 536870912 },
	{ "v1 has no limit", cgroup_v1_limit, "9223372036854771712\n", true,
	    CGROUP_NO_LIMIT },
	{ "2^62 is no limit", cgroup_v1_limit, "4611686018427387904\n", true,
	    CGROUP_NO_LIMIT },
	{ "below 2^62 is one", cgroup_v1_limit, "4611686018427387903\n", true,
	    4611686018427387903 },
	{ "a negative limit", cgroup_v1_limit, "-1\n" },
	{ "usage_usec in ns", cgroup_cpu_usage_ns,
	    "usage_usec 48024993\nuser_usec 27594343\nsystem_usec 20430649\n",
	    true, 48024993000 },
	{ "cpu.stat of v1", cgroup_cpu_usage_ns,
	    "nr_periods 0\nnr_throttled 0\nthrottled_time 0\n" },
	{ "usage beyond 64 bits", cgroup_cpu_usage_ns,
	    "usage_usec 18446744073709552\n" },
	{ "one and a half cores", cgroup_cpu_max, "150000 100000\n", true,
	    1500 },
	{ "a third of a core is cut", cgroup_cpu_max, "10000 30000\n", true,
	    333 },
	{ "all cores", cgroup_cpu_max, "max 100000\n", true, CGROUP_NO_LIMIT },
	{ "a quota without a period", cgroup_cpu_max, "150000\n" },
	{ "a period of 0", cgroup_cpu_max, "150000 0\n" },
	{ "a quota beyond 64 bits", cgroup_cpu_max,
	    "18446744073709551615 1\n" },
};

static void
test_numbers(void)
{
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		uint64_t value = 0;
		bool is_good = numbers[i].parse(str_of(numbers[i].text),
		    &value);

		if (numbers[i].is_good)
			is_u64(is_good ? value : UINT64_MAX - 1,
			    numbers[i].value, "%s", numbers[i].name);
		else
			ok(!is_good, "rejects: %s", numbers[i].name);
	}
}

static void
test_v1_cpu(void)
{
	uint64_t milli;

	ok(cgroup_v1_cpu_max(STR("50000\n"), STR("100000\n"), &milli) &&
	    milli == 500, "v1: quota by period is half a core");
	ok(cgroup_v1_cpu_max(STR("-1\n"), STR("100000\n"), &milli) &&
	    milli == CGROUP_NO_LIMIT, "v1: a quota of -1 is no limit");
	ok(!cgroup_v1_cpu_max(STR("-2\n"), STR("100000\n"), &milli),
	    "rejects: v1: a quota of -2");
	ok(!cgroup_v1_cpu_max(STR("1\n"), STR("0\n"), &milli),
	    "rejects: v1: a period of 0");
}

static void
test_memory(void)
{
	struct cgroup_memory m;

	ok(cgroup_memory(STR(
	    "anon 1015808\nfile 61440\nkernel 4096\ninactive_anon 1007616\n"
	    "inactive_file 8192\nactive_file 53248\npgfault 18407\n"
	    "pgmajfault 4\n"), false, &m), "v2: memory.stat is understood");
	is_u64(m.anon_bytes, 1015808, "v2: anon");
	is_u64(m.file_bytes, 61440, "v2: file");
	is_u64(m.inactive_file_bytes, 8192, "v2: inactive_file");
	is_u64(m.n_pgfault, 18407, "v2: pgfault");
	is_u64(m.n_pgmajfault, 4, "v2: pgmajfault");
	is_u64(m.has, 31, "v2: swap is not in memory.stat");

	ok(cgroup_memory(STR(
	    "cache 1\nrss 2\nswap 3\npgfault 4\npgmajfault 5\n"
	    "inactive_file 6\nhierarchical_memory_limit 9223372036854771712\n"
	    "total_cache 26087424\ntotal_rss 22573056\ntotal_swap 4096\n"
	    "total_pgfault 1737690\ntotal_pgmajfault 1482\n"
	    "total_inactive_file 4898816\n"), true, &m),
	    "v1: memory.stat is understood");
	is_u64(m.anon_bytes, 22573056, "v1: total_rss, not rss");
	is_u64(m.file_bytes, 26087424, "v1: total_cache");
	is_u64(m.inactive_file_bytes, 4898816, "v1: total_inactive_file");
	is_u64(m.n_pgfault, 1737690, "v1: total_pgfault");
	is_u64(m.n_pgmajfault, 1482, "v1: total_pgmajfault");
	is_u64(m.swap_bytes, 4096, "v1: total_swap");
	ok(cgroup_memory(STR("anon 1\nfile x\n"), false, &m) &&
	    m.has == CGROUP_ANON, "a value that is no number is absent");
	ok(!cgroup_memory(STR("anon x\n"), false, &m),
	    "rejects: memory.stat without a value");
}

static void
test_io(void)
{
	struct str text = STR(
	    "254:0 rbytes=4096 wbytes=8192 rios=1 wios=2 dbytes=0 dios=0\n"
	    "253:0 \n"
	    "8:16 rios=1 rbytes=7 wbytes=9 cost.usage=3\n"
	    "x:y rbytes=1 wbytes=1\n"
	    "8:32 rbytes=1\n"
	    "4294967296:0 rbytes=1 wbytes=1\n");
	struct cgroup_io io;

	ok(cgroup_io_next(&text, &io) && io.major == 254 && io.minor == 0 &&
	    io.read_bytes == 4096 && io.write_bytes == 8192,
	    "v2: the first device of io.stat");
	ok(cgroup_io_next(&text, &io) && io.major == 8 && io.minor == 16 &&
	    io.read_bytes == 7 && io.write_bytes == 9,
	    "v2: a device without values is skipped, the order is free");
	ok(!cgroup_io_next(&text, &io), "v2: broken lines are skipped");

	text = STR("8:0 Read 4096\n8:0 Write 8192\n8:0 Sync 1\n8:0 Async 2\n"
	    "8:0 Discard 0\n8:0 Total 12288\n9:0 Read 1\n8:16 Read 7\n"
	    "8:16 Write 9\n8:16 Total 16\nTotal 12304\n");
	ok(cgroup_v1_io_next(&text, &io) && io.major == 8 && io.minor == 0 &&
	    io.read_bytes == 4096 && io.write_bytes == 8192,
	    "v1: the first device");
	ok(cgroup_v1_io_next(&text, &io) && io.major == 8 && io.minor == 16 &&
	    io.read_bytes == 7 && io.write_bytes == 9,
	    "v1: a device without Write is skipped, the next is not");
	ok(!cgroup_v1_io_next(&text, &io), "v1: the total is no device");
	text = STR("Total 0\n");
	ok(!cgroup_v1_io_next(&text, &io), "v1: there may be no device");
}

static const char *const kind_names[] = {
	[CGROUP_IGNORED] = "ignored",
	[CGROUP_INNER] = "inner",
	[CGROUP_UNIT] = "a unit",
	[CGROUP_CONTAINER] = "a container",
	[CGROUP_PLAIN] = "plain",
	[CGROUP_PODS] = "for pods",
	[CGROUP_POD] = "a pod",
	[CGROUP_POD_CONTAINER] = "a pod's container",
};

static const struct {
	const char *path;
	enum cgroup_kind kind;
	const char *id;
} paths[] = {
	{ "system.slice", CGROUP_UNIT },
	{ "init.scope", CGROUP_IGNORED },
	{ "system.slice/ssh.service", CGROUP_UNIT },
	{ "system.slice/system-getty.slice", CGROUP_INNER },
	{ "system.slice/system-getty.slice/getty@tty1.service", CGROUP_UNIT },
	{ "system.slice/dev-hugepages.mount", CGROUP_IGNORED },
	{ "system.slice/dbus.socket", CGROUP_IGNORED },
	{ "system.slice/docker-" ID ".scope", CGROUP_CONTAINER },
	{ "machine.slice/libpod-" ID ".scope", CGROUP_CONTAINER },
	{ "machine.slice/libpod-conmon-" ID ".scope", CGROUP_IGNORED },
	{ "machine.slice/machine-qemu\\x2d1\\x2dvm.scope", CGROUP_CONTAINER },
	{ "user.slice/user-1000.slice", CGROUP_INNER },
	{ "user.slice/user-1000.slice/session-1.scope", CGROUP_IGNORED },
	{ "user.slice/user-1000.slice/user@1000.service", CGROUP_UNIT },
	{ "user.slice/user-1000.slice/user@1000.service/app.slice",
	    CGROUP_INNER },
	{ "user.slice/user-1000.slice/user@1000.service/app.slice/a.service",
	    CGROUP_UNIT },
	{ "system.slice/containerd.service/nested", CGROUP_INNER },
	{ "docker", CGROUP_PLAIN },
	{ "docker/" ID, CGROUP_CONTAINER },
	{ "libpod_parent/libpod-" ID, CGROUP_CONTAINER },
	{ "lxc.payload.web", CGROUP_CONTAINER },
	{ "lxc.monitor.web", CGROUP_IGNORED },
	{ "lxc/web", CGROUP_CONTAINER },
	{ "batch/nightly", CGROUP_PLAIN },
	{ "process_api/9d28839daf7500ae269df982770c0fe3", CGROUP_PLAIN },
	{ "kubepods", CGROUP_PODS },
	{ "kubepods/burstable", CGROUP_PODS },
	{ "kubepods/burstable/pod7c9c-11", CGROUP_POD, "7c9c-11" },
	{ "kubepods/pod7c9c-11/" ID, CGROUP_POD_CONTAINER, ID },
	{ "kubepods.slice", CGROUP_PODS },
	{ "kubepods.slice/kubepods-besteffort.slice", CGROUP_PODS },
	{ "kubepods.slice/kubepods-pod7c9c_11.slice", CGROUP_POD, "7c9c_11" },
	{ "kubepods.slice/kubepods-besteffort.slice/"
	    "kubepods-besteffort-pod5fe4f21c3b.slice", CGROUP_POD,
	    "5fe4f21c3b" },
	{ "kubepods.slice/kubepods-pod7c_1.slice/cri-containerd-" ID ".scope",
	    CGROUP_POD_CONTAINER, ID },
	{ "kubepods.slice/kubepods-pod7c_1.slice/crio-" ID ".scope",
	    CGROUP_POD_CONTAINER, ID },
	{ "kubepods.slice/kubepods-pod7c_1.slice/crio-conmon-" ID ".scope",
	    CGROUP_IGNORED },
	{ "kubepods.slice/kubepods-pod7c_1.slice/docker-" ID ".scope",
	    CGROUP_POD_CONTAINER, ID },
	{ "kubepods.slice/kubepods-pod7c_1.slice/else", CGROUP_IGNORED },
	{ "kubelet.slice/kubelet-kubepods.slice", CGROUP_PODS },
	{ "kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod1.slice",
	    CGROUP_POD, "1" },
};

static void
test_kinds(void)
{
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		struct cgroup_place place = { CGROUP_INNER, STR(""), 0 };
		struct str rest = str_of(paths[i].path);
		struct str id = { NULL, 0 };

		while (rest.p != NULL) {
			struct str name = str_cut(&rest, '/');

			place.kind = cgroup_classify(&place, name, &id);
			place.name = name;
			place.depth++;
		}
		is_str(kind_names[place.kind], kind_names[paths[i].kind],
		    "%s is %s", paths[i].path, kind_names[paths[i].kind]);
		if (paths[i].id != NULL)
			ok(str_is(id, paths[i].id), "its id is %s",
			    paths[i].id);
	}
}

static void
test_logs(void)
{
	struct pod_log_name pod;
	struct container_log_name c;

	ok(pod_log_name_parse(STR("kube-system_dns-7_7c9c-11"), &pod) &&
	    str_is(pod.namespace_name, "kube-system") &&
	    str_is(pod.pod, "dns-7") && str_is(pod.uid, "7c9c-11"),
	    "a folder of pod logs is namespace_pod_uid");
	ok(!pod_log_name_parse(STR("kube-system_dns"), &pod),
	    "rejects: a folder of pod logs without a uid");
	ok(!pod_log_name_parse(STR(".."), &pod),
	    "rejects: the folder above");
	ok(container_log_name_parse(STR("dns-7_kube-system_core-dns-" ID
	    ".log"), &c) && str_is(c.pod, "dns-7") &&
	    str_is(c.namespace_name, "kube-system") &&
	    str_is(c.container, "core-dns") && str_is(c.id, ID),
	    "a container's log is pod_namespace_container-id.log");
	ok(!container_log_name_parse(STR("dns-7_kube-system_" ID ".log"), &c),
	    "rejects: a log without a container's name");
	ok(!container_log_name_parse(STR("dns-7_" ID ".log"), &c),
	    "rejects: a log without a namespace");
	ok(!container_log_name_parse(STR("a_b_c-" ID), &c),
	    "rejects: a log that does not end in .log");
	ok(pod_uid_eq(STR("a-b-c"), STR("a_b_c")) &&
	    !pod_uid_eq(STR("a-b-c"), STR("a_b_d")) &&
	    !pod_uid_eq(STR("a-b"), STR("a-b-c")),
	    "uids are equal whatever stands for the dash");
}

int
main(void)
{
	test_numbers();
	test_v1_cpu();
	test_memory();
	test_io();
	test_kinds();
	test_logs();
	return done_testing();
}
