/* SPDX-License-Identifier: ISC */
/*
 * What a process counts, as one table per module:
 *
 *	#define SCRAPE_COUNTERS(X) \
 *		X(scrapes_ok, COUNTER, "scrapes that produced a frame") \
 *		X(nodes,      GAUGE,   "nodes scraped in this window")
 *	COUNTERS_STRUCT(scrape_counters, SCRAPE_COUNTERS)
 *
 * gives a struct of uint64_t with a static description.  A process registers
 * its structs; they are printed as Prometheus text (counters end in _total,
 * names start with cheapster_PROGRAM_) and as key=value pairs in the line
 * "stopped" and on SIGUSR1.
 *
 * What has labels or is no integer prints itself: a process registers a
 * printer for it.  Such names are Heapster's, who knew of no table.
 */
#ifndef COMMON_COUNTERS_H
#define COMMON_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"

enum counter_kind { COUNTER, GAUGE };

struct counter_desc {
	const char *name;
	const char *help;
	enum counter_kind kind;
};

#define COUNTERS_FIELD(name, kind, help) uint64_t name;
#define COUNTERS_DESC(name, kind, help) { #name, help, kind },
#define COUNTERS_STRUCT(type, LIST) \
	struct type { LIST(COUNTERS_FIELD) }; \
	static const struct counter_desc type##_desc[] = { LIST(COUNTERS_DESC) };

/* counters_add(c, &s->counters, scrape_counters) */
#define counters_add(c, values, type) \
	counters_register(c, (1 ? (values) : (struct type *)0), type##_desc, \
	    sizeof type##_desc / sizeof type##_desc[0])

#define COUNTERS_GROUPS_MAX 16
#define COUNTERS_PRINTERS_MAX 4

/* Appends lines of Prometheus' text. */
typedef void counters_printer(const void *arg, struct buf *out);

struct counters {
	const char *program;	/* "collector": from cheapster-collector */
	size_t n_groups;
	struct {
		const uint64_t *values;
		const struct counter_desc *desc;
		size_t n;
	} groups[COUNTERS_GROUPS_MAX];
	size_t n_printers;
	struct {
		counters_printer *print;
		const void *arg;
	} printers[COUNTERS_PRINTERS_MAX];
};

void counters_register(struct counters *c, const void *values,
    const struct counter_desc *desc, size_t n);

void counters_add_printer(struct counters *c, counters_printer *print,
    const void *arg);

/* Adds what Prometheus' libraries say of a process, process_*, and
 * cheapster_build_info{version,program} after the registered ones. */
void counters_print_prometheus(const struct counters *c, struct buf *out);
void counters_print_pairs(const struct counters *c, struct buf *out);

#endif
