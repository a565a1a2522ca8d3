/* SPDX-License-Identifier: ISC */
/*
 * The pieces that answers of cAdvisor are made of, for decoded.h.
 */
#ifndef T_CADVISOR_DECODED_H
#define T_CADVISOR_DECODED_H

#include "collector/cadvisor.h"
#include "common/timestamp.h"
#include "t/decoded.h"

/* Bodies; members begin with a comma, labels do not. */
#define BODY(containers) "{" containers "}"
#define NODE "\"/\":{\"name\":\"/\",\"spec\":{},\"stats\":[{}]}"
#define CONTAINER(name, spec, stats) "\"x\":{\"name\":\"" name "\"," \
	"\"subcontainers\":[{\"name\":\"/y\"}]," \
	"\"spec\":{\"creation_time\":\"2026-11-23T09:24:00.25Z\"" spec "}," \
	"\"stats\":[" stats "]}"
#define LABEL(name, value) "\"io.kubernetes." name "\":\"" value "\""
#define LABELS(container, namespace, pod) ",\"labels\":{\"a\":\"b\"," \
	LABEL("container.name", container) "," \
	LABEL("pod.namespace", namespace) "," LABEL("pod.name", pod) "," \
	LABEL("pod.uid", "u") "}"
#define ALL ",\"has_cpu\":true,\"has_memory\":true,\"has_network\":true," \
	"\"has_filesystem\":true,\"has_diskio\":true"
#define ONE(stats) BODY(NODE "," CONTAINER("/k", \
	LABELS("c", "ns", "p") ALL, stats))
#define ONE_KEY "namespace:ns/pod:p/container:c"
#define POD_KEY "namespace:ns/pod:p"

static inline void
decode(struct decoded *d, struct str body)
{
	decode_with(d, body, cadvisor_decode);
}

#endif
