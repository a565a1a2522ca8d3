/* SPDX-License-Identifier: ISC */
/* The parts of the bus that need none: addresses and the table of peers. */
#include "config.h"

#include <string.h>

#include "common/bus.h"
#include "common/bus_peers.h"
#include "t/tap.h"

#define HOUR_NS (3600 * INT64_C(1000000000))
#define LONG "/tmp/ooooooooooooooooooooooooooooooooooooooooooooooooooooooooo" \
    "ooooooooooooooooooooooooooooooooooooo"

#define NOBODY { .allow_plain_tcp = false }
#define PLAIN { .allow_plain_tcp = true }
#define FILES { .ca_file = "a", .cert_file = "b", .key_file = "c" }
#define NO_KEY { .ca_file = "a", .cert_file = "b" }

static const struct {
	const char *name, *run_dir, *live_opt, *replay_opt;
	struct bus_security security;
	const char *live;	/* NULL: refused */
	const char *replay;
} addresses[] = {
	{ "defaults", "/run/x", NULL, NULL, NOBODY,
	    "ipc:///run/x/raw.sock", "ipc:///run/x/raw-replay.sock" },
	{ "a path", "/run/x", "ipc:///a/b.sock", NULL, NOBODY,
	    "ipc:///a/b.sock", "ipc:///a/b-replay.sock" },
	{ "a path without a suffix", "/run/x", "ipc:///a.d/b", NULL,
	    NOBODY, "ipc:///a.d/b", "ipc:///a.d/b-replay" },
	{ "both", "/run/x", "ipc:///a", "ipc:///b", NOBODY,
	    "ipc:///a", "ipc:///b" },
	{ "a relative path", "/run/x", "ipc://a", NULL, NOBODY,
	    NULL, NULL },
	{ "a port", "/run/x", "tcp://127.0.0.1:9000", NULL, NOBODY,
	    "tcp://127.0.0.1:9000", "tcp://127.0.0.1:9001" },
	{ "a port at localhost", "/run/x", "tcp://localhost:9000",
	    "tcp://[::1]:1", NOBODY, "tcp://localhost:9000",
	    "tcp://[::1]:1" },
	{ "no port", "/run/x", "tcp://127.0.0.1", NULL, NOBODY,
	    NULL, NULL },
	{ "the last port has no next one", "/run/x",
	    "tcp://127.0.0.1:65535", NULL, NOBODY, NULL, NULL },
	{ "plain tcp to another machine", "/run/x",
	    "tcp://10.0.0.1:9000", NULL, NOBODY, NULL, NULL },
	{ "plain tcp on all interfaces", "/run/x",
	    "tcp://*:9000", NULL, NOBODY, NULL, NULL },
	{ "a name that looks like loopback", "/run/x",
	    "tcp://127.example.org:9000", NULL, NOBODY, NULL, NULL },
	{ "plain tcp for replays alone", "/run/x", "ipc:///a",
	    "tcp://10.0.0.1:9000", NOBODY, NULL, NULL },
	{ "plain tcp where it is allowed", "/run/x",
	    "tcp://10.0.0.1:9000", NULL, PLAIN,
	    "tcp://10.0.0.1:9000", "tcp://10.0.0.1:9001" },
	{ "tls", "/run/x", "tls+tcp://h.example.org:9000", NULL, FILES,
	    "tls+tcp://h.example.org:9000", "tls+tcp://h.example.org:9001" },
	{ "tls without its files", "/run/x", "tls+tcp://h:9000", NULL, PLAIN,
	    NULL, NULL },
	{ "tls without one of them", "/run/x", "tls+tcp://h:9000", NULL, NO_KEY,
	    NULL, NULL },
	{ "tls, and replays without", "/run/x", "tls+tcp://h:9000",
	    "tcp://h:9001", FILES, NULL, NULL },
	{ "another scheme", "/run/x", "inproc://a", NULL, NOBODY,
	    NULL, NULL },
	{ "no scheme", "/run/x", "/run/y.sock", NULL, NOBODY,
	    NULL, NULL },
	{ "a path that no socket can have", LONG, NULL, NULL, NOBODY,
	    NULL, NULL },
	{ "replays at such a path", "/run/x", "ipc:///a",
	    "ipc://" LONG "/raw.sock", NOBODY, NULL, NULL },
};

static void
test_addresses(void)
{
	for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
		struct bus_address a;
		struct err err = { "" };
		bool is_good = bus_addresses(&a, addresses[i].run_dir, "raw",
		    addresses[i].live_opt, addresses[i].replay_opt,
		    &addresses[i].security, &err);

		if (addresses[i].live == NULL) {
			ok(!is_good && err.msg[0] != '\0', "refuses %s: %s",
			    addresses[i].name, err.msg);
			continue;
		}
		if (!ok(is_good, "takes %s%s", addresses[i].name, err.msg))
			continue;
		is_str(a.live, addresses[i].live, "%s: live", addresses[i].name);
		is_str(a.replay, addresses[i].replay, "%s: replay",
		    addresses[i].name);
		ok(!a.is_listening, "%s: dials", addresses[i].name);
	}
}

static void
test_peers(void)
{
	struct bus_peers p;
	struct bus_peer *peer;
	unsigned n_found = 0;

	bus_peers_init(&p, 100);
	ok(bus_peers_find(&p, 1) == NULL && bus_peers_next_behind(&p) == NULL,
	    "an empty table has nobody");
	for (uint64_t i = 1; i <= 100; i++)
		bus_peer_set_behind(&p, bus_peers_hear(&p, i,
		    HOUR_NS + (int64_t)i), i % 2 == 0);
	is_u64(p.n, 100, "as many as fit");
	is_u64(p.n_behind, 50, "half of them behind");
	is_u64(p.n_heard, 100, "all of them heard");
	peer = bus_peers_hear(&p, 1, HOUR_NS + 1000);
	ok(peer->epoch == 1 && peer->next == 1 && p.n == 100,
	    "heard again: it is the same");
	for (uint64_t i = 0, last = 0; i < 50; i++) {
		peer = bus_peers_next_behind(&p);
		n_found += peer != NULL && peer->is_behind &&
		    peer->epoch != last;
		last = peer == NULL ? 0 : peer->epoch;
	}
	is_u64(n_found, 50, "those behind have their turn one by one");

	bus_peers_hear(&p, 101, HOUR_NS + 1001);
	ok(p.n == 100 && bus_peers_find(&p, 2) == NULL,
	    "no room: the one silent longest is forgotten");
	is_u64(p.n_behind, 49, "and not behind any more");
	ok(bus_peers_find(&p, 1) != NULL && bus_peers_find(&p, 101) != NULL &&
	    bus_peers_find(&p, 100) != NULL, "all others are still found");
	peer = bus_peers_find(&p, 100);
	ok(peer != NULL && peer->epoch == 100, "as themselves");

	bus_peers_hear(&p, 102, 2 * HOUR_NS + 1001);
	is_u64(p.n, 2, "no room: who was silent for an hour is forgotten");
	ok(bus_peers_find(&p, 101) != NULL && bus_peers_find(&p, 102) != NULL,
	    "no room: who was not is kept");
	ok(p.n_behind == 0 && p.n_heard == 2, "no room: the counts are right");
	bus_peers_fini(&p);

	bus_peers_init(&p, 2);
	bus_peers_add(&p, 5)->next = 9;
	ok(!bus_peers_find(&p, 5)->is_heard, "seeded is not heard");
	ok(bus_peers_hear(&p, 5, 1)->next == 9, "a seeded one keeps its place");
	is_u64(p.n_heard, 1, "and is heard then");
	bus_peers_fini(&p);
}

int
main(void)
{
	test_addresses();
	test_peers();
	return done_testing();
}
