/* SPDX-License-Identifier: ISC */
/* What the kernel says of this process, in the words of Prometheus. */
#ifndef COMMON_PROCESS_H
#define COMMON_PROCESS_H

#include "common/buf.h"

/* process_* and cheapster_build_info{version,program}.  What the kernel does
 * not say is 0. */
void process_print_prometheus(struct buf *out, const char *program);

#endif
