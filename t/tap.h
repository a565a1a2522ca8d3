/* SPDX-License-Identifier: ISC */
/*
 * What a unit test prints: TAP, one line per fact, the plan at the end, so
 * that a test that crashed or returned early is a failed one.
 *
 *	is_u64(sum(2, 2), 4, "adds %s", "numbers");
 *	return done_testing();
 *
 * The checks return whether they held, and evaluate their arguments once.  A
 * failed one says as # lines where it stands, what it got and what it wanted.
 * For the file with main() alone: it holds the state.
 */
#ifndef T_TAP_H
#define T_TAP_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ok(held, ...) \
	tap_ok((held) ? true : false, #held, __FILE__, __LINE__, __VA_ARGS__)
#define is_u64(got, want, ...) \
	tap_u64(got, want, __FILE__, __LINE__, __VA_ARGS__)
#define is_i64(got, want, ...) \
	tap_i64(got, want, __FILE__, __LINE__, __VA_ARGS__)
#define is_double(got, want, ...)	/* exactly; NaN is NaN */ \
	tap_double(got, want, __FILE__, __LINE__, __VA_ARGS__)
#define is_str(got, want, ...)		/* NUL-terminated; NULL is NULL */ \
	tap_str(got, want, __FILE__, __LINE__, __VA_ARGS__)
#define is_mem(got, got_len, want, want_len, ...) \
	tap_mem(got, got_len, want, want_len, __FILE__, __LINE__, __VA_ARGS__)

static struct {
	unsigned n_run;
	unsigned n_failed;
} tap;

/* A line for humans, "# ..."; line breaks in the text are kept. */
__attribute__((format(printf, 1, 2)))
static inline void
diag(const char *fmt, ...)
{
	char text[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	fputs("# ", stdout);
	for (const char *p = text; *p != '\0'; p++) {
		putchar(*p);
		if (*p == '\n' && p[1] != '\0')
			fputs("# ", stdout);
	}
	putchar('\n');
	fflush(stdout);
}

__attribute__((format(printf, 4, 0)))
static inline bool
tap_result(bool held, const char *file, int line, const char *fmt, va_list ap)
{
	char title[512];

	vsnprintf(title, sizeof title, fmt, ap);
	for (char *p = title; *p != '\0'; p++)	/* TAP's own characters */
		*p = *p == '#' ? '_' : *p == '\n' ? ' ' : *p;
	printf("%sok %u - %s\n", held ? "" : "not ", ++tap.n_run, title);
	fflush(stdout);
	if (!held) {
		tap.n_failed++;
		diag("%s:%d", file, line);
	}
	return held;
}

/* Some bytes of p round the one at which something differs. */
static inline void
tap_bytes(const char *what, const unsigned char *p, size_t len, size_t at)
{
	size_t begin = at < 30 ? 0 : at - 30;

	printf("#   %s%zu bytes: %s", what, len, begin > 0 ? "..." : "");
	for (size_t i = begin; i < len && i < at + 30; i++)
		printf(p[i] >= ' ' && p[i] < 0x7f ? "%c" : "\\x%02x", p[i]);
	puts(len > at + 30 ? "..." : "");
	fflush(stdout);
}

#define TAP_RESULT(held) do { \
	va_list ap_; \
	va_start(ap_, fmt); \
	is_ok = tap_result(held, file, line, fmt, ap_); \
	va_end(ap_); \
} while (0)

__attribute__((format(printf, 5, 6)))
static inline bool
tap_ok(bool held, const char *what, const char *file, int line,
    const char *fmt, ...)
{
	bool is_ok;

	TAP_RESULT(held);
	if (!is_ok)
		diag("  false: %s", what);
	return is_ok;
}

__attribute__((format(printf, 5, 6)))
static inline bool
tap_u64(uint64_t got, uint64_t want, const char *file, int line,
    const char *fmt, ...)
{
	bool is_ok;

	TAP_RESULT(got == want);
	if (!is_ok)
		diag("  got      %" PRIu64 "\n  expected %" PRIu64, got, want);
	return is_ok;
}

__attribute__((format(printf, 5, 6)))
static inline bool
tap_i64(int64_t got, int64_t want, const char *file, int line,
    const char *fmt, ...)
{
	bool is_ok;

	TAP_RESULT(got == want);
	if (!is_ok)
		diag("  got      %" PRId64 "\n  expected %" PRId64, got, want);
	return is_ok;
}

__attribute__((format(printf, 5, 6)))
static inline bool
tap_double(double got, double want, const char *file, int line,
    const char *fmt, ...)
{
	bool is_ok;

	TAP_RESULT((got >= want && got <= want) ||
	    (__builtin_isnan(got) && __builtin_isnan(want)));
	if (!is_ok)
		diag("  got      %.17g\n  expected %.17g", got, want);
	return is_ok;
}

__attribute__((format(printf, 5, 6)))
static inline bool
tap_str(const char *got, const char *want, const char *file, int line,
    const char *fmt, ...)
{
	bool is_ok;

	TAP_RESULT(got == NULL || want == NULL ? got == want :
	    strcmp(got, want) == 0);
	if (!is_ok)
		diag("  got      %s\n  expected %s",
		    got == NULL ? "(NULL)" : got,
		    want == NULL ? "(NULL)" : want);
	return is_ok;
}

__attribute__((format(printf, 7, 8)))
static inline bool
tap_mem(const void *got, size_t got_len, const void *want, size_t want_len,
    const char *file, int line, const char *fmt, ...)
{
	const unsigned char *g = got, *w = want;
	size_t at = 0;
	bool is_ok;

	while (at < got_len && at < want_len && g[at] == w[at])
		at++;
	TAP_RESULT(at == got_len && at == want_len);
	if (!is_ok) {
		diag("  differ at byte %zu", at);
		tap_bytes("got      ", g, got_len, at);
		tap_bytes("expected ", w, want_len, at);
	}
	return is_ok;
}

/* Something cannot be checked here. */
__attribute__((format(printf, 1, 2)))
static inline void
skip(const char *fmt, ...)
{
	char reason[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof reason, fmt, ap);
	va_end(ap);
	printf("ok %u # SKIP %s\n", ++tap.n_run, reason);
	fflush(stdout);
}

/* Nothing makes sense any more: ends the whole run. */
__attribute__((format(printf, 1, 2), noreturn))
static inline void
bail(const char *fmt, ...)
{
	char reason[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof reason, fmt, ap);
	va_end(ap);
	printf("Bail out!  %s\n", reason);
	exit(1);
}

/* The plan.  Returns main()'s status. */
static inline int
done_testing(void)
{
	printf("1..%u\n", tap.n_run);
	if (tap.n_failed > 0)
		diag("%u of %u failed", tap.n_failed, tap.n_run);
	return tap.n_failed > 0 || fflush(stdout) != 0;
}

/* The path of a file of the source tree, until the next call. */
static inline const char *
tap_path(const char *name)
{
	static char path[4096];
	const char *top = getenv("top_srcdir");

	snprintf(path, sizeof path, "%s/%s", top == NULL ? "." : top,
	    name);
	return path;
}

#endif
