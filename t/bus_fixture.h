/* SPDX-License-Identifier: ISC */
/*
 * A bus in a directory of its own, and a consumer that notes what it gets.
 * Dies when something of that cannot be had.
 */
#ifndef T_BUS_FIXTURE_H
#define T_BUS_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/bus.h"
#include "common/loop.h"

#define FIXTURE_EPOCHS_MAX 4

struct consumer {
	struct loop *loop;
	struct bus_sub *sub;
	struct bus_sub_counters counters;
	uint64_t n_lines;
	uint64_t n_wrong;	/* not the one after its predecessor */
	uint64_t n_levels;
	uint64_t want;		/* of consumer_wait() */
	uint64_t pause_at;	/* at this line, counted from 1; 0: never */
	bool pause_is_taken;
	uint64_t first_seq;
	uint64_t last_epoch;
	uint64_t last_seq;
	struct buf last_json;
	struct { uint64_t epoch, seq; } last[FIXTURE_EPOCHS_MAX];
};

/* Makes the directory and the loop. */
void fixture_begin(struct loop *loop);
void fixture_end(struct loop *loop);	/* removes the directory */

/* Within it. */
const char *fixture_path(const char *name);
struct bus_address fixture_address(const char *bus, bool is_listening);

struct bus_pub *fixture_pub(struct loop *loop, bool is_listening,
    const char *journal, uint64_t journal_bytes,
    struct bus_pub_counters *counters);
void fixture_publish(struct bus_pub *p, uint64_t first, uint64_t last,
    size_t bytes, bool want_flush);

void consumer_open(struct consumer *c, struct loop *loop, bool is_listening,
    bool is_live_only);
void consumer_close(struct consumer *c);

/* Until it has got n lines in all; false: not within five seconds. */
bool consumer_wait(struct consumer *c, uint64_t n);
/* Until it is level. */
bool consumer_wait_level(struct consumer *c);

/* Lets the loop run for so long. */
void fixture_run(struct loop *loop, int64_t ms);

#endif
