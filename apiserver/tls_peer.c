/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "apiserver/tls.h"

/* The last common name, as Go and so Kubernetes takes it.  One with a NUL
 * inside, or too long, is none: half a name is somebody else's. */
static void
copy_name(const X509_NAME *subject, char name[TLS_NAME_MAX])
{
	unsigned char *text = NULL;
	int at = -1, last = -1, n;

	name[0] = '\0';
	while ((at = X509_NAME_get_index_by_NID(subject, NID_commonName,
	    at)) >= 0)
		last = at;
	if (last < 0)
		return;
	n = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(
	    X509_NAME_get_entry(subject, last)));
	if (n > 0 && n < TLS_NAME_MAX && memchr(text, '\0', (size_t)n) == NULL) {
		memcpy(name, text, (size_t)n);
		name[n] = '\0';
	}
	OPENSSL_free(text);
}

void
tls_peer(struct ssl_st *ssl, struct tls_peer *peer)
{
	X509 *cert = SSL_get0_peer_certificate(ssl);
	struct tm until;

	*peer = (struct tls_peer){ .is_verified = false };
	if (cert == NULL || SSL_get_verify_result(ssl) != X509_V_OK ||
	    ASN1_TIME_to_tm(X509_get0_notAfter(cert), &until) != 1)
		return;
	peer->is_verified = true;
	peer->until_s = timegm(&until);
	copy_name(X509_get_subject_name(cert), peer->name);
	ERR_clear_error();
}
