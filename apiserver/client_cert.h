/* SPDX-License-Identifier: ISC */
/*
 * The certificate of a client, and which CAs have signed it: that of clients,
 * that of the front proxy.  Both may be replaced while a connection lasts, so
 * it is verified anew with each other set of them, and once it has ended.
 */
#ifndef APISERVER_CLIENT_CERT_H
#define APISERVER_CLIENT_CERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"

struct X509_name_st;
struct ssl_st;
struct x509_store_st;

#define CLIENT_CERT_GROUPS_MAX 256
#define CLIENT_CERT_BYTES_MAX 16384u	/* of the name, and of all groups */

/* Zero-initialise; client_cert_fini() leaves the zero state. */
struct client_cert {
	bool is_there;
	bool is_client;		/* verified by the CA of clients */
	bool is_proxy;		/* by that of the front proxy */
	struct buf name;	/* common name; empty if none of use */
	struct buf groups;	/* organizations, each with a NUL behind it */
};

/* A set of CAs in PEM; NULL with err, never empty. */
struct x509_store_st *client_ca_open(const char *pem, struct err *err);
void client_ca_close(struct x509_store_st *ca);	/* NULL is fine */

/* Who is at the other end; either CA may be NULL, which verifies nothing. */
void client_cert_look(struct client_cert *out, struct ssl_st *ssl,
    struct x509_store_st *clients, struct x509_store_st *proxies,
    int64_t now_s);

/* Sets name and groups.  False: something in it is of no use, and then neither
 * is the rest: half of a subject is somebody else. */
bool client_cert_subject(struct client_cert *out,
    const struct X509_name_st *subject);

void client_cert_fini(struct client_cert *c);

#endif
