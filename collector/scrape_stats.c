/* SPDX-License-Identifier: ISC */
/*
 * What each kubelet took to answer, under Heapster's names.  Heapster kept
 * quantiles for each; here there are sums and counts, for there are many.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "common/timestamp.h"

#include "collector/scrape_impl.h"

#define SCRAPER "heapster_scraper_duration_microseconds"
#define LAST "heapster_scraper_last_time_seconds"
#define REQUEST "heapster_kubelet_summary_request_duration_microseconds"

void
target_note_answer(struct target *t, int64_t elapsed_ns, int64_t now_ns)
{
	t->answers.n++;
	t->answers.sum_ns += elapsed_ns;
	t->answers.last_ns = now_ns;
}

static void
add_label(struct buf *out, struct str value)
{
	for (size_t i = 0; i < value.len; i++) {
		if (value.p[i] == '"' || value.p[i] == '\\')
			buf_add_char(out, '\\');
		if (value.p[i] == '\n')
			buf_addf(out, "\\n");
		else
			buf_add_char(out, value.p[i]);
	}
}

/* "kubelet_summary:10.0.0.1:10250" */
static void
add_source(struct buf *out, const struct target *t)
{
	struct str url = str_of(t->url);
	const char *host = url.len == 0 ? NULL :
	    memmem(url.p, url.len, "://", 3);

	if (host == NULL) {
		add_label(out, str_of(t->name));
		return;
	}
	url.len -= (size_t)(host + 3 - url.p);
	url.p = host + 3;
	buf_addf(out, "kubelet_summary:");
	add_label(out, str_cut(&url, '/'));
}

static void
add_node(struct buf *out, const struct target *t)
{
	add_label(out, str_of(t->name));
}

static void
print_durations(const struct scraper *s, struct buf *out, const char *name,
    const char *label, void (*add)(struct buf *, const struct target *))
{
	buf_addf(out, "# HELP %s time until a kubelet has answered\n"
	    "# TYPE %s summary\n", name, name);
	for (size_t i = 0; i < s->n_targets; i++) {
		const struct target *t = s->targets[i];

		if (t->answers.n == 0)
			continue;
		buf_addf(out, "%s_sum{%s=\"", name, label);
		add(out, t);
		buf_addf(out, "\"} %" PRId64 "\n%s_count{%s=\"",
		    t->answers.sum_ns / NS_PER_US, name, label);
		add(out, t);
		buf_addf(out, "\"} %" PRIu64 "\n", t->answers.n);
	}
}

void
scraper_print(const void *scraper, struct buf *out)
{
	const struct scraper *s = scraper;

	print_durations(s, out, SCRAPER, "source", add_source);
	print_durations(s, out, REQUEST, "node", add_node);
	buf_addf(out, "# HELP " LAST " when a kubelet answered last, since "
	    "1970\n# TYPE " LAST " gauge\n");
	for (size_t i = 0; i < s->n_targets; i++) {
		const struct target *t = s->targets[i];

		if (t->answers.n == 0)
			continue;
		buf_addf(out, LAST "{source=\"");
		add_source(out, t);
		buf_addf(out, "\"} %" PRId64 "\n",
		    t->answers.last_ns / NS_PER_S);
	}
}
