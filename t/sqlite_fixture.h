/* SPDX-License-Identifier: ISC */
/*
 * A database in a file of its own, frames to put into it, and questions.
 *
 * Window i begins at T0 + i R.  A node has in it a system container, and the pod
 * default/web-NODE with the container c.  cpu/usage of the node is 1000 i, its
 * utilisation i / 7; the pod's memory/usage is 4096 (i % 10), it receives
 * UINT64_MAX bytes, "logs" has i and "/" has 2 i bytes of file system, the
 * container requests 2 of nvidia.com/gpu.  The cluster has 70 + i bytes of
 * memory, the namespace 7.
 */
#ifndef T_SQLITE_FIXTURE_H
#define T_SQLITE_FIXTURE_H

#include "common/timestamp.h"

#include "apiserver/history.h"

#include "sinks/sqlite_db.h"

#define R (60 * NS_PER_S)
#define HOUR (3600 * NS_PER_S)
#define T0 (INT64_C(1790000000) * NS_PER_S / (6 * HOUR) * (6 * HOUR))

extern char db_path[64];
extern struct sqlite_options options;	/* the defaults; for open_db() */
extern struct sqlite_db_counters counters;

struct sqlite_db *open_db(void);	/* ends the test if it cannot */
void remove_db(void);

/* node NULL: the roll-up.  uid: of the pod.  Now is the latest of windows. */
enum sqlite_written add(struct sqlite_db *db, const char *node,
    const char *uid, int64_t i, struct err *err);
enum sqlite_written add_at(struct sqlite_db *db, const char *node,
    const char *uid, int64_t i, int64_t now_ns, struct err *err);
/* Windows from..to of "n1" and the roll-up, with upkeep in between. */
void fill(struct sqlite_db *db, int64_t from, int64_t to);
/* Upkeep until nothing is left to do. */
void settle(struct sqlite_db *db);

/* A number from the file, by a connection of its own. */
int64_t ask_number(const char *sql);

extern const struct history_key node_key, pod_key, container_key, sys_key,
    cluster_key, namespace_key, uid_key, uid_container_key;

/* The answer, valid until the next one; NULL with err. */
const struct history_answer *ask(struct history *h,
    const struct history_question *q, struct err *err);
/* Of one plain metric, all of the time. */
const struct history_item *series(struct history *h,
    const struct history_key *key, const char *metric);

#endif
