/* SPDX-License-Identifier: ISC */
/*
 * What every long-running program of ours has in common: the options that
 * all share, logging, the loop, counters with --metrics-listen, readiness,
 * watchdog, and the order in which they start and end.
 *
 *	daemon_init(&d, &program, argc, argv);	  exits on bad flags
 *	... check the configuration; if (d.is_check) return 0; open things ...
 *	daemon_run(&d);				  ready, loop, stopping
 *	... close things ...
 *	daemon_fini(&d);			  logs "stopped" with all counters
 *
 * Shared options: --run-dir --state-dir --metrics-listen --ready-fd --check
 * --verbose --log-timestamps --shutdown-timeout.
 *
 * run_dir holds the sockets: --run-dir, else $RUNTIME_DIRECTORY, else
 * $XDG_RUNTIME_DIR/cheapster, else /run/cheapster.  state_dir holds journals,
 * cursors and the store: --state-dir, else $STATE_DIRECTORY, else
 * $XDG_STATE_HOME/cheapster, else $HOME/.local/state/cheapster for users and
 * /var/lib/cheapster for root.  Both are made (0700) if missing.
 *
 * A tool (opt_program.is_tool) has a person before it: the life of the process
 * is logged with --verbose only, and there is no state_dir (NULL).
 *
 * --check makes nothing, opens nothing and listens nowhere.  A process ends
 * with 77 when it may not use a directory, 71 when that fails otherwise and
 * 69 when it cannot listen.
 */
#ifndef COMMON_DAEMON_H
#define COMMON_DAEMON_H

#include <stdbool.h>
#include <stdint.h>

#include "common/counters.h"
#include "common/err.h"
#include "common/loop.h"
#include "common/opt.h"

struct metrics_http;

struct daemon {
	const struct opt_program *program;
	struct loop loop;
	struct counters counters;
	const char *run_dir;		/* absolute, exists */
	const char *state_dir;		/* the same; NULL: a tool */
	bool is_check;			/* --check: validate and exit 0 */
	int64_t shutdown_timeout_ns;
	uint64_t verbose;
	bool want_log_timestamps;
	int first_operand;		/* index into argv */
	struct metrics_http *metrics;	/* NULL without --metrics-listen */
	int ready_fd;
	bool is_ready;
	bool is_stopped;
	struct loop_timer watchdog;
};

/* The table that opt_program.tables of a daemon ends with. */
extern const struct opt daemon_options[];

void daemon_init(struct daemon *d, const struct opt_program *program, int argc,
    char **argv);
void daemon_run(struct daemon *d);	/* ready now; returns on a signal */
void daemon_fini(struct daemon *d);

/* Logs "stopped" with all counters, now rather than in daemon_fini(), and
 * forgets them: for who frees what has counters before that. */
void daemon_stopped(struct daemon *d);

/*
 * For who becomes ready at another time than at the start of the loop:
 * daemon_loop() is daemon_run() without readiness, and daemon_ready() is
 * called once, whenever it is true; again does nothing.
 */
void daemon_loop(struct daemon *d);
void daemon_ready(struct daemon *d);

/*
 * One more directory, of --FLAG=DIR, made (0700) if missing; ends the process
 * as those of all programs do.  Absolute, on the heap.
 */
char *daemon_directory(const struct daemon *d, const char *flag,
    const char *given);

/* For --name: whether it can be part of the name of a file in state_dir. */
bool daemon_is_name(const char *name);

/* One line: the event's name and all counters.  SIGUSR1 does this unless a
 * program sets loop.on_usr1 to something of its own. */
void daemon_log_counters(const struct daemon *d, const char *event);

#endif
