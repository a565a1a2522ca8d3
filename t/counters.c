/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/counters.h"
#include "t/tap.h"

#define SCRAPE_COUNTERS(X) \
	X(scrapes_ok,	COUNTER, "scrapes that produced a frame") \
	X(nodes,	GAUGE,	 "nodes scraped in this window")
COUNTERS_STRUCT(scrape_counters, SCRAPE_COUNTERS)

#define BUS_COUNTERS(X) \
	X(frames_sent,	COUNTER, "frames sent")
COUNTERS_STRUCT(bus_counters, BUS_COUNTERS)

static const char registered[] =
    "# HELP cheapster_sink_log_scrapes_ok_total scrapes that produced a frame\n"
    "# TYPE cheapster_sink_log_scrapes_ok_total counter\n"
    "cheapster_sink_log_scrapes_ok_total 18446744073709551615\n"
    "# HELP cheapster_sink_log_nodes nodes scraped in this window\n"
    "# TYPE cheapster_sink_log_nodes gauge\n"
    "cheapster_sink_log_nodes 7\n"
    "# HELP cheapster_sink_log_frames_sent_total frames sent\n"
    "# TYPE cheapster_sink_log_frames_sent_total counter\n"
    "cheapster_sink_log_frames_sent_total 0\n";

static char *
text_of(const struct counters *c,
    void (*print)(const struct counters *, struct buf *))
{
	struct buf b = BUF_INIT;
	char *text;

	print(c, &b);
	text = str_dup(buf_str(&b));
	buf_fini(&b);
	return text;
}

/* Every line of the exposition format is a comment or a name and a value. */
static size_t
count_bad_lines(const char *text)
{
	size_t n_bad = 0;

	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		bool is_comment = strncmp(text, "# HELP ", 7) == 0 ||
		    strncmp(text, "# TYPE ", 7) == 0;
		const char *blank = memchr(text, ' ', len);

		if (text[len] != '\n' || (!is_comment && (blank == NULL ||
		    memchr(blank + 1, ' ', len - (size_t)(blank + 1 - text)) !=
		    NULL)))
			n_bad++;
		text += len + (text[len] == '\n');
	}
	return n_bad;
}

static uint64_t
value_of(const char *text, const char *name)
{
	const char *p = strstr(text, name);

	return p == NULL ? 0 : strtoull(p + strlen(name), NULL, 10);
}

int
main(void)
{
	struct scrape_counters scrape = { .nodes = 7 };
	struct bus_counters bus = { 0 };
	struct counters c = { .program = "sink-log" };
	char *text;

	text = text_of(&c, counters_print_pairs);
	is_str(text, "", "no counters, no pairs");
	free(text);

	counters_add(&c, &scrape, scrape_counters);
	counters_add(&c, &bus, bus_counters);
	scrape.scrapes_ok = UINT64_MAX;

	text = text_of(&c, counters_print_pairs);
	is_str(text, "scrapes_ok=18446744073709551615 nodes=7 frames_sent=0",
	    "pairs: in the order of registration, with the values of now");
	free(text);

	text = text_of(&c, counters_print_prometheus);
	ok(strncmp(text, registered, sizeof registered - 1) == 0,
	    "Prometheus: names, kinds, helps and values");
	is_u64(count_bad_lines(text), 0, "Prometheus: every line is valid");
	ok(value_of(text, "\nprocess_resident_memory_bytes ") > 100000,
	    "Prometheus: the resident memory is plausible");
	ok(strstr(text, "\nprocess_cpu_seconds_total 0.") != NULL,
	    "Prometheus: the processor time is there");
	ok(strstr(text, "\ncheapster_build_info{version=\"" PACKAGE_VERSION
	    "\",program=\"sink-log\"} 1\n") != NULL,
	    "Prometheus: version and program are there");
	free(text);
	return done_testing();
}
