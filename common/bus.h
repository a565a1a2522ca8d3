/* SPDX-License-Identifier: ISC */
/*
 * The bus: nng pub/sub made lossless by sequence numbers, a journal, replay
 * and heartbeats.  The wire is documented in cheapster-bus(7).
 *
 * A bus has two addresses: the live stream (pub/sub) and the replay leg
 * (surveyor/respondent).  The aggregator listens on all four of its sockets,
 * everybody else dials; either end of either bus may do either.
 *
 * Publisher.  bus_publish() gives a line its sequence number and keeps it for
 * at most 100 ms or 512 KiB; then the lines are appended to the journal and
 * sent, one nng message per run of lines of one topic.  Once a second without
 * a message it sends the heartbeat "head <epoch>.<newest> {"oldest":N}\n".
 *
 * Subscriber.  It knows each publisher by its epoch and the next number it
 * expects from it.  A lower number is a repeat and is dropped; a higher one,
 * or a heartbeat beyond what it has, is a hole: it asks
 * "replay <epoch>.<from>\n" on the replay leg, which only the publisher of
 * that epoch answers: with its heartbeat line and then lines from there on,
 * 1 MiB at most, and asks again until it is level.  Up to 16 positions, with
 * blanks between, ask so many publishers at once.  Lines reach the consumer
 * in order and exactly once per epoch, unless the journal no longer has them:
 * that is counted (lines_lost) and logged.  At start, and whenever it hears
 * of an epoch it does not know, it asks from the position it was given
 * (bus_sub_seed) or else from the oldest line kept.  "replay 0.0\n" asks all
 * publishers for their heartbeat: so those that are silent are found too.
 *
 * Not our lines (garbage on the bus) are counted and skipped.
 *
 * Fork: nng is not fork-safe; only posix_spawn after a bus is open.
 */
#ifndef COMMON_BUS_H
#define COMMON_BUS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/counters.h"
#include "common/err.h"
#include "common/frame_json.h"
#include "common/loop.h"

#define BUS_MESSAGE_BYTES (512 * 1024)	/* coalesced up to this */
#define BUS_DELAY_MS 100		/* and for at most so long */
#define BUS_REPLAY_BYTES (1024 * 1024)	/* per answer */
#define BUS_LINE_BYTES_MAX (64u * 1024 * 1024)
#define BUS_HEARTBEAT_MS 1000
#define BUS_SETTLE_MS 1500
#define BUS_RECALL_BYTES (512u * 1024 * 1024)
#define BUS_PUBLISHERS_MAX 16384

#define BUS_PUB_COUNTERS(X) \
	X(lines_published, COUNTER, "lines published") \
	X(bytes_published, COUNTER, "bytes published") \
	X(messages_sent, COUNTER, "nng messages sent") \
	X(replays_answered, COUNTER, "replay requests answered") \
	X(replay_bytes, COUNTER, "bytes sent in answers to replay requests") \
	X(journal_errors, COUNTER, "appends to the journal that failed") \
	X(journal_lines_given_up, COUNTER, \
	    "lines not kept, or not for long, for want of space") \
	X(journal_bytes, GAUGE, "bytes kept in the journal") \
	X(journal_seconds, GAUGE, "age of the oldest line kept, about")
COUNTERS_STRUCT(bus_pub_counters, BUS_PUB_COUNTERS)

#define BUS_SUB_COUNTERS(X) \
	X(lines_received, COUNTER, "lines delivered in order") \
	X(lines_repeated, COUNTER, "lines dropped because they were known") \
	X(lines_lost, COUNTER, "lines that no journal had any more") \
	X(lines_garbage, COUNTER, "lines or messages that were not ours") \
	X(replays_asked, COUNTER, "replay requests sent") \
	X(bytes_received, COUNTER, "bytes received") \
	X(publishers, GAUGE, "publishers known")
COUNTERS_STRUCT(bus_sub_counters, BUS_SUB_COUNTERS)

/* The addresses of one bus; see bus_addresses(). */
#define BUS_URL_BYTES 256

/* Whom to trust beyond this machine: bus_options.h.  NULL: not given. */
struct bus_security {
	bool allow_plain_tcp;
	const char *ca_file, *cert_file, *key_file;
	const char *server_name;
};

struct bus_address {
	char live[BUS_URL_BYTES];	/* nng URL: ipc://, tcp://, tls+tcp:// */
	char replay[BUS_URL_BYTES];
	bool is_listening;
	const struct bus_security *security;
};

/*
 * Completes the two URLs of the bus called name ("raw", "out"): live_opt or
 * "ipc://RUN_DIR/NAME.sock"; replay_opt or the same with "-replay" in front
 * of ".sock", or with the next port.  Plain tcp to or on anything but a
 * loopback address is refused unless it is allowed, and tls+tcp if one of its
 * files is not given.  security is borrowed; NULL is nothing of it.
 */
bool bus_addresses(struct bus_address *out, const char *run_dir,
    const char *name, const char *live_opt, const char *replay_opt,
    const struct bus_security *security, struct err *err);

/* For opt_program.check: exits with 64 if bus_addresses() would fail. */
struct opt_program;
void bus_check(const struct opt_program *program, const char *live_opt,
    const char *replay_opt, const struct bus_security *security);

struct bus_pub;

struct bus_pub_conf {
	struct bus_address address;
	const char *journal_path;	/* NULL: in memory */
	uint64_t journal_bytes;
	bool is_spool;			/* see journal.h */
	int64_t spool_age_ns;
};

struct bus_pub *bus_pub_open(struct loop *loop, const struct bus_pub_conf *c,
    struct bus_pub_counters *counters, struct err *err);

/* Flushes and gives the transport up to 200 ms to deliver. */
void bus_pub_close(struct bus_pub *p);

/*
 * Waits for others that go with it, BUS_DELAY_MS or BUS_MESSAGE_BYTES.  False:
 * a line beyond BUS_LINE_BYTES_MAX, which is in the log.
 */
bool bus_publish_frame(struct bus_pub *p, const struct frame *f);

/* The same of json without newline, copied, which is not looked at; not in
 * the log. */
bool bus_publish(struct bus_pub *p, struct str topic, struct str json);
void bus_pub_flush(struct bus_pub *p);

/* Whether some subscriber that asked was sent everything up to the newest
 * line.  One that heard it all live need not ask. */
bool bus_pub_is_replayed(const struct bus_pub *p);

/* Calls fn for the newest BUS_RECALL_BYTES of lines in the journal, oldest
 * first (at start-up, to learn what a predecessor had published).  Each line
 * is followed by JSON_PAD readable bytes. */
bool bus_pub_recall(struct bus_pub *p,
    void (*fn)(void *arg, const struct frame_line *line), void *arg,
    struct err *err);

struct bus_sub;

struct bus_sub_conf {
	struct bus_address address;
	/* In order, each once.  The line is followed by JSON_PAD readable
	 * bytes and valid during the call. */
	void (*on_line)(void *arg, const struct frame_line *line);
	/* We have become level (see bus_sub_is_level).  May be NULL. */
	void (*on_level)(void *arg);
	void (*on_batch)(void *arg);	/* all that has come at once was said;
					 * may be NULL */
	void *arg;
	bool is_live_only;	/* start at the next live line (tap) */
};

struct bus_sub *bus_sub_open(struct loop *loop, const struct bus_sub_conf *c,
    struct bus_sub_counters *counters, struct err *err);
void bus_sub_close(struct bus_sub *s);

/* Whether nothing that was published is known to be missing.  False in the
 * first BUS_SETTLE_MS, in which publishers are still being found. */
bool bus_sub_is_level(const struct bus_sub *s);

/* The last line that the consumer has done with, from its cursor.  Before the
 * loop runs. */
void bus_sub_seed(struct bus_sub *s, uint64_t epoch, uint64_t seq);

/*
 * Stops delivery after the line being delivered (callable from on_line; the
 * line then counts as not delivered if is_taken is false).  bus_sub_resume()
 * goes on with the first line not delivered.
 */
void bus_sub_pause(struct bus_sub *s, bool is_taken);
void bus_sub_resume(struct bus_sub *s);

#endif
