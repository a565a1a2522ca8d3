/* SPDX-License-Identifier: ISC */
/*
 * What a cgroup is, by the names of its directory and its parents.
 *
 *	system.slice/ssh.service		a unit
 *	system.slice/docker-<id>.scope		a container
 *	docker/<id>				a container
 *	kubepods/burstable/pod<uid>/<id>	a pod and its container
 *	kubepods.slice/kubepods-pod<uid>.slice/cri-containerd-<id>.scope
 *	batch/nightly				plain: made by hand
 *
 * Units are reported with their path as their name, and so are slices of the
 * first level (totals), containers that are not part of a pod, and plain
 * groups that have processes and no groups below.  Whatever a container does
 * below its own cgroup is its own business.
 */
#ifndef COLLECTOR_CGROUP_NAME_H
#define COLLECTOR_CGROUP_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "common/str.h"

enum cgroup_kind {
	CGROUP_IGNORED,		/* neither reported nor entered */
	CGROUP_INNER,		/* entered only */
	CGROUP_UNIT,		/* reported and entered */
	CGROUP_CONTAINER,	/* reported */
	CGROUP_PLAIN,		/* entered; reported as a leaf */
	CGROUP_PODS,		/* kubepods, and its classes of service */
	CGROUP_POD,
	CGROUP_POD_CONTAINER,
};

struct cgroup_place {
	enum cgroup_kind kind;
	struct str name;	/* of the directory; "" of the root */
	unsigned depth;		/* 0: the root */
};

/*
 * The kind of the directory name in parent.  *out_id is the pod's uid (as in
 * the name: it may have '_' for '-') or the pod container's id, else absent;
 * it borrows from name.
 */
enum cgroup_kind cgroup_classify(const struct cgroup_place *parent,
    struct str name, struct str *out_id);

/*
 * Names in /var/log/pods: <namespace>_<pod>_<uid>.
 */
struct pod_log_name {
	struct str namespace_name;
	struct str pod;
	struct str uid;
};

bool pod_log_name_parse(struct str name, struct pod_log_name *out);

/*
 * Names in /var/log/containers: <pod>_<namespace>_<container>-<id>.log.
 */
struct container_log_name {
	struct str pod;
	struct str namespace_name;
	struct str container;
	struct str id;
};

bool container_log_name_parse(struct str name, struct container_log_name *out);

/* Are two uids equal, '_' and '-' being the same? */
bool pod_uid_eq(struct str a, struct str b);

#endif
