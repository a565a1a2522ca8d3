/* SPDX-License-Identifier: ISC */
/*
 * What the bus promises: lines in order, each once per publisher, whatever
 * starts first, ends, pauses or is too slow.
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "t/bus_fixture.h"
#include "t/tap.h"

#define MIB (1u << 20)

static struct loop loop;

static void
test_start_order(void)
{
	struct bus_pub_counters pub;
	struct consumer c, late;
	struct bus_pub *p;

	consumer_open(&c, &loop, false, false);
	fixture_run(&loop, 30);
	p = fixture_pub(&loop, true, NULL, MIB, &pub);
	fixture_publish(p, 1, 10, 20, false);
	ok(consumer_wait(&c, 10), "a subscriber that was there first gets all");
	is_u64(c.n_wrong, 0, "in order");
	is_mem(c.last_json.p, c.last_json.len, "{\"n\":10            }", 20,
	    "byte by byte");

	consumer_open(&late, &loop, false, false);
	ok(consumer_wait(&late, 10), "one that comes later gets them as well, "
	    "from a publisher that is silent");
	is_u64(late.first_seq, 1, "from the oldest on");
	ok(!bus_sub_is_level(late.sub),
	    "is not level while publishers are still being found");
	ok(consumer_wait_level(&late), "is level then");
	is_u64(late.n_levels, 1, "and is told so once");
	fixture_publish(p, 11, 12, 20, false);
	ok(consumer_wait(&late, 12) && consumer_wait(&c, 12),
	    "both go on with what is live");
	is_u64(late.n_levels, 1, "and are not told again");
	is_u64(c.counters.lines_repeated + c.counters.lines_lost +
	    c.counters.lines_garbage, 0, "nothing was repeated, lost, garbage");
	is_u64(c.counters.lines_received, 12, "the counter says so");
	is_u64(pub.lines_published, 12, "the publisher's as well");
	consumer_close(&late);
	consumer_close(&c);
	bus_pub_close(p);
}

/* More than any buffer holds, faster than anybody reads. */
static void
test_burst(void)
{
	struct bus_pub_counters pub;
	struct consumer c;
	struct bus_pub *p = fixture_pub(&loop, true, NULL, 64 * MIB, &pub);

	consumer_open(&c, &loop, false, false);
	fixture_publish(p, 1, 1, 20, false);
	ok(consumer_wait(&c, 1), "a burst: connected");
	fixture_publish(p, 2, 20000, 1000, true);
	ok(consumer_wait(&c, 20000), "a burst of 20000 messages arrives whole");
	is_u64(c.n_wrong, 0, "a burst: in order, each once");
	ok(c.counters.replays_asked > 0, "a burst: some had to be asked for");
	is_u64(c.counters.lines_lost, 0, "a burst: nothing is lost");
	ok(consumer_wait_level(&c), "a burst: level at the end");
	consumer_close(&c);
	bus_pub_close(p);
}

static void
test_restart(void)
{
	struct bus_pub_counters pub;
	struct consumer c;
	struct bus_pub *p = fixture_pub(&loop, true, "j", MIB, &pub);
	uint64_t epoch;

	consumer_open(&c, &loop, false, false);
	fixture_publish(p, 1, 100, 200, false);
	ok(consumer_wait(&c, 100), "before the restart");
	epoch = c.last_epoch;
	bus_pub_close(p);
	p = fixture_pub(&loop, true, "j", MIB, &pub);
	fixture_publish(p, 101, 200, 200, true);
	ok(consumer_wait(&c, 200), "a publisher that restarts goes on");
	is_u64(c.last_epoch, epoch, "in its epoch");
	is_u64(c.n_wrong + c.counters.lines_lost, 0,
	    "a restart: subscribers notice nothing");
	bus_pub_close(p);
	consumer_close(&c);

	/* A subscriber with a cursor. */
	p = fixture_pub(&loop, true, "j", MIB, &pub);
	consumer_open(&c, &loop, false, false);
	bus_sub_seed(c.sub, epoch, 150);
	ok(consumer_wait(&c, 50), "with a cursor: gets what is new");
	is_u64(c.first_seq, 151, "with a cursor: from the next line on");
	consumer_close(&c);

	/* One that was away for longer than lines are kept. */
	fixture_publish(p, 201, 12000, 200, false);
	consumer_open(&c, &loop, false, false);
	bus_sub_seed(c.sub, epoch, 150);
	ok(consumer_wait_level(&c), "away for too long: becomes level");
	ok(c.counters.lines_lost > 0, "away for too long: lines are lost");
	is_u64(c.counters.lines_lost + c.counters.lines_received, 12000 - 150,
	    "away for too long: and counted");
	is_u64(c.last_seq, 12000, "away for too long: has the newest");
	consumer_close(&c);
	bus_pub_close(p);
}

/* Without a journal a restart is another publisher. */
static void
test_new_epoch(void)
{
	struct bus_pub_counters pub;
	struct consumer c;
	struct bus_pub *p = fixture_pub(&loop, true, NULL, MIB, &pub);
	uint64_t epoch;

	consumer_open(&c, &loop, false, false);
	fixture_publish(p, 1, 5, 20, false);
	ok(consumer_wait(&c, 5), "before a new epoch");
	epoch = c.last_epoch;
	bus_pub_close(p);
	p = fixture_pub(&loop, true, NULL, MIB, &pub);
	fixture_publish(p, 1, 7, 20, true);
	ok(consumer_wait(&c, 12), "a new epoch is taken from its first line");
	ok(c.last_epoch != epoch && c.n_wrong == 0, "in order");
	consumer_close(&c);
	bus_pub_close(p);
}

static void
test_many_publishers(void)
{
	struct bus_pub_counters pub[3];
	struct bus_pub *p[3];
	struct consumer c;

	consumer_open(&c, &loop, true, false);
	for (int i = 0; i < 3; i++) {
		p[i] = fixture_pub(&loop, false, NULL, 16 * MIB, &pub[i]);
		fixture_publish(p[i], 1, 3000, 500, true);
	}
	ok(consumer_wait(&c, 9000),
	    "three publishers dial one subscriber: it gets all");
	is_u64(c.n_wrong, 0, "three publishers: each in its order, once");
	is_u64(c.counters.publishers, 3, "three publishers: are known");
	ok(consumer_wait_level(&c), "three publishers: level");
	consumer_close(&c);

	consumer_open(&c, &loop, true, false);
	ok(consumer_wait(&c, 9000),
	    "the subscriber restarts: it gets all that is kept again");
	is_u64(c.n_wrong, 0, "the subscriber restarts: in order, once");
	consumer_close(&c);
	for (int i = 0; i < 3; i++)
		bus_pub_close(p[i]);
}

static void
test_live_only(void)
{
	struct bus_pub_counters pub;
	struct consumer c;
	struct bus_pub *p = fixture_pub(&loop, true, NULL, 64 * MIB, &pub);

	fixture_publish(p, 1, 100, 20, true);
	consumer_open(&c, &loop, false, true);
	ok(consumer_wait_level(&c), "live only: is level at once");
	is_u64(c.n_lines, 0, "live only: gets nothing old");
	fixture_publish(p, 101, 10000, 1000, true);
	ok(consumer_wait(&c, 9900), "live only: but all that comes");
	ok(c.first_seq == 101 && c.n_wrong == 0, "live only: in order");
	consumer_close(&c);
	bus_pub_close(p);
}

static void
test_pause(void)
{
	struct bus_pub_counters pub;
	struct consumer c;
	struct bus_pub *p = fixture_pub(&loop, true, NULL, 16 * MIB, &pub);

	consumer_open(&c, &loop, false, false);
	c.pause_at = 4;
	fixture_publish(p, 1, 10, 20, false);
	ok(consumer_wait(&c, 3), "paused: gets what was before");
	fixture_run(&loop, 100);
	fixture_publish(p, 11, 5000, 500, true);
	fixture_run(&loop, 100);
	is_u64(c.n_lines, 3, "paused: gets nothing");
	ok(!bus_sub_is_level(c.sub), "paused: is not level");
	bus_sub_resume(c.sub);
	ok(consumer_wait(&c, 5000), "resumed: gets all the rest");
	is_u64(c.n_wrong, 0, "resumed: the line not taken comes again");

	c.pause_at = 5002;
	c.pause_is_taken = true;
	fixture_publish(p, 5001, 5003, 20, false);
	ok(consumer_wait(&c, 5002), "paused after a line that was taken");
	fixture_run(&loop, 100);
	is_u64(c.n_lines, 5002, "the next does not come");
	bus_sub_resume(c.sub);
	ok(consumer_wait(&c, 5003) && c.n_wrong == 0,
	    "resumed: it comes, and the one taken does not come again");
	consumer_close(&c);
	bus_pub_close(p);
}

static void
test_large(void)
{
	struct bus_pub_counters pub;
	struct consumer c;
	struct bus_pub *p = fixture_pub(&loop, true, NULL, 64 * MIB, &pub);

	consumer_open(&c, &loop, false, false);
	fixture_publish(p, 1, 1, 20, true);
	fixture_publish(p, 2, 3, 10 * MIB, true);
	fixture_publish(p, 4, 4, 20, true);
	ok(consumer_wait(&c, 4) && c.n_wrong == 0,
	    "lines larger than a message and an answer arrive");
	consumer_close(&c);
	consumer_open(&c, &loop, false, false);
	ok(consumer_wait(&c, 4) && c.n_wrong == 0, "also when asked for");
	consumer_close(&c);
	bus_pub_close(p);
}

static bool
has_begun(void *arg)
{
	const struct consumer *c = arg;

	return c->n_lines > 1;
}

/* One message of 100 lines: who reads it lets others have their turn. */
static void
test_turns(void)
{
	struct bus_pub_counters pub;
	struct consumer c;
	struct bus_pub *p = fixture_pub(&loop, true, NULL, 64 * MIB, &pub);
	uint64_t n_messages;

	consumer_open(&c, &loop, false, false);
	fixture_publish(p, 1, 1, 20, true);
	ok(consumer_wait(&c, 1), "turns: connected");
	n_messages = pub.messages_sent;
	fixture_publish(p, 2, 101, 4000, false);
	bus_pub_flush(p);
	is_u64(pub.messages_sent - n_messages, 1, "turns: one message");
	ok(loop_run_until(&loop, 20000, has_begun, &c) && c.n_lines < 101,
	    "turns: a part of it, then it is somebody else's turn");
	ok(consumer_wait(&c, 101) && c.n_wrong == 0, "turns: then the rest");

	fixture_publish(p, 102, 201, 4000, false);
	bus_pub_flush(p);
	ok(loop_run_until(&loop, 20000, has_begun, &c), "turns: again");
	bus_sub_pause(c.sub, true);
	fixture_run(&loop, 30);
	ok(c.n_lines < 201, "turns: paused in the middle, the rest waits");
	bus_sub_resume(c.sub);
	ok(consumer_wait(&c, 201) && c.n_wrong == 0,
	    "turns: and comes, each line once");
	consumer_close(&c);

	consumer_open(&c, &loop, false, false);
	ok(loop_run_until(&loop, 20000, has_begun, &c) && c.n_lines < 201,
	    "turns: also of an answer");
	ok(consumer_wait(&c, 201) && c.n_wrong == 0, "turns: it comes whole");
	consumer_close(&c);
	bus_pub_close(p);
}

static size_t n_recalled;

static void
on_recalled(void *arg, const struct frame_line *line)
{
	n_recalled++;
	ok(line->seq == n_recalled && arg == &loop &&
	    str_is(line->topic, "node"), "recalls line %zu", n_recalled);
}

static void
test_recall(void)
{
	struct bus_pub_counters pub;
	struct bus_pub *p = fixture_pub(&loop, true, "k", MIB, &pub);
	struct err err;

	fixture_publish(p, 1, 3, 20, false);
	bus_pub_close(p);
	p = fixture_pub(&loop, true, "k", MIB, &pub);
	ok(bus_pub_recall(p, on_recalled, &loop, &err) && n_recalled == 3,
	    "a publisher recalls what its predecessor has published");
	bus_pub_close(p);
}

static void
test_occupied(void)
{
	struct bus_pub_counters pub;
	struct bus_pub_conf conf = {
		.address = fixture_address("b", true),
		.journal_bytes = MIB,
	};
	struct bus_pub *p = fixture_pub(&loop, true, NULL, MIB, &pub);
	struct err err;
	struct stat st;
	FILE *f;

	ok(bus_pub_open(&loop, &conf, &pub, &err) == NULL,
	    "refuses an address that somebody listens on");
	ok(strstr(err.msg, "in use by another process") != NULL,
	    "and says so: %s", err.msg);
	ok(stat(fixture_path("b.sock"), &st) == 0 &&
	    (st.st_mode & 0777) == 0600, "only the owner may connect");
	bus_pub_close(p);

	f = fopen(fixture_path("b.sock"), "w");
	if (f == NULL || fputs("precious\n", f) == EOF || fclose(f) != 0)
		bail("%s: %s", fixture_path("b.sock"), strerror(errno));
	ok(bus_pub_open(&loop, &conf, &pub, &err) == NULL,
	    "refuses a path where a file is");
	ok(strstr(err.msg, "is not a socket") != NULL, "and says so: %s",
	    err.msg);
	ok(stat(fixture_path("b.sock"), &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size == 9, "and leaves the file alone");
	unlink(fixture_path("b.sock"));
}

int
main(void)
{
	fixture_begin(&loop);
	test_start_order();
	test_burst();
	test_restart();
	test_new_epoch();
	test_many_publishers();
	test_live_only();
	test_pause();
	test_large();
	test_turns();
	test_recall();
	test_occupied();
	fixture_end(&loop);
	return done_testing();
}
