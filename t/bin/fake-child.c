/* SPDX-License-Identifier: ISC */
/*
 * Stands in for every program that the launcher starts.  What happens to it
 * is appended to $FAKE_DIR/events; what it does is told by files there, where
 * NAME is "collector" or "sink-log-2":
 *
 *	NAME.exit	exits at once with the code in it
 *	NAME.check	exits with the code in it when --check is given
 *	NAME.unready	never becomes ready
 *	NAME.stubborn	ignores SIGTERM
 */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char name[64];

static bool
file_read(const char *what, int *out_number)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s.%s", getenv("FAKE_DIR"), name, what);
	f = fopen(path, "r");
	if (f == NULL)
		return false;
	if (fscanf(f, "%d", out_number) != 1)
		*out_number = 0;
	fclose(f);
	return true;
}

__attribute__((format(printf, 1, 2)))
static void
event(const char *fmt, ...)
{
	char path[512], line[2048];
	size_t len;
	va_list ap;
	int fd;

	va_start(ap, fmt);
	vsnprintf(line, sizeof line - 1, fmt, ap);
	va_end(ap);
	len = strlen(line);
	line[len++] = '\n';
	snprintf(path, sizeof path, "%s/events", getenv("FAKE_DIR"));
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1 || write(fd, line, len) != (ssize_t)len)
		abort();
	close(fd);
}

static void
name_find(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	const char *base = slash == NULL ? argv[0] : slash + 1;
	const char *instance = NULL;

	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], "--name=", 7) == 0)
			instance = argv[i] + 7;
	if (instance != NULL)
		snprintf(name, sizeof name, "sink-%.50s", instance);
	else
		snprintf(name, sizeof name, "%.50s", base +
		    strlen("cheapster-"));
}

static const char *
value_of(int argc, char **argv, const char *option)
{
	size_t len = strlen(option);

	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], option, len) == 0)
			return argv[i] + len;
	return NULL;
}

/* What stdin is, and what is beyond stderr and the ready pipe. */
static void
report_fds(void)
{
	char path[64], target[256];
	ssize_t n;

	for (int fd = 0; fd < 64; fd = fd == 0 ? 4 : fd + 1) {
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		n = readlink(path, target, sizeof target - 1);
		if (n == -1)
			continue;
		target[n] = '\0';
		event("fd %s %d %s", name, fd, target);
	}
}

static void
start(int argc, char **argv)
{
	const char *ready = value_of(argc, argv, "--ready-fd=");
	int code;

	for (int i = 1; i < argc; i++)
		event("arg %s %s", name, argv[i]);
	for (char **v = environ; *v != NULL; v++)
		if (strncmp(*v, "CHEAPSTER_", 10) == 0)
			event("env %s %s", name, *v);
	report_fds();
	event("start %s", name);
	if (file_read("exit", &code)) {
		fprintf(stderr, "last words of %s", name);
		exit(code);
	}
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--check") == 0)
			exit(file_read("check", &code) ? code : 0);
	fprintf(stderr, "plain line\n<4>line with a priority\n"
	    "<6>cheapster-%s: info line of a program\n", name);
	printf("stdout of %s\n", name);
	fflush(stdout);
	if (ready != NULL && !file_read("unready", &code))
		if (write(atoi(ready), "\n", 1) == 1)
			close(atoi(ready));
}

int
main(int argc, char **argv)
{
	sigset_t set;
	int code, number;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	name_find(argc, argv);
	start(argc, argv);
	for (;;) {
		sigwait(&set, &number);
		event("SIG%s %s", sigabbrev_np(number), name);
		if (number == SIGTERM && !file_read("stubborn", &code))
			return 0;
	}
}
