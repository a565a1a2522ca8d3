/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/daemon.h"
#include "common/buf.h"
#include "common/hash.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/metrics_http.h"
#include "common/notify.h"

static struct {
	const char *run_dir;
	const char *state_dir;
	const char *metrics_listen;
	uint64_t ready_fd;
	bool is_check;
	uint64_t verbose;
	bool log_timestamps;
	int64_t shutdown_timeout_ns;
} conf = { .ready_fd = UINT64_MAX };

static char *run_dir, *state_dir;	/* what struct daemon points to */

const struct opt daemon_options[] = {
	OPT_STRING("run-dir", conf.run_dir, NULL, "DIR",
	    "where the sockets are"),
	OPT_STRING("state-dir", conf.state_dir, NULL, "DIR",
	    "where journals, cursors and the store are"),
	OPT_STRING("metrics-listen", conf.metrics_listen, NULL, "HOST:PORT",
	    "serve /metrics and /healthz there; without a host on the loopback "
	    "address only, with * on every address"),
	OPT_U64("ready-fd", conf.ready_fd, NULL, "FD",
	    "write a newline to this descriptor and close it when ready"),
	OPT_SWITCH("check", conf.is_check,
	    "check the configuration and exit"),
	OPT_VERBOSE(conf.verbose),
	OPT_SWITCH("log-timestamps", conf.log_timestamps,
	    "begin every line of the log with the time"),
	OPT_DURATION("shutdown-timeout", conf.shutdown_timeout_ns, "5s",
	    "how long the work in hand may take after SIGTERM"),
	OPT_END
};

/* "cheapster-sink-log" counts as "sink-log", "cheapster" as itself. */
static const char *
short_name(const char *program)
{
	static const char prefix[] = "cheapster-";

	return strncmp(program, prefix, sizeof prefix - 1) == 0 ?
	    program + sizeof prefix - 1 : program;
}

static const char *
env_get(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0' ? value : NULL;
}

/* systemd passes a list, with colons, when a unit has several. */
static char *
first_of_list(const char *list)
{
	return str_dup((struct str){ list, strcspn(list, ":") });
}

static char *
run_dir_default(void)
{
	const char *dir;

	if ((dir = env_get("RUNTIME_DIRECTORY")) != NULL)
		return first_of_list(dir);
	if ((dir = env_get("XDG_RUNTIME_DIR")) != NULL)
		return xasprintf("%s/cheapster", dir);
	return xstrdup("/run/cheapster");
}

static char *
state_dir_default(void)
{
	const char *dir;

	if ((dir = env_get("STATE_DIRECTORY")) != NULL)
		return first_of_list(dir);
	if ((dir = env_get("XDG_STATE_HOME")) != NULL)
		return xasprintf("%s/cheapster", dir);
	if (geteuid() != 0 && (dir = env_get("HOME")) != NULL)
		return xasprintf("%s/.local/state/cheapster", dir);
	return xstrdup("/var/lib/cheapster");
}

static char *
make_absolute(const char *path)
{
	char cwd[PATH_MAX];

	if (path[0] == '/')
		return xstrdup(path);
	if (getcwd(cwd, sizeof cwd) == NULL)
		log_die(EX_OSERR, "start_failed error=%s",
		    log_qs(strerror(errno)));
	return xasprintf("%s/%s", cwd, path);
}

/* Makes the parents as well.  On failure errno says why. */
static bool
make_dirs(const char *path)
{
	char *part = xstrdup(path);
	char *slash = part;
	int mkdir_errno = 0;
	struct stat st;

	while (slash != NULL && mkdir_errno == 0) {
		slash = strchr(slash + 1, '/');
		if (slash != NULL)
			*slash = '\0';
		if (mkdir(part, 0700) == -1 && errno != EEXIST)
			mkdir_errno = errno;
		if (slash != NULL)
			*slash = '/';
	}
	free(part);
	if (stat(path, &st) == -1) {
		if (mkdir_errno != 0)
			errno = mkdir_errno;
		return false;
	}
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return false;
	}
	return access(path, W_OK | X_OK) == 0;
}

static bool
is_permission(int number)
{
	return number == EACCES || number == EPERM || number == EROFS;
}

static char *
directory_open(const char *flag, const char *given, char *dflt, bool is_check)
{
	char *path = make_absolute(given != NULL && *given != '\0' ?
	    given : dflt);

	free(dflt);
	if (!is_check && !make_dirs(path))
		log_die(is_permission(errno) ? EX_NOPERM : EX_OSERR,
		    "start_failed error=\"%s: %s (choose another with --%s)\"",
		    path, strerror(errno), flag);
	return path;
}

char *
daemon_directory(const struct daemon *d, const char *flag, const char *given)
{
	return directory_open(flag, given, NULL, d->is_check);
}

/* So that no file or socket of ours ever becomes stdin, stdout or stderr. */
static void
standard_fds_open(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static int
ready_fd_open(const struct opt_program *program)
{
	int fd;

	if (conf.ready_fd == UINT64_MAX)
		return -1;
	fd = conf.ready_fd > INT_MAX ? -1 : (int)conf.ready_fd;
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
		opt_usage(program, "--ready-fd: %" PRIu64 " is not open",
		    conf.ready_fd);
	return fd;
}

bool
daemon_is_name(const char *name)
{
	return name[0] != '\0' && name[0] != '.' && strlen(name) <= 64 &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789._-") == strlen(name);
}

void
daemon_log_counters(const struct daemon *d, const char *event)
{
	struct buf pairs = BUF_INIT;

	counters_print_pairs(&d->counters, &pairs);
	log_info("%s%s%.*s", event, pairs.len > 0 ? " " : "",
	    STR_ARG(buf_str(&pairs)));
	buf_fini(&pairs);
}

static void
on_usr1(void *arg)
{
	daemon_log_counters(arg, "counters");
}

static void
on_watchdog(void *arg)
{
	struct daemon *d = arg;

	notify_watchdog();
	loop_timer_set_ns(&d->watchdog, notify_watchdog_interval_ns());
}

static void
watchdog_start(struct daemon *d)
{
	loop_timer_init(&d->watchdog, &d->loop, on_watchdog, d);
	if (notify_watchdog_interval_ns() > 0)
		on_watchdog(d);
}

void
daemon_init(struct daemon *d, const struct opt_program *program, int argc,
    char **argv)
{
	struct err err;

	memset(d, 0, sizeof *d);
	mem_init();
	srandom((unsigned)hash_seed());
	umask(077);
	standard_fds_open();
	log_init(program->name);
	d->program = program;
	d->first_operand = opt_parse(program, argc, argv);
	log_set_verbose((int)(conf.verbose > 9 ? 9 : conf.verbose) -
	    program->is_tool);
	log_set_timestamps(conf.log_timestamps);

	d->counters.program = short_name(program->name);
	d->is_check = conf.is_check;
	d->shutdown_timeout_ns = conf.shutdown_timeout_ns;
	d->verbose = conf.verbose;
	d->want_log_timestamps = conf.log_timestamps;
	d->ready_fd = ready_fd_open(program);
	run_dir = directory_open("run-dir", conf.run_dir, run_dir_default(),
	    d->is_check);
	if (!program->is_tool)
		state_dir = directory_open("state-dir", conf.state_dir,
		    state_dir_default(), d->is_check);
	d->run_dir = run_dir;
	d->state_dir = state_dir;

	if (!loop_init(&d->loop, &err))
		log_die(EX_OSERR, "start_failed error=%s", log_qs(err.msg));
	d->loop.on_usr1 = on_usr1;
	d->loop.usr1_arg = d;
	if (d->is_check)
		return;
	log_info("started version=%s pid=%jd", PACKAGE_VERSION,
	    (intmax_t)getpid());
	watchdog_start(d);
	if (conf.metrics_listen == NULL || *conf.metrics_listen == '\0')
		return;
	d->metrics = metrics_http_open(&d->loop, conf.metrics_listen,
	    &d->counters, &err);
	if (d->metrics == NULL)
		log_die(EX_UNAVAILABLE, "start_failed error=%s",
		    log_qs(err.msg));
}

void
daemon_ready(struct daemon *d)
{
	if (d->is_ready)
		return;
	d->is_ready = true;
	notify_ready(d->ready_fd);
	d->ready_fd = -1;
	log_info("ready");
}

void
daemon_run(struct daemon *d)
{
	daemon_ready(d);
	daemon_loop(d);
}

void
daemon_loop(struct daemon *d)
{
	loop_run(&d->loop);
	notify_stopping();
	if (d->loop.stop_signal != 0)
		log_info("stopping signal=%d", d->loop.stop_signal);
	else
		log_info("stopping");
}

void
daemon_stopped(struct daemon *d)
{
	if (!d->is_check && !d->is_stopped)
		daemon_log_counters(d, "stopped");
	d->is_stopped = true;
	/* Their owners end now, while the loop may still run for a bus. */
	d->counters.n_groups = 0;
	d->counters.n_printers = 0;
}

void
daemon_fini(struct daemon *d)
{
	daemon_stopped(d);
	metrics_http_close(d->metrics);
	d->metrics = NULL;
	loop_timer_fini(&d->watchdog);
	loop_fini(&d->loop);
	free(run_dir);
	free(state_dir);
	run_dir = state_dir = NULL;
	d->run_dir = d->state_dir = NULL;
}
