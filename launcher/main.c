/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "launcher/heapster_flags.h"
#include "launcher/options.h"
#include "launcher/plan.h"
#include "launcher/spawn.h"
#include "launcher/supervisor.h"
#include "common/daemon.h"
#include "common/log.h"
#include "common/sink.h"

/* These are ours alone, or for one program of several. */
static void
environment_clean(void)
{
	static const char *const names[] = {
		"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
		"CHEAPSTER_SINK", SINK_OPERAND_VARIABLE, PLAN_HISTORY_VARIABLE,
		"CHEAPSTER_DISABLE_METRIC_SINK",
		"CHEAPSTER_CHECK", "CHEAPSTER_LISTEN",
		"CHEAPSTER_METRICS_LISTEN", "CHEAPSTER_NAME",
		"CHEAPSTER_READY_FD",
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		unsetenv(names[i]);
}

/* NULL when it cannot be told. */
static const char *
own_dir(char path[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
	char *slash;

	path[n > 0 ? n : 0] = '\0';
	slash = strrchr(path, '/');
	if (slash == NULL)
		return NULL;
	*slash = '\0';
	return path;
}

static void
plan_make(struct plan *plan, const struct daemon *d)
{
	struct plan_conf *c = &launcher_conf;
	char path[PATH_MAX];
	struct err err;

	c->bin_dirs[0] = own_dir(path);
	c->bin_dirs[1] = BINDIR;
	c->run_dir = d->run_dir;
	c->state_dir = d->state_dir;
	c->verbose = d->verbose;
	c->want_log_timestamps = d->want_log_timestamps;
	c->is_check = d->is_check;
	c->shutdown_timeout_ns = d->shutdown_timeout_ns;
	if (!plan_init(plan, c, &err))
		log_die(EX_CONFIG, "start_failed error=%s", log_qs(err.msg));
}

static void
on_hangup(void *arg)
{
	supervisor_signal(arg, SIGHUP);
}

struct launcher {
	struct daemon daemon;
	struct plan plan;
	struct supervisor supervisor;
};

static void
on_usr1(void *arg)
{
	struct launcher *l = arg;

	daemon_log_counters(&l->daemon, "counters");
	supervisor_signal(&l->supervisor, SIGUSR1);
}

static void
on_all_ready(void *arg)
{
	daemon_ready(arg);
}

static void
launcher_open(struct launcher *l)
{
	struct err err;

	plan_make(&l->plan, &l->daemon);
	environment_clean();
	if (!supervisor_init(&l->supervisor, &l->daemon.loop, &l->plan, &err))
		log_die(EX_OSERR, "start_failed error=%s", log_qs(err.msg));
	l->supervisor.has_metric_sink = l->plan.has_metric_sink;
	l->supervisor.is_check = l->daemon.is_check;
	l->supervisor.on_ready = on_all_ready;
	l->supervisor.on_ready_arg = &l->daemon;
	l->daemon.counters.program = "launcher";
	counters_add(&l->daemon.counters, &l->supervisor.counters,
	    supervisor_counters);
	l->daemon.loop.on_hangup = on_hangup;
	l->daemon.loop.hook_arg = &l->supervisor;
	l->daemon.loop.on_usr1 = on_usr1;
	l->daemon.loop.usr1_arg = l;
}

int
main(int argc, char **argv)
{
	static const struct opt *const tables[] = {
		launcher_options, heapster_server_flags, heapster_idle_flags,
		metrics_server_idle_flags,
		launcher_common_heading, daemon_options, NULL,
	};
	static const struct opt_program program = {
		.name = "cheapster", .synopsis = "",
		.summary = "collects, rolls up, serves and exports resource "
		    "metrics",
		.tables = tables, .on_operand = launcher_take_operand,
		.check = launcher_check_options,
	};
	struct launcher l = { 0 };

	spawn_second_step(argc, argv);
	daemon_init(&l.daemon, &program, argc, argv);
	heapster_flags_log();
	launcher_log_operands();
	launcher_open(&l);

	supervisor_start(&l.supervisor);
	if (l.daemon.is_check)
		loop_run(&l.daemon.loop);
	else
		daemon_loop(&l.daemon);
	supervisor_stop(&l.supervisor, l.daemon.shutdown_timeout_ns);

	supervisor_fini(&l.supervisor);
	plan_fini(&l.plan);
	daemon_fini(&l.daemon);
	return l.supervisor.exit_code;
}
