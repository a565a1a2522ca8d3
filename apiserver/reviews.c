/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/secret.h"

#include "apiserver/reviews.h"

struct reviews {
	struct kube_client *client;
	struct reviews_conf conf;
	struct reviews_counters *counters;
	struct review_cache tokens, accesses;
	struct log_condition failing;
};

struct reviews *
reviews_open(struct kube_client *client, const struct reviews_conf *conf,
    struct reviews_counters *counters)
{
	struct reviews *rs = xcalloc(1, sizeof *rs);

	rs->client = client;
	rs->conf = *conf;
	rs->counters = counters;
	rs->tokens.n_max = REVIEWS_TOKENS_MAX;
	rs->accesses.n_max = REVIEWS_ACCESSES_MAX;
	return rs;
}

void
reviews_close(struct reviews *rs)
{
	if (rs == NULL)
		return;
	review_cache_fini(&rs->tokens);
	review_cache_fini(&rs->accesses);
	free(rs);
}

static struct review_cache *
cache_of(const struct review *r)
{
	return r->is_token ? &r->reviews->tokens : &r->reviews->accesses;
}

/* One may ask something new while it is told. */
static void
tell_all(struct review *r)
{
	struct review_waiter *w;

	while ((w = r->waiters) != NULL) {
		r->waiters = w->next;
		w->review = NULL;
		w->done(w, r);
	}
}

static void
note_failure(struct reviews *rs, const struct review *r)
{
	rs->counters->reviews_failed++;
	if (log_onset(&rs->failing, clock_mono_ns()))
		log_warn("review_failed kind=%s error=%s", r->is_token ?
		    "token" : "access", log_qs(r->error.msg));
}

static int64_t
ttl_of(const struct review *r)
{
	const struct reviews_conf *conf = &r->reviews->conf;

	return r->is_token ? conf->token_ttl_ns : r->verdict.is_allowed ?
	    conf->allowed_ttl_ns : conf->denied_ttl_ns;
}

/* Nobody can make it go while those who wait are told: it is settled after. */
static void
on_answer(void *arg, const struct fetch_result *result)
{
	struct review *r = arg;
	struct reviews *rs = r->reviews;

	rs->counters->reviews_pending--;
	if (result->error != NULL)
		r->is_failed = !err_set(&r->error, "%s", result->error);
	else
		r->is_failed = r->is_token ? !review_parse_token(&r->user,
		    result->body, &r->error) : !review_parse_access(
		    &r->verdict, result->body, &r->error);
	if (r->is_failed)
		note_failure(rs, r);
	else if (log_clear(&rs->failing))
		log_info("reviews_answered");
	tell_all(r);
	if (r->is_failed)
		review_cache_drop(cache_of(r), r);
	else
		review_cache_settle(cache_of(r), r, clock_mono_ns() +
		    ttl_of(r));
}

static void
wait_for(struct review *r, struct review_waiter *w)
{
	w->review = r;
	w->next = r->waiters;
	r->waiters = w;
}

/* True: *known is what there is, or w waits. */
static bool
find(struct reviews *rs, struct review_cache *cache,
    const unsigned char key[REVIEW_KEY_BYTES], struct review_waiter *w,
    const struct review **known)
{
	struct review *r = review_cache_find(cache, key, clock_mono_ns());

	*known = NULL;
	w->review = NULL;
	if (r == NULL)
		return false;
	if (r->is_pending) {
		rs->counters->reviews_joined++;
		wait_for(r, w);
	} else {
		rs->counters->reviews_cached++;
		*known = r;
	}
	return true;
}

static void
ask(struct reviews *rs, struct review_cache *cache,
    const unsigned char key[REVIEW_KEY_BYTES], struct str question,
    size_t n_max, struct review_waiter *w)
{
	bool is_token = cache == &rs->tokens;
	struct review *r = NULL;
	struct err err;

	if (rs->counters->reviews_pending < n_max)
		r = review_cache_add(cache, key);
	if (r == NULL) {
		rs->counters->reviews_crowded++;
		return;
	}
	r->reviews = rs;
	r->is_token = is_token;
	if (!kube_client_ask(rs->client, is_token ? REVIEW_TOKEN_PATH :
	    REVIEW_ACCESS_PATH, question, rs->conf.timeout_ns, on_answer, r,
	    &err)) {
		r->error = err;
		note_failure(rs, r);
		review_cache_drop(cache, r);
		return;
	}
	if (is_token)
		rs->counters->token_reviews++;
	else
		rs->counters->access_reviews++;
	rs->counters->reviews_pending++;
	wait_for(r, w);
}

const struct review *
reviews_token(struct reviews *rs, struct str token, struct review_waiter *w)
{
	unsigned char key[REVIEW_KEY_BYTES];
	const struct review *known;
	struct buf question = BUF_INIT;

	review_key(key, token);
	if (find(rs, &rs->tokens, key, w, &known))
		return known;
	review_print_token(&question, token);
	if (!question.failed)
		ask(rs, &rs->tokens, key, buf_str(&question),
		    REVIEWS_STRANGERS_MAX, w);
	secret_free_bytes(question.p, question.len);
	return NULL;
}

const struct review *
reviews_access(struct reviews *rs, const struct user *user,
    const struct attributes *a, struct review_waiter *w)
{
	unsigned char key[REVIEW_KEY_BYTES];
	const struct review *known;
	struct buf question = BUF_INIT;

	review_print_access(&question, user, a);
	w->review = NULL;
	known = NULL;
	if (!question.failed) {
		review_key(key, buf_str(&question));
		if (!find(rs, &rs->accesses, key, w, &known))
			ask(rs, &rs->accesses, key, buf_str(&question),
			    user_is_anonymous(user) ? REVIEWS_STRANGERS_MAX :
			    REVIEWS_PENDING_MAX, w);
	}
	buf_fini(&question);
	return known;
}

void
review_cancel(struct review_waiter *w)
{
	struct review_waiter **at;

	if (w->review == NULL)
		return;
	for (at = &w->review->waiters; *at != w; at = &(*at)->next)
		continue;
	*at = w->next;
	w->review = NULL;
}
