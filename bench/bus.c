/* SPDX-License-Identifier: ISC */
/*
 * What the bus costs: a publisher and a subscriber, two processes over ipc.
 *
 * paced	lines of a node frame's size, a message per millisecond:
 *		what the pipeline does when many nodes answer
 * burst	the same without waiting: drops and replays
 * replay	lines that were published before the subscriber came
 */
#include "config.h"

#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/bus.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"

#define LINE_BYTES 20000
#define JOURNAL_BYTES (512u << 20)
#define PATIENCE_MS 30000

extern char **environ;

struct taker {
	struct loop loop;
	struct bus_sub_counters counters;
	uint64_t n_lines;
	uint64_t want;
	int64_t first_ns;
};

static struct bus_address
address(const char *dir, bool is_listening)
{
	struct bus_address a;
	struct err err;

	if (!bus_addresses(&a, dir, "bench", NULL, NULL, NULL, &err))
		log_die(1, "%s", err.msg);
	a.is_listening = is_listening;
	return a;
}

static int64_t
cpu_us(int who)
{
	struct rusage u;

	getrusage(who, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * INT64_C(1000000) +
	    u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

static void
on_line(void *arg, const struct frame_line *line)
{
	struct taker *t = arg;

	(void)line;
	if (t->n_lines++ == 0)
		t->first_ns = clock_mono_ns();
	if (t->n_lines == t->want)
		loop_stop(&t->loop);
}

/* The other process: takes lines and prints what that was. */
static int
take(const char *dir, uint64_t n_lines)
{
	struct taker t = { .want = n_lines };
	struct bus_sub_conf conf = {
		.address = address(dir, false),
		.on_line = on_line,
		.arg = &t,
	};
	struct bus_sub *s;
	struct err err;
	double seconds, mib;

	if (!loop_init(&t.loop, &err))
		log_die(1, "%s", err.msg);
	s = bus_sub_open(&t.loop, &conf, &t.counters, &err);
	if (s == NULL)
		log_die(1, "%s", err.msg);
	loop_run(&t.loop);
	seconds = (double)(clock_mono_ns() - t.first_ns) / 1e9;
	mib = (double)t.n_lines * LINE_BYTES / (1 << 20);
	printf("%6.0f MiB/s %8.0f lines/s; per line: subscriber %5.1f us CPU",
	    mib / seconds, (double)t.n_lines / seconds,
	    (double)cpu_us(RUSAGE_SELF) / (double)t.n_lines);
	printf(", %" PRIu64 " replays asked", t.counters.replays_asked);
	fflush(stdout);
	bus_sub_close(s);
	loop_fini(&t.loop);
	return 0;
}

static pid_t
spawn_taker(char *program, char *dir, uint64_t n_lines)
{
	char count[32];
	char *argv[] = { program, dir, count, NULL };
	pid_t pid;

	snprintf(count, sizeof count, "%" PRIu64, n_lines);
	if (posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, environ) != 0)
		log_die(1, "cannot spawn the subscriber");
	return pid;
}

static bool
has_ended(void *arg)
{
	pid_t *pid = arg;

	return waitpid(*pid, NULL, WNOHANG) != 0;
}

static bool
never(void *arg)
{
	(void)arg;
	return false;
}

static void
on_nothing(void *arg)
{
	loop_timer_set_ns(arg, 10 * INT64_C(1000000));
}

static void
run(char *program, char *dir, const char *name, uint64_t n_lines,
    bool is_before, bool is_paced)
{
	struct loop loop;
	struct loop_timer poll;
	struct bus_pub_counters counters = { 0 };
	struct bus_pub_conf conf = {
		.address = address(dir, true),
		.journal_bytes = JOURNAL_BYTES,
	};
	char *json = xcalloc(1, LINE_BYTES);
	struct str text = { json, LINE_BYTES };
	struct bus_pub *p;
	struct err err;
	pid_t pid = 0;
	int64_t cpu_before_us;

	if (!loop_init(&loop, &err))
		log_die(1, "%s", err.msg);
	p = bus_pub_open(&loop, &conf, &counters, &err);
	if (p == NULL)
		log_die(1, "%s", err.msg);
	loop_timer_init(&poll, &loop, on_nothing, &poll);
	loop_timer_set_ns(&poll, 1);
	memset(json, ' ', LINE_BYTES);
	json[0] = '{';
	json[LINE_BYTES - 1] = '}';
	printf("bus %-7s", name);
	fflush(stdout);
	if (!is_before) {
		pid = spawn_taker(program, dir, n_lines);
		loop_run_until(&loop, 500, never, NULL);
	}
	cpu_before_us = cpu_us(RUSAGE_SELF);
	for (uint64_t i = 0; i < n_lines; i++) {
		bus_publish(p, STR("node"), text);
		if (is_paced && (i + 1) % (BUS_MESSAGE_BYTES / LINE_BYTES) == 0)
			loop_run_until(&loop, 1, never, NULL);
	}
	bus_pub_flush(p);
	if (is_before)
		pid = spawn_taker(program, dir, n_lines);
	if (!loop_run_until(&loop, PATIENCE_MS, has_ended, &pid))
		log_die(1, "the subscriber did not get everything");
	printf(", publisher %5.1f us CPU\n",
	    (double)(cpu_us(RUSAGE_SELF) - cpu_before_us) / (double)n_lines);
	fflush(stdout);
	bus_pub_close(p);
	loop_timer_fini(&poll);
	loop_fini(&loop);
	free(json);
}

int
main(int argc, char **argv)
{
	char dir[] = "/tmp/chbenchXXXXXX";
	char path[64];

	log_init("cheapster-bench");
	if (argc == 3)
		return take(argv[1], strtoull(argv[2], NULL, 10));
	if (mkdtemp(dir) == NULL)
		log_die(1, "mkdtemp");
	run(argv[0], dir, "paced", 10000, false, true);
	run(argv[0], dir, "burst", 10000, false, false);
	run(argv[0], dir, "replay", 10000, true, false);
	snprintf(path, sizeof path, "%s/bench.sock", dir);
	unlink(path);
	snprintf(path, sizeof path, "%s/bench-replay.sock", dir);
	unlink(path);
	rmdir(dir);
	return 0;
}
