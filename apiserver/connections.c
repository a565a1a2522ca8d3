/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "common/mem.h"

#include "apiserver/connections.h"

struct bufferevent *
connections_add(struct connections *c, struct event_base *base,
    int64_t now_mono_ns)
{
	/* Without BEV_OPT_CLOSE_ON_FREE evhttp closes the descriptor itself,
	 * and does not wait for our reference. */
	struct bufferevent *bev = bufferevent_socket_new(base, -1, 0);

	if (bev == NULL)
		return NULL;
	if (c->n == c->cap) {
		c->cap = c->cap * 2 + 64;
		c->items = xrealloc(c->items, c->cap, sizeof *c->items);
	}
	bufferevent_incref(bev);
	c->items[c->n++] = (struct connection){ bev, now_mono_ns };
	return bev;
}

void
connections_touch(struct connections *c, struct bufferevent *bev,
    int64_t now_mono_ns)
{
	int fd = bufferevent_getfd(bev);
	size_t at = (size_t)fd, n = c->n_descriptors;

	if (fd < 0)
		return;
	if (at >= n) {
		c->n_descriptors = at * 2 + 64;
		c->answered_mono_ns = xrealloc(c->answered_mono_ns,
		    c->n_descriptors, sizeof *c->answered_mono_ns);
		memset(c->answered_mono_ns + n, 0,
		    (c->n_descriptors - n) * sizeof *c->answered_mono_ns);
	}
	c->answered_mono_ns[at] = now_mono_ns;
}

static bool
is_gone(struct bufferevent *bev)
{
	bufferevent_event_cb on_event = NULL;

	bufferevent_getcb(bev, NULL, NULL, &on_event, NULL);
	return on_event == NULL;
}

/* Whether it is silent for too long, or speaks too slowly. */
static bool
is_late(const struct connections *c, const struct connection *one,
    int64_t now_mono_ns)
{
	int64_t since_mono_ns = one->accepted_mono_ns;
	int fd = bufferevent_getfd(one->bev);

	if (fd >= 0 && (size_t)fd < c->n_descriptors &&
	    c->answered_mono_ns[fd] > since_mono_ns)
		since_mono_ns = c->answered_mono_ns[fd];
	return now_mono_ns - since_mono_ns > c->timeout_ns &&
	    evbuffer_get_length(bufferevent_get_output(one->bev)) == 0;
}

size_t
connections_sweep(struct connections *c, int64_t now_mono_ns)
{
	size_t kept = 0, n_ended = 0;

	for (size_t i = 0; i < c->n; i++) {
		struct connection *one = &c->items[i];

		if (is_gone(one->bev)) {
			bufferevent_decref(one->bev);
			continue;
		}
		if (is_late(c, one, now_mono_ns)) {
			shutdown(bufferevent_getfd(one->bev), SHUT_RDWR);
			n_ended++;
		}
		c->items[kept++] = *one;
	}
	c->n = kept;
	return n_ended;
}

void
connections_fini(struct connections *c)
{
	for (size_t i = 0; i < c->n; i++)
		bufferevent_decref(c->items[i].bev);
	free(c->items);
	free(c->answered_mono_ns);
	*c = (struct connections){ 0 };
}
