/* SPDX-License-Identifier: ISC */
/*
 * Flags of Heapster, of all its versions and sample manifests, and those of
 * metrics-server, that have no effect here: accepted, so that an old manifest starts, and named once in
 * the log with the reason.  The reason is also what --help says.
 */
#ifndef LAUNCHER_HEAPSTER_FLAGS_H
#define LAUNCHER_HEAPSTER_FLAGS_H

#include "common/opt.h"

/* Those of Heapster's second server: who gives them expects something to be
 * there, or to be protected, that is not.  Warnings. */
extern const struct opt heapster_server_flags[];

/* Those that nothing depends on. */
extern const struct opt heapster_idle_flags[];

/* The same of metrics-server's. */
extern const struct opt metrics_server_idle_flags[];

/* One line for each that was given. */
void heapster_flags_log(void);

#endif
