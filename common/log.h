/* SPDX-License-Identifier: ISC */
/*
 * Logging: one logfmt line on stderr per event, the event's name first:
 *
 *	scrape_failed node=n-17 after_ms=2001 error="connection refused"
 *
 * Under journald (JOURNAL_STREAM is set) a line starts with "<N>", the syslog
 * priority; otherwise with "PROGRAM: LEVEL ".  --log-timestamps puts an RFC
 * 3339 time first.  Never a secret, never raw peer bytes: values are written
 * with log_q(), which escapes.  The logger saves errno and never allocates;
 * a line longer than LOG_LINE_MAX is cut and ends in "...".
 *
 * Levels: err needs a human; warn means lost or degraded; info is the life of
 * the process; debug is per message (--verbose).
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "common/str.h"

#define LOG_LINE_MAX 2048

void log_init(const char *program);
void log_set_verbose(int level);	/* -1 warn, 0 info, 1 and more: debug */
void log_set_timestamps(bool on);
bool log_is_debug(void);

__attribute__((format(printf, 1, 2))) void log_err(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void log_warn(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void log_info(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void log_debug(const char *fmt, ...);

/* Logs at level err and exits.  Only for main() and start-up. */
__attribute__((format(printf, 2, 3), noreturn))
void log_die(int exit_code, const char *fmt, ...);

/*
 * A logfmt value: quoted if it needs to be, with everything outside printable
 * ASCII escaped as \xNN and quotes and backslashes as \" and \\, cut at 256
 * bytes.  Returns a pointer into a ring of static buffers that eight further
 * calls leave alone: use it only as an argument of the log call.
 */
const char *log_q(struct str value);
const char *log_qs(const char *nul_terminated);

/*
 * A condition that lasts is logged when it begins and when it ends, and once
 * a minute in between with the number of times it was seen.
 *
 *	if (log_onset(&full, now_mono_ns))
 *		log_warn("journal_full path=%s seen=%" PRIu64, ..., full.seen);
 *	...
 *	if (log_clear(&full))
 *		log_info("journal_writable path=%s", ...);
 */
struct log_condition {
	bool is_on;
	uint64_t seen;		/* since it began */
	int64_t logged_mono_ns;
};

bool log_onset(struct log_condition *c, int64_t now_mono_ns);
bool log_clear(struct log_condition *c);

#endif
