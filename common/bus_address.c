/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "common/bus.h"
#include "common/number.h"
#include "common/opt.h"

#define IPC "ipc://"
#define TCP "tcp://"
#define TLS "tls+tcp://"

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
has_scheme(const char *url, const char *scheme)
{
	return strncmp(url, scheme, strlen(scheme)) == 0;
}

static bool
check_tls(const char *url, const struct bus_security *s, struct err *err)
{
	if (s->ca_file == NULL || s->cert_file == NULL || s->key_file == NULL)
		return err_set(err, "%s: needs --bus-ca, --bus-cert and "
		    "--bus-key", url);
	return true;
}

static bool
check_url(const char *url, const struct bus_security *s, struct err *err)
{
	struct sockaddr_un sun;

	if (has_scheme(url, IPC)) {
		if (url[strlen(IPC)] != '/')
			return err_set(err, "%s: needs an absolute path", url);
		if (strlen(url) - strlen(IPC) >= sizeof sun.sun_path)
			return err_set(err, "%s: longer than a socket's path "
			    "may be (%zu bytes)", url, sizeof sun.sun_path - 1);
		return true;
	}
	if (has_scheme(url, TLS))
		return check_tls(url, s, err);
	if (!has_scheme(url, TCP))
		return err_set(err, "%s: neither ipc:// nor tcp:// nor "
		    "tls+tcp://", url);
	if (!s->allow_plain_tcp && !is_loopback(url))
		return err_set(err, "%s: plain tcp beyond this machine needs "
		    "--allow-plain-tcp", url);
	return true;
}

bool
bus_addresses(struct bus_address *out, const char *run_dir, const char *name,
    const char *live_opt, const char *replay_opt,
    const struct bus_security *security, struct err *err)
{
	static const struct bus_security nobody;
	bool ok;

	if (security == NULL)
		security = &nobody;
	*out = (struct bus_address){ .security = security };
	ok = live_opt != NULL ? set_url(out->live, err, "%s", live_opt) :
	    set_url(out->live, err, IPC "%s/%s.sock", run_dir, name);
	if (!ok || !check_url(out->live, security, err))
		return false;
	if (replay_opt != NULL)
		ok = set_url(out->replay, err, "%s", replay_opt);
	else if (has_scheme(out->live, TCP) || has_scheme(out->live, TLS))
		ok = set_next_port(out, err);
	else
		ok = set_replay_path(out, err);
	return ok && check_url(out->replay, security, err);
}

void
bus_check(const struct opt_program *program, const char *live_opt,
    const char *replay_opt, const struct bus_security *security)
{
	struct bus_address ignored;
	struct err err;

	if (!bus_addresses(&ignored, "/", "bus", live_opt, replay_opt,
	    security, &err))
		opt_usage(program, "%s", err.msg);
}
