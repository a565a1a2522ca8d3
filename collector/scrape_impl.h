/* SPDX-License-Identifier: ISC */
/*
 * Inside the scraper: scrape.c says when, and publishes; ask.c asks a kubelet;
 * target.c keeps who is asked.
 */
#ifndef COLLECTOR_SCRAPE_IMPL_H
#define COLLECTOR_SCRAPE_IMPL_H

#include "common/fetch.h"
#include "common/hash.h"
#include "common/log.h"

#include "collector/enrich.h"
#include "collector/kubelet_api.h"
#include "collector/kubelet_refusal.h"
#include "collector/local.h"
#include "collector/scrape.h"

#define FETCHERS_MAX 256
#define FETCHER_TARGETS_MAX 250		/* fetch.h says why */

enum target_kind { TARGET_LOCAL, TARGET_KUBELET, TARGET_NODE };

/* What a target was asked last, and how: by then it may be asked otherwise. */
struct question {
	enum kubelet_api api;
	bool is_proxied;		/* through the kube-apiserver */
	int summary_status;		/* refused before, in this window */
	bool is_verified_again;		/* by the other of the two */
	int64_t began_mono_ns;		/* of the window's first */
	int64_t deadline_mono_ns;	/* of all of them */
};

struct target {
	struct scraper *scraper;
	enum target_kind kind;
	uint32_t index;			/* in targets[] */
	struct local_source *local;	/* TARGET_LOCAL */
	char *url;			/* the others; NULL: no address.
					 * TARGET_NODE: without a path */
	char *metrics_path;		/* of a virtual node, or NULL */
	enum kubelet_api api;
	int64_t fallback_mono_ns;	/* KUBELET_AUTO: refused the Summary
					 * then; 0: no */
	char *connect_to;		/* TARGET_NODE: or NULL */
	bool is_verified_by_address;	/* and not by the name of the node */
	int64_t proxy_mono_ns;		/* KUBELET_EITHER: could not be
					 * connected to then; 0: no */
	char *name;			/* of the node, or its address */
	bool is_named;			/* by itself, or by the cluster */
	bool is_ready;			/* TARGET_NODE: says the cluster */
	bool is_started;
	bool is_in_flight;
	bool is_gone;			/* freed when it has answered */
	unsigned fetcher;
	unsigned round;			/* of the sync that knew it */
	int64_t slot_ns;
	int64_t last_ns;		/* newest window asked for */
	int64_t window_ns;		/* the one being asked for */
	int64_t succeeded_ns;		/* newest window with an answer */
	int64_t due_ns;			/* when */
	int64_t asked_ns;		/* the last time */
	struct question question;
	struct {
		uint64_t n;
		int64_t sum_ns;
		int64_t last_ns;	/* when that was */
	} answers;			/* errors are some, too */
	struct loop_timer timer;
	struct log_condition failing;
	enum kubelet_refusal refusal;	/* that it is counted in */
};

struct scraper {
	struct scraper_conf conf;
	struct loop *loop;
	struct bus_pub *raw;
	struct fetcher *fetchers[FETCHERS_MAX];
	unsigned fetcher_targets[FETCHERS_MAX];
	struct target **targets;	/* those of sources first */
	size_t n_targets;
	size_t cap_targets;
	struct hash_index names;	/* of TARGET_NODE */
	struct loop_timer sync_timer;
	unsigned sync_round;
	uint64_t synced_changes;	/* of the cluster's nodes */
	int64_t roster_ns;		/* window of the newest roster */
	struct arena arena;
	struct log_condition refused;	/* Summaries */
	struct {
		struct log_condition condition;
		size_t n_targets;
	} refusals[REFUSAL_KINDS];
	struct log_condition unreachable;	/* kubelets, themselves */
	bool has_told_of_names;		/* that there are too many */
	struct scrape_counters counters;
	struct enrich_counters enrich_counters;
};

/* scrape.c */
void target_schedule(struct target *t);
void target_on_due(void *arg);
/* The end of a window for a target: one of the three. */
void target_fail(struct target *t, const char *reason, int64_t elapsed_ns);
/* The same for what is said once for all targets. */
void target_refuse(struct target *t, enum kubelet_refusal refusal,
    const char *reason);
void target_succeed(struct target *t, struct frame *f);
/* What the cluster knows is added; the node has the cluster's name. */
bool target_complete(struct target *t, struct frame *f, struct err *err);
/* Counts it in that refusal.  That one has ended for all is told where the
 * node has got further, and not where the last of them has failed or left. */
void target_set_refusal(struct target *t, enum kubelet_refusal refusal,
    bool is_further);
/* Frees it; a roster that has it gets its answer. */
void target_leave(struct target *t);

/* ask.c: asks a kubelet, and ends the window with the answer. */
void target_ask(struct target *t);

/* scrape_stats.c */
void target_note_answer(struct target *t, int64_t elapsed_ns, int64_t now_ns);
/* A counters_printer. */
void scraper_print(const void *scraper, struct buf *out);

/* target.c */
bool target_add_source(struct scraper *s, size_t i,
    struct counters *counters, struct err *err);
struct target *target_find_node(struct scraper *s, struct str name);
struct target *target_add_node(struct scraper *s, struct str name);
void target_free(struct target *t);	/* and takes it out */
void target_free_all(struct scraper *s);

/* Makes the targets those of the cluster's nodes, if these have changed. */
void target_sync(struct scraper *s);

#endif
