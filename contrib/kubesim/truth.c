/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "contrib/kubesim/truth.h"

/* A FILE by another name. */
static FILE *
file_of(struct truth *t)
{
	return (FILE *)t;
}

struct truth *
truth_open(const char *path, struct err *err)
{
	FILE *file = fopen(path, "we");

	if (file == NULL)
		err_set(err, "%s: %s", path, strerror(errno));
	else
		setvbuf(file, NULL, _IOLBF, BUFSIZ);
	return (struct truth *)file;
}

void
truth_close(struct truth *t)
{
	if (t != NULL)
		fclose(file_of(t));
}

void
truth_answer(struct truth *t, const struct sim *s, size_t node, int64_t at_ms,
    bool is_ok)
{
	if (t != NULL)
		fprintf(file_of(t), "{\"event\":\"answer\",\"node\":\"%s\","
		    "\"answer\":%" PRIu64 ",\"time_ms\":%" PRId64
		    ",\"ok\":%s}\n", s->nodes[node].name,
		    s->nodes[node].n_answers, at_ms,
		    is_ok ? "true" : "false");
}

void
truth_pod(struct truth *t, const char *event, const struct sim *s, size_t slot,
    int64_t at_ms)
{
	const struct sim_pod *p = &s->pods[slot];

	if (t != NULL)
		fprintf(file_of(t), "{\"event\":\"%s\",\"node\":\"%s\","
		    "\"uid\":\"%s\",\"namespace\":\"ns-%zu\","
		    "\"name\":\"%s\",\"time_ms\":%" PRId64 "}\n", event,
		    s->nodes[sim_node_of(s, slot)].name, p->uid,
		    sim_namespace_of(s, slot), p->name, at_ms);
}

void
truth_container(struct truth *t, const char *event, const struct sim *s,
    size_t slot, size_t container, int64_t at_ms)
{
	if (t != NULL)
		fprintf(file_of(t), "{\"event\":\"%s\",\"uid\":\"%s\","
		    "\"container\":\"c%zu\",\"time_ms\":%" PRId64 "}\n", event,
		    s->pods[slot].uid, container, at_ms);
}
