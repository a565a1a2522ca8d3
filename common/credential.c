/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/timestamp.h"

#include "common/credential.h"
#include "common/exec_credential.h"
#include "common/token.h"

#define RETRY_MIN_MS 1000
#define RETRY_MAX_MS 60000

struct credential {
	struct loop *loop;
	const struct cluster_access *access;
	void (*on_change)(void *arg);
	void *arg;
	struct loop_timer timer;
	struct log_condition failing;

	struct token token;		/* of access->token_file */

	/* Of a plugin. */
	struct exec_credential now;
	int64_t got_mono_ns;		/* 0: never */
	struct backoff backoff;
	struct event *done;
	int done_fd;
	bool is_asking;
	pthread_t thread;
	atomic_bool is_given_up;
	struct exec_credential answer;	/* written by the thread */
	struct err error;
	bool is_answered;
};

static void
note_failure(struct credential *c, const char *event, const char *error)
{
	if (log_onset(&c->failing, clock_mono_ns()))
		log_warn("%s seen=%" PRIu64 " error=%s", event,
		    c->failing.seen, log_qs(error));
}

static void
look_at_file(struct credential *c)
{
	struct token *t = &c->token;
	const char *before = t->text;
	struct err err;

	if (!token_refresh(t, clock_mono_ns(), &err))
		note_failure(c, "token_unreadable", err.msg);
	else if (log_clear(&c->failing))
		log_info("token_readable");
	if (t->text != before)
		c->on_change(c->arg);
	loop_timer_set_ns(&c->timer, CREDENTIAL_LOOK_NS);
}

static void *
ask_in_thread(void *arg)
{
	struct credential *c = arg;
	uint64_t one = 1;

	c->is_answered = exec_credential_get(&c->answer, c->access,
	    EXEC_CREDENTIAL_TIMEOUT_NS, &c->is_given_up, &c->error);
	while (write(c->done_fd, &one, sizeof one) == -1 && errno == EINTR)
		continue;
	return NULL;
}

static void
retry(struct credential *c, const char *error)
{
	note_failure(c, "credential_failed", error);
	loop_timer_set_ns(&c->timer, NS_PER_MS *
	    backoff_step_ms(&c->backoff, (uint32_t)random()));
}

static void
ask_plugin(struct credential *c)
{
	int error;

	loop_timer_cancel(&c->timer);
	if (c->is_asking)
		return;
	error = pthread_create(&c->thread, NULL, ask_in_thread, c);
	c->is_asking = error == 0;
	if (error != 0)
		retry(c, strerror(error));
}

static void
on_answer(evutil_socket_t fd, short what, void *arg)
{
	struct credential *c = arg;
	uint64_t n;

	(void)what;
	if (read(fd, &n, sizeof n) == -1)
		return;
	pthread_join(c->thread, NULL);
	c->is_asking = false;
	if (!c->is_answered) {
		retry(c, c->error.msg);
		return;
	}
	log_clear(&c->failing);
	log_info("credential_renewed plugin=%s",
	    log_qs(c->access->exec.argv[0]));
	exec_credential_fini(&c->now);
	c->now = c->answer;
	c->answer = (struct exec_credential){ .token = NULL };
	c->got_mono_ns = clock_mono_ns();
	backoff_reset(&c->backoff);
	c->on_change(c->arg);
	loop_timer_set_ns(&c->timer, CREDENTIAL_LOOK_NS);
}

static void
on_timer(void *arg)
{
	struct credential *c = arg;

	if (c->access->exec.argv == NULL)
		look_at_file(c);
	else if (c->got_mono_ns == 0 || c->failing.is_on ||
	    exec_credential_is_due(&c->now, clock_wall_ns()))
		ask_plugin(c);
	else
		loop_timer_set_ns(&c->timer, CREDENTIAL_LOOK_NS);
}

struct credential *
credential_open(struct loop *loop, const struct cluster_access *access,
    void (*on_change)(void *arg), void *arg)
{
	struct credential *c = xcalloc(1, sizeof *c);

	c->loop = loop;
	c->access = access;
	c->on_change = on_change;
	c->arg = arg;
	c->token.path = access->token_file;
	c->done_fd = -1;
	backoff_init(&c->backoff, RETRY_MIN_MS, RETRY_MAX_MS);
	loop_timer_init(&c->timer, loop, on_timer, c);
	return c;
}

static bool
open_plugin(struct credential *c)
{
	c->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (c->done_fd == -1)
		return false;
	c->done = event_new(c->loop->base, c->done_fd, EV_READ | EV_PERSIST,
	    on_answer, c);
	return c->done != NULL && event_add(c->done, NULL) == 0;
}

void
credential_start(struct credential *c)
{
	if (c->access->exec.argv != NULL) {
		if (!open_plugin(c))
			log_die(EXIT_FAILURE, "credential_failed error=%s",
			    log_qs(strerror(errno)));
		ask_plugin(c);
		return;
	}
	if (c->token.path != NULL)
		look_at_file(c);
	if (c->token.text == NULL)
		c->on_change(c->arg);
}

void
credential_apply(const struct credential *c, struct fetch_identity *id)
{
	const struct cluster_access *a = c->access;

	id->token = a->token != NULL ? a->token :
	    a->token_file != NULL ? c->token.text : c->now.token;
	id->cert_file = a->cert_file;
	id->key_file = a->key_file;
	id->cert_pem = a->cert_pem;
	id->key_pem = a->key_pem;
	if (c->now.cert_pem != NULL && a->cert_file == NULL &&
	    a->cert_pem == NULL) {
		id->cert_pem = c->now.cert_pem;
		id->key_pem = c->now.key_pem;
	}
}

void
credential_refused(struct credential *c)
{
	if (c->access->exec.argv != NULL && !c->failing.is_on &&
	    clock_mono_ns() - c->got_mono_ns >= CREDENTIAL_AGE_MIN_NS)
		ask_plugin(c);
}

void
credential_close(struct credential *c)
{
	if (c == NULL)
		return;
	atomic_store(&c->is_given_up, true);
	if (c->is_asking)
		pthread_join(c->thread, NULL);
	if (c->done != NULL)
		event_free(c->done);
	if (c->done_fd != -1)
		close(c->done_fd);
	loop_timer_fini(&c->timer);
	exec_credential_fini(&c->now);
	exec_credential_fini(&c->answer);
	token_fini(&c->token);
	free(c);
}
