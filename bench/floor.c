/* SPDX-License-Identifier: ISC */
/*
 * The least that can be paid for a window of a cluster: one process that asks
 * every kubelet, decodes what it says and keeps the values.  What the pipeline
 * costs beyond that, in the same run, is for rates, sums, names, a bus, and for
 * being several processes.
 *
 *	bench/floor URLS RESOLUTION_S WINDOWS
 *
 * URLS is a file with the URL of a Summary in each line.  Prints the CPU time
 * of one window, in milliseconds, and the resident memory in bytes.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/fetch.h"
#include "common/loop.h"
#include "common/mem.h"
#include "common/str.h"
#include "common/timestamp.h"

#include "collector/schedule.h"
#include "collector/summary.h"

#define TARGETS_PER_FETCHER 250
#define FETCHERS_MAX 40
#define BODY_BYTES_MAX (16u << 20)
#define ARENA_BYTES_MAX (64u << 20)
#define URL_BYTES 256

struct floor;

struct target {
	struct floor *floor;
	char *url;
	int64_t slot_ns;
	struct loop_timer timer;
	struct fetcher *fetcher;
	union metric_value *values;	/* those of the newest answer */
	size_t cap_values;
};

struct floor {
	struct loop loop;
	struct fetcher *fetchers[FETCHERS_MAX];
	struct target *targets;
	size_t n_targets;
	int64_t resolution_ns;
	int64_t next_ns;	/* beginning of the next window */
	struct loop_timer window;
	uint64_t n_windows;	/* to be measured, yet */
	int64_t began_cpu_ns;	/* 0: the first window is not measured */
	uint64_t n_measured;
	uint64_t n_failed;
	struct arena arena;
};

static int64_t
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static void
keep(struct target *t, const struct frame *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n_sets; i++) {
		const struct metric_set *s = &f->sets[i];

		if (n + METRIC_PLAIN_COUNT > t->cap_values) {
			t->cap_values = n * 2 + METRIC_PLAIN_COUNT;
			t->values = xrealloc(t->values, t->cap_values,
			    sizeof *t->values);
		}
		for (uint64_t todo = s->present; todo != 0; todo &= todo - 1)
			t->values[n++] = s->values[__builtin_ctzll(todo)];
	}
}

static void
on_answer(void *arg, const struct fetch_result *result)
{
	struct target *t = arg;
	struct floor *b = t->floor;
	struct frame f;
	struct err err;

	arena_reset(&b->arena);
	if (result->error == NULL && summary_decode(&f, &b->arena,
	    result->body, clock_wall_ns(), &err))
		keep(t, &f);
	else
		b->n_failed++;
}

static void
on_due(void *arg)
{
	struct target *t = arg;
	struct fetch_request request = {
		.url = t->url,
		.timeout_ns = t->floor->resolution_ns,
		.done = on_answer,
		.arg = t,
	};
	struct err err;

	if (!fetch_start(t->fetcher, &request, &err))
		t->floor->n_failed++;
}

static void
on_window(void *arg)
{
	struct floor *b = arg;
	int64_t now_ns = clock_wall_ns();

	if (b->began_cpu_ns != 0 && ++b->n_measured == b->n_windows) {
		loop_stop(&b->loop);
		return;
	}
	if (b->began_cpu_ns == 0 && b->next_ns != 0)
		b->began_cpu_ns = cpu_ns();
	b->next_ns = schedule_window_ns(now_ns, b->resolution_ns) +
	    b->resolution_ns;
	for (size_t i = 0; i < b->n_targets; i++)
		loop_timer_set_ns(&b->targets[i].timer, b->targets[i].slot_ns);
	loop_timer_set_ns(&b->window, b->next_ns - now_ns);
}

static bool
read_urls(struct floor *b, const char *path)
{
	char line[URL_BYTES];
	FILE *file = fopen(path, "r");

	if (file == NULL)
		return false;
	while (fgets(line, sizeof line, file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		b->targets = xrealloc(b->targets, b->n_targets + 1,
		    sizeof *b->targets);
		b->targets[b->n_targets++] = (struct target){
			.floor = b,
			.url = str_dup(str_of(line)),
		};
	}
	fclose(file);
	return b->n_targets > 0 &&
	    b->n_targets <= FETCHERS_MAX * TARGETS_PER_FETCHER;
}

static bool
prepare(struct floor *b, struct err *err)
{
	for (size_t i = 0; i < b->n_targets; i++) {
		struct target *t = &b->targets[i];
		struct fetcher **fetcher =
		    &b->fetchers[i / TARGETS_PER_FETCHER];

		if (*fetcher == NULL && (*fetcher = fetcher_open(&b->loop,
		    BODY_BYTES_MAX, err)) == NULL)
			return false;
		t->fetcher = *fetcher;
		t->slot_ns = schedule_tick_ns(schedule_slot_ns(i, b->n_targets,
		    b->resolution_ns), b->n_targets, b->resolution_ns);
		loop_timer_init(&t->timer, &b->loop, on_due, t);
	}
	loop_timer_init(&b->window, &b->loop, on_window, b);
	return true;
}

static long
resident_bytes(void)
{
	long pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (file != NULL) {
		if (fscanf(file, "%*d %ld", &pages) != 1)
			pages = 0;
		fclose(file);
	}
	return pages * sysconf(_SC_PAGESIZE);
}

int
main(int argc, char **argv)
{
	static struct floor b;
	struct err err;

	if (argc != 4 || !read_urls(&b, argv[1])) {
		fprintf(stderr, "usage: floor URLS RESOLUTION_S WINDOWS\n");
		return 64;
	}
	b.resolution_ns = atoi(argv[2]) * NS_PER_S;
	b.n_windows = (uint64_t)atoi(argv[3]);
	arena_init(&b.arena, ARENA_BYTES_MAX);
	if (b.resolution_ns <= 0 || !loop_init(&b.loop, &err) ||
	    !prepare(&b, &err))
		return 71;
	loop_timer_set_ns(&b.window, b.resolution_ns -
	    clock_wall_ns() % b.resolution_ns);
	loop_run(&b.loop);
	printf("%.1f %ld\n", (double)(cpu_ns() - b.began_cpu_ns) /
	    (double)b.n_windows / (double)NS_PER_MS, resident_bytes());
	return b.n_failed == 0 ? 0 : 69;
}
