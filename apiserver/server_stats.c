/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "common/mem.h"
#include "common/number.h"
#include "common/timestamp.h"

#include "apiserver/server_stats.h"

#define BOUNDS_MAX 20
#define N_DEFAULT 11		/* Prometheus' own bounds */
#define TOOK_MAX_NS (86400 * NS_PER_S)	/* or it is no such time */
#define PREFIX "metrics_server_"

struct histogram {
	uint64_t counts[BOUNDS_MAX + 1];	/* each alone; then what is above */
	double sum_s;
};

struct bounds {
	size_t n;
	int64_t ns[BOUNDS_MAX];
	char texts[BOUNDS_MAX][24];
};

struct node_stats {
	char *name;
	int64_t seen_ns;	/* newest window of a frame of it */
	int64_t sampled_ns;	/* of one with samples */
	uint64_t has_point, n_containers;
	int64_t asked_ns;
	struct histogram durations;
};

struct server_stats {
	size_t nodes_max;
	struct bounds default_bounds, tick_bounds, freshness_bounds;
	struct histogram freshness, ticks;
	uint64_t n_ok, n_failed;
	struct node_stats *nodes;
	size_t n_nodes, cap_nodes;
	struct hash_index names;
	int64_t resolution_ns;
	int64_t slowest_ns, stored_in_ns;	/* since the last roll-up */
};

static const char *const default_texts[N_DEFAULT] = { "0.005", "0.01",
	"0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10" };

/* 1.364 to the power of 0, 1, 2 ... */
static const char *const freshness_texts[] = { "1", "1.364",
	"1.8604960000000004", "2.5377165440000007", "3.4614453660160014",
	"4.721411479245826", "6.440005257691307", "8.784167171490942",
	"11.981604021913647", "16.342907885890217", "22.291726356354257",
	"30.405914750067208", "41.47366771909167", "56.57008276884105",
	"77.16159289669919", "105.2484127110977", "143.55883493793726",
	"195.81425085534644", "267.09063816669254", "364.31163045936864" };

static void
bounds_add(struct bounds *b, const char *text)
{
	b->ns[b->n] = (int64_t)(strtod(text, NULL) * 1e9);
	snprintf(b->texts[b->n++], sizeof b->texts[0], "%s", text);
}

static void
bounds_set(struct bounds *b, const char *const *texts, size_t n)
{
	b->n = 0;
	for (size_t i = 0; i < n; i++)
		bounds_add(b, texts[i]);
}

/* Around the resolution there are more, as metrics-server has them. */
static void
bounds_set_ticks(struct bounds *b, int64_t resolution_ns)
{
	static const double largest_s = 10;
	double s = (double)resolution_ns / 1e9;
	const double more[] = { largest_s + (s - largest_s) / 2, s, s * 1.5,
		s * 2 };
	char text[NUMBER_MAX_BYTES + 1];

	bounds_set(b, default_texts, N_DEFAULT);
	for (size_t i = 0; s > largest_s && i < 4; i++) {
		text[print_double(text, more[i])] = '\0';
		bounds_add(b, text);
	}
}

static void
observe(struct histogram *h, const struct bounds *b, int64_t ns)
{
	size_t i = 0;

	while (i < b->n && ns > b->ns[i])
		i++;
	h->counts[i]++;
	h->sum_s += (double)ns / 1e9;
}

struct server_stats *
server_stats_new(size_t nodes_max)
{
	struct server_stats *s = xcalloc(1, sizeof *s);

	s->nodes_max = nodes_max;
	bounds_set(&s->default_bounds, default_texts, N_DEFAULT);
	bounds_set(&s->tick_bounds, default_texts, N_DEFAULT);
	bounds_set(&s->freshness_bounds, freshness_texts,
	    sizeof freshness_texts / sizeof freshness_texts[0]);
	return s;
}

void
server_stats_free(struct server_stats *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n_nodes; i++)
		free(s->nodes[i].name);
	free(s->nodes);
	hash_index_fini(&s->names);
	free(s);
}

struct asked_node {
	const struct server_stats *stats;
	struct str name;
};

static bool
node_is(const void *ctx, uint32_t value)
{
	const struct asked_node *asked = ctx;

	return str_is(asked->name, asked->stats->nodes[value].name);
}

static uint64_t
hash_name(struct str name)
{
	return hash_bytes(name.p, name.len, hash_seed());
}

static struct node_stats *
node_of(struct server_stats *s, struct str name)
{
	struct asked_node asked = { s, name };
	uint64_t hash = hash_name(name);
	uint32_t at = hash_index_find(&s->names, hash, node_is, &asked);

	if (at != HASH_NONE)
		return &s->nodes[at];
	if (s->n_nodes == s->cap_nodes) {
		s->cap_nodes = s->cap_nodes * 2 + 16;
		s->nodes = xrealloc(s->nodes, s->cap_nodes, sizeof *s->nodes);
	}
	hash_index_add(&s->names, hash, (uint32_t)s->n_nodes);
	s->nodes[s->n_nodes] = (struct node_stats){ .name = str_dup(name) };
	return &s->nodes[s->n_nodes++];
}

static bool
is_point(const struct metric_set *s)
{
	return s->scraped_ns > 0 && set_has(s, METRIC_CPU_USAGE) &&
	    set_has(s, METRIC_MEMORY_WORKING_SET) &&
	    s->values[METRIC_CPU_USAGE].u > 0 &&
	    s->values[METRIC_MEMORY_WORKING_SET].u > 0;
}

static void
count_points(struct node_stats *n, const struct frame *f)
{
	n->sampled_ns = f->window_ns;
	n->has_point = is_point(&f->sets[0]);
	n->n_containers = 0;
	for (size_t i = 1; i < f->n_sets; i++)
		n->n_containers += f->sets[i].type == SET_POD_CONTAINER &&
		    is_point(&f->sets[i]);
}

static void
take_node(struct server_stats *s, const struct frame *f)
{
	struct node_stats *n = node_of(s, f->node);
	int64_t took_ns;

	if (n->seen_ns < f->window_ns)
		n->seen_ns = f->window_ns;
	if (f->kind == FRAME_NODE && f->n_sets > 0 &&
	    n->sampled_ns <= f->window_ns)
		count_points(n, f);
	if (f->asked_ns == 0)
		return;
	if (f->kind == FRAME_NODE)
		s->n_ok++;
	else
		s->n_failed++;
	if (n->asked_ns < f->asked_ns)
		n->asked_ns = f->asked_ns;
	took_ns = f->took_ns < 0 ? 0 : f->took_ns < TOOK_MAX_NS ? f->took_ns :
	    TOOK_MAX_NS;
	observe(&n->durations, &s->default_bounds, took_ns);
	if (s->slowest_ns < took_ns)
		s->slowest_ns = took_ns;
}

static void
forget_before(struct server_stats *s, int64_t window_ns)
{
	for (size_t i = s->n_nodes; i-- > 0;) {
		struct node_stats *n = &s->nodes[i], *last;

		if (n->seen_ns >= window_ns)
			continue;
		last = &s->nodes[--s->n_nodes];
		hash_index_remove(&s->names, hash_name(str_of(n->name)),
		    (uint32_t)i);
		free(n->name);
		if (last == n)
			continue;
		hash_index_remove(&s->names, hash_name(str_of(last->name)),
		    (uint32_t)s->n_nodes);
		hash_index_add(&s->names, hash_name(str_of(last->name)),
		    (uint32_t)i);
		*n = *last;
	}
}

static void
end_window(struct server_stats *s, const struct frame *f)
{
	int64_t keep_ns = SERVER_FORGET_WINDOWS * f->resolution_ns;

	if (s->resolution_ns != f->resolution_ns) {
		s->resolution_ns = f->resolution_ns;
		s->ticks = (struct histogram){ .sum_s = 0 };
		bounds_set_ticks(&s->tick_bounds, f->resolution_ns);
	}
	observe(&s->ticks, &s->tick_bounds, s->slowest_ns + s->stored_in_ns);
	s->slowest_ns = s->stored_in_ns = 0;
	forget_before(s, f->window_ns - keep_ns);
	for (size_t i = 0; i < s->n_nodes; i++)
		if (s->nodes[i].sampled_ns < f->window_ns - keep_ns)
			s->nodes[i].has_point = s->nodes[i].n_containers = 0;
}

void
server_stats_take(struct server_stats *s, const struct frame *f,
    int64_t stored_in_ns)
{
	s->stored_in_ns += stored_in_ns;
	if (f->kind == FRAME_NODE || f->kind == FRAME_FAILED)
		take_node(s, f);
	else if (f->kind == FRAME_ROLLUP)
		end_window(s, f);
}

void
server_stats_told(struct server_stats *s, int64_t age_ns)
{
	observe(&s->freshness, &s->freshness_bounds, age_ns);
}

static void
add_label(struct buf *out, const char *value)
{
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\')
			buf_add_char(out, '\\');
		if (*value == '\n')
			buf_add_str(out, STR("\\n"));
		else
			buf_add_char(out, *value);
	}
}

/* node may be NULL. */
static void
begin_line(struct buf *out, const char *name, const char *suffix,
    const char *node)
{
	buf_addf(out, PREFIX "%s%s", name, suffix);
	if (node == NULL)
		return;
	buf_add_str(out, STR("{node=\""));
	add_label(out, node);
	buf_add_char(out, '"');
}

static void
print_histogram(struct buf *out, const char *name, const char *node,
    const struct histogram *h, const struct bounds *b)
{
	const char *end = node == NULL ? " " : "} ";
	char text[NUMBER_MAX_BYTES];
	uint64_t n = 0;

	for (size_t i = 0; i <= b->n; i++) {
		n += h->counts[i];
		begin_line(out, name, "_bucket", node);
		buf_addf(out, "%sle=\"%s\"} %" PRIu64 "\n", node == NULL ?
		    "{" : ",", i == b->n ? "+Inf" : b->texts[i], n);
	}
	begin_line(out, name, "_sum", node);
	buf_addf(out, "%s", end);
	buf_add(out, text, print_double(text, h->sum_s));
	buf_add_char(out, '\n');
	begin_line(out, name, "_count", node);
	buf_addf(out, "%s%" PRIu64 "\n", end, n);
}

static void
print_head(struct buf *out, const char *name, const char *type,
    const char *help)
{
	buf_addf(out, "# HELP " PREFIX "%s [ALPHA] %s\n# TYPE " PREFIX
	    "%s %s\n", name, help, name, type);
}

/* Of all together. */
static struct node_stats
sum_of(const struct server_stats *s)
{
	struct node_stats sum = { .name = NULL };

	for (size_t i = 0; i < s->n_nodes; i++) {
		const struct node_stats *n = &s->nodes[i];

		sum.has_point += n->has_point;
		sum.n_containers += n->n_containers;
		if (sum.asked_ns < n->asked_ns)
			sum.asked_ns = n->asked_ns;
		sum.durations.sum_s += n->durations.sum_s;
		for (size_t k = 0; k <= BOUNDS_MAX; k++)
			sum.durations.counts[k] += n->durations.counts[k];
	}
	return sum;
}

static void
print_nodes(const struct server_stats *s, const struct node_stats *nodes,
    size_t n, struct buf *out)
{
	static const char last[] = "kubelet_last_request_time_seconds";
	static const char durations[] = "kubelet_request_duration_seconds";

	print_head(out, last, "gauge", "Time of last request performed to "
	    "Kubelet API since unix epoch in seconds");
	for (size_t i = 0; i < n; i++) {
		if (nodes[i].asked_ns == 0)
			continue;
		begin_line(out, last, "", nodes[i].name);
		buf_addf(out, "} %" PRId64 "\n",
		    nodes[i].asked_ns / NS_PER_S);
	}
	print_head(out, durations, "histogram",
	    "Duration of requests to Kubelet API in seconds");
	for (size_t i = 0; i < n; i++)
		if (nodes[i].asked_ns != 0)
			print_histogram(out, durations, nodes[i].name,
			    &nodes[i].durations, &s->default_bounds);
}

void
server_stats_print(const void *stats, struct buf *out)
{
	const struct server_stats *s = stats;
	struct node_stats sum = sum_of(s);
	char nobody[] = "";

	sum.name = nobody;
	print_head(out, "api_metric_freshness_seconds", "histogram",
	    "Freshness of metrics exported");
	print_histogram(out, "api_metric_freshness_seconds", NULL,
	    &s->freshness, &s->freshness_bounds);
	print_nodes(s, s->n_nodes > s->nodes_max ? &sum : s->nodes,
	    s->n_nodes > s->nodes_max ? 1 : s->n_nodes, out);
	print_head(out, "kubelet_request_total", "counter",
	    "Number of requests sent to Kubelet API");
	buf_addf(out, PREFIX "kubelet_request_total{success=\"false\"} %"
	    PRIu64 "\n" PREFIX "kubelet_request_total{success=\"true\"} %"
	    PRIu64 "\n", s->n_failed, s->n_ok);
	print_head(out, "manager_tick_duration_seconds", "histogram",
	    "The total time spent collecting and storing metrics in "
	    "seconds.");
	print_histogram(out, "manager_tick_duration_seconds", NULL, &s->ticks,
	    &s->tick_bounds);
	print_head(out, "storage_points", "gauge",
	    "Number of metrics points stored.");
	buf_addf(out, PREFIX "storage_points{type=\"container\"} %" PRIu64
	    "\n" PREFIX "storage_points{type=\"node\"} %" PRIu64 "\n",
	    sum.n_containers, sum.has_point);
}
