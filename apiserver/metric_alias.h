/* SPDX-License-Identifier: ISC */
/* Names that Heapster once gave to some metrics, and clients still use.  Pure. */
#ifndef APISERVER_METRIC_ALIAS_H
#define APISERVER_METRIC_ALIAS_H

#include "common/str.h"

/* "cpu-usage" is "cpu/usage_rate"; any other name is what it is. */
struct str metric_without_alias(struct str name);

#endif
