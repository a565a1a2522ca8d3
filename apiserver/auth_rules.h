/* SPDX-License-Identifier: ISC */
/*
 * Whom an API server behind kube-apiserver believes: the data of the ConfigMap
 * kube-system/extension-apiserver-authentication.  What is given by flags wins
 * over it.
 *
 *	client-ca-file			CAs of clients, in PEM
 *	requestheader-client-ca-file	CAs of the front proxy
 *	requestheader-allowed-names	JSON list: its common names; none: any
 *	requestheader-username-headers	JSON lists: where it says for whom it
 *	requestheader-group-headers	asks
 *	requestheader-extra-headers-prefix
 *	requestheader-uid-headers
 *
 * Without a CA of the front proxy there is none, and headers mean nothing.
 * Pure.
 */
#ifndef APISERVER_AUTH_RULES_H
#define APISERVER_AUTH_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "common/str.h"

#define AUTH_RULES_PATH "/api/v1/namespaces/kube-system/configmaps/" \
	"extension-apiserver-authentication"
#define AUTH_RULES_BYTES_MAX (1u << 20)
#define AUTH_LIST_MAX 64

/* Strings are on the heap. */
struct auth_list {
	char *items[AUTH_LIST_MAX];
	size_t n;
};

enum auth_list_kind {
	AUTH_ALLOWED_NAMES,
	AUTH_USERNAME_HEADERS,
	AUTH_GROUP_HEADERS,
	AUTH_EXTRA_PREFIXES,
	AUTH_UID_HEADERS,
	AUTH_N_LISTS,
};

/* Zero-initialise; auth_rules_fini() leaves the zero state. */
struct auth_rules {
	char *client_ca_pem;		/* NULL: none */
	char *proxy_ca_pem;
	struct auth_list lists[AUTH_N_LISTS];
};

/* A ConfigMap, followed by JSON_PAD readable bytes.  False: it is none, or a
 * list in it is none; *out is empty. */
bool auth_rules_parse(struct auth_rules *out, struct str configmap,
    struct err *err);

/* "a,b"; false: too many. */
bool auth_list_split(struct auth_list *out, struct str text);
void auth_list_copy(struct auth_list *to, const struct auth_list *from);

void auth_list_fini(struct auth_list *list);

bool auth_list_has(const struct auth_list *list, struct str item);

void auth_rules_fini(struct auth_rules *c);

#endif
