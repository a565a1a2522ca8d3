/* SPDX-License-Identifier: ISC */
/*
 * Points as documents for Elasticsearch's _bulk, as Heapster wrote them: two
 * lines each, what to do and the document.  (Shown with breaks.)
 *
 *	{"index":{"_id":"...","_index":"heapster-2026.03.04","_type":"cpu"}}
 *	{"CpuMetricsTimestamp":"2026-03-04T05:06:00Z",
 *	"Metrics":{"cpu/limit":{"value":500},"cpu/usage":{"value":123}},
 *	"MetricsTags":{"cluster_name":"default",...,"type":"pod_container"}}
 *
 * All metrics of a set or resource that are of one family (cpu, filesystem,
 * memory, network) are one document; each of the rest is one by itself, with
 * "MetricsName" and "MetricsValue".  Tags are all labels, also empty ones, and
 * the cluster.
 *
 * From version 6 on there is no type, but the field "family", and "@timestamp".
 *
 * An id is made of window, cluster, labels and family or metric, so that the
 * same document again replaces itself.  The window comes first: a server finds
 * out soon that it has no such id.  Pure.
 */
#ifndef SINKS_FORMAT_ELASTICSEARCH_H
#define SINKS_FORMAT_ELASTICSEARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/frame.h"
#include "common/timestamp.h"

#include "sinks/elastic_version.h"
#include "sinks/points.h"

#define ELASTIC_DAY_NS (86400 * NS_PER_S)
#define ELASTIC_TYPE "doc"	/* of all documents, in version 6 */

enum elastic_family {
	ELASTIC_CPU, ELASTIC_FILESYSTEM, ELASTIC_MEMORY, ELASTIC_NETWORK,
	ELASTIC_GENERAL, ELASTIC_FAMILY_COUNT
};

struct elastic_family_name {
	struct str name;	/* "cpu" */
	struct str timestamp;	/* "CpuMetricsTimestamp" */
};

extern const struct elastic_family_name elastic_families[];

enum elastic_family elastic_family(enum metric m);

/* What is the same in all documents of a frame and a family. */
struct elastic_frame_texts {
	struct buf action_end;	/* behind the id */
	struct buf begin;
	struct buf end;		/* behind the tags */
};

struct elastic_format {
	struct point_filter filter;
	struct str cluster_name;
	struct str index;	/* the base of its name */
	struct str pipeline;	/* absent: none */
	enum elastic_version version;
	bool is_stream;		/* one name, nothing is ever replaced */
	bool want_underscores;	/* in place of dots in names of tags */
	struct points points;	/* of the frame in work; the rest is scratch */
	struct buf tags;	/* {...} */
	struct buf names;
	struct buf action_begin;	/* up to the window in the id */
	struct elastic_frame_texts texts[ELASTIC_FAMILY_COUNT];
	union metric_value values[METRIC_COUNT];
	uint64_t present;	/* plain metrics among values */
	uint64_t present_labelled;
	enum metric order[METRIC_COUNT];	/* by family and name */
	enum elastic_family families[METRIC_COUNT];
	bool has_order;
};

/* Appends the documents of a frame and returns how many. */
uint64_t format_elasticsearch(struct buf *out, struct elastic_format *format,
    const struct frame *f);
void elastic_format_fini(struct elastic_format *format);

/* "heapster-2026.03.04" */
void elastic_index_name(struct buf *out, struct str index, int64_t at_ns);

/* How long the document is, both lines of it, that rest begins with. */
size_t elastic_record_len(struct str rest);

#endif
