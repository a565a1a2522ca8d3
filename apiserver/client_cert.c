/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "common/str.h"

#include "apiserver/client_cert.h"

#define AUTH_LEVEL 1	/* of OpenSSL: no SHA-1, no RSA below 1024 bits */

struct x509_store_st *
client_ca_open(const char *pem, struct err *err)
{
	X509_STORE *store = X509_STORE_new();
	BIO *bio = BIO_new_mem_buf(pem, -1);
	unsigned n = 0;
	bool ok = store != NULL && bio != NULL;
	X509 *cert;

	while (ok && (cert = PEM_read_bio_X509(bio, NULL, NULL, (void *)"")) !=
	    NULL) {
		ok = X509_STORE_add_cert(store, cert) == 1;
		n++;
		X509_free(cert);
	}
	BIO_free(bio);
	/* One that is cut off is an error: its file is being written. */
	ok = ok && ERR_GET_REASON(ERR_peek_last_error()) ==
	    PEM_R_NO_START_LINE;
	ERR_clear_error();
	if (ok && n > 0) {
		/* As to Go and so Kubernetes, each of them is a beginning,
		 * also one that another has signed. */
		X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
		return store;
	}
	X509_STORE_free(store);
	err_set(err, n == 0 ? "no certificate of a CA in PEM" :
	    "a certificate of a CA that is none");
	return NULL;
}

void
client_ca_close(struct x509_store_st *ca)
{
	X509_STORE_free(ca);
}

/* Also if what is between it and the CA was not sent in order. */
static bool
is_signed_by(X509 *cert, STACK_OF(X509) *between, X509_STORE *ca,
    int64_t now_s)
{
	X509_STORE_CTX *context;
	bool ok;

	if (ca == NULL || (context = X509_STORE_CTX_new()) == NULL)
		return false;
	ok = X509_STORE_CTX_init(context, ca, cert, between) == 1 &&
	    X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_CLIENT) == 1;
	if (ok) {
		X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(
		    context), AUTH_LEVEL);
		X509_STORE_CTX_set_time(context, 0, (time_t)now_s);
		ok = X509_verify_cert(context) == 1;
	}
	X509_STORE_CTX_free(context);
	ERR_clear_error();
	return ok;
}

static bool
add_text(struct buf *out, const X509_NAME_ENTRY *entry)
{
	unsigned char *text = NULL;
	int n = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry));
	bool ok = n >= 0 && (n == 0 || memchr(text, '\0', (size_t)n) == NULL);

	if (ok && n > 0)
		buf_add(out, text, (size_t)n);
	OPENSSL_free(text);
	return ok && !out->failed;
}

static bool
take_subject(struct client_cert *out, const X509_NAME *subject)
{
	int at = -1, last = -1;

	out->name.max_bytes = out->groups.max_bytes = CLIENT_CERT_BYTES_MAX;
	/* The last one, as Go and so Kubernetes takes it. */
	while ((at = X509_NAME_get_index_by_NID(subject, NID_commonName,
	    at)) >= 0)
		last = at;
	if (last >= 0 && !add_text(&out->name,
	    X509_NAME_get_entry(subject, last)))
		return false;
	at = -1;
	for (unsigned n = 0; (at = X509_NAME_get_index_by_NID(subject,
	    NID_organizationName, at)) >= 0; n++) {
		if (n == CLIENT_CERT_GROUPS_MAX || !add_text(&out->groups,
		    X509_NAME_get_entry(subject, at)))
			return false;
		buf_add_char(&out->groups, '\0');
	}
	return !out->name.failed && !out->groups.failed;
}

bool
client_cert_subject(struct client_cert *out,
    const struct X509_name_st *subject)
{
	bool ok;

	buf_reset(&out->name);
	buf_reset(&out->groups);
	ok = take_subject(out, subject);
	ERR_clear_error();
	if (ok)
		return true;
	buf_reset(&out->name);
	buf_reset(&out->groups);
	return false;
}

void
client_cert_look(struct client_cert *out, struct ssl_st *ssl,
    struct x509_store_st *clients, struct x509_store_st *proxies,
    int64_t now_s)
{
	X509 *cert = SSL_get0_peer_certificate(ssl);
	STACK_OF(X509) *between = SSL_get_peer_cert_chain(ssl);

	client_cert_fini(out);
	out->is_there = cert != NULL;
	if (cert == NULL)
		return;
	out->is_client = is_signed_by(cert, between, clients, now_s);
	out->is_proxy = is_signed_by(cert, between, proxies, now_s);
	if ((out->is_client || out->is_proxy) && !client_cert_subject(out,
	    X509_get_subject_name(cert)))
		out->is_client = out->is_proxy = false;
}

void
client_cert_fini(struct client_cert *c)
{
	buf_fini(&c->name);
	buf_fini(&c->groups);
	*c = (struct client_cert){ .is_there = false };
}
