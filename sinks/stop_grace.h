/* SPDX-License-Identifier: ISC */
/*
 * A sink that is told to stop in the middle of a request: what is under way may
 * go on for a moment, as an answer saves it from being sent again.
 */
#ifndef SINKS_STOP_GRACE_H
#define SINKS_STOP_GRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/sink.h"
#include "common/timestamp.h"

#define STOP_GRACE_NS (2 * NS_PER_S)

/* Whether that moment has passed; *stop_mono_ns, 0 at first, is its end. */
static inline bool
stop_grace_is_over(int64_t *stop_mono_ns, int64_t now_mono_ns)
{
	if (!sink_is_stopping())
		return false;
	if (*stop_mono_ns == 0)
		*stop_mono_ns = now_mono_ns + STOP_GRACE_NS;
	return now_mono_ns >= *stop_mono_ns;
}

/* A deadline that is sooner when it has to be. */
static inline int64_t
stop_grace_deadline(int64_t deadline_mono_ns, int64_t now_mono_ns)
{
	if (sink_is_stopping() &&
	    deadline_mono_ns > now_mono_ns + STOP_GRACE_NS)
		return now_mono_ns + STOP_GRACE_NS;
	return deadline_mono_ns;
}

#endif
