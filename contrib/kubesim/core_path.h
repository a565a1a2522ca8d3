/* SPDX-License-Identifier: ISC */
/* What a path below /api/v1/ names. */
#ifndef CONTRIB_KUBESIM_CORE_PATH_H
#define CONTRIB_KUBESIM_CORE_PATH_H

#include "contrib/kubesim/objects.h"

struct core_path {
	enum sim_kind kind;
	char space[64];		/* namespace; "": all */
	char name[64];		/* of an object; "": a list */
};

/*
 * "nodes", "nodes/NAME", "pods", "namespaces", "namespaces/NAME",
 * "namespaces/NAME/pods" and "namespaces/NAME/pods/NAME".  False: another.
 */
bool core_path_parse(struct core_path *p, const char *path);

/* False: there is no such object. */
bool core_path_find(const struct core_path *p, const struct sim *s,
    size_t *at);

#endif
