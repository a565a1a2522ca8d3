/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <nng/nng.h>
#include <nng/protocol/pubsub0/sub.h>
#include <nng/protocol/survey0/survey.h>

#include "common/bus_peers.h"
#include "common/bus_link.h"
#include "common/bus_socket.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/timestamp.h"

#define RECEIVE_BUFFER_MESSAGES 128
#define PROBE_MIN_NS (25 * NS_PER_MS)
#define RETRY_NS NS_PER_S
#define ASKED_MAX 16		/* publishers in one request */
#define POSITION_BYTES 48
#define GONE_NS (3 * NS_PER_S)	/* so many heartbeats were not heard */

struct bus_sub {
	struct loop *loop;
	struct bus_sub_conf conf;
	struct bus_sub_counters *counters;
	nng_socket live;
	nng_socket replay;
	bool has_live, has_replay;
	struct bus_link link;
	struct event *on_live;
	struct event *on_answer;
	struct bus_peers peers;
	struct loop_timer probe;	/* until somebody is heard */
	int64_t probe_ns;
	struct loop_timer ask;		/* to ask (again) */
	struct loop_timer settle;
	bool is_settled;
	struct asked {
		uint64_t epoch, from;
	} asked[ASKED_MAX];		/* whose answers are awaited */
	size_t n_asked;
	uint64_t answer_epoch;		/* whose answer is being read */
	bool was_level;
	bool is_paused;
	bool is_taken;			/* the line that paused us */
	int64_t paused_mono_ns;
	struct buf tail;		/* the last lines of a message, padded */
	struct log_condition garbage;
	struct log_condition losing;
};

bool
bus_sub_is_level(const struct bus_sub *s)
{
	return s->is_settled && s->peers.n > 0 && s->peers.n_behind == 0 &&
	    !s->is_paused;
}

static void
tell_level(struct bus_sub *s)
{
	bool is_level = bus_sub_is_level(s);

	if (is_level && log_clear(&s->losing))
		log_info("lines_complete");
	if (is_level && !s->was_level && s->conf.on_level != NULL) {
		s->was_level = true;
		s->conf.on_level(s->conf.arg);
	}
	s->was_level = is_level;
}

static void
count_garbage(struct bus_sub *s, const char *why)
{
	s->counters->lines_garbage++;
	if (log_onset(&s->garbage, clock_mono_ns()))
		log_warn("bus_garbage seen=%" PRIu64 " error=%s",
		    s->garbage.seen, log_qs(why));
}

static bool
send_request(struct bus_sub *s, const char *text)
{
	if (nng_send(s->replay, (void *)(uintptr_t)text, strlen(text),
	    NNG_FLAG_NONBLOCK) != 0)
		return false;
	s->counters->replays_asked++;
	return true;
}

/* Whether there is something to ask this one for now, or later. */
static bool
is_askable(struct bus_sub *s, struct bus_peer *peer, int64_t now_mono_ns,
    bool *is_later)
{
	if (now_mono_ns - peer->heard_mono_ns > GONE_NS) {
		bus_peer_set_behind(&s->peers, peer, false);
		return false;
	}
	if (peer->retry_mono_ns > now_mono_ns) {
		*is_later = true;
		return false;
	}
	return true;
}

/*
 * Asks the next publishers that we are behind of.  A surveyor reaches all
 * there are with each request, and drops the answers to the one before: so
 * there is one at a time, for several publishers.
 */
static void
ask_next(struct bus_sub *s)
{
	char text[sizeof "replay\n" + ASKED_MAX * POSITION_BYTES] = "replay";
	size_t len = strlen(text);
	int64_t now_mono_ns = clock_mono_ns();
	bool is_later = false;

	if (s->n_asked > 0 || s->is_paused)
		return;
	for (size_t i = s->peers.n_behind; i > 0 && s->n_asked < ASKED_MAX;
	    i--) {
		struct bus_peer *peer = bus_peers_next_behind(&s->peers);

		if (!is_askable(s, peer, now_mono_ns, &is_later))
			continue;
		len += (size_t)snprintf(text + len, POSITION_BYTES,
		    " %" PRIu64 ".%" PRIu64, peer->epoch, peer->next);
		s->asked[s->n_asked++] = (struct asked){
			peer->epoch, peer->next
		};
	}
	text[len] = '\n';
	text[len + 1] = '\0';
	if (s->n_asked > 0 && !send_request(s, text)) {
		s->n_asked = 0;
		is_later = true;
	}
	if (s->n_asked > 0 || is_later)
		loop_timer_set_ns(&s->ask, RETRY_NS);
}

/*
 * No answer in time: it is asked again as long as it is alive, for the replay
 * leg may be connected later than the live one.  One that is gone is not
 * waited for; when it is back we shall hear of it.
 */
static void
on_ask(void *arg)
{
	struct bus_sub *s = arg;

	s->n_asked = 0;
	ask_next(s);
	tell_level(s);
}

static void
on_probe(void *arg)
{
	struct bus_sub *s = arg;

	if (s->peers.n_heard > 0)
		return;
	if (s->n_asked == 0 && !s->is_paused)
		send_request(s, "replay 0.0\n");
	if (s->probe_ns < NS_PER_S)
		s->probe_ns *= 2;
	loop_timer_set_ns(&s->probe, s->probe_ns);
}

static void
on_settle(void *arg)
{
	struct bus_sub *s = arg;

	s->is_settled = true;
	tell_level(s);
}

static struct bus_peer *
hear_of(struct bus_sub *s, uint64_t epoch)
{
	struct bus_peer *peer = bus_peers_hear(&s->peers, epoch,
	    clock_mono_ns());

	s->counters->publishers = s->peers.n;
	return peer;
}

static void
lose(struct bus_sub *s, struct bus_peer *peer, uint64_t oldest)
{
	uint64_t n = oldest - peer->next;

	if (peer->has_position) {
		s->counters->lines_lost += n;
		if (log_onset(&s->losing, clock_mono_ns()))
			log_warn("lines_lost n=%" PRIu64 " epoch=%" PRIu64
			    " from_seq=%" PRIu64 " seen=%" PRIu64, n,
			    peer->epoch, peer->next, s->losing.seen);
	}
	peer->next = oldest;
}

/* The number in {"oldest":N}; 0 if there is none. */
static uint64_t
oldest_in(struct str json)
{
	static const struct str key = STR_INIT("{\"oldest\":");
	uint64_t v = 0;

	if (!str_has_prefix(json, key))
		return 0;
	for (size_t i = key.len; i < json.len && json.p[i] >= '0' &&
	    json.p[i] <= '9' && v < UINT64_MAX / 16; i++)
		v = v * 10 + (uint64_t)(json.p[i] - '0');
	return v;
}

/* A heartbeat, live or at the head of an answer. */
static void
on_head(struct bus_sub *s, const struct frame_line *line, bool is_answer)
{
	uint64_t oldest = oldest_in(line->json);
	struct bus_peer *peer;

	if (oldest == 0 || oldest - 1 > line->seq) {
		count_garbage(s, "a heartbeat whose numbers make no sense");
		return;
	}
	peer = hear_of(s, line->epoch);
	if (is_answer)
		s->answer_epoch = line->epoch;
	if (!peer->has_position && s->conf.is_live_only) {
		peer->next = line->seq + 1;
		peer->has_position = true;
	}
	/* Only who answers is believed that lines are gone. */
	if (is_answer && peer->next < oldest)
		lose(s, peer, oldest);
	if (is_answer || peer->newest < line->seq)
		peer->newest = line->seq;
	bus_peer_set_behind(&s->peers, peer, peer->next <= peer->newest);
}

static void
deliver(struct bus_sub *s, struct bus_peer *peer,
    const struct frame_line *line)
{
	s->is_taken = true;
	s->conf.on_line(s->conf.arg, line);
	if (s->is_paused && !s->is_taken)
		return;
	peer->next = line->seq + 1;
	peer->has_position = true;
	if (peer->newest < line->seq)
		peer->newest = line->seq;
	s->counters->lines_received++;
}

static void
on_frame(struct bus_sub *s, const struct frame_line *line, bool is_answer)
{
	struct bus_peer *peer = hear_of(s, line->epoch);

	if (!peer->has_position && s->conf.is_live_only)
		peer->next = line->seq;
	if (line->seq < peer->next) {
		s->counters->lines_repeated++;
		return;
	}
	if (line->seq > peer->next) {
		if (!is_answer) {
			if (peer->newest < line->seq)
				peer->newest = line->seq;
			bus_peer_set_behind(&s->peers, peer, true);
			return;
		}
		lose(s, peer, line->seq);
	}
	deliver(s, peer, line);
}

static void
on_text(struct bus_sub *s, struct str text, bool is_answer)
{
	s->counters->bytes_received += text.len;
	while (text.len > 0 && !s->is_paused) {
		struct frame_line line;
		struct err err;

		if (!frame_line_parse(&line, str_cut(&text, '\n'), &err) ||
		    line.epoch == 0 || line.seq == UINT64_MAX)
			count_garbage(s, "not a line of ours");
		else if (str_is(line.topic, "head"))
			on_head(s, &line, is_answer);
		else if (line.seq == 0)
			count_garbage(s, "a line with the number 0");
		else
			on_frame(s, &line, is_answer);
	}
}

static void
take_live(void *arg, struct str text)
{
	on_text(arg, text, false);
}

static void
take_answer(void *arg, struct str text)
{
	on_text(arg, text, true);
}

static void
on_live(evutil_socket_t fd, short what, void *arg)
{
	struct bus_sub *s = arg;

	(void)fd;
	(void)what;
	for (int i = 0; i < BUS_DRAIN_MESSAGES && !s->is_paused; i++)
		if (!bus_socket_receive(s->live, &s->tail, take_live, s))
			break;
	if (s->conf.on_batch != NULL)
		s->conf.on_batch(s->conf.arg);
	ask_next(s);
	tell_level(s);
}

/* The publisher asked for answers; false: it was not asked. */
static bool
take_asked(struct bus_sub *s, uint64_t epoch, uint64_t *from)
{
	for (size_t i = 0; i < s->n_asked; i++) {
		if (s->asked[i].epoch != epoch)
			continue;
		*from = s->asked[i].from;
		s->asked[i] = s->asked[--s->n_asked];
		return true;
	}
	return false;
}

static void
on_answer(evutil_socket_t fd, short what, void *arg)
{
	struct bus_sub *s = arg;
	struct bus_peer *peer;
	uint64_t from;

	(void)fd;
	(void)what;
	s->answer_epoch = 0;
	if (!bus_socket_receive(s->replay, &s->tail, take_answer, s) ||
	    s->is_paused)
		return;
	peer = bus_peers_find(&s->peers, s->answer_epoch);
	if (peer != NULL && take_asked(s, peer->epoch, &from)) {
		bus_peer_set_behind(&s->peers, peer,
		    peer->next <= peer->newest);
		/* Without anything new: ask again, but not at once. */
		if (peer->is_behind && peer->next == from)
			peer->retry_mono_ns = clock_mono_ns() + RETRY_NS;
	}
	ask_next(s);
	tell_level(s);
}

void
bus_sub_seed(struct bus_sub *s, uint64_t epoch, uint64_t seq)
{
	struct bus_peer *peer = bus_peers_add(&s->peers, epoch);

	peer->next = seq + 1;
	peer->newest = seq;
	peer->has_position = true;
}

void
bus_sub_pause(struct bus_sub *s, bool is_taken)
{
	s->is_paused = true;
	s->paused_mono_ns = clock_mono_ns();
	s->is_taken = is_taken;
	s->n_asked = 0;
	event_del(s->on_live);
	event_del(s->on_answer);
	loop_timer_cancel(&s->ask);
}

void
bus_sub_resume(struct bus_sub *s)
{
	int64_t now_mono_ns = clock_mono_ns();

	s->is_paused = false;
	event_add(s->on_live, NULL);
	event_add(s->on_answer, NULL);
	/* What passed meanwhile was not read: who was alive then is asked. */
	for (size_t i = 0; i < s->peers.n; i++) {
		struct bus_peer *peer = &s->peers.items[i];

		if (!peer->is_heard ||
		    s->paused_mono_ns - peer->heard_mono_ns > GONE_NS)
			continue;
		peer->heard_mono_ns = now_mono_ns;
		peer->retry_mono_ns = 0;
		bus_peer_set_behind(&s->peers, peer, true);
	}
	ask_next(s);
}

static bool
open_sockets(struct bus_sub *s, struct err *err)
{
	const struct bus_address *a = &s->conf.address;
	int rv;

	if ((rv = nng_sub0_open(&s->live)) != 0)
		return err_set(err, "nng: %s", nng_strerror(rv));
	s->has_live = true;
	if ((rv = nng_surveyor0_open(&s->replay)) != 0)
		return err_set(err, "nng: %s", nng_strerror(rv));
	s->has_replay = true;
	if ((rv = nng_socket_set(s->live, NNG_OPT_SUB_SUBSCRIBE, "", 0)) != 0 ||
	    (rv = nng_socket_set_int(s->live, NNG_OPT_RECVBUF,
	    RECEIVE_BUFFER_MESSAGES)) != 0 ||
	    (rv = nng_socket_set_ms(s->replay, NNG_OPT_SURVEYOR_SURVEYTIME,
	    BUS_SURVEY_MS)) != 0)
		return err_set(err, "nng: %s", nng_strerror(rv));
	bus_link_init(&s->link, s->loop, s->live, a->live, a->is_listening);
	if (!bus_socket_start(s->live, a->live, a, err) ||
	    !bus_socket_start(s->replay, a->replay, a, err))
		return false;
	s->on_live = bus_socket_watch(s->live, s->loop->base, on_live, s, err);
	if (s->on_live == NULL)
		return false;
	s->on_answer = bus_socket_watch(s->replay, s->loop->base, on_answer, s,
	    err);
	return s->on_answer != NULL;
}

struct bus_sub *
bus_sub_open(struct loop *loop, const struct bus_sub_conf *c,
    struct bus_sub_counters *counters, struct err *err)
{
	struct bus_sub *s = xcalloc(1, sizeof *s);

	s->loop = loop;
	s->conf = *c;
	s->counters = counters;
	s->probe_ns = PROBE_MIN_NS;
	bus_peers_init(&s->peers, BUS_PUBLISHERS_MAX);
	loop_timer_init(&s->probe, loop, on_probe, s);
	loop_timer_init(&s->ask, loop, on_ask, s);
	loop_timer_init(&s->settle, loop, on_settle, s);
	if (!open_sockets(s, err)) {
		bus_sub_close(s);
		return NULL;
	}
	loop_timer_set_ns(&s->probe, s->probe_ns);
	loop_timer_set_ns(&s->settle, BUS_SETTLE_MS * NS_PER_MS);
	return s;
}

void
bus_sub_close(struct bus_sub *s)
{
	if (s == NULL)
		return;
	if (s->on_live != NULL)
		event_free(s->on_live);
	if (s->on_answer != NULL)
		event_free(s->on_answer);
	if (s->has_live)
		bus_socket_close(s->live);
	if (s->has_replay)
		bus_socket_close(s->replay);
	bus_link_fini(&s->link);
	loop_timer_fini(&s->probe);
	loop_timer_fini(&s->ask);
	loop_timer_fini(&s->settle);
	bus_peers_fini(&s->peers);
	buf_fini(&s->tail);
	free(s);
}
