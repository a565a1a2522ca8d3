/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <nng/nng.h>
#include <nng/protocol/pubsub0/sub.h>
#include <nng/protocol/survey0/survey.h>

#include "common/bus_sub_impl.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/mem.h"
#include "common/timestamp.h"

#define RECEIVE_BUFFER_MESSAGES 128
#define PROBE_MIN_NS (25 * NS_PER_MS)
#define RETRY_NS NS_PER_S
#define POSITION_BYTES 48
#define GONE_NS (3 * NS_PER_S)	/* so many heartbeats were not heard */

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
	char text[sizeof "replay\n" + BUS_ASKED_MAX * POSITION_BYTES] = "replay";
	size_t len = strlen(text);
	int64_t now_mono_ns = clock_mono_ns();
	bool is_later = false;

	if (s->n_asked > 0 || s->is_paused)
		return;
	for (size_t i = s->peers.n_behind; i > 0 && s->n_asked < BUS_ASKED_MAX;
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

static void
on_live(evutil_socket_t fd, short what, void *arg)
{
	struct bus_sub *s = arg;
	struct bus_reader *r = &s->live_lines;
	uint64_t n_enough = s->counters->bytes_received + BUS_TURN_BYTES;

	(void)fd;
	(void)what;
	while (!s->is_paused && s->counters->bytes_received < n_enough &&
	    bus_reader_receive(r))
		bus_sub_read(s, r, n_enough);
	if (r->message != NULL)
		loop_timer_set_ns(&s->turn, 0);
	else if (s->conf.on_batch != NULL)
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
	if (s->answer_lines.message == NULL)
		s->answer_epoch = 0;
	if (!bus_reader_receive(&s->answer_lines))
		return;
	bus_sub_read(s, &s->answer_lines,
	    s->counters->bytes_received + BUS_TURN_BYTES);
	if (s->answer_lines.message != NULL)
		loop_timer_set_ns(&s->turn, 0);
	if (s->answer_lines.message != NULL || s->is_paused)
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

static void
on_turn(void *arg)
{
	struct bus_sub *s = arg;

	if (!s->is_paused && s->live_lines.message != NULL)
		on_live(-1, 0, s);
	if (!s->is_paused && s->answer_lines.message != NULL)
		on_answer(-1, 0, s);
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
	bus_reader_drop(&s->live_lines);
	bus_reader_drop(&s->answer_lines);
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
	s->live_lines.socket = s->live;
	s->answer_lines.socket = s->replay;
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
	loop_timer_init(&s->turn, loop, on_turn, s);
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
	loop_timer_fini(&s->turn);
	bus_peers_fini(&s->peers);
	bus_reader_fini(&s->live_lines);
	bus_reader_fini(&s->answer_lines);
	free(s);
}
