/* SPDX-License-Identifier: ISC */
/*
 * metrics_server_*: the names, types, labels and bounds of the genuine one, and
 * its values where it was told the same.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/timestamp.h"

#include "apiserver/server_stats.h"

#include "t/tap.h"

#define R (15 * NS_PER_S)
#define T0 (INT64_C(1795425420) * NS_PER_S)
#define TOOK_NS INT64_C(55089070)
#define ASKED_NS (INT64_C(1795425430) * NS_PER_S)

static struct server_stats *stats;
static struct buf text;

static const char *
printed(void)
{
	buf_reset(&text);
	server_stats_print(stats, &text);
	buf_add_char(&text, '\0');
	return text.p;
}

static bool
says(const char *line)
{
	return strstr(printed(), line) != NULL;
}

/* A node with that many containers, of which half are no samples; or without
 * an answer. */
static void
take(const char *node, int64_t window, int n_containers, int64_t asked_ns)
{
	static struct metric_set sets[64];
	struct frame f = { .kind = n_containers < 0 ? FRAME_FAILED :
		FRAME_NODE, .node = str_of(node), .resolution_ns = R,
		.window_ns = T0 + window * R, .asked_ns = asked_ns,
		.took_ns = asked_ns == 0 ? 0 : TOOK_NS, .sets = sets };

	f.n_sets = n_containers < 0 ? 0 : (size_t)n_containers * 2 + 1;
	memset(sets, 0, sizeof sets);
	for (size_t i = 0; i < f.n_sets; i++) {
		sets[i].type = i == 0 ? SET_NODE : SET_POD_CONTAINER;
		sets[i].scraped_ns = f.window_ns + 1;
		set_u64(&sets[i], METRIC_CPU_USAGE, 5);
		set_u64(&sets[i], METRIC_MEMORY_WORKING_SET,
		    i > 0 && i % 2 == 0 ? 0 : 7);
	}
	server_stats_take(stats, &f, 0);
}

static void
end_window(int64_t window)
{
	struct frame f = { .kind = FRAME_ROLLUP, .resolution_ns = R,
		.window_ns = T0 + window * R };

	server_stats_take(stats, &f, NS_PER_MS);
}

static void
tell_as(const char *golden)
{
	static const char key[] = "freshness_seconds_bucket{le=\"";
	uint64_t before = 0;

	for (const char *p = golden; (p = strstr(p, key)) != NULL; p++) {
		double bound = strtod(p + sizeof key - 1, NULL);
		uint64_t n = strtoull(strstr(p, "} ") + 2, NULL, 10);

		for (; before < n; before++)
			server_stats_told(stats,
			    (int64_t)(bound * 0.999 * 1e9));
	}
}

static char *
read_golden(void)
{
	static char golden[32768];
	FILE *f = fopen(tap_path("t/data/metrics-server-0.7.2/"
	    "self-metrics.text"), "r");
	size_t n;

	if (f == NULL)
		bail("no golden file");
	n = fread(golden, 1, sizeof golden - 1, f);
	golden[n] = '\0';
	fclose(f);
	return golden;
}

static size_t
count_lines(const char *p)
{
	size_t n = 0;

	for (; *p != '\0'; p++)
		n += *p == '\n';
	return n;
}

/* A line of the golden one is there; of what could not be told the same only
 * the name and its labels. */
static void
line_is(const char *ours, struct str line)
{
	struct str value = line;
	char want[300];

	while (value.len > 0 && memchr(value.p, ' ', value.len) != NULL)
		str_cut(&value, ' ');
	if (*line.p != '#' && (memmem(line.p, line.len, "_sum", 4) != NULL ||
	    memmem(line.p, line.len, "last_request", 12) != NULL))
		line.len -= value.len;
	snprintf(want, sizeof want, "\n%.*s", (int)line.len, line.p);
	if (*line.p == '#' || line.p + line.len == value.p + value.len)
		strcat(want, "\n");
	ok(strstr(ours, want) != NULL, "%s", want + 1);
}

static void
test_golden(void)
{
	const char *golden = read_golden();
	struct str rest = str_of(golden), line;
	struct buf ours = BUF_INIT;

	stats = server_stats_new(SERVER_NODES_MAX);
	for (int i = 0; i < 3; i++) {
		take("rig-node", i, 12, ASKED_NS + (i - 2) * R);
		end_window(i);
	}
	tell_as(golden);
	buf_addf(&ours, "\n%s", printed());
	buf_add_char(&ours, '\0');
	while (rest.len > 0) {
		line = str_cut(&rest, '\n');
		if (line.len > 0)
			line_is(ours.p, line);
	}
	is_u64(count_lines(printed()), count_lines(golden) + 1,
	    "and nothing else but how many requests failed");
	ok(says("_last_request_time_seconds{node=\"rig-node\"} 1795425430\n"),
	    "when it was asked last");
	ok(says("_request_duration_seconds_sum{node=\"rig-node\"} 0.16526721"),
	    "how long that took in all");
	ok(says("_tick_duration_seconds_sum 0.16826721\n"),
	    "a tick is that of the slowest, and storing");
	buf_fini(&ours);
	server_stats_free(stats);
}

static void
test_nodes(void)
{
	stats = server_stats_new(2);
	ok(says("storage_points{type=\"node\"} 0\n"), "nothing came");
	take("a\"b", 0, 1, T0);
	take("local", 0, 2, 0);
	ok(says("{node=\"a\\\"b\",le=\"0.05\"} 0\n"), "a name in quotes");
	ok(says("{node=\"a\\\"b\",le=\"0.1\"} 1\n"), "in its bucket");
	ok(!says("\"local\""), "without a kubelet there is no request");
	ok(says("storage_points{type=\"node\"} 2\n"), "but samples");
	ok(says("storage_points{type=\"container\"} 3\n"), "of containers");
	take("a\"b", 1, -1, T0 + R);
	ok(says("{success=\"false\"} 1\n"), "one that failed");
	ok(says("{success=\"true\"} 1\n"), "one that did not");
	ok(says("storage_points{type=\"node\"} 2\n"), "what there was stays");
	take("c", 1, 1, T0 + R);
	ok(says("_count{node=\"\"} 3\n"), "too many are one");
	ok(!says("{node=\"c\""), "and not told of alone");
	end_window(4);
	ok(says("{node=\"c\",le=\"0.1\"} 1\n") && !says("\"local\""),
	    "who is not heard of is forgotten");
	ok(says("storage_points{type=\"node\"} 1\n"),
	    "and so is what was too long ago");
	take("a\"b", 5, 1, INT64_MAX);
	take("d", 5, 1, T0 + 5 * R);
	end_window(9);
	ok(!says("{node=\""), "nobody is left");
	server_stats_free(stats);
	server_stats_free(NULL);
}

int
main(void)
{
	test_golden();
	test_nodes();
	buf_fini(&text);
	return done_testing();
}
