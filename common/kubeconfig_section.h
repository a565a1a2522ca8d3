/* SPDX-License-Identifier: ISC */
/*
 * Private to kubeconfig: one named cluster, user or context, and its values.
 *
 * In all functions: false is an error that says which section and key, never
 * the value.  What is missing, null or empty is NULL (or false).  Results are
 * the caller's, on the heap; those that may be secrets are freed with
 * secret_free().
 */
#ifndef COMMON_KUBECONFIG_SECTION_H
#define COMMON_KUBECONFIG_SECTION_H

#include <stdbool.h>

#include "common/err.h"
#include "common/str.h"

#include "common/access.h"
#include "common/yaml_tree.h"

struct section {
	const char *path;		/* of its file */
	const char *kind;		/* "cluster", "user", "context" */
	const char *name;
	const struct yaml_tree *map;	/* NULL: nothing in it */
};

/* Says which section and that it is about key; msg is there already. */
bool section_fail(const struct section *s, const char *key, struct err *err);

bool section_get(const struct yaml_tree **out, const struct section *s,
    const char *key, struct err *err);
bool section_has(bool *out, const struct section *s, const char *key,
    struct err *err);
bool section_bool(bool *out, const struct section *s, const char *key,
    struct err *err);

/* Borrowed; any bytes but zero.  Absent if there is nothing. */
bool section_text(struct str *out, const struct section *s, const char *key,
    struct err *err);

/* Without control characters. */
bool section_string(char **out, const struct section *s, const char *key,
    struct err *err);

/* text as a path, from the folder of the file. */
char *section_resolve(const struct section *s, struct str text);

/* KEY-data, decoded, to *pem; else the path KEY, which can be read, to
 * *file. */
bool section_pem(char **pem, char **file, const struct section *s,
    const char *key, struct err *err);

/* A path that can be read. */
bool section_file(char **out, const struct section *s, const char *key,
    struct err *err);

/* What there is of a cluster and of a user.  Their results are partly set
 * when they fail. */
bool kubeconfig_take_cluster(struct cluster_access *out,
    const struct section *s, struct err *err);
bool kubeconfig_take_user(struct cluster_access *out,
    const struct section *s, struct err *err);
bool kubeconfig_take_exec(struct exec_plugin *out, const struct section *s,
    const struct yaml_tree *exec, struct err *err);

#endif
