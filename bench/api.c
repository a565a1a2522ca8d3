/* SPDX-License-Identifier: ISC */
/*
 * bench/api PORT PID SECONDS RATE TLS NEW PATH [HEADER...]: asks one thing over
 * one connection that is kept, RATE times a second or, with 0, as often as it
 * is answered.  TLS is 0, 1, or a file with a certificate to show and its key;
 * NEW is 0 or 1: with 1 no two questions are the same, so that no answer can be
 * one that was given before.  One line: status, bytes of the body, answers,
 * microseconds of user and system time of process PID per answer, and of
 * waiting at the median and at 99 %.
 *
 * Needs a server that is filled: bench/api.py runs it.
 */
#include "config.h"

#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/mem.h"
#include "common/timestamp.h"

#define ANSWER_BYTES_MAX (512u << 20)
#define HEAD_BYTES_MAX 8192
#define ANSWERS_MAX (1u << 20)

static int fd;
static SSL *ssl;
static char answer[ANSWER_BYTES_MAX];
static int64_t waited_ns[ANSWERS_MAX];
static struct buf headers;

_Noreturn static void
fail(const char *what)
{
	fprintf(stderr, "bench/api: %s\n", what);
	exit(1);
}

/* tls: as the argument. */
static void
begin_tls(const char *tls)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	if (strcmp(tls, "1") != 0 &&
	    (SSL_CTX_use_certificate_chain_file(context, tls) != 1 ||
	    SSL_CTX_use_PrivateKey_file(context, tls,
	    SSL_FILETYPE_PEM) != 1))
		fail("no certificate");
	ssl = SSL_new(context);
	if (ssl == NULL || SSL_set_fd(ssl, fd) != 1 || SSL_connect(ssl) != 1)
		fail("no TLS");
}

static void
open_connection(uint16_t port, const char *tls)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int on = 1;

	fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (connect(fd, (struct sockaddr *)&at, sizeof at) == -1)
		fail("no connection");
	if (strcmp(tls, "0") != 0)
		begin_tls(tls);
}

static size_t
receive(size_t at)
{
	size_t room = sizeof answer - 1 - at;
	int n = ssl != NULL ? SSL_read(ssl, answer + at,
	    (int)(room < INT32_MAX ? room : INT32_MAX)) :
	    (int)recv(fd, answer + at, room, 0);

	if (n <= 0)
		fail("the connection ended");
	return (size_t)n;
}

/* The bytes of the body; the status is in the first line. */
static size_t
ask(const char *request)
{
	size_t len = strlen(request), n = 0, body_bytes;
	char *end, *length;

	if ((ssl != NULL ? SSL_write(ssl, request, (int)len) :
	    (int)send(fd, request, len, 0)) != (int)len)
		fail("the connection ended");
	do {
		n += receive(n);
		answer[n] = '\0';
		end = memmem(answer, n < HEAD_BYTES_MAX ? n : HEAD_BYTES_MAX,
		    "\r\n\r\n", 4);
	} while (end == NULL && n < HEAD_BYTES_MAX);
	length = end == NULL ? NULL : strcasestr(answer, "\nContent-Length:");
	if (length == NULL || length > end)
		fail("an answer without length");
	body_bytes = strtoul(length + 16, NULL, 10);
	while (n < (size_t)(end + 4 - answer) + body_bytes)
		n += receive(n);
	return body_bytes;
}

static size_t
ask_for(const char *path, bool want_new)
{
	static unsigned n;
	char other[24] = "", *request;
	size_t bytes;

	if (want_new)
		snprintf(other, sizeof other, "%cn=%u",
		    strchr(path, '?') == NULL ? '?' : '&', n++);
	request = xasprintf("GET %s%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n",
	    path, other, headers.len == 0 ? "" : headers.p);
	bytes = ask(request);
	free(request);
	return bytes;
}

static int64_t
cpu_ns(pid_t pid)
{
	struct timespec ts;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 ||
	    clock_gettime(clock, &ts) == -1)
		fail("no such process");
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void
sleep_until(int64_t mono_ns)
{
	struct timespec ts = { .tv_sec = mono_ns / NS_PER_S,
		.tv_nsec = mono_ns % NS_PER_S };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

static void
measure(const char *path, bool want_new, pid_t pid, double seconds,
    double rate)
{
	size_t n = 0, bytes = ask_for(path, want_new);
	int64_t begin_ns = clock_mono_ns(), before_ns = cpu_ns(pid);
	int64_t end_ns = begin_ns + (int64_t)(seconds * 1e9);
	int64_t at_ns = begin_ns;

	do {
		if (rate > 0) {
			at_ns += (int64_t)(1e9 / rate);
			sleep_until(at_ns);
		}
		/* Waiting begins when it should have been asked. */
		if (rate <= 0)
			at_ns = clock_mono_ns();
		bytes = ask_for(path, want_new);
		waited_ns[n++] = clock_mono_ns() - at_ns;
	} while (n < ANSWERS_MAX && clock_mono_ns() < end_ns);
	qsort(waited_ns, n, sizeof waited_ns[0], by_size);
	printf("%.3s %zu %zu %.1f %.1f %.1f\n", answer + 9, bytes, n,
	    (double)(cpu_ns(pid) - before_ns) / 1000 / (double)n,
	    (double)waited_ns[n / 2] / 1000,
	    (double)waited_ns[n * 99 / 100] / 1000);
}

int
main(int argc, char **argv)
{
	if (argc < 8)
		fail("PORT PID SECONDS RATE TLS NEW PATH [HEADER...]");
	for (int i = 8; i < argc; i++)
		buf_addf(&headers, "%s\r\n", argv[i]);
	buf_add_char(&headers, '\0');
	open_connection((uint16_t)atoi(argv[1]), argv[5]);
	measure(argv[7], atoi(argv[6]) != 0, atoi(argv[2]), atof(argv[3]),
	    atof(argv[4]));
	buf_fini(&headers);
	return 0;
}
