/* SPDX-License-Identifier: ISC */
/*
 * The cluster that kubesim plays: nodes, pods, containers and what they use,
 * so that a checker in any language can say beforehand what every rate is.
 *
 * Time is whole milliseconds.  The container NAME of the pod with that UID
 * uses
 *
 *	rate_milli = 1 + FNV-1a-32("UID/NAME") % 1999
 *
 * thousandths of a core, always.  Its counter at t_ms is
 *
 *	rate_milli * 1000 * (t_ms - counted_from_ms)	nanoseconds
 *
 * where counted_from_ms is when this instance of it was started, or when its
 * counter was last reset.  So a rate between two samples of one instance is
 * rate_milli exactly, whatever the time between them.  The counter of a pod
 * goes on over restarts and resets of its containers, and that of a node over
 * the end of its pods.
 *
 * Memory: page faults grow by 1000 * (1 + FNV-1a-32("UID/NAME/faults") % 50)
 * per second, major ones by 1000 * (1 + FNV-1a-32("UID/NAME/major") % 5), and
 * begin anew with the counter of CPU; those of a pod are the sums; those of a
 * node and its system containers grow by 7000 and 1000.
 *
 * Network: rx and tx of a pod grow by 1000 * (1 + FNV-1a-32("UID/rx") % 1000)
 * bytes per second, tx with "/tx"; that of a node by a million both ways.
 * Errors of one way grow as the bytes of the other do.
 *
 * Pressure: some of the tasks of an object wait for "cpu", "memory" or "io" in
 * 1 + FNV-1a-32("UID/NAME/PART-pressure") % 99 percent of the time, all of them
 * in half of that, rounded up to percent.  Its NAME is that of the container, "pod"
 * or "node"; nodes and system containers have the node's name as UID.
 *
 * Kubelets sample each part of an object every sampling_ms, at times t with
 * (t + FNV-1a-32("UID/NAME/PART")) % sampling_ms == 0, and say it again until
 * then; but also when the object or its counters began, and the CPU of a node
 * when a pod of it gave way to another.
 *
 * Nothing here knows what time it is, or talks to anybody.
 */
#ifndef CONTRIB_KUBESIM_MODEL_H
#define CONTRIB_KUBESIM_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_NODES_MAX 10000
#define SIM_PODS_MAX 500		/* of a node */
#define SIM_CONTAINERS_MAX 8		/* of a pod */
#define SIM_UID_BYTES 40
#define SIM_NAME_BYTES 48
#define SIM_KUBELET_MILLI 50		/* what system containers use */
#define SIM_RUNTIME_MILLI 30
#define SIM_NODE_FAULTS_PER_S 7000	/* and each system container */
#define SIM_NODE_MAJOR_FAULTS_PER_S 1000
#define SIM_NODE_BYTES_PER_S 1000000

struct sim_conf {
	uint64_t nodes;
	uint64_t pods;			/* per node */
	uint64_t containers;		/* per pod */
	uint64_t namespaces;
	uint64_t seed;
	int64_t sampling_ms;		/* 0: sampled when asked */
	bool is_newer;			/* as since 1.34: pressure and swap */
};

struct sim_container {
	uint32_t rate_milli;
	uint32_t faults_per_s, major_faults_per_s;
	uint32_t restarts;
	int64_t started_ms;
	int64_t counted_from_ms;
};

struct sim_pod {
	char uid[SIM_UID_BYTES];
	char name[SIM_NAME_BYTES];
	int64_t created_ms;
	uint64_t version;		/* resourceVersion */
	uint32_t rx_bytes_per_s, tx_bytes_per_s;
	struct sim_container containers[SIM_CONTAINERS_MAX];
};

struct sim_node {
	char name[16];
	char address[16];		/* 127.A.B.C */
	uint64_t version;
	int64_t started_ms;
	int64_t changed_ms;		/* when a pod ended */
	uint64_t ended_ns;		/* what such pods had used */
	uint64_t n_answers;		/* summaries, also of no use */
	bool is_ready;
};

/* The pod in slot i is on node i / conf.pods, in namespace i % namespaces. */
struct sim {
	struct sim_conf conf;
	uint64_t random;
	uint64_t n_born;
	struct sim_node *nodes;
	struct sim_pod *pods;
};

void sim_init(struct sim *s, const struct sim_conf *conf, int64_t now_ms);
void sim_fini(struct sim *s);

/* Below bound; the same sequence for the same seed. */
uint64_t sim_random(struct sim *s, uint64_t bound);

uint32_t sim_fnv(const char *uid, const char *name);
uint32_t sim_fnv_part(const char *uid, const char *name, const char *part);
size_t sim_n_pods(const struct sim *s);
size_t sim_node_of(const struct sim *s, size_t slot);
size_t sim_namespace_of(const struct sim *s, size_t slot);

/* Another pod takes the slot, with the name of the one before or its own. */
void sim_replace(struct sim *s, size_t slot, bool has_same_name,
    int64_t now_ms);
void sim_restart(struct sim *s, size_t slot, size_t container, int64_t now_ms);
void sim_reset(struct sim *s, size_t slot, size_t container, int64_t now_ms);

/* When the part was sampled that is said at now_ms; from_ms: since there is it. */
int64_t sim_sampled_ms(const struct sim *s, uint32_t phase, int64_t from_ms,
    int64_t now_ms);

uint64_t sim_container_ns(const struct sim_container *c, int64_t now_ms);
uint64_t sim_pod_ns(const struct sim *s, const struct sim_pod *p,
    int64_t now_ms);
uint64_t sim_node_ns(const struct sim *s, size_t node, int64_t now_ms);
uint64_t sim_grown(uint64_t per_s, int64_t since_ms, int64_t now_ms);

#endif
