/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "common/bus_socket.h"
#include "common/bus_tls.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/timestamp.h"

#define IPC "ipc://"

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
listen_on(nng_socket socket, const char *url, nng_tls_config *tls,
    struct err *err)
{
	nng_listener listener;
	int rv;

	if (!guard_path(url, err))
		return false;
	rv = nng_listener_create(&listener, socket, url);
	if (rv == 0 && strncmp(url, IPC, strlen(IPC)) == 0)
		rv = nng_listener_set_int(listener, NNG_OPT_IPC_PERMISSIONS,
		    0600);
	if (rv == 0 && tls != NULL)
		rv = nng_listener_set_ptr(listener, NNG_OPT_TLS_CONFIG, tls);
	if (rv == 0)
		rv = nng_listener_start(listener, 0);
	return rv == 0 || err_set(err, "listen on %s: %s", url,
	    rv == NNG_EADDRINUSE ? "in use by another process" :
	    nng_strerror(rv));
}

static bool
dial(nng_socket socket, const char *url, nng_tls_config *tls, struct err *err)
{
	nng_dialer dialer;
	int rv;

	rv = nng_dialer_create(&dialer, socket, url);
	if (rv == 0 && tls != NULL)
		rv = nng_dialer_set_ptr(dialer, NNG_OPT_TLS_CONFIG, tls);
	if (rv == 0)
		rv = nng_dialer_start(dialer, NNG_FLAG_NONBLOCK);
	return rv == 0 || err_set(err, "dial %s: %s", url, nng_strerror(rv));
}

bool
bus_socket_start(nng_socket socket, const char *url,
    const struct bus_address *address, struct err *err)
{
	nng_tls_config *tls = NULL;
	bool ok;
	int rv;

	if ((rv = nng_socket_set_size(socket, NNG_OPT_RECVMAXSZ,
	    BUS_MESSAGE_BYTES_MAX)) != 0 ||
	    (rv = nng_socket_set_ms(socket, NNG_OPT_RECONNMINT,
	    BUS_RECONNECT_MIN_MS)) != 0 ||
	    (rv = nng_socket_set_ms(socket, NNG_OPT_RECONNMAXT,
	    BUS_RECONNECT_MAX_MS)) != 0)
		return err_set(err, "%s: %s", url, nng_strerror(rv));
	if (bus_tls_is(url) && !bus_tls_config(&tls, address->security, url,
	    address->is_listening, err))
		return false;
	ok = address->is_listening ? listen_on(socket, url, tls, err) :
	    dial(socket, url, tls, err);
	if (tls != NULL)
		nng_tls_config_free(tls);
	return ok;
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

static void *
close_in_thread(void *arg)
{
	nng_close((nng_socket){ .id = (uint32_t)(uintptr_t)arg });
	return NULL;
}

void
bus_socket_close(nng_socket socket)
{
	int64_t until_mono_ns = clock_mono_ns() +
	    BUS_CLOSE_MAX_MS * NS_PER_MS;
	struct timespec until = {
		.tv_sec = until_mono_ns / NS_PER_S,
		.tv_nsec = until_mono_ns % NS_PER_S,
	};
	pthread_t thread;

	if (pthread_create(&thread, NULL, close_in_thread,
	    (void *)(uintptr_t)socket.id) != 0)
		return;
	if (pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &until) != 0)
		pthread_detach(thread);
}
