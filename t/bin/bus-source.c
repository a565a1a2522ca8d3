/* SPDX-License-Identifier: ISC */
/*
 * bus-source DIR N: publishes {"n":1} to {"n":N} on the bus "t" in DIR, on
 * which it listens, with a journal there.  One that was killed goes on behind
 * what its predecessor's journal has.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/bus.h"
#include "common/log.h"
#include "common/mem.h"

#define LINES_PER_TICK 20
#define TICK_NS INT64_C(1000000)
#define JOURNAL_BYTES (16u << 20)

struct source {
	struct loop loop;
	struct loop_timer tick;
	struct bus_pub *pub;
	struct bus_pub_counters counters;
	uint64_t n;
	uint64_t last;
};

static void
on_recalled(void *arg, const struct frame_line *line)
{
	struct source *s = arg;

	s->n = strtoull(line->json.p + sizeof "{\"n\":" - 1, NULL, 10);
}

static void
on_tick(void *arg)
{
	struct source *s = arg;
	struct buf json = BUF_INIT;

	for (int i = 0; i < LINES_PER_TICK && s->n < s->last; i++) {
		buf_reset(&json);
		buf_addf(&json, "{\"n\":%" PRIu64 "}", ++s->n);
		if (!bus_publish(s->pub, STR("node"), buf_str(&json)))
			log_die(1, "cannot publish");
	}
	buf_fini(&json);
	if (s->n < s->last)
		loop_timer_set_ns(&s->tick, TICK_NS);
}

int
main(int argc, char **argv)
{
	static struct source s;
	struct bus_pub_conf conf = { .journal_bytes = JOURNAL_BYTES };
	struct err err;

	log_init("bus-source");
	if (argc != 3)
		log_die(64, "usage: bus-source DIR N");
	s.last = strtoull(argv[2], NULL, 10);
	conf.journal_path = xasprintf("%s/t.journal", argv[1]);
	if (!loop_init(&s.loop, &err) || !bus_addresses(&conf.address, argv[1],
	    "t", NULL, NULL, NULL, &err))
		log_die(1, "%s", err.msg);
	conf.address.is_listening = true;
	s.pub = bus_pub_open(&s.loop, &conf, &s.counters, &err);
	if (s.pub == NULL || !bus_pub_recall(s.pub, on_recalled, &s, &err))
		log_die(69, "%s", err.msg);
	loop_timer_init(&s.tick, &s.loop, on_tick, &s);
	loop_timer_set_ns(&s.tick, TICK_NS);
	loop_run(&s.loop);
	loop_timer_fini(&s.tick);
	bus_pub_close(s.pub);
	loop_fini(&s.loop);
	free((void *)(uintptr_t)conf.journal_path);
	return 0;
}
