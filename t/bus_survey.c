/* SPDX-License-Identifier: ISC */
/*
 * A subscriber asks again and again, and none of its surveys ever ends by
 * itself: in nng 1.5 that may be the end of the process (see bus_socket.h).
 */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include <nng/nng.h>
#include <nng/protocol/survey0/survey.h>

#include "common/bus.h"
#include "common/loop.h"

#include "t/tap.h"

static nng_duration survey_ms;

/* In place of nng's: only looks. */
int
nng_socket_set_ms(nng_socket socket, const char *option, nng_duration ms)
{
	(void)socket;
	if (strcmp(option, NNG_OPT_SURVEYOR_SURVEYTIME) == 0)
		survey_ms = ms;
	return 0;
}

int
main(void)
{
	struct bus_sub_conf conf = { .address = {
		.live = "tcp://127.0.0.1:1",
		.replay = "tcp://127.0.0.1:2",
	} };
	struct bus_sub_counters counters = { 0 };
	struct bus_sub *sub;
	struct loop loop;
	struct err err = { "" };

	if (!loop_init(&loop, &err))
		return 1;
	sub = bus_sub_open(&loop, &conf, &counters, &err);
	ok(sub != NULL, "a bus is open %s", err.msg);
	is_u64((uint64_t)survey_ms, INT32_MAX,
	    "a survey lasts until the next one, or for 24 days");
	bus_sub_close(sub);
	loop_fini(&loop);
	return done_testing();
}
