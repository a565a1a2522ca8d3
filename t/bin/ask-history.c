/* SPDX-License-Identifier: ISC */
/*
 * All points of a plain metric, as the apiserver reads them from the database
 * of cheapster-sink-sqlite, "TIMESTAMP-IN-S VALUE" per line:
 *
 *	ask-history FILE METRIC			of the cluster
 *	ask-history FILE METRIC NODE
 *	ask-history FILE METRIC NAMESPACE POD
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/timestamp.h"

#include "apiserver/history.h"

static int
fail(const char *why)
{
	fprintf(stderr, "%s\n", why);
	return 1;
}

static void
on_answer(void *arg, const struct history_answer *answer,
    const struct err *err)
{
	int *status = arg;

	*status = answer == NULL ? fail(err->msg) : 0;
	for (size_t i = 0; answer != NULL && i < answer->items[0].n_points;
	    i++) {
		const struct history_point *p = &answer->items[0].points[i];

		printf("%" PRId64 " ", p->timestamp_ns / NS_PER_S);
		if (p->value.is_float)
			printf("%.15g\n", p->value.f);
		else
			printf("%" PRId64 "\n", p->value.i);
	}
}

int
main(int argc, char **argv)
{
	struct history_key key = { .names = { .type = SET_CLUSTER } };
	struct history_question q = {
		.what = HISTORY_SERIES,
		.keys = &key,
		.n_keys = 1,
		.end_ns = INT64_MAX,
	};
	struct history *h;
	struct err err;
	int status = 1;

	if (argc < 3)
		return fail("FILE METRIC [NODE | NAMESPACE POD]");
	q.metric = str_of(argv[2]);
	if (argc == 4) {
		key.names.type = SET_NODE;
		key.names.node = str_of(argv[3]);
	} else if (argc > 4) {
		key.names.type = SET_POD;
		key.names.namespace_name = str_of(argv[3]);
		key.names.pod = str_of(argv[4]);
	}
	h = history_sqlite.open(NULL, argv[1], &err);
	if (h == NULL)
		return fail(err.msg);
	history_sqlite.ask(h, &q, on_answer, &status);
	history_sqlite.close(h);
	return status;
}
