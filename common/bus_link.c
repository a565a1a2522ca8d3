/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "common/bus_link.h"
#include "common/clock.h"
#include "common/timestamp.h"

#define CHECK_NS (2 * NS_PER_S)
#define LINKS_MAX 32

/* For good: nng may still call when closing has given up. */
static atomic_int pipes[LINKS_MAX];
static size_t n_links;

/* ADD_PRE, not ADD_POST: that one is left out when a connection ends at once,
 * and REM_POST is not. */
static void
on_pipe(nng_pipe pipe, nng_pipe_ev event, void *arg)
{
	(void)pipe;
	atomic_fetch_add((atomic_int *)arg,
	    event == NNG_PIPE_EV_ADD_PRE ? 1 : -1);
}

static void
on_check(void *arg)
{
	struct bus_link *l = arg;
	int64_t now_mono_ns = clock_mono_ns();
	int64_t down_s = (now_mono_ns - l->up_mono_ns) / NS_PER_S;

	loop_timer_set_ns(&l->check, CHECK_NS);
	if (atomic_load(l->n_pipes) > 0) {
		l->up_mono_ns = now_mono_ns;
		if (log_clear(&l->unreachable))
			log_info("bus_reached url=%s", log_qs(l->url));
	} else if (down_s >= BUS_LINK_PATIENCE_S &&
	    log_onset(&l->unreachable, now_mono_ns))
		log_warn("bus_unreachable url=%s seconds=%" PRId64 " error=%s",
		    log_qs(l->url), down_s,
		    strncmp(l->url, "tls", 3) == 0 ? "\"nobody listens, or "
		    "one of the certificates is not accepted\"" :
		    "\"nobody listens\"");
}

void
bus_link_init(struct bus_link *l, struct loop *loop, nng_socket socket,
    const char *url, bool is_listening)
{
	loop_timer_init(&l->check, loop, on_check, l);
	l->url = url;
	l->up_mono_ns = clock_mono_ns();
	if (is_listening || n_links == LINKS_MAX)
		return;
	l->n_pipes = &pipes[n_links++];
	if (nng_pipe_notify(socket, NNG_PIPE_EV_ADD_PRE, on_pipe,
	    l->n_pipes) != 0 ||
	    nng_pipe_notify(socket, NNG_PIPE_EV_REM_POST, on_pipe,
	    l->n_pipes) != 0)
		return;
	loop_timer_set_ns(&l->check, CHECK_NS);
}

void
bus_link_fini(struct bus_link *l)
{
	loop_timer_fini(&l->check);
}
