/* SPDX-License-Identifier: ISC */
/*
 * The writing side of the database that sqlite_schema.h describes.
 *
 * sqlite_db_write() is a transaction: when it returns true, the frame survives
 * the process.  A frame that is there already changes nothing, so it may come
 * again.  sqlite_db_care() is one step of all that is not urgent, a few ms:
 * turning what a node said in an hour into blocks, thinning, removing.
 *
 * What is old is told by the newest window that came, not by the clock.
 */
#ifndef SINKS_SQLITE_DB_H
#define SINKS_SQLITE_DB_H

#include <stdbool.h>
#include <stdint.h>

#include "common/counters.h"
#include "common/err.h"
#include "common/frame.h"

#include "sinks/sqlite_options.h"

#define SQLITE_DB_COUNTERS(X) \
	X(sets_written, COUNTER, "sets written") \
	X(values_written, COUNTER, "values written") \
	X(frames_repeated, COUNTER, "frames that were there before") \
	X(names_refused, COUNTER, "values of one metric too many") \
	X(blocks_made, COUNTER, "blocks of an entity and an hour or so") \
	X(blocks_thinned, COUNTER, "blocks reduced to a point per 5 minutes") \
	X(blocks_removed, COUNTER, "blocks removed for their age or the bound") \
	X(blocks_damaged, COUNTER, "blocks that could not be read") \
	X(databases_damaged, COUNTER, "files that were moved aside") \
	X(care_errors, COUNTER, "steps of upkeep that failed") \
	X(bytes, GAUGE, "bytes of the database that are in use")
COUNTERS_STRUCT(sqlite_db_counters, SQLITE_DB_COUNTERS)

struct sqlite_db;

/* Makes the file if there is none.  One that is damaged is set aside, if it has
 * been opened by a sink before; else it is not ours, and refused. */
struct sqlite_db *sqlite_db_open(const struct sqlite_options *options,
    struct sqlite_db_counters *counters, struct err *err);
void sqlite_db_close(struct sqlite_db *db);	/* NULL is fine */

/* False: the name is no longer that of the file which is open; what is written
 * now, nobody will find.  A log that was left behind is removed: it must not
 * be taken for that of the next file. */
bool sqlite_db_is_there(const struct sqlite_db *db);

/* After a failure: whether the file is damaged. */
bool sqlite_db_is_damaged(const struct sqlite_db *db);

/* Moves the file to PATH.damaged, with its log, and says so in the log of the
 * process; nothing but sqlite_db_close() may follow. */
bool sqlite_db_set_aside(struct sqlite_db *db, struct err *err);

enum sqlite_written {
	SQLITE_WRITTEN,
	SQLITE_FAILED,		/* now; perhaps not the next time */
	SQLITE_REFUSED,		/* too old, or far in the future */
};

enum sqlite_written sqlite_db_write(struct sqlite_db *db,
    const struct frame *f, int64_t now_ns, struct err *err);

/* *did says whether there was something to do. */
bool sqlite_db_care(struct sqlite_db *db, bool *did, struct err *err);

#endif
