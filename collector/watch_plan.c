/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/number.h"
#include "common/timestamp.h"

#include "collector/watch_plan.h"

#define BACKOFF_FIRST_MS 500
#define BACKOFF_MAX_MS 30000
#define CONFUSION_MAX_MS 60000
#define CONFUSION_OVER_NS (300 * NS_PER_S)
#define RETRY_AFTER_MAX_S 60
#define PROVEN_NS (5 * NS_PER_S)	/* a watch that lived so long works */
#define SHORT_NS NS_PER_S		/* one that ends sooner has failed */
#define FAILURES_MAX 3
#define STALE_LIST_NS (300 * NS_PER_S)

void
watch_plan_init(struct watch_plan *p)
{
	*p = (struct watch_plan){ .next = PLAN_LIST };
	backoff_init(&p->backoff, BACKOFF_FIRST_MS, BACKOFF_MAX_MS);
	backoff_init(&p->confusion, BACKOFF_FIRST_MS, CONFUSION_MAX_MS);
}

void
watch_plan_begun(struct watch_plan *p, int64_t now_mono_ns)
{
	p->has_come = false;
	if (p->next == PLAN_LIST)
		p->list_mono_ns = now_mono_ns;
	else
		p->watch_mono_ns = now_mono_ns;
}

/* Versions are numbers, but nobody promises that. */
static bool
is_older(struct str a, struct str b)
{
	uint64_t a_number, b_number;

	return parse_u64(a, &a_number) && parse_u64(b, &b_number) &&
	    a_number < b_number;
}

void
watch_plan_listed(struct watch_plan *p, struct str known, struct str version)
{
	p->is_proven = false;
	if (!p->must_be_true && is_older(version, known)) {
		p->must_be_true = true;
		p->next = PLAN_LIST;
		return;
	}
	p->must_be_true = false;
	p->has_place = true;
	p->next = PLAN_WATCH;
}

static int64_t
delay_ns(struct backoff *backoff, const struct watch_plan_failure *f)
{
	int64_t delay = NS_PER_MS * backoff_step_ms(backoff, f->random);
	int64_t wish_s = f->retry_after_s < RETRY_AFTER_MAX_S ?
	    f->retry_after_s : RETRY_AFTER_MAX_S;

	return delay > wish_s * NS_PER_S ? delay : wish_s * NS_PER_S;
}

int64_t
watch_plan_list_failed(struct watch_plan *p,
    const struct watch_plan_failure *f)
{
	if (f->status == 200 || f->status == 410 || f->status == 504)
		p->must_be_true = true;
	p->next = p->has_place ? PLAN_WATCH : PLAN_LIST;
	return delay_ns(&p->backoff, f);
}

static void
prove(struct watch_plan *p)
{
	backoff_reset(&p->backoff);
	p->is_proven = true;
	p->n_failed = 0;
}

void
watch_plan_event(struct watch_plan *p)
{
	p->has_come = true;
	prove(p);
}

bool
watch_plan_is_short(const struct watch_plan *p, int64_t now_mono_ns)
{
	return !p->has_come && now_mono_ns - p->watch_mono_ns < SHORT_NS;
}

static void
lose_place(struct watch_plan *p)
{
	p->has_place = false;
	p->n_failed = 0;
	p->next = PLAN_LIST;
}

/* Says the failure something about the place? */
static bool
is_about_place(int status)
{
	return status != 0 && status != 401 && status != 403 &&
	    status != 429 && status < 500;
}

static bool
is_list_due(const struct watch_plan *p, const struct watch_plan_failure *f)
{
	int64_t since_ns = f->now_mono_ns - p->list_mono_ns;

	if (f->status == 0 || f->status == 401)
		return false;
	return since_ns >= (f->status == 403 ?
	    WATCH_PLAN_FORBIDDEN_LIST_S * NS_PER_S : STALE_LIST_NS);
}

static int64_t
be_confused(struct watch_plan *p, const struct watch_plan_failure *f)
{
	if (f->now_mono_ns - p->confused_mono_ns >= CONFUSION_OVER_NS)
		backoff_reset(&p->confusion);
	p->confused_mono_ns = f->now_mono_ns;
	lose_place(p);
	return delay_ns(&p->confusion, f);
}

int64_t
watch_plan_watch_ended(struct watch_plan *p, enum watch_end end,
    const struct watch_plan_failure *f)
{
	int64_t lived_ns = f->now_mono_ns - p->watch_mono_ns;
	bool works = p->has_come || lived_ns >= PROVEN_NS;

	p->next = PLAN_WATCH;
	if (end == WATCH_EXPIRED) {
		lose_place(p);
		return p->is_proven && f->retry_after_s == 0 ? 0 :
		    delay_ns(&p->backoff, f);
	}
	if (end == WATCH_CONFUSED)
		return be_confused(p, f);
	if (f->status == 200 && works)
		prove(p);
	if (end == WATCH_OVER)
		return 0;
	if (is_list_due(p, f))
		p->next = PLAN_LIST;
	else if (!works && is_about_place(f->status) &&
	    ++p->n_failed >= FAILURES_MAX)
		lose_place(p);
	return delay_ns(&p->backoff, f);
}
