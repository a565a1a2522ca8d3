/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/notify.h"
#include "common/log.h"
#include "common/number.h"
#include "common/str.h"

#define NS_PER_US INT64_C(1000)

/* False: the address is neither a path nor an abstract name, or too long. */
static bool
address_of(const char *name, struct sockaddr_un *out, socklen_t *out_len)
{
	size_t len = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || len >= sizeof out->sun_path)
		return false;
	memset(out, 0, sizeof *out);
	out->sun_family = AF_UNIX;
	memcpy(out->sun_path, name, len);
	if (name[0] == '@')
		out->sun_path[0] = '\0';
	*out_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	return true;
}

static void
notify_send(const char *state)
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address;
	socklen_t address_len;
	int fd;

	if (name == NULL || *name == '\0')
		return;
	if (!address_of(name, &address, &address_len)) {
		log_warn("notify_failed socket=%s error=\"not an address\"",
		    log_qs(name));
		return;
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1 || sendto(fd, state, strlen(state), MSG_NOSIGNAL,
	    (const struct sockaddr *)&address, address_len) == -1)
		log_warn("notify_failed socket=%s error=%s", log_qs(name),
		    log_qs(strerror(errno)));
	if (fd != -1)
		close(fd);
}

void
notify_ready(int ready_fd)
{
	notify_send("READY=1");
	if (ready_fd == -1)
		return;
	if (write(ready_fd, "\n", 1) != 1)
		log_warn("notify_failed ready_fd=%d error=%s", ready_fd,
		    log_qs(strerror(errno)));
	close(ready_fd);
}

void
notify_stopping(void)
{
	notify_send("STOPPING=1");
}

void
notify_watchdog(void)
{
	notify_send("WATCHDOG=1");
}

int64_t
notify_watchdog_interval_ns(void)
{
	const char *pid_text = getenv("WATCHDOG_PID");
	int64_t pid, limit_us;

	if (!parse_i64(str_of(getenv("WATCHDOG_USEC")), &limit_us) ||
	    limit_us <= 0 || limit_us > INT64_MAX / NS_PER_US)
		return 0;
	if (pid_text != NULL &&
	    (!parse_i64(str_of(pid_text), &pid) || pid != getpid()))
		return 0;
	return limit_us * NS_PER_US / 2;
}
