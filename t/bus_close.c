/* SPDX-License-Identifier: ISC */
/*
 * A bus is closed even if nng never is: nng_close() of this program waits for
 * ever, as that of nng 1.5 sometimes does.
 */
#include "config.h"

#include <unistd.h>

#include <nng/nng.h>

#include "common/bus_socket.h"
#include "common/loop.h"

#include "t/tap.h"

static unsigned n_closing;

int
nng_close(nng_socket socket)
{
	(void)socket;
	__atomic_add_fetch(&n_closing, 1, __ATOMIC_RELAXED);
	for (;;)
		pause();
}

int
main(void)
{
	struct bus_pub_conf pub_conf = { .address = {
		.live = "tcp://127.0.0.1:1",
		.replay = "tcp://127.0.0.1:2",
	} };
	struct bus_sub_conf sub_conf = { .address = pub_conf.address };
	struct bus_pub_counters pub_counters = { 0 };
	struct bus_sub_counters sub_counters = { 0 };
	struct bus_pub *pub;
	struct bus_sub *sub;
	struct loop loop;
	struct err err = { "" };

	if (!loop_init(&loop, &err))
		return 1;
	pub = bus_pub_open(&loop, &pub_conf, &pub_counters, &err);
	sub = bus_sub_open(&loop, &sub_conf, &sub_counters, &err);
	ok(pub != NULL && sub != NULL, "a bus is open %s", err.msg);
	bus_sub_close(sub);
	ok(true, "a subscriber that nng does not close is left alone");
	bus_pub_close(pub);
	ok(true, "so is a publisher");
	is_u64(__atomic_load_n(&n_closing, __ATOMIC_RELAXED), 4,
	    "nng was asked to close both sockets of each");
	loop_fini(&loop);
	return done_testing();
}
