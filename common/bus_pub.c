/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <nng/nng.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/survey0/respond.h>

#include "common/bus_link.h"
#include "common/bus_socket.h"
#include "common/clock.h"
#include "common/journal.h"
#include "common/json.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/number.h"
#include "common/timestamp.h"

#define SEND_BUFFER_MESSAGES 128
#define ANSWER_MAX_MS 100	/* for a subscriber that does not take it */
#define LINGER_NS (200 * NS_PER_MS)

struct bus_pub {
	struct loop *loop;
	struct bus_pub_counters *counters;
	struct journal *journal;
	uint64_t epoch;
	uint64_t newest;	/* given out, including what is pending */
	uint64_t replayed;	/* the newest in an answer to somebody */
	nng_socket live;
	nng_socket replay;
	bool has_live, has_replay;
	char live_url[BUS_URL_BYTES];
	struct bus_link link;
	struct event *on_request;
	struct loop_timer flush;
	struct loop_timer heartbeat;
	struct buf pending;	/* lines of one topic, not yet sent */
	char topic[16];
	uint32_t *line_lens;
	size_t n_lines;
	size_t cap_lines;
	struct log_condition journal_failing;
	struct log_condition journal_short;
};

/* Sends bytes as one message; what nobody hears is in the journal. */
static int
send_bytes(nng_socket socket, struct str bytes, int flags)
{
	nng_msg *msg;
	int rv = nng_msg_alloc(&msg, bytes.len);

	if (rv != 0)
		return rv;
	memcpy(nng_msg_body(msg), bytes.p, bytes.len);
	rv = nng_sendmsg(socket, msg, flags);
	if (rv != 0)
		nng_msg_free(msg);
	return rv;
}

static void
note_journal(struct bus_pub *p, int64_t now_ns)
{
	int64_t oldest_ns = journal_oldest_ns(p->journal);

	p->counters->journal_bytes = journal_bytes(p->journal);
	p->counters->journal_lines_given_up =
	    journal_lines_given_up(p->journal);
	p->counters->journal_seconds = oldest_ns == 0 || oldest_ns > now_ns ?
	    0 : (uint64_t)((now_ns - oldest_ns) / NS_PER_S);
}

/* Subscribers that have them all do not care, so it is no error. */
static void
check_space(struct bus_pub *p, uint64_t n_before)
{
	uint64_t n = journal_lines_given_up(p->journal);

	if (n != n_before && log_onset(&p->journal_short, clock_mono_ns()))
		log_warn("journal_shortened lines=%" PRIu64 " error=%s", n,
		    log_qs("no space: old lines are given up early"));
}

static void
keep_pending(struct bus_pub *p)
{
	int64_t now_ns = clock_wall_ns();
	uint64_t n_given_up = journal_lines_given_up(p->journal);
	struct err err;

	journal_age(p->journal, now_ns);
	if (journal_append(p->journal, buf_str(&p->pending), p->line_lens,
	    p->n_lines, &err)) {
		if (log_clear(&p->journal_failing))
			log_info("journal_writable");
		check_space(p, n_given_up);
	} else {
		p->counters->journal_errors++;
		if (log_onset(&p->journal_failing, clock_mono_ns()))
			log_err("journal_not_written seen=%" PRIu64
			    " error=%s", p->journal_failing.seen,
			    log_qs(err.msg));
	}
	note_journal(p, now_ns);
}

void
bus_pub_flush(struct bus_pub *p)
{
	loop_timer_cancel(&p->flush);
	if (p->n_lines == 0)
		return;
	keep_pending(p);
	if (send_bytes(p->live, buf_str(&p->pending), NNG_FLAG_NONBLOCK) == 0)
		p->counters->messages_sent++;
	loop_timer_set_ns(&p->heartbeat, BUS_HEARTBEAT_MS * NS_PER_MS);
	buf_reset(&p->pending);
	p->n_lines = 0;
}

static void
on_flush(void *arg)
{
	bus_pub_flush(arg);
}

/* "head <epoch>.<newest> {"oldest":N}\n" */
static void
add_head(const struct bus_pub *p, struct buf *out)
{
	frame_line_begin(out, STR("head"), p->epoch,
	    journal_newest_seq(p->journal));
	buf_addf(out, "{\"oldest\":%" PRIu64 "}\n",
	    journal_oldest_seq(p->journal));
}

static void
on_heartbeat(void *arg)
{
	struct bus_pub *p = arg;
	struct buf head = BUF_INIT;
	int64_t now_ns = clock_wall_ns();

	journal_age(p->journal, now_ns);
	note_journal(p, now_ns);
	add_head(p, &head);
	send_bytes(p->live, buf_str(&head), NNG_FLAG_NONBLOCK);
	buf_fini(&head);
	loop_timer_set_ns(&p->heartbeat, BUS_HEARTBEAT_MS * NS_PER_MS);
}

/* The topic and the numbers of the next line; what was pending of another
 * topic is sent.  Returns where the line begins. */
static size_t
begin_line(struct bus_pub *p, struct str topic)
{
	size_t start;

	if (p->n_lines > 0 && !str_is(topic, p->topic))
		bus_pub_flush(p);
	memcpy(p->topic, topic.p, topic.len);
	p->topic[topic.len] = '\0';
	start = p->pending.len;
	frame_line_begin(&p->pending, topic, p->epoch, p->newest + 1);
	return start;
}

static bool
end_line(struct bus_pub *p, size_t start)
{
	buf_add_char(&p->pending, '\n');
	if (p->pending.failed ||
	    p->pending.len - start > BUS_LINE_BYTES_MAX) {
		p->pending.failed = false;
		p->pending.len = start;
		return false;
	}
	if (p->n_lines == p->cap_lines) {
		p->cap_lines = p->cap_lines * 2 + 64;
		p->line_lens = xrealloc(p->line_lens, p->cap_lines,
		    sizeof *p->line_lens);
	}
	p->line_lens[p->n_lines++] = (uint32_t)(p->pending.len - start);
	p->newest++;
	p->counters->lines_published++;
	p->counters->bytes_published += p->pending.len - start;
	if (p->pending.len >= BUS_MESSAGE_BYTES)
		bus_pub_flush(p);
	else if (!loop_timer_is_set(&p->flush))
		loop_timer_set_ns(&p->flush, BUS_DELAY_MS * NS_PER_MS);
	return true;
}

bool
bus_publish(struct bus_pub *p, struct str topic, struct str json)
{
	size_t start;

	if (json.len > BUS_LINE_BYTES_MAX || topic.len >= sizeof p->topic)
		return false;
	start = begin_line(p, topic);
	buf_add_str(&p->pending, json);
	return end_line(p, start);
}

bool
bus_publish_frame(struct bus_pub *p, const struct frame *f)
{
	size_t start = begin_line(p, frame_kind_name(f->kind));

	frame_encode(f, &p->pending);
	if (end_line(p, start))
		return true;
	log_err("frame_too_large kind=%.*s node=%s",
	    STR_ARG(frame_kind_name(f->kind)), log_q(f->node));
	return false;
}

/* "replay <epoch>.<from> ...\n"; true if one of them is for us. */
static bool
parse_request(const struct bus_pub *p, struct str request, uint64_t *from)
{
	struct str positions = str_cut(&request, '\n');

	if (!str_is(str_cut(&positions, ' '), "replay"))
		return false;
	while (positions.len > 0) {
		struct str position = str_cut(&positions, ' ');
		struct str epoch_text = str_cut(&position, '.');
		uint64_t epoch;

		if (!parse_u64(epoch_text, &epoch) ||
		    !parse_u64(position, from))
			return false;
		if (epoch == 0 || epoch == p->epoch)
			return true;
	}
	return false;
}

static void
answer(struct bus_pub *p, struct str request)
{
	struct buf out = BUF_INIT;
	uint64_t from, next = 0;
	struct err err;

	if (!parse_request(p, request, &from))
		return;
	add_head(p, &out);
	if (from > 0 && !journal_read(p->journal, from, BUS_REPLAY_BYTES,
	    &out, &next, &err))
		log_err("replay_failed error=%s", log_qs(err.msg));
	/* A respondent of nng 1.5 cannot send without blocking: it says "try
	 * again" for ever.  ANSWER_MAX_MS bounds it. */
	if (!out.failed && send_bytes(p->replay, buf_str(&out), 0) == 0) {
		p->counters->replays_answered++;
		p->counters->replay_bytes += out.len;
		if (next > p->replayed + 1)
			p->replayed = next - 1;
	}
	buf_fini(&out);
}

bool
bus_pub_is_replayed(const struct bus_pub *p)
{
	return p->newest > 0 && p->replayed == p->newest;
}

static void
on_request(evutil_socket_t fd, short what, void *arg)
{
	struct bus_pub *p = arg;
	nng_msg *msg;

	(void)fd;
	(void)what;
	for (int i = 0; i < BUS_TURN_MESSAGES; i++) {
		if (nng_recvmsg(p->replay, &msg, NNG_FLAG_NONBLOCK) != 0)
			return;
		answer(p, (struct str){ nng_msg_body(msg), nng_msg_len(msg) });
		nng_msg_free(msg);
	}
}

static bool
open_sockets(struct bus_pub *p, const struct bus_address *address,
    struct err *err)
{
	int rv;

	if ((rv = nng_pub0_open(&p->live)) != 0)
		return err_set(err, "nng: %s", nng_strerror(rv));
	p->has_live = true;
	if ((rv = nng_respondent0_open(&p->replay)) != 0)
		return err_set(err, "nng: %s", nng_strerror(rv));
	p->has_replay = true;
	if ((rv = nng_socket_set_int(p->live, NNG_OPT_SENDBUF,
	    SEND_BUFFER_MESSAGES)) != 0 ||
	    (rv = nng_socket_set_ms(p->replay, NNG_OPT_SENDTIMEO,
	    ANSWER_MAX_MS)) != 0)
		return err_set(err, "nng: %s", nng_strerror(rv));
	bus_link_init(&p->link, p->loop, p->live, p->live_url,
	    address->is_listening);
	if (!bus_socket_start(p->live, address->live, address, err) ||
	    !bus_socket_start(p->replay, address->replay, address, err))
		return false;
	p->on_request = bus_socket_watch(p->replay, p->loop->base, on_request,
	    p, err);
	return p->on_request != NULL;
}

static void
free_pub(struct bus_pub *p)
{
	if (p->on_request != NULL)
		event_free(p->on_request);
	if (p->has_live)
		bus_socket_close(p->live);
	if (p->has_replay)
		bus_socket_close(p->replay);
	bus_link_fini(&p->link);
	loop_timer_fini(&p->flush);
	loop_timer_fini(&p->heartbeat);
	journal_close(p->journal);
	buf_fini(&p->pending);
	free(p->line_lens);
	free(p);
}

/* What was found of a predecessor's lines, unless that is all of them. */
static void
tell_recovery(const struct journal *j, const char *path)
{
	struct str aside = journal_set_aside(j);

	if (journal_was_dropped(j))
		log_warn("journal_dropped path=%s reason=%s", log_qs(path),
		    log_qs("damaged, or the machine went down"));
	if (aside.len > 0)
		log_warn("journal_set_aside files=%s error=\"damaged, or not "
		    "ours\"", log_q(aside));
	if (journal_cut_bytes(j) > 0)
		log_info("journal_cut path=%s bytes=%" PRIu64
		    " reason=\"half a line at its end\"", log_qs(path),
		    journal_cut_bytes(j));
}

struct bus_pub *
bus_pub_open(struct loop *loop, const struct bus_pub_conf *c,
    struct bus_pub_counters *counters, struct err *err)
{
	struct bus_pub *p = xcalloc(1, sizeof *p);

	p->loop = loop;
	p->counters = counters;
	memcpy(p->live_url, c->address.live, sizeof p->live_url);
	loop_timer_init(&p->flush, loop, on_flush, p);
	loop_timer_init(&p->heartbeat, loop, on_heartbeat, p);
	p->journal = c->is_spool ? journal_open_spool(c->journal_path,
	    c->journal_bytes, c->spool_age_ns, err) :
	    journal_open(c->journal_path, c->journal_bytes, err);
	if (p->journal == NULL || !open_sockets(p, &c->address, err)) {
		free_pub(p);
		return NULL;
	}
	tell_recovery(p->journal, c->journal_path);
	p->epoch = journal_epoch(p->journal);
	p->newest = journal_newest_seq(p->journal);
	note_journal(p, clock_wall_ns());
	loop_timer_set_ns(&p->heartbeat, BUS_DELAY_MS * NS_PER_MS);
	return p;
}

static bool
never(void *arg)
{
	(void)arg;
	return false;
}

void
bus_pub_close(struct bus_pub *p)
{
	if (p == NULL)
		return;
	/* nng drops what it has not sent when a socket closes.  Whoever reads
	 * the journal later needs no waiting. */
	if (p->n_lines > 0) {
		bus_pub_flush(p);
		loop_run_until(p->loop, LINGER_NS / NS_PER_MS, never, NULL);
	}
	free_pub(p);
}

/* What cannot be read is given up by that; false: nothing was. */
static bool
read_chunk(struct bus_pub *p, uint64_t *next, struct buf *chunk,
    struct err *err)
{
	buf_reset(chunk);
	if (!journal_read(p->journal, *next, BUS_REPLAY_BYTES, chunk, next,
	    err)) {
		if (journal_oldest_seq(p->journal) <= *next)
			return false;
		log_err("journal_not_read error=%s", log_qs(err->msg));
		*next = journal_oldest_seq(p->journal);
	}
	buf_pad(chunk);
	return true;
}

bool
bus_pub_recall(struct bus_pub *p,
    void (*fn)(void *arg, const struct frame_line *line), void *arg,
    struct err *err)
{
	struct buf chunk = BUF_INIT;
	uint64_t next = journal_seq_within(p->journal, BUS_RECALL_BYTES);
	bool ok = true;

	while (ok && next <= journal_newest_seq(p->journal)) {
		struct str lines;

		ok = read_chunk(p, &next, &chunk, err);
		lines = buf_str(&chunk);
		while (ok && lines.len > 0) {
			struct frame_line line;
			struct err ignored;

			if (frame_line_parse(&line, str_cut(&lines, '\n'),
			    &ignored))
				fn(arg, &line);
		}
	}
	buf_fini(&chunk);
	return ok;
}
