/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "common/bus_socket.h"
#include "common/mem.h"
#include "common/number.h"

#define IPC "ipc://"
#define TCP "tcp://"

/* "ipc:///run/x/raw.sock" -> "ipc:///run/x/raw-replay.sock" */
static char *
replay_path(const char *live)
{
	const char *dot = strrchr(live, '.');

	if (dot == NULL || strchr(dot, '/') != NULL)
		return xasprintf("%s-replay", live);
	return xasprintf("%.*s-replay%s", (int)(dot - live), live, dot);
}

/* "tcp://host:9000" -> "tcp://host:9001" */
static char *
next_port(const char *live, struct err *err)
{
	const char *colon = strrchr(live, ':');
	uint64_t port;

	if (!parse_u64(str_of(colon + 1), &port) || port == 0 ||
	    port > 65534) {
		err_set(err, "%s: needs a port", live);
		return NULL;
	}
	return xasprintf("%.*s:%u", (int)(colon - live), live,
	    (unsigned)port + 1);
}

static bool
is_loopback(const char *url)
{
	const char *host = url + strlen(TCP);

	return strncmp(host, "127.", 4) == 0 ||
	    strncmp(host, "localhost:", 10) == 0 ||
	    strncmp(host, "[::1]:", 6) == 0;
}

static bool
check_url(const char *url, bool allow_plain, struct err *err)
{
	struct sockaddr_un sun;

	if (strncmp(url, IPC, strlen(IPC)) == 0) {
		if (url[strlen(IPC)] != '/')
			return err_set(err, "%s: needs an absolute path", url);
		if (strlen(url) - strlen(IPC) >= sizeof sun.sun_path)
			return err_set(err, "%s: longer than a socket's path "
			    "may be (%zu bytes)", url, sizeof sun.sun_path - 1);
		return true;
	}
	if (strncmp(url, TCP, strlen(TCP)) != 0)
		return err_set(err, "%s: neither ipc:// nor tcp://", url);
	if (!allow_plain && !is_loopback(url))
		return err_set(err, "%s: plain tcp beyond this machine needs "
		    "--allow-plain-tcp", url);
	return true;
}

bool
bus_addresses(struct bus_address *out, const char *run_dir, const char *name,
    const char *live_opt, const char *replay_opt, bool allow_plain,
    struct err *err)
{
	*out = (struct bus_address){ .live = live_opt, .replay = replay_opt };
	if (out->live == NULL)
		out->live = xasprintf(IPC "%s/%s.sock", run_dir, name);
	if (!check_url(out->live, allow_plain, err))
		return false;
	if (out->replay == NULL)
		out->replay = strncmp(out->live, TCP, strlen(TCP)) == 0 ?
		    next_port(out->live, err) : replay_path(out->live);
	return out->replay != NULL && check_url(out->replay, allow_plain, err);
}

/*
 * nng removes whatever is at the path of a socket it listens on, a regular
 * file as well: so that is looked at before.
 */
static bool
guard_path(const char *url, struct err *err)
{
	const char *path = url + strlen(IPC);
	struct stat st;

	if (strncmp(url, IPC, strlen(IPC)) != 0)
		return true;
	if (lstat(path, &st) == -1)
		return errno == ENOENT ||
		    err_set(err, "%s: %s", path, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return err_set(err, "%s: exists and is not a socket", path);
	return true;
}

static bool
listen_on(nng_socket socket, const char *url, struct err *err)
{
	nng_listener listener;
	int rv;

	if (!guard_path(url, err))
		return false;
	rv = nng_listener_create(&listener, socket, url);
	if (rv == 0 && strncmp(url, IPC, strlen(IPC)) == 0)
		rv = nng_listener_set_int(listener, NNG_OPT_IPC_PERMISSIONS,
		    0600);
	if (rv == 0)
		rv = nng_listener_start(listener, 0);
	return rv == 0 || err_set(err, "listen on %s: %s", url,
	    rv == NNG_EADDRINUSE ? "in use by another process" :
	    nng_strerror(rv));
}

bool
bus_socket_start(nng_socket socket, const char *url, bool is_listening,
    struct err *err)
{
	int rv;

	if ((rv = nng_socket_set_size(socket, NNG_OPT_RECVMAXSZ,
	    BUS_MESSAGE_BYTES_MAX)) != 0 ||
	    (rv = nng_socket_set_ms(socket, NNG_OPT_RECONNMINT,
	    BUS_RECONNECT_MIN_MS)) != 0 ||
	    (rv = nng_socket_set_ms(socket, NNG_OPT_RECONNMAXT,
	    BUS_RECONNECT_MAX_MS)) != 0)
		return err_set(err, "%s: %s", url, nng_strerror(rv));
	if (is_listening)
		return listen_on(socket, url, err);
	rv = nng_dial(socket, url, NULL, NNG_FLAG_NONBLOCK);
	return rv == 0 || err_set(err, "dial %s: %s", url, nng_strerror(rv));
}

struct event *
bus_socket_watch(nng_socket socket, struct event_base *base,
    event_callback_fn on_readable, void *arg, struct err *err)
{
	struct event *event;
	int fd, rv;

	rv = nng_socket_get_int(socket, NNG_OPT_RECVFD, &fd);
	if (rv != 0) {
		err_set(err, "nng receive descriptor: %s", nng_strerror(rv));
		return NULL;
	}
	event = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, arg);
	if (event == NULL || event_add(event, NULL) == -1) {
		err_set(err, "out of memory");
		return NULL;
	}
	return event;
}
