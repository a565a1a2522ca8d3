/* SPDX-License-Identifier: ISC */
/* The model as objects of the Kubernetes API, in JSON without blanks. */
#ifndef CONTRIB_KUBESIM_OBJECTS_H
#define CONTRIB_KUBESIM_OBJECTS_H

#include "common/buf.h"

#include "contrib/kubesim/model.h"

enum sim_kind { SIM_NODE, SIM_POD, SIM_NAMESPACE, SIM_KIND_COUNT };

extern const char *const sim_plural[SIM_KIND_COUNT];	/* "nodes" */
extern const char *const sim_kind_name[SIM_KIND_COUNT];	/* "Node" */

size_t sim_n_objects(const struct sim *s, enum sim_kind kind);

/* kubelet_port goes into nodes. */
void object_print(struct buf *out, const struct sim *s, enum sim_kind kind,
    size_t at, unsigned kubelet_port);

#endif
