/* SPDX-License-Identifier: ISC */
/* Nobody waits for a name server that does not answer: not when a connection
 * is made, nor when it is given up. */
#include "config.h"

#include <errno.h>
#include <netdb.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/timestamp.h"

#include "sinks/exchange.h"
#include "sinks/http_client.h"
#include "sinks/stream.h"

#include "t/tap.h"

#define SILENCE_S 20
#define TIMEOUT_NS (200 * NS_PER_MS)
#define SOON_NS (SILENCE_S / 2 * NS_PER_S)

static int (*answer)(const char *host);

/* In place of that of the C library, also for libcurl. */
int
getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
    struct addrinfo **out)
{
	(void)port;
	*out = NULL;
	return hints != NULL && (hints->ai_flags & AI_NUMERICHOST) != 0 ?
	    EAI_NONAME : answer(host);
}

static int
say_nothing(const char *host)
{
	struct timespec left = { SILENCE_S, 0 };

	(void)host;
	while (nanosleep(&left, &left) == -1 && errno == EINTR)
		continue;
	return EAI_AGAIN;
}

static int
know_nobody(const char *host)
{
	(void)host;
	return EAI_NONAME;
}

static void
is_soon(int64_t began_mono_ns, const char *what)
{
	ok(clock_mono_ns() - began_mono_ns < SOON_NS, "%s is not kept", what);
}

static void
test_stream(const char *why)
{
	int64_t began_mono_ns = clock_mono_ns();
	struct stream s;
	struct err err;

	stream_init(&s, STR("far.invalid"), "2003", false);
	s.timeout_ns = TIMEOUT_NS;
	ok(!stream_connect(&s, &err), "a stream is not made");
	ok(strstr(err.msg, why) != NULL && strstr(err.msg, "far.invalid:2003"),
	    "the error is %s", err.msg);
	is_soon(began_mono_ns, "who makes a stream");
	stream_fini(&s);
}

static void
test_exchange(void)
{
	int64_t began_mono_ns = clock_mono_ns();
	struct exchange e;
	struct err err;

	exchange_init(&e, "far.invalid:5555", false);
	e.timeout_ns = TIMEOUT_NS;
	ok(!exchange_connect(&e, &err), "an exchange is not made");
	is_soon(began_mono_ns, "who makes an exchange");
	exchange_fini(&e);
}

static void
test_http(void)
{
	int64_t began_mono_ns = clock_mono_ns();
	struct http_request request = { .url = "http://far.invalid/" };
	struct http_answer answered;
	struct http_client c;
	struct sink_uri uri;
	struct err err;

	if (!sink_uri_parse(&uri, STR("http://h?timeout=200ms"), &err) ||
	    !http_client_open(&c, &uri, &err))
		bail("%s", err.msg);
	http_ask(&c, &request, &answered);
	is_i64(answered.status, 0, "a request is not answered");
	http_client_close(&c);
	is_soon(began_mono_ns, "who asks by HTTP");
	sink_uri_fini(&uri);
}

int
main(void)
{
	answer = know_nobody;
	test_stream(gai_strerror(EAI_NONAME));
	answer = say_nothing;
	test_stream("name");
	test_exchange();
	test_http();
	return done_testing();
}
