/* SPDX-License-Identifier: ISC */
/* Any subject of a certificate, in DER: no name of it has a NUL inside, and
 * one that is refused leaves none. */
#include "config.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "apiserver/client_cert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct client_cert cert = { .is_there = true };
	const unsigned char *p = data;
	X509_NAME *subject = d2i_X509_NAME(NULL, &p, (long)size);

	ERR_clear_error();
	if (subject == NULL)
		return 0;
	if (client_cert_subject(&cert, subject)) {
		assert(cert.name.len <= CLIENT_CERT_BYTES_MAX);
		assert(cert.name.len == 0 ||
		    memchr(cert.name.p, '\0', cert.name.len) == NULL);
		assert(cert.groups.len == 0 ||
		    cert.groups.p[cert.groups.len - 1] == '\0');
	} else {
		assert(cert.name.len == 0 && cert.groups.len == 0);
	}
	client_cert_fini(&cert);
	X509_NAME_free(subject);
	return 0;
}
