/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/notify.h"
#include "t/tap.h"

/* Listens where NOTIFY_SOCKET says; '@' is the abstract namespace. */
static int
supervisor_open(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(name);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, name, len);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	if (bind(fd, (struct sockaddr *)&address,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) == -1) {
		close(fd);
		return -1;
	}
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

static const char *
heard(int fd)
{
	static char text[64];
	ssize_t n = recv(fd, text, sizeof text - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void
test_socket(const char *kind, const char *name)
{
	int fd = supervisor_open(name);

	ok(fd != -1, "%s: the supervisor listens", kind);
	notify_ready(-1);
	is_str(heard(fd), "READY=1", "%s: ready is told", kind);
	notify_watchdog();
	is_str(heard(fd), "WATCHDOG=1", "%s: the watchdog is told", kind);
	notify_stopping();
	is_str(heard(fd), "STOPPING=1", "%s: stopping is told", kind);
	is_str(heard(fd), "", "%s: nothing else is told", kind);
	close(fd);
}

static void
test_sockets(void)
{
	char dir[32], path[64], abstract[64];

	snprintf(dir, sizeof dir, "/tmp/notify.%ld", (long)getpid());
	ok(mkdir(dir, 0700) == 0, "there is a scratch directory");
	snprintf(path, sizeof path, "%s/s", dir);
	snprintf(abstract, sizeof abstract, "@%s", dir);
	test_socket("path", path);
	unlink(path);
	rmdir(dir);
	test_socket("abstract", abstract);

	unsetenv("NOTIFY_SOCKET");
	notify_ready(-1);
	ok(true, "without a supervisor nothing happens");
}

static void
test_ready_fd(void)
{
	char text[8];
	int ends[2];

	ok(pipe(ends) == 0, "there is a pipe");
	notify_ready(ends[1]);
	ok(fcntl(ends[1], F_GETFD) == -1, "the ready descriptor is closed");
	is_u64((uint64_t)read(ends[0], text, sizeof text), 1,
	    "one byte was written to it");
	ok(text[0] == '\n', "the byte is a newline");
	close(ends[0]);
}

static void
test_watchdog_interval(void)
{
	static const struct {
		const char *title, *usec, *pid;
		uint64_t expected_ns;
	} cases[] = {
		{ "nothing wanted", NULL, NULL, 0 },
		{ "half of the limit", "3000000", NULL, 1500000000 },
		{ "for another process", "3000000", "1", 0 },
		{ "not a number", "3s", NULL, 0 },
		{ "zero", "0", NULL, 0 },
		{ "negative", "-5", NULL, 0 },
		{ "beyond what nanoseconds hold", "9223372036854775807", NULL,
		    0 },
	};
	char self[32];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		unsetenv("WATCHDOG_USEC");
		unsetenv("WATCHDOG_PID");
		if (cases[i].usec != NULL)
			setenv("WATCHDOG_USEC", cases[i].usec, 1);
		if (cases[i].pid != NULL)
			setenv("WATCHDOG_PID", cases[i].pid, 1);
		is_u64((uint64_t)notify_watchdog_interval_ns(),
		    cases[i].expected_ns, "watchdog interval: %s",
		    cases[i].title);
	}
	snprintf(self, sizeof self, "%ld", (long)getpid());
	setenv("WATCHDOG_USEC", "1000", 1);
	setenv("WATCHDOG_PID", self, 1);
	is_u64((uint64_t)notify_watchdog_interval_ns(), 500000,
	    "watchdog interval: for this process");
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	test_sockets();
	test_ready_fd();
	test_watchdog_interval();
	return done_testing();
}
