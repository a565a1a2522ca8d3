/* SPDX-License-Identifier: ISC */
/*
 * Tests that print TAP.  Every assertion is a sentence about the module:
 *
 *	ok(parse(text), "accepts %s", text);
 *	is_u64(v, 42, "%s is 42", text);
 *	return done_testing();
 *
 * A failing line is followed by diagnostics: where, what was got, what was
 * expected.  The plan comes last, so a test that dies half-way has failed.
 */
#ifndef T_TAP_H
#define T_TAP_H

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned tap_run;
static unsigned tap_failed;

__attribute__((format(printf, 1, 2), unused))
static void
diag(const char *fmt, ...)
{
	va_list ap;

	fputs("# ", stdout);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

__attribute__((format(printf, 5, 6), unused))
static bool
tap_result(bool passed, const char *file, int line, const char *expr,
    const char *fmt, ...)
{
	va_list ap;

	tap_run++;
	tap_failed += !passed;
	printf("%sok %u - ", passed ? "" : "not ", tap_run);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	if (!passed)
		diag("%s:%d: %s", file, line, expr);
	fflush(stdout);
	return passed;
}

#define ok(expr, ...) \
	tap_result(expr, __FILE__, __LINE__, #expr, __VA_ARGS__)

#define is_u64(got, want, ...) do { \
	uint64_t got_ = (got), want_ = (want); \
	if (!tap_result(got_ == want_, __FILE__, __LINE__, #got, __VA_ARGS__)) \
		diag("got %" PRIu64 ", expected %" PRIu64, got_, want_); \
} while (0)

#define is_i64(got, want, ...) do { \
	int64_t got_ = (got), want_ = (want); \
	if (!tap_result(got_ == want_, __FILE__, __LINE__, #got, __VA_ARGS__)) \
		diag("got %" PRId64 ", expected %" PRId64, got_, want_); \
} while (0)

/* Equal to about 15 digits. */
#define is_double(got, want, ...) do { \
	double got_ = (got), want_ = (want); \
	if (!tap_result(fabs(got_ - want_) <= 1e-14 * fabs(want_), __FILE__, \
	    __LINE__, #got, __VA_ARGS__)) \
		diag("got %.17g, expected %.17g", got_, want_); \
} while (0)

#define is_mem(got, got_len, want, want_len, ...) do { \
	const char *got_ = (got), *want_ = (want); \
	size_t got_len_ = (got_len), want_len_ = (want_len); \
	if (!tap_result(got_len_ == want_len_ && (got_len_ == 0 || \
	    memcmp(got_, want_, got_len_) == 0), __FILE__, __LINE__, #got, \
	    __VA_ARGS__)) { \
		diag("got      \"%.*s\"", (int)got_len_, got_); \
		diag("expected \"%.*s\"", (int)want_len_, want_); \
	} \
} while (0)

/* NUL-terminated strings. */
#define is_str(got, want, ...) do { \
	const char *got_s_ = (got), *want_s_ = (want); \
	is_mem(got_s_, strlen(got_s_), want_s_, strlen(want_s_), __VA_ARGS__); \
} while (0)

__attribute__((format(printf, 1, 2), unused))
static void
skip(const char *fmt, ...)
{
	va_list ap;

	printf("ok %u # SKIP ", ++tap_run);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

__attribute__((format(printf, 1, 2), noreturn, unused))
static void
bail(const char *fmt, ...)
{
	va_list ap;

	fputs("Bail out! ", stdout);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	exit(255);
}

/* What main() returns. */
__attribute__((unused))
static int
done_testing(void)
{
	printf("1..%u\n", tap_run);
	return tap_failed > 0;
}

#endif
