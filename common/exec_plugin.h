/* SPDX-License-Identifier: ISC */
/*
 * Runs a plugin and takes what it says: the part of exec_credential.h that
 * deals with processes.
 */
#ifndef COMMON_EXEC_PLUGIN_H
#define COMMON_EXEC_PLUGIN_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#include "common/access.h"

/*
 * info is its KUBERNETES_EXEC_INFO.  Returns its stdout (secret_free_bytes())
 * when it has ended with status 0 within the timeout; else NULL.  Once
 * *is_given_up is true it is killed as if it were late; NULL: never.  If there
 * is no such command, the error has plugin->install_hint.
 */
char *exec_plugin_run(const struct exec_plugin *plugin, const char *info,
    size_t max_bytes, int64_t timeout_ns, const atomic_bool *is_given_up,
    size_t *out_len, struct err *err);

#endif
