/* SPDX-License-Identifier: ISC */
/*
 * Inside a subscription: bus_sub.c opens and watches the sockets and asks
 * publishers for what is missing, bus_sub_lines.c understands what they say.
 */
#ifndef COMMON_BUS_SUB_IMPL_H
#define COMMON_BUS_SUB_IMPL_H

#include "common/bus_link.h"
#include "common/bus_peers.h"
#include "common/bus_reader.h"
#include "common/bus_socket.h"
#include "common/log.h"

#define BUS_ASKED_MAX 16		/* publishers in one request */

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
	} asked[BUS_ASKED_MAX];		/* whose answers are awaited */
	size_t n_asked;
	uint64_t answer_epoch;		/* whose answer is being read */
	bool was_level;
	bool is_paused;
	bool is_taken;			/* the line that paused us */
	int64_t paused_mono_ns;
	struct bus_reader live_lines, answer_lines;
	struct loop_timer turn;		/* to go on with a message */
	struct log_condition garbage;
	struct log_condition losing;
};

/*
 * Delivers what is new of the message in hand of one of the two readers, until
 * n_enough bytes have been received or the subscription is paused.
 */
void bus_sub_read(struct bus_sub *s, struct bus_reader *r, uint64_t n_enough);

#endif
