/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/exporter.h"
#include "common/timestamp.h"

#define NAME "heapster_exporter_duration_milliseconds"
#define LAST "heapster_exporter_last_time_seconds"

void
exporter_init(struct exporter *e, const char *sink)
{
	static const struct {
		const char *sink, *name;
	} names[] = {
		{ "log", "Log Sink" },
		{ "metric", "Metric Sink" },
		{ "influxdb", "InfluxDB Sink" },
		{ "graphite", "Graphite Sink" },
		{ "kafka", "Apache Kafka Sink" },
	};

	*e = (struct exporter){ .spent_ns = 0 };
	snprintf(e->name, sizeof e->name, "%s Sink", sink);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(sink, names[i].sink) == 0)
			snprintf(e->name, sizeof e->name, "%s",
			    names[i].name);
}

void
exporter_note(struct exporter *e, enum frame_kind kind, int64_t duration_ns,
    int64_t now_ns)
{
	e->spent_ns += duration_ns;
	if (kind != FRAME_ROLLUP)
		return;
	quantiles_add(&e->window_ms, (double)e->spent_ns / NS_PER_MS);
	e->spent_ns = 0;
	e->last_ns = now_ns;
}

void
exporter_print(const void *exporter, struct buf *out)
{
	const struct exporter *e = exporter;

	quantiles_print_head(out, NAME,
	    "time spent on all that belongs to a window");
	quantiles_print(out, NAME, "exporter", e->name, &e->window_ms);
	buf_addf(out, "# HELP " LAST " when that was done last, since 1970\n"
	    "# TYPE " LAST " gauge\n" LAST "{exporter=\"%s\"} %" PRId64 "\n",
	    e->name, e->last_ns / NS_PER_S);
}
