/* SPDX-License-Identifier: ISC */
/* Summaries, decoded. */
#ifndef T_SUMMARY_DECODED_H
#define T_SUMMARY_DECODED_H

#include "collector/summary.h"
#include "t/decoded.h"

/* Bodies of one node, one pod, one container; members begin with a comma. */
#define NODE(members) "{\"node\":{\"nodeName\":\"n\"" members "}}"
#define POD(members) "{\"node\":{\"nodeName\":\"n\"},\"pods\":[{\"podRef\":" \
	"{\"name\":\"p\",\"namespace\":\"ns\",\"uid\":\"u\"}" members "}]}"
#define CONTAINER(members) POD(",\"containers\":[{\"name\":\"c\"" members "}]")
#define NODE_KEY "node:n"
#define POD_KEY "namespace:ns/pod:p"
#define CONTAINER_KEY POD_KEY "/container:c"

static inline void
decode(struct decoded *d, struct str body)
{
	decode_with(d, body, summary_decode);
}

#endif
