/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/prctl.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "launcher/spawn.h"
#include "common/mem.h"
#include "common/number.h"
#include "common/str.h"

#define SELF "/proc/self/exe"
#define CHILD_OF "--child-of="
#define N_OWN_ARGS 3	/* cheapster --child-of=PID PROGRAM */

void
spawn_second_step(int argc, char **argv)
{
	struct str option = str_of(argc > N_OWN_ARGS ? argv[1] : NULL);
	int64_t parent;

	if (!str_has_prefix(option, STR(CHILD_OF)))
		return;
	option.p += sizeof CHILD_OF - 1;
	option.len -= sizeof CHILD_OF - 1;
	if (!parse_i64(option, &parent))
		exit(EX_USAGE);
	/* If the parent died before prctl(), the signal will never come. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 || getppid() != parent)
		exit(EX_OSERR);
	execv(argv[2], argv + N_OWN_ARGS);
	fprintf(stderr, "start_failed error=\"%s: %s\"\n", argv[2],
	    strerror(errno));
	exit(EX_OSERR);
}

static int
prepare(posix_spawnattr_t *attr, posix_spawn_file_actions_t *actions,
    int stderr_fd, int extra_fd, int extra_fd_as)
{
	sigset_t none, all;
	int rv;

	sigemptyset(&none);
	sigfillset(&all);
	if ((rv = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETPGROUP |
	    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)) != 0 ||
	    (rv = posix_spawnattr_setpgroup(attr, 0)) != 0 ||
	    (rv = posix_spawnattr_setsigmask(attr, &none)) != 0 ||
	    (rv = posix_spawnattr_setsigdefault(attr, &all)) != 0 ||
	    (rv = posix_spawn_file_actions_addopen(actions, STDIN_FILENO,
	    "/dev/null", O_RDONLY, 0)) != 0 ||
	    (rv = posix_spawn_file_actions_adddup2(actions, stderr_fd,
	    STDERR_FILENO)) != 0)
		return rv;
	return posix_spawn_file_actions_adddup2(actions, extra_fd,
	    extra_fd_as);
}

/*
 * Our file, or, when that has been removed, what is left of it.  The plain
 * link would do, but under valgrind it leads to valgrind.
 */
static const char *
own_path(char path[PATH_MAX])
{
	ssize_t n = readlink(SELF, path, PATH_MAX - 1);

	if (n <= 0)
		return SELF;
	path[n] = '\0';
	return access(path, X_OK) == 0 ? path : SELF;
}

/* What exec gets for the second step; only [1] is the caller's to free. */
static char **
own_argv(const char *path, char *const argv[])
{
	size_t n = 0;
	char **own;

	while (argv[n] != NULL)
		n++;
	own = xcalloc(N_OWN_ARGS + n + 1, sizeof *own);
	own[0] = (char *)"cheapster";
	own[1] = xasprintf(CHILD_OF "%jd", (intmax_t)getpid());
	own[2] = (char *)path;
	memcpy(own + N_OWN_ARGS, argv, n * sizeof *own);
	return own;
}

/* Ours and one more; only the array is the caller's to free. */
static char **
environment_with(char *variable)
{
	size_t n = 0;
	char **environment;

	while (environ[n] != NULL)
		n++;
	environment = xcalloc(n + 2, sizeof *environment);
	memcpy(environment, environ, n * sizeof *environment);
	environment[n] = variable;
	return environment;
}

bool
spawn_child(const char *path, char *const argv[], char *variable,
    int stderr_fd, int extra_fd, int extra_fd_as, pid_t *out_pid,
    struct err *err)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	char **own = own_argv(path, argv);
	char **environment = environment_with(variable);
	char self[PATH_MAX];
	int rv;

	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	rv = prepare(&attr, &actions, stderr_fd, extra_fd, extra_fd_as);
	if (rv == 0)
		rv = posix_spawn(out_pid, own_path(self), &actions, &attr, own,
		    environment);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	free(own[1]);
	free(own);
	free(environment);
	return rv == 0 || err_set(err, "%s: %s", path, strerror(rv));
}
