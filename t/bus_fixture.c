/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/log.h"
#include "t/bus_fixture.h"

#define PATIENCE_MS 20000

static char dir[] = "/tmp/chbXXXXXX";

void
fixture_begin(struct loop *loop)
{
	struct err err;

	log_init("cheapster-test");
	if (mkdtemp(dir) == NULL || !loop_init(loop, &err))
		log_die(EX_OSERR, "no fixture");
}

void
fixture_end(struct loop *loop)
{
	static const char *const names[] = {
		"b.sock", "b-replay.sock", "j.0", "j.1", "k.0", "k.1", "file",
	};

	loop_fini(loop);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		unlink(fixture_path(names[i]));
	if (rmdir(dir) == -1)
		log_die(EX_SOFTWARE, "something is left in %s", dir);
}

const char *
fixture_path(const char *name)
{
	static char path[128];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	return path;
}

struct bus_address
fixture_address(const char *bus, bool is_listening)
{
	struct bus_address a;
	struct err err;

	if (!bus_addresses(&a, dir, bus, NULL, NULL, NULL, &err))
		log_die(EX_SOFTWARE, "%s", err.msg);
	a.is_listening = is_listening;
	return a;
}

struct bus_pub *
fixture_pub(struct loop *loop, bool is_listening, const char *journal,
    uint64_t journal_bytes, struct bus_pub_counters *counters)
{
	struct bus_pub_conf conf = {
		.address = fixture_address("b", is_listening),
		.journal_path = journal == NULL ? NULL : fixture_path(journal),
		.journal_bytes = journal_bytes,
	};
	struct bus_pub *p;
	struct err err;

	*counters = (struct bus_pub_counters){ 0 };
	p = bus_pub_open(loop, &conf, counters, &err);
	if (p == NULL)
		log_die(EX_SOFTWARE, "%s", err.msg);
	return p;
}

void
fixture_publish(struct bus_pub *p, uint64_t first, uint64_t last,
    size_t bytes, bool want_flush)
{
	struct buf json = BUF_INIT;

	for (uint64_t i = first; i <= last; i++) {
		buf_reset(&json);
		buf_addf(&json, "{\"n\":%" PRIu64, i);
		while (json.len + 1 < bytes)
			buf_add_char(&json, ' ');
		buf_add_char(&json, '}');
		if (!bus_publish(p, STR("node"), buf_str(&json)))
			log_die(EX_SOFTWARE, "cannot publish");
		if (want_flush)
			bus_pub_flush(p);
	}
	buf_fini(&json);
}

/* Whether this line follows the one before it from the same publisher. */
static bool
is_next(struct consumer *c, const struct frame_line *line)
{
	for (size_t i = 0; i < FIXTURE_EPOCHS_MAX; i++) {
		if (c->last[i].epoch != 0 && c->last[i].epoch != line->epoch)
			continue;
		if (c->last[i].epoch == line->epoch &&
		    c->last[i].seq + 1 != line->seq)
			return false;
		c->last[i].epoch = line->epoch;
		c->last[i].seq = line->seq;
		return true;
	}
	return false;
}

static void
on_line(void *arg, const struct frame_line *line)
{
	struct consumer *c = arg;

	if (c->pause_at == c->n_lines + 1) {
		c->pause_at = 0;
		bus_sub_pause(c->sub, c->pause_is_taken);
		if (!c->pause_is_taken)
			return;
	}
	if (c->n_lines++ == 0)
		c->first_seq = line->seq;
	c->n_wrong += !is_next(c, line);
	c->last_epoch = line->epoch;
	c->last_seq = line->seq;
	buf_reset(&c->last_json);
	buf_add_str(&c->last_json, line->json);
}

static void
on_level(void *arg)
{
	struct consumer *c = arg;

	c->n_levels++;
}

void
consumer_open(struct consumer *c, struct loop *loop, bool is_listening,
    bool is_live_only)
{
	struct bus_sub_conf conf = {
		.address = fixture_address("b", is_listening),
		.on_line = on_line,
		.on_level = on_level,
		.arg = c,
		.is_live_only = is_live_only,
	};
	struct err err;

	*c = (struct consumer){ .loop = loop };
	c->sub = bus_sub_open(loop, &conf, &c->counters, &err);
	if (c->sub == NULL)
		log_die(EX_SOFTWARE, "%s", err.msg);
}

void
consumer_close(struct consumer *c)
{
	bus_sub_close(c->sub);
	c->sub = NULL;
	buf_fini(&c->last_json);
}

static bool
has_enough(void *arg)
{
	const struct consumer *c = arg;

	return c->n_lines >= c->want;
}

bool
consumer_wait(struct consumer *c, uint64_t n)
{
	c->want = n;
	return loop_run_until(c->loop, PATIENCE_MS, has_enough, c) &&
	    c->n_lines == n;
}

static bool
is_level(void *arg)
{
	const struct consumer *c = arg;

	return bus_sub_is_level(c->sub);
}

bool
consumer_wait_level(struct consumer *c)
{
	return loop_run_until(c->loop, PATIENCE_MS, is_level, c);
}

static bool
never(void *arg)
{
	(void)arg;
	return false;
}

void
fixture_run(struct loop *loop, int64_t ms)
{
	loop_run_until(loop, ms, never, NULL);
}
