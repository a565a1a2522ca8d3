/* SPDX-License-Identifier: ISC */
/*
 * What has happened in the cluster, under its versions, and the watches that
 * are told.
 */
#ifndef CONTRIB_KUBESIM_EVENTS_H
#define CONTRIB_KUBESIM_EVENTS_H

#include "common/loop.h"

#include "contrib/kubesim/objects.h"
#include "contrib/kubesim/web.h"

enum api_event { API_ADDED, API_MODIFIED, API_DELETED };

/* Of nodes and pods; NULL: all. */
struct selection {
	const char *node;	/* this one, or its pods */
	const char *space;	/* namespace of pods */
	const char *labels;	/* of nodes and pods: "KEY=VALUE",
				 * "KEY!=VALUE" or "KEY", joined by ',' */
};

bool is_selected(const struct sim *s, enum sim_kind kind, size_t at,
    const struct selection *selection);

struct events;

/* kubelet_port goes into nodes. */
struct events *events_open(struct loop *loop, struct sim *sim,
    unsigned kubelet_port);
void events_close(struct events *e);		/* NULL is fine */

void events_tell(struct events *e, enum sim_kind kind, enum api_event event,
    size_t at);

uint64_t events_version(const struct events *e);	/* the newest */
uint64_t events_oldest(const struct events *e);	/* that is not forgotten */

/* Ends all watches in mid-event; forgets all. */
void events_cut(struct events *e);
void events_expire(struct events *e);

/* Answers with a watch. */
void events_watch(struct events *e, struct evhttp_request *request,
    enum sim_kind kind, const struct selection *selection,
    const struct evkeyvalq *query);
size_t events_n_watches(const struct events *e);

#endif
