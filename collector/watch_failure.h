/* SPDX-License-Identifier: ISC */
/*
 * What is said of lists and watches that fail: once per reason and minute, in
 * the words of the kube-apiserver, and which rule of RBAC is missing.
 */
#ifndef COLLECTOR_WATCH_FAILURE_H
#define COLLECTOR_WATCH_FAILURE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "common/fetch.h"
#include "common/log.h"

/* Of one request. */
struct watch_failure {
	struct err reason;
	int status;		/* as in struct watch_plan_failure */
	int64_t retry_after_s;	/* 0: not said */
};

/* Of a result with an error: "HTTP status 503: etcd is not there". */
void watch_failure_explain(struct watch_failure *f,
    const struct fetch_result *result);

/* Of all requests about one kind of objects, one after the other. */
struct watch_failing {
	struct log_condition condition;
	int status;		/* of the last one */
	bool is_watch;
};

/* plural: "pods".  A watch that is forbidden is said once: it may be meant. */
void watch_failing_note(struct watch_failing *w, const char *plural,
    bool is_watch, const struct watch_failure *f, int64_t now_mono_ns);
void watch_failing_clear(struct watch_failing *w, const char *plural);

#endif
