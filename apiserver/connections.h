/* SPDX-License-Identifier: ISC */
/*
 * The connections of an evhttp server: how many there are, and which take too
 * long to say what they want.  evhttp knows neither: its time-out is one per
 * read, so that a byte now and then keeps a connection for ever.
 *
 * A reference to every connection is held here.  evhttp gives one up by taking
 * its callbacks away, which is seen at the next sweep; the descriptor is
 * closed at once.
 */
#ifndef APISERVER_CONNECTIONS_H
#define APISERVER_CONNECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bufferevent;
struct event_base;

struct connection {
	struct bufferevent *bev;
	int64_t accepted_mono_ns;
};

struct connections {
	struct connection *items;
	size_t n, cap;
	int64_t *answered_mono_ns;	/* by descriptor */
	size_t n_descriptors;
	int64_t timeout_ns;
};

/* A new one, for evhttp_set_bevcb(); NULL: out of memory. */
struct bufferevent *connections_add(struct connections *c,
    struct event_base *base, int64_t now_mono_ns);

/* It has sent a whole request. */
void connections_touch(struct connections *c, struct bufferevent *bev,
    int64_t now_mono_ns);

/*
 * Forgets those that are gone, and ends those without a whole request for the
 * time-out, but not while an answer is being sent.  Returns how many it ended.
 */
size_t connections_sweep(struct connections *c, int64_t now_mono_ns);

/* After the server was freed. */
void connections_fini(struct connections *c);

#endif
