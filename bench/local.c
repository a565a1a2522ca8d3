/* SPDX-License-Identifier: ISC */
/*
 * What one collection of this machine costs with 60 services more than it
 * has: CPU time, system calls, bytes of the arena.  Makes cgroups in every
 * hierarchy it may write to, and removes them.
 */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "collector/local.h"
#include "common/clock.h"

#define N_SERVICES 60
#define ROUNDS 200
#define TRACED_ROUNDS 10
#define ARENA_BYTES (16u << 20)

static const char *const hierarchies[] = {
	"", "/unified", "/cpuacct", "/cpu", "/cpu,cpuacct", "/memory",
	"/blkio", "/pids",
};

static bool
change_groups(bool is_making)
{
	bool is_any = false;
	char path[256];

	for (size_t h = 0; h < sizeof hierarchies / sizeof hierarchies[0];
	    h++) {
		snprintf(path, sizeof path, "/sys/fs/cgroup%s/cgroup.procs",
		    hierarchies[h]);
		if (access(path, W_OK) == -1)
			continue;
		for (unsigned i = 0; i < N_SERVICES; i++) {
			snprintf(path, sizeof path,
			    "/sys/fs/cgroup%s/cheapster-bench-%u.service",
			    hierarchies[h], i);
			is_any |= (is_making ? mkdir(path, 0755) :
			    rmdir(path)) == 0;
		}
	}
	return is_any;
}

static void
collect(struct local_source *s, struct frame *f, struct arena *a)
{
	struct err err;

	arena_reset(a);
	if (!local_collect(s, f, a, clock_wall_ns(), &err)) {
		fprintf(stderr, "local: %s\n", err.msg);
		exit(1);
	}
}

static struct local_source *
open_source(struct arena *a)
{
	struct local_conf conf = { 0 };
	struct err err;
	struct local_source *s = local_open(&conf, &err);

	if (s == NULL) {
		fprintf(stderr, "local: %s\n", err.msg);
		exit(1);
	}
	arena_init(a, ARENA_BYTES);
	return s;
}

static void
measure_time(void)
{
	struct local_source *s;
	struct timespec t;
	struct frame f;
	struct arena a;
	int64_t first_ns, ns;

	s = open_source(&a);
	collect(s, &f, &a);
	collect(s, &f, &a);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	first_ns = t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
	for (unsigned i = 0; i < ROUNDS; i++)
		collect(s, &f, &a);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	ns = t.tv_sec * INT64_C(1000000000) + t.tv_nsec - first_ns;
	printf("local: %zu sets %.0f us/collection %.4f %% of a core at 10 s\n",
	    f.n_sets, (double)ns / ROUNDS / 1e3,
	    (double)ns / ROUNDS / 1e10 * 100);
	printf("local: %zu bytes of arena, %llu files kept open\n",
	    a.used_bytes,
	    (unsigned long long)local_counters(s)->local_open_files);
	local_close(s);
	arena_fini(&a);
}

static void
run_traced(void)
{
	struct local_source *s;
	struct frame f;
	struct arena a;

	s = open_source(&a);
	collect(s, &f, &a);
	collect(s, &f, &a);
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1)
		_exit(1);
	raise(SIGSTOP);
	for (unsigned i = 0; i < TRACED_ROUNDS; i++)
		collect(s, &f, &a);
	_exit(0);
}

static void
count_calls(void)
{
	unsigned long n_stops = 0;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		run_traced();
	if (pid == -1 || waitpid(pid, &status, 0) == -1 ||
	    !WIFSTOPPED(status)) {
		puts("local: system calls cannot be counted here");
		return;
	}
	while (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) == 0 &&
	    waitpid(pid, &status, 0) == pid && WIFSTOPPED(status))
		n_stops++;
	/* a call stops at its start and at its end */
	printf("local: %lu system calls/collection\n",
	    n_stops / 2 / TRACED_ROUNDS);
}

int
main(void)
{
	bool has_groups = change_groups(true);

	if (!has_groups)
		puts("local: no cgroup can be made here");
	measure_time();
	count_calls();
	if (has_groups)
		change_groups(false);
	return 0;
}
