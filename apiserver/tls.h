/* SPDX-License-Identifier: ISC */
/*
 * TLS of the main port: certificate, key, and the CA of clients, from files
 * that may change under us.
 *
 * It is what is in the files that counts, compared about once a second while
 * there are connections: so it is all the same whether they are renamed,
 * rewritten, or behind a symbolic link that is moved, as in a volume of a
 * Secret.  What cannot be used leaves what was there before in use.
 *
 * With a CA clients are asked for a certificate.  One who has none, or a bad
 * one, is let in all the same, to be told so in HTTP: tls_peer() says who it
 * is.  Sessions are not resumed then: each is verified with today's CA.
 *
 * TLS 1.2 and 1.3, HTTP/1.1 only.
 */
#ifndef APISERVER_TLS_H
#define APISERVER_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

struct ssl_st;

struct tls_files {
	const char *cert;	/* NULL: no TLS at all */
	const char *key;
	const char *client_ca;	/* NULL: nobody is asked who it is, unless */
	bool want_client_cert;	/* whoever looks at it verifies it */
	int min_version;	/* OpenSSL's; 0: TLS 1.2 */
	const char *ciphers;	/* of TLS 1.2, OpenSSL's names; NULL: its own */
};

struct tls;

struct tls *tls_open(const struct tls_files *files, struct err *err);
void tls_close(struct tls *t);	/* NULL is fine */

/* Looks at the files if a second has passed; true: others are in use now. */
bool tls_refresh(struct tls *t, int64_t now_mono_ns);

/* A new session for an accepted connection; NULL: out of memory. */
struct ssl_st *tls_session(struct tls *t);

#define TLS_NAME_MAX 256

/* Who is at the other end, after the handshake. */
struct tls_peer {
	bool is_verified;	/* by the CA, and for use by clients */
	char name[TLS_NAME_MAX];	/* common name; "" if none of use */
	int64_t until_s;	/* the end of the certificate, since 1970 */
};

void tls_peer(struct ssl_st *ssl, struct tls_peer *peer);

#endif
