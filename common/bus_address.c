/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "common/bus_socket.h"
#include "common/number.h"
#include "common/opt.h"

#define IPC "ipc://"
#define TCP "tcp://"

/* False: too long. */
__attribute__((format(printf, 3, 4)))
static bool
set_url(char url[BUS_URL_BYTES], struct err *err, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(url, BUS_URL_BYTES, fmt, ap);
	va_end(ap);
	return (n >= 0 && n < BUS_URL_BYTES) ||
	    err_set(err, "%s: too long", url);
}

/* "ipc:///run/x/raw.sock" -> "ipc:///run/x/raw-replay.sock" */
static bool
set_replay_path(struct bus_address *a, struct err *err)
{
	const char *dot = strrchr(a->live, '.');

	if (dot == NULL || strchr(dot, '/') != NULL)
		return set_url(a->replay, err, "%s-replay", a->live);
	return set_url(a->replay, err, "%.*s-replay%s", (int)(dot - a->live),
	    a->live, dot);
}

/* "tcp://host:9000" -> "tcp://host:9001" */
static bool
set_next_port(struct bus_address *a, struct err *err)
{
	const char *colon = strrchr(a->live, ':');
	uint64_t port;

	if (!parse_u64(str_of(colon + 1), &port) || port == 0 || port > 65534)
		return err_set(err, "%s: needs a port", a->live);
	return set_url(a->replay, err, "%.*s:%u", (int)(colon - a->live),
	    a->live, (unsigned)port + 1);
}

static bool
is_loopback(const char *url)
{
	const char *host = url + strlen(TCP);

	return (strncmp(host, "127.", 4) == 0 &&
	    host[strspn(host, "0123456789.")] == ':') ||
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
	bool ok;

	*out = (struct bus_address){ .is_listening = false };
	ok = live_opt != NULL ? set_url(out->live, err, "%s", live_opt) :
	    set_url(out->live, err, IPC "%s/%s.sock", run_dir, name);
	if (!ok || !check_url(out->live, allow_plain, err))
		return false;
	if (replay_opt != NULL)
		ok = set_url(out->replay, err, "%s", replay_opt);
	else if (strncmp(out->live, TCP, strlen(TCP)) == 0)
		ok = set_next_port(out, err);
	else
		ok = set_replay_path(out, err);
	return ok && check_url(out->replay, allow_plain, err);
}

void
bus_check(const struct opt_program *program, const char *live_opt,
    const char *replay_opt, bool allow_plain)
{
	struct bus_address ignored;
	struct err err;

	if (!bus_addresses(&ignored, "/", "bus", live_opt, replay_opt,
	    allow_plain, &err))
		opt_usage(program, "%s", err.msg);
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
