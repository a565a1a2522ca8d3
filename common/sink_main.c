/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <sysexits.h>

#include "common/bus_options.h"
#include "common/mem.h"

#include "common/sink_impl.h"

static struct {
	const char *live, *replay, *name;
	uint64_t retry_max;
} conf;

static const struct opt sink_options[] = {
	OPT_STRING("out-bus", conf.live, NULL, "URL",
	    "take frames from here; default ipc:// in the run directory"),
	OPT_STRING("out-replay", conf.replay, NULL, "URL",
	    "ask here for frames that were missed"),
	OPT_STRING("name", conf.name, NULL, "NAME",
	    "names the cursor, for two sinks of one kind on one machine"),
	OPT_U64("retry-max", conf.retry_max, "0", "N",
	    "give a frame up after N attempts; 0: never"),
	OPT_END
};

static int
init_exit_code(const struct sink *s)
{
	return s->ops->init_exit_code == 0 ? EX_UNAVAILABLE :
	    s->ops->init_exit_code;
}

static bool
open_all(struct sink *s, char **operands, const struct bus_address *address,
    struct err *err)
{
	char *path = xasprintf("%s/sink-%s.cursor", s->daemon.state_dir,
	    conf.name);
	struct bus_sub_conf sub = {
		.address = *address,
		.on_line = sink_on_line,
		.arg = s,
	};
	bool ok = cursor_load(&s->cursor, path, err);

	free(path);
	if (!ok)
		return false;
	if (!s->ops->init(s->self, operands, err))
		log_die(init_exit_code(s), "start_failed error=%s",
		    log_qs(err->msg));
	if (s->ops->serve != NULL &&
	    !s->ops->serve(s->self, &s->daemon.loop, err))
		return false;
	s->out = bus_sub_open(&s->daemon.loop, &sub, &s->sub_counters, err);
	if (s->out == NULL)
		return false;
	for (size_t i = 0; i < s->cursor.n; i++)
		bus_sub_seed(s->out, s->cursor.entries[i].epoch,
		    s->cursor.entries[i].seq);
	return true;
}

/* Those of the command line, or the one of the environment: a launcher gives
 * it there since it may have a password in it.  No process that we start has
 * it in turn. */
static char **
find_operands(char **argv, int first_operand)
{
	static char *from_environment[2];
	const char *text = getenv(SINK_OPERAND_VARIABLE);

	if (text == NULL || *text == '\0' || argv[first_operand] != NULL)
		return argv + first_operand;
	from_environment[0] = xstrdup(text);
	unsetenv(SINK_OPERAND_VARIABLE);
	return from_environment;
}

static void
close_all(struct sink *s)
{
	sink_delivery_end(s);
	bus_sub_close(s->out);
	if (s->ops->fini != NULL)
		s->ops->fini(s->self);
	sink_delivery_fini(s);
}

static void
check_options(const struct opt_program *program)
{
	if (conf.name != NULL && !daemon_is_name(conf.name))
		opt_usage(program, "--name=%s: not a file name", conf.name);
	bus_check(program, conf.live, conf.replay, bus_security);
}

static void
check_far_side(struct sink *s, char **operands)
{
	struct err err = { "" };

	if (s->ops->check == NULL)
		return;
	if (!s->ops->init(s->self, operands, &err))
		log_die(init_exit_code(s), "check_failed error=%s",
		    log_qs(err.msg));
	if (!s->ops->check(s->self, &err))
		log_die(EX_UNAVAILABLE, "check_failed error=%s",
		    log_qs(err.msg));
	log_info("check_succeeded");
	if (s->ops->fini != NULL)
		s->ops->fini(s->self);
}

static void
add_counters(struct sink *s)
{
	struct counters *all = &s->daemon.counters;

	counters_add(all, &s->counters, sink_counters);
	counters_add(all, &s->sub_counters, bus_sub_counters);
	counters_add_printer(all, exporter_print, &s->exporter);
	if (s->ops->count != NULL)
		s->ops->count(s->self, all);
}

int
sink_main(const struct sink_ops *ops, int argc, char **argv)
{
	static const struct opt none[] = { OPT_END };
	const struct opt *const tables[] = {
		ops->opts == NULL ? none : ops->opts, sink_options,
		bus_options, daemon_options, NULL,
	};
	char *name = xasprintf("cheapster-sink-%s", ops->name);
	struct opt_program program = {
		.name = name,
		.synopsis = ops->synopsis,
		.summary = ops->summary,
		.tables = tables,
		.check = check_options,
		.operand_variable = SINK_OPERAND_VARIABLE,
	};
	struct sink s = { .ops = ops };
	struct bus_address address;
	char **operands;
	struct err err;

	daemon_init(&s.daemon, &program, argc, argv);
	operands = find_operands(argv, s.daemon.first_operand);
	if (conf.name == NULL)
		conf.name = ops->name;
	if (!bus_addresses(&address, s.daemon.run_dir, "out", conf.live,
	    conf.replay, bus_security, &err) ||
	    (ops->check_operands != NULL &&
	    !ops->check_operands(operands, &err)))
		opt_usage(&program, "%s", err.msg);
	s.self = xcalloc(1, ops->ctx_size + 1);
	s.retry_max = conf.retry_max;
	if (s.daemon.is_check) {
		check_far_side(&s, operands);
	} else {
		add_counters(&s);
		sink_delivery_init(&s);
		if (!open_all(&s, operands, &address, &err))
			log_die(EX_UNAVAILABLE, "start_failed error=%s",
			    log_qs(err.msg));
		daemon_run(&s.daemon);
		close_all(&s);
	}
	daemon_fini(&s.daemon);		/* tells what the sink has counted */
	free(s.self);
	free(name);
	return 0;
}
