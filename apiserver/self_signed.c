/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "common/buf.h"
#include "common/mem.h"

#include "apiserver/self_signed.h"

#define LASTS_S (365L * 24 * 3600)
#define LEFT_MIN_S (24L * 3600)
#define HOST_BYTES_MAX 256
#define SERVICES "DNS:metrics-server.kube-system.svc," \
	"DNS:heapster.kube-system.svc,DNS:cheapster-metrics.cheapster.svc"

static X509 *
read_cert(const char *path)
{
	FILE *file = fopen(path, "re");
	X509 *cert = file == NULL ? NULL : PEM_read_X509(file, NULL, NULL,
	    (void *)"");

	if (file != NULL)
		fclose(file);
	return cert;
}

/* One of our own that nobody else may read: not one that somebody has put there,
 * or that others have seen. */
static EVP_PKEY *
read_key(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	EVP_PKEY *key = NULL;
	FILE *file = NULL;

	if (fd != -1 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == geteuid() && (st.st_mode & S_IRWXO) == 0)
		file = fdopen(fd, "r");
	if (file != NULL)
		key = PEM_read_PrivateKey(file, NULL, NULL, (void *)"");
	if (file != NULL)
		fclose(file);
	else if (fd != -1)
		close(fd);
	return key;
}

static bool
is_usable(const struct self_signed *s)
{
	X509 *cert = read_cert(s->cert);
	EVP_PKEY *key = read_key(s->key);
	time_t then = time(NULL) + LEFT_MIN_S;
	bool ok = cert != NULL && key != NULL &&
	    X509_check_private_key(cert, key) == 1 &&
	    X509_cmp_time(X509_get0_notAfter(cert), &then) > 0;

	X509_free(cert);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return ok;
}

static bool
is_address(const char *text)
{
	unsigned char bytes[16];

	return inet_pton(AF_INET, text, bytes) == 1 ||
	    inet_pton(AF_INET6, text, bytes) == 1;
}

static bool
is_host_name(const char *text)
{
	return *text != '\0' && text[strspn(text, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.")] == '\0';
}

static void
add_names(struct buf *out, const char *address)
{
	char host[HOST_BYTES_MAX] = "";

	buf_addf(out, "DNS:localhost," SERVICES ",IP:127.0.0.1,IP:::1");
	if (gethostname(host, sizeof host - 1) == 0 && is_host_name(host))
		buf_addf(out, ",DNS:%s", host);
	if (address != NULL && is_address(address))
		buf_addf(out, ",IP:%s", address);
	buf_add_char(out, '\0');
}

static bool
add_extension(X509 *cert, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;
	bool ok;

	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, cert, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	ok = extension != NULL && X509_add_ext(cert, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return ok;
}

static bool
set_serial(X509 *cert)
{
	BIGNUM *serial = BN_new();
	bool ok = serial != NULL && BN_rand(serial, 64, BN_RAND_TOP_ONE,
	    BN_RAND_BOTTOM_ANY) == 1 &&
	    BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(cert)) != NULL;

	BN_free(serial);
	return ok;
}

static bool
fill(X509 *cert, EVP_PKEY *key, const char *names)
{
	X509_NAME *subject = X509_get_subject_name(cert);

	return X509_set_version(cert, 2) == 1 && set_serial(cert) &&
	    X509_gmtime_adj(X509_getm_notBefore(cert), -3600) != NULL &&
	    X509_gmtime_adj(X509_getm_notAfter(cert), LASTS_S) != NULL &&
	    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
	    (const unsigned char *)"localhost", -1, -1, 0) == 1 &&
	    X509_set_issuer_name(cert, subject) == 1 &&
	    X509_set_pubkey(cert, key) == 1 &&
	    add_extension(cert, NID_basic_constraints, "critical,CA:TRUE") &&
	    add_extension(cert, NID_key_usage, "critical,digitalSignature,"
	    "keyEncipherment,keyCertSign") &&
	    add_extension(cert, NID_ext_key_usage, "serverAuth") &&
	    add_extension(cert, NID_subject_alt_name, names) &&
	    X509_sign(cert, key, EVP_sha256()) > 0;
}

/* As a whole or not at all: a key is never readable by others. */
static bool
write_file(const char *path, mode_t mode, X509 *cert, EVP_PKEY *key,
    struct err *err)
{
	char *new_path = xasprintf("%s.new", path);
	FILE *file = NULL;
	bool ok;
	int fd;

	unlink(new_path);
	fd = open(new_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	ok = fd != -1 && (file = fdopen(fd, "w")) != NULL &&
	    (cert != NULL ? PEM_write_X509(file, cert) :
	    PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL)) == 1;
	if (file != NULL)
		ok = fclose(file) == 0 && ok;
	else if (fd != -1)
		close(fd);
	if (!ok || rename(new_path, path) == -1)
		ok = err_set(err, "%s: %s", path, strerror(errno));
	free(new_path);
	return ok;
}

static bool
make(const struct self_signed *s, const char *address, struct err *err)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	struct buf names = BUF_INIT;
	bool ok;

	add_names(&names, address);
	ok = (key != NULL && cert != NULL && !names.failed &&
	    fill(cert, key, names.p)) ||
	    err_set(err, "a certificate cannot be made");
	ok = ok && write_file(s->key, 0600, NULL, key, err) &&
	    write_file(s->cert, 0644, cert, NULL, err);
	buf_fini(&names);
	X509_free(cert);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return ok;
}

/* Like mkdir -p, for us alone. */
static bool
make_dir(const char *path, struct err *err)
{
	char *copy = xstrdup(path);
	bool ok;

	for (char *p = copy + 1; *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		mkdir(copy, 0700);
		*p = '/';
	}
	ok = mkdir(copy, 0700) == 0 || errno == EEXIST ||
	    err_set(err, "%s: %s", path, strerror(errno));
	free(copy);
	return ok;
}

bool
self_signed_make(struct self_signed *out, const char *dir,
    const char *address, struct err *err)
{
	*out = (struct self_signed){
		.cert = xasprintf("%s/apiserver.crt", dir),
		.key = xasprintf("%s/apiserver.key", dir),
	};
	if (is_usable(out) || (make_dir(dir, err) && make(out, address, err)))
		return true;
	self_signed_fini(out);
	return false;
}

void
self_signed_fini(struct self_signed *s)
{
	free(s->cert);
	free(s->key);
	*s = (struct self_signed){ .cert = NULL };
}
