/* SPDX-License-Identifier: ISC */
/*
 * Where the kubelet of a node is asked.
 *
 * Types of addresses are tried in the order given; the first address of a type
 * counts.  Of two families the cluster's primary one comes first, and the other
 * often leads nowhere.  (Heapster took the last: by accident, as its 1.4 took
 * IPv4 alone.)  InternalIP and ExternalIP must be IP addresses, other types may
 * be names.
 *
 * With TLS the URL has the node's name as its host, and the connection goes to
 * the address: kubelets' certificates have the name, and often no IP.  The
 * address as its host is for those that have the address alone.
 *
 * Pure.
 */
#ifndef COLLECTOR_NODE_ADDRESS_H
#define COLLECTOR_NODE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"

#include "collector/object_cache.h"

#define NODE_ADDRESS_TYPES_MAX 5
#define KUBELET_PORT 10250
#define NODE_NAME_BYTES_MAX 253

struct node_address_conf {
	struct str types[NODE_ADDRESS_TYPES_MAX];
	size_t n_types;
	uint16_t port;		/* 0: what the node says, else KUBELET_PORT */
	bool is_plain;		/* http */
};

/*
 * The text of --kubelet-preferred-address-types, which must outlive conf:
 * InternalIP, ExternalIP, InternalDNS, ExternalDNS, Hostname, each at most
 * once, separated by commas.
 */
bool node_address_types(struct node_address_conf *conf, struct str text,
    struct err *err);

/* A DNS subdomain name, as Kubernetes wants it: it may stand in a URL. */
bool node_name_is_valid(struct str name);

/*
 * Appends NUL-terminated "https://NAME:PORT" to url and "ADDRESS:PORT" to
 * connect_to; or "http://ADDRESS:PORT" and nothing.  False: none of its
 * addresses will do.
 */
bool node_address(const struct node_address_conf *conf,
    const struct cached_node *node, struct buf *url, struct buf *connect_to);

#endif
