/* SPDX-License-Identifier: ISC */
/*
 * The database that cheapster-sink-sqlite writes and the apiserver reads.
 *
 * entity	what a set is over time.  parent is the node of a system container,
 *		the namespace of a pod, the pod of a container, else 0; source is
 *		the node whose frames have it, 0 for nodes, namespaces and the
 *		cluster, which is entity 1.  A pod that comes back with another uid
 *		or on another node is another entity.  last: a window in us that it
 *		had, or an earlier one.
 * metric	names; those of composed metrics have the resource in them.
 * recent	a frame per row, of a source in a window: entity, length and row
 *		(series.h) of each of its sets.
 * raw		a block (series.h) per entity and slot, every point.
 * thin		the same with a point for five minutes and a slot of six hours.
 *
 * So a frame is one insert, at the end; when its slot, an hour or so, is over,
 * all rows of a node are turned into blocks, which take half the space; a day
 * later blocks are thinned.  The key of a block has the slot in front: what is
 * written, thinned and removed together lies together, and pages are freed
 * whole, which is why the file needs no vacuum: it uses them again.  A series is
 * one seek for each slot.
 *
 * Measured by bench/sqlite.c, next to tables with a row per value and with a row
 * per set and window, both clustered so that a series is one range; 50 nodes,
 * 60 windows, 18 values per set, a third of them noise:
 *
 *	a row per value		50 us/set, 21 bytes/value, 1289 written
 *	a row per set		 8 us/set,  7 bytes/value,  352 written
 *	this			1.8 us/set,  3 bytes/value,   36 written
 *
 * After two days it is 2 bytes/value, after thinning 0.5 for each value that was.
 *
 * One writer, any number of readers.  WAL: neither waits for the other.  What
 * is moved between tables is moved in one transaction.
 */
#ifndef COMMON_SQLITE_SCHEMA_H
#define COMMON_SQLITE_SCHEMA_H

#include <assert.h>
#include <stdint.h>

#include "common/frame.h"

#define SCHEMA_APPLICATION 0x63687031	/* "chp1" */
#define SCHEMA_VERSION 1

#define SCHEMA_TABLES \
	"CREATE TABLE entity(id INTEGER PRIMARY KEY, parent INTEGER NOT NULL," \
	" type INTEGER NOT NULL, name TEXT NOT NULL, uid TEXT NOT NULL," \
	" source INTEGER NOT NULL, last INTEGER NOT NULL);" \
	"CREATE UNIQUE INDEX entity_key" \
	" ON entity(parent, type, name, uid, source);" \
	"CREATE INDEX entity_uid ON entity(uid) WHERE uid <> '';" \
	"CREATE TABLE metric(id INTEGER PRIMARY KEY," \
	" name TEXT NOT NULL UNIQUE, is_cumulative INTEGER NOT NULL);" \
	"CREATE TABLE recent(id INTEGER PRIMARY KEY, source INTEGER NOT NULL," \
	" at INTEGER NOT NULL, data BLOB NOT NULL);" \
	"CREATE UNIQUE INDEX recent_key ON recent(source, at);" \
	"CREATE TABLE raw(id INTEGER PRIMARY KEY, data BLOB NOT NULL);" \
	"CREATE TABLE thin(id INTEGER PRIMARY KEY, data BLOB NOT NULL);" \
	"INSERT INTO entity VALUES(1, 0, 5, '', '', 0, 0);"

#define SCHEMA_CLUSTER 1

/* entity.type: never to be renumbered. */
static_assert(SET_NODE == 0 && SET_SYS_CONTAINER == 1 && SET_POD == 2 &&
    SET_POD_CONTAINER == 3 && SET_NAMESPACE == 4 && SET_CLUSTER == 5,
    "these numbers are in databases");

#define SCHEMA_SLOT_US INT64_C(300000000)	/* and a thinned point */
#define SCHEMA_THIN_SLOTS INT64_C(72)		/* of a thinned block */
#define SCHEMA_RAW_SLOTS_MAX INT64_C(12)	/* of a raw block, at most */

/* The id of a block: its slot and entity. */
static inline int64_t
schema_block_id(int64_t slot, uint32_t entity)
{
	return (int64_t)((uint64_t)slot << 32 | entity);
}

static inline int64_t
schema_block_slot(int64_t id)
{
	return id >> 32;
}

static inline uint32_t
schema_block_entity(int64_t id)
{
	return (uint32_t)id;
}

#endif
