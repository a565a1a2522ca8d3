/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/secret.h"
#include "common/timestamp.h"

#include "common/exec_plugin.h"

#define INFO_NAME "KUBERNETES_EXEC_INFO"
#define SLICE_MS 100
#define DEATH_SLICE_MS 5

/* Both are "NAME=VALUE". */
static bool
is_same_name(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");

	return strncmp(a, b, n) == 0 && b[n] == '=';
}

static void
put_variable(char **env, size_t *n, char *variable)
{
	for (size_t i = 0; i < *n; i++) {
		if (is_same_name(env[i], variable)) {
			env[i] = variable;
			return;
		}
	}
	env[(*n)++] = variable;
}

/* Ours, the plugin's, and info; the last of a name counts.  The strings are
 * borrowed. */
static char **
make_environment(const struct exec_plugin *plugin, char *info)
{
	size_t n = 0, n_own = 0, n_plugin = 0;
	char **env;

	while (environ != NULL && environ[n_own] != NULL)
		n_own++;
	while (plugin->env != NULL && plugin->env[n_plugin] != NULL)
		n_plugin++;
	env = xcalloc(n_own + n_plugin + 2, sizeof *env);
	for (; n < n_own; n++)
		env[n] = environ[n];
	for (size_t i = 0; i < n_plugin; i++)
		put_variable(env, &n, plugin->env[i]);
	put_variable(env, &n, info);
	return env;
}

/* Default signals, none blocked, and a group of its own: to be killed with
 * all that it starts. */
static int
spawn(pid_t *pid, char **argv, char **env, int out)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int error;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
	    O_RDONLY, 0);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK |
	    POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	error = posix_spawnp(pid, argv[0], &actions, &attr, argv, env);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	return error;
}

struct patience {
	int64_t deadline_mono_ns;
	const atomic_bool *is_given_up;
};

static int64_t
left_ms(const struct patience *p)
{
	int64_t ns = p->deadline_mono_ns - clock_mono_ns();

	if (p->is_given_up != NULL && atomic_load(p->is_given_up))
		return 0;
	return ns <= 0 ? 0 : (ns + NS_PER_MS - 1) / NS_PER_MS;
}

/* Until its end; p has max_bytes + 1. */
static bool
receive(int fd, char *p, size_t max_bytes, size_t *n,
    const struct patience *patience, struct err *err)
{
	for (;;) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		int64_t wait_ms = left_ms(patience);
		ssize_t got;

		if (wait_ms == 0)
			return err_set(err, "no answer in time");
		if (poll(&ready, 1, wait_ms > SLICE_MS ? SLICE_MS :
		    (int)wait_ms) <= 0)
			continue;
		got = read(fd, p + *n, max_bytes + 1 - *n);
		if (got == 0)
			return true;
		if (got == -1 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got == -1)
			return err_set(err, "read: %s", strerror(errno));
		*n += (size_t)got;
		if (*n > max_bytes)
			return err_set(err, "answered more than %zu bytes",
			    max_bytes);
	}
}

/* What has closed its stdout need not have ended. */
static bool
wait_end(pid_t pid, const struct patience *patience, int *status,
    struct err *err)
{
	for (;;) {
		pid_t done = waitpid(pid, status, WNOHANG);

		if (done == pid)
			return true;
		if (done == -1 && errno != EINTR)
			return err_set(err, "wait: %s", strerror(errno));
		if (left_ms(patience) == 0)
			return err_set(err, "does not end");
		poll(NULL, 0, DEATH_SLICE_MS);
	}
}

static bool
check_status(int status, struct err *err)
{
	if (WIFSIGNALED(status))
		return err_set(err, "killed by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status) == 0 ||
	    err_set(err, "ended with status %d", WEXITSTATUS(status));
}

static void
kill_all(pid_t pid)
{
	kill(-pid, SIGKILL);
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		continue;
}

/* An error is one line, and a hint often several. */
static void
add_hint(struct err *err, const char *hint)
{
	char line[sizeof err->msg];
	size_t n = 0;

	for (const char *p = hint; *p != '\0' && n < sizeof line - 1; p++) {
		bool is_blank = (unsigned char)*p <= ' ' || *p == 0x7f;

		if (!is_blank)
			line[n++] = *p;
		else if (n > 0 && line[n - 1] != ' ')
			line[n++] = ' ';
	}
	while (n > 0 && line[n - 1] == ' ')
		n--;
	line[n] = '\0';
	err_set(err, "%s; %s", strerror(ENOENT), line);
}

static bool
start(pid_t *pid, int *from, const struct exec_plugin *plugin,
    const char *info, struct err *err)
{
	char *variable = xasprintf(INFO_NAME "=%s", info);
	char **env = make_environment(plugin, variable);
	int out[2], error;

	if (pipe2(out, O_CLOEXEC) == -1) {
		error = errno;
	} else {
		error = spawn(pid, plugin->argv, env, out[1]);
		close(out[1]);
		if (error == 0)
			*from = out[0];
		else
			close(out[0]);
	}
	free(env);
	free(variable);
	if (error == ENOENT && plugin->install_hint != NULL)
		add_hint(err, plugin->install_hint);
	else if (error != 0)
		err_set(err, "%s", strerror(error));
	return error == 0;
}

char *
exec_plugin_run(const struct exec_plugin *plugin, const char *info,
    size_t max_bytes, int64_t timeout_ns, const atomic_bool *is_given_up,
    size_t *out_len, struct err *err)
{
	struct patience patience = { clock_mono_ns() + timeout_ns,
	    is_given_up };
	char *p;
	size_t n = 0;
	int from = -1, status = 0;
	pid_t pid;

	if (!start(&pid, &from, plugin, info, err))
		return NULL;
	p = xcalloc(max_bytes + 1, 1);
	if (receive(from, p, max_bytes, &n, &patience, err) &&
	    wait_end(pid, &patience, &status, err)) {
		close(from);
		if (check_status(status, err)) {
			*out_len = n;
			return p;
		}
	} else {
		close(from);
		kill_all(pid);
	}
	secret_free_bytes(p, n);
	return NULL;
}
