/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bus_tls.h"
#include "common/mem.h"

#define TLS "tls+tcp://"

bool
bus_tls_is(const char *url)
{
	return strncmp(url, TLS, strlen(TLS)) == 0;
}

static void
free_secret(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
}

/* The text of a file, for free_secret(); NULL: error. */
static char *
read_file(const char *path, struct err *err)
{
	FILE *file = fopen(path, "re");
	char *text;
	size_t n;

	if (file == NULL) {
		err_set(err, "%s: %s", path, strerror(errno));
		return NULL;
	}
	setvbuf(file, NULL, _IONBF, 0);
	text = xcalloc(1, BUS_TLS_FILE_BYTES_MAX + 1);
	errno = 0;
	n = fread(text, 1, BUS_TLS_FILE_BYTES_MAX, file);
	if (ferror(file) || n == BUS_TLS_FILE_BYTES_MAX) {
		err_set(err, "%s: %s", path, ferror(file) ? strerror(errno) :
		    "too large");
		free_secret(text);
		text = NULL;
	}
	fclose(file);
	return text;
}

/* "tls+tcp://HOST:PORT" -> HOST, without the brackets of an IPv6 address. */
static bool
set_server_name(nng_tls_config *config, const char *url, const char *name)
{
	const char *host = url + strlen(TLS);
	const char *colon = strrchr(host, ':');
	char copy[BUS_URL_BYTES];
	size_t len = colon == NULL ? strlen(host) : (size_t)(colon - host);

	if (name != NULL)
		return nng_tls_config_server_name(config, name) == 0;
	if (len >= 2 && host[0] == '[' && host[len - 1] == ']') {
		host++;
		len -= 2;
	}
	memcpy(copy, host, len);
	copy[len] = '\0';
	return nng_tls_config_server_name(config, copy) == 0;
}

static bool
set_own(nng_tls_config *config, const struct bus_security *s, struct err *err)
{
	char *cert = read_file(s->cert_file, err);
	char *key = cert == NULL ? NULL : read_file(s->key_file, err);
	int rv = NNG_ENOENT;

	if (key != NULL) {
		rv = nng_tls_config_own_cert(config, cert, key, NULL);
		if (rv != 0)
			err_set(err, "--bus-cert=%s --bus-key=%s: not a "
			    "certificate and its key in PEM", s->cert_file,
			    s->key_file);
	}
	free_secret(cert);
	free_secret(key);
	return rv == 0;
}

static bool
set_ca(nng_tls_config *config, const struct bus_security *s, struct err *err)
{
	char *ca = read_file(s->ca_file, err);
	int rv;

	if (ca == NULL)
		return false;
	rv = nng_tls_config_ca_chain(config, ca, NULL);
	free_secret(ca);
	return rv == 0 || err_set(err, "--bus-ca=%s: no certificates in PEM",
	    s->ca_file);
}

bool
bus_tls_config(nng_tls_config **out, const struct bus_security *s,
    const char *url, bool is_listening, struct err *err)
{
	int rv = nng_tls_config_alloc(out, is_listening ?
	    NNG_TLS_MODE_SERVER : NNG_TLS_MODE_CLIENT);

	if (rv != 0)
		return err_set(err, "%s: %s", url, rv == NNG_ENOTSUP ?
		    "this nng was built without TLS" : nng_strerror(rv));
	if (set_ca(*out, s, err) && set_own(*out, s, err)) {
		if (nng_tls_config_auth_mode(*out,
		    NNG_TLS_AUTH_MODE_REQUIRED) == 0 && (is_listening ||
		    set_server_name(*out, url, s->server_name)))
			return true;
		err_set(err, "%s: TLS cannot be set up", url);
	}
	nng_tls_config_free(*out);
	return false;
}
