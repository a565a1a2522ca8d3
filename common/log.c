/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/timestamp.h"

#define QUOTED_MAX 256
#define QUOTED_BUFFERS 9	/* one in use, eight further calls */
#define REPEAT_NS (60 * NS_PER_S)

enum level { LEVEL_ERR = 3, LEVEL_WARN = 4, LEVEL_INFO = 6, LEVEL_DEBUG = 7 };

/* The one piece of global state of the process: where its log goes. */
static struct {
	const char *program;
	bool is_journal;
	bool want_timestamps;
	int verbose;
} logger = { .program = "cheapster" };

void
log_init(const char *program)
{
	logger.program = program;
	logger.is_journal = getenv("JOURNAL_STREAM") != NULL;
}

void
log_set_verbose(int level)
{
	logger.verbose = level;
}

void
log_set_timestamps(bool on)
{
	logger.want_timestamps = on;
}

bool
log_is_debug(void)
{
	return logger.verbose > 0;
}

static const char *
level_name(enum level level)
{
	switch (level) {
	case LEVEL_ERR:
		return "error";
	case LEVEL_WARN:
		return "warning";
	case LEVEL_INFO:
		return "info";
	case LEVEL_DEBUG:
		return "debug";
	}
	return "info";
}

static size_t
print_prefix(char *line, size_t size, enum level level)
{
	char time[TIMESTAMP_MAX_BYTES + 1] = "";
	int n;

	if (logger.want_timestamps) {
		size_t len = timestamp_print(time, clock_wall_ns());

		memcpy(time + len, " ", 2);
	}
	if (logger.is_journal)
		n = snprintf(line, size, "<%d>%s", (int)level, time);
	else
		n = snprintf(line, size, "%s%s: %s ", time, logger.program,
		    level_name(level));
	return n < 0 ? 0 : (size_t)n;
}

/* One write(2), so that lines of several processes do not mix. */
__attribute__((format(printf, 2, 0)))
static void
write_line(enum level level, const char *fmt, va_list ap)
{
	char line[LOG_LINE_MAX + 1];
	int saved_errno = errno, n;
	size_t len = print_prefix(line, sizeof line - 1, level);

	n = vsnprintf(line + len, sizeof line - 1 - len, fmt, ap);
	if (n > 0)
		len += (size_t)n;
	if (len > sizeof line - 2) {
		len = sizeof line - 2;
		memcpy(line + len - 3, "...", 3);
	}
	line[len++] = '\n';
	while (write(STDERR_FILENO, line, len) == -1 && errno == EINTR)
		continue;
	errno = saved_errno;
}

void
log_err(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line(LEVEL_ERR, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line(LEVEL_WARN, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	if (logger.verbose < 0)
		return;
	va_start(ap, fmt);
	write_line(LEVEL_INFO, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	if (logger.verbose < 1)
		return;
	va_start(ap, fmt);
	write_line(LEVEL_DEBUG, fmt, ap);
	va_end(ap);
}

void
log_die(int exit_code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line(LEVEL_ERR, fmt, ap);
	va_end(ap);
	exit(exit_code);
}

static bool
is_plain(struct str s)
{
	if (s.len == 0 || s.len > QUOTED_MAX)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == '"' ||
		    s.p[i] == '\\' || s.p[i] == '=')
			return false;
	return true;
}

static char *
escape(char *to, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";

	if (c == '"' || c == '\\') {
		*to++ = '\\';
		*to++ = (char)c;
	} else if (c < ' ' || c > '~') {
		*to++ = '\\';
		*to++ = 'x';
		*to++ = hex[c >> 4];
		*to++ = hex[c & 15];
	} else {
		*to++ = (char)c;
	}
	return to;
}

const char *
log_q(struct str value)
{
	static char ring[QUOTED_BUFFERS][4 * QUOTED_MAX + 8];
	static unsigned next;
	char *start = ring[next++ % QUOTED_BUFFERS], *to = start;
	size_t n = value.len < QUOTED_MAX ? value.len : QUOTED_MAX;

	if (is_plain(value)) {
		memcpy(start, value.p, value.len);
		start[value.len] = '\0';
		return start;
	}
	*to++ = '"';
	for (size_t i = 0; i < n; i++)
		to = escape(to, (unsigned char)value.p[i]);
	memcpy(to, n < value.len ? "...\"" : "\"", n < value.len ? 5 : 2);
	return start;
}

const char *
log_qs(const char *nul_terminated)
{
	return log_q(str_of(nul_terminated));
}

bool
log_onset(struct log_condition *c, int64_t now_mono_ns)
{
	c->seen++;
	if (c->is_on && now_mono_ns - c->logged_mono_ns < REPEAT_NS)
		return false;
	c->is_on = true;
	c->logged_mono_ns = now_mono_ns;
	return true;
}

bool
log_clear(struct log_condition *c)
{
	bool was_on = c->is_on;

	*c = (struct log_condition){ 0 };
	return was_on;
}
