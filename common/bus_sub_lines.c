/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>

#include "common/bus_sub_impl.h"
#include "common/clock.h"

static void
count_garbage(struct bus_sub *s, const char *why)
{
	s->counters->lines_garbage++;
	if (log_onset(&s->garbage, clock_mono_ns()))
		log_warn("bus_garbage seen=%" PRIu64 " error=%s",
		    s->garbage.seen, log_qs(why));
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
on_line(struct bus_sub *s, struct str text, bool is_answer)
{
	struct frame_line line;
	struct err err;

	if (!frame_line_parse(&line, text, &err) || line.epoch == 0 ||
	    line.seq == UINT64_MAX)
		count_garbage(s, "not a line of ours");
	else if (str_is(line.topic, "head"))
		on_head(s, &line, is_answer);
	else if (line.seq == 0)
		count_garbage(s, "a line with the number 0");
	else
		on_frame(s, &line, is_answer);
}

void
bus_sub_read(struct bus_sub *s, struct bus_reader *r, uint64_t n_enough)
{
	struct str text;

	while (!s->is_paused && s->counters->bytes_received < n_enough &&
	    bus_reader_line(r, &text)) {
		s->counters->bytes_received += text.len + 1;
		on_line(s, text, r == &s->answer_lines);
	}
}
