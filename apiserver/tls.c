/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/hash.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/timestamp.h"

#include "apiserver/tls.h"

#define FILE_BYTES_MAX (1u << 20)
#define REFRESH_NS NS_PER_S

enum { CERT, KEY, CLIENT_CA, N_FILES };

struct tls {
	const char *names[N_FILES];
	struct tls_files conf;
	struct buf texts[N_FILES];	/* as just read */
	SSL_CTX *context;
	uint64_t seen_hash;		/* of the texts that were tried last */
	int64_t looked_mono_ns;
	struct log_condition bad;
};

/* The reason that OpenSSL gives, and an empty queue. */
static const char *
reason(void)
{
	unsigned long code = ERR_peek_last_error();
	const char *text = code == 0 ? NULL : ERR_reason_error_string(code);

	ERR_clear_error();
	return text != NULL ? text : "nothing of use in it";
}

static bool
read_file(const char *name, struct buf *text, struct err *err)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = -1;
	char *to;

	buf_reset(text);
	if (fd == -1)
		return err_set(err, "%s: %s", name, strerror(errno));
	while ((to = buf_reserve(text, 4096)) != NULL &&
	    (n = read(fd, to, 4096)) > 0 && text->len <= FILE_BYTES_MAX)
		text->len += (size_t)n;
	if (n < 0)
		err_set(err, "%s: %s", name, strerror(errno));
	else if (n > 0)
		err_set(err, "%s: too large", name);
	close(fd);
	return n == 0;
}

/* Never asks anybody. */
static int
no_password(char *p, int size, int want_write, void *arg)
{
	(void)p;
	(void)size;
	(void)want_write;
	(void)arg;
	return -1;
}

static BIO *
open_text(const struct buf *text)
{
	return BIO_new_mem_buf(text->p == NULL ? "" : text->p,
	    (int)text->len);
}

static X509 *
next_cert(BIO *bio)
{
	return PEM_read_bio_X509(bio, NULL, no_password, NULL);
}

/* Whether there was no further one.  One that is cut off is an error: its file
 * is being written. */
static bool
was_last(void)
{
	bool is_end = ERR_GET_REASON(ERR_peek_last_error()) ==
	    PEM_R_NO_START_LINE;

	if (is_end)
		ERR_clear_error();
	return is_end;
}

/* The server's own certificate, then those between it and its CA. */
static bool
use_cert(SSL_CTX *context, const struct buf *text)
{
	BIO *bio = open_text(text);
	X509 *cert = bio == NULL ? NULL : next_cert(bio);
	bool ok = cert != NULL && SSL_CTX_use_certificate(context, cert) == 1;

	X509_free(cert);
	while (ok && (cert = next_cert(bio)) != NULL) {
		ok = SSL_CTX_add0_chain_cert(context, cert) == 1;
		if (!ok)
			X509_free(cert);
	}
	ok = ok && was_last();
	BIO_free(bio);
	return ok;
}

static bool
use_key(SSL_CTX *context, const struct buf *text)
{
	BIO *bio = open_text(text);
	EVP_PKEY *key = bio == NULL ? NULL :
	    PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	bool ok = key != NULL && SSL_CTX_use_PrivateKey(context, key) == 1 &&
	    SSL_CTX_check_private_key(context) == 1;

	EVP_PKEY_free(key);
	BIO_free(bio);
	return ok;
}

/*
 * Whoever fails is told so in HTTP: see tls_peer().  The first error ends it: to
 * go on, up to the signatures of a chain that nobody has vouched for, would let
 * anybody keep us busy with keys of any size.  arg: nobody wants to know.
 */
static int
on_chain(X509_STORE_CTX *chain, void *arg)
{
	if (arg != NULL)
		X509_STORE_CTX_set_error(chain,
		    X509_V_ERR_APPLICATION_VERIFICATION);
	else if (X509_verify_cert(chain) != 1 &&
	    X509_STORE_CTX_get_error(chain) == X509_V_OK)
		X509_STORE_CTX_set_error(chain, X509_V_ERR_UNSPECIFIED);
	ERR_clear_error();
	return 1;
}

/* Sessions are not resumed: each is verified with today's CAs. */
static bool
ask_for_cert(SSL_CTX *context, bool is_verified_later)
{
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(context, on_chain,
	    is_verified_later ? context : NULL);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
	return SSL_CTX_set_num_tickets(context, 0) == 1;
}

static bool
use_client_ca(SSL_CTX *context, const struct buf *text)
{
	X509_STORE *store = SSL_CTX_get_cert_store(context);
	BIO *bio = open_text(text);
	X509 *cert;
	unsigned n = 0;
	bool ok = bio != NULL;

	while (ok && (cert = next_cert(bio)) != NULL) {
		ok = X509_STORE_add_cert(store, cert) == 1 &&
		    SSL_CTX_add_client_CA(context, cert) == 1;
		n += ok;
		X509_free(cert);
	}
	BIO_free(bio);
	if (!ok || n == 0 || !was_last())
		return false;
	/* As to Go and so Kubernetes, each of them is a beginning. */
	X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
	return ask_for_cert(context, false);
}

/* HTTP/1.1 for those who ask; whoever insists on another is refused. */
static int
on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
    const unsigned char *in, unsigned in_len, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1\x08http/1.0";

	(void)ssl;
	(void)arg;
	return SSL_select_next_proto((unsigned char **)(uintptr_t)out, out_len,
	    ours, sizeof ours - 1, in, in_len) == OPENSSL_NPN_NEGOTIATED ?
	    SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static SSL_CTX *
new_context(const struct tls_files *conf)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	if (context == NULL)
		return NULL;
	SSL_CTX_set_min_proto_version(context, conf->min_version == 0 ?
	    TLS1_2_VERSION : conf->min_version);
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION |
	    SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS |
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_alpn_select_cb(context, on_alpn, NULL);
	return context;
}

/* A context of the texts; NULL with err. */
static SSL_CTX *
make_context(const struct tls *t, struct err *err)
{
	SSL_CTX *context = new_context(&t->conf);

	if (context == NULL)
		err_set(err, "TLS: out of memory");
	else if (!use_cert(context, &t->texts[CERT]))
		err_set(err, "%s: %s", t->names[CERT], reason());
	else if (!use_key(context, &t->texts[KEY]))
		err_set(err, "%s: %s", t->names[KEY], reason());
	else if (t->names[CLIENT_CA] != NULL &&
	    !use_client_ca(context, &t->texts[CLIENT_CA]))
		err_set(err, "%s: %s", t->names[CLIENT_CA], reason());
	else if (t->conf.want_client_cert && !ask_for_cert(context, true))
		err_set(err, "TLS: %s", reason());
	else if (t->conf.ciphers != NULL &&
	    SSL_CTX_set_cipher_list(context, t->conf.ciphers) != 1)
		err_set(err, "TLS: none of the ciphers is known");
	else
		return context;
	SSL_CTX_free(context);
	return NULL;
}

static bool
read_all(struct tls *t, uint64_t *hash, struct err *err)
{
	*hash = 0;
	for (int i = 0; i < N_FILES; i++) {
		if (t->names[i] == NULL)
			continue;
		if (!read_file(t->names[i], &t->texts[i], err))
			return false;
		*hash = hash_bytes(t->texts[i].p, t->texts[i].len, *hash + 1);
	}
	return true;
}

/* False: the same as before, or of no use, with err. */
static bool
load(struct tls *t, struct err *err)
{
	SSL_CTX *context;
	uint64_t hash;

	if (!read_all(t, &hash, err)) {
		t->seen_hash = 0;
		return false;
	}
	if (hash == t->seen_hash)
		return false;
	t->seen_hash = hash;
	context = make_context(t, err);
	if (context == NULL)
		return false;
	SSL_CTX_free(t->context);
	t->context = context;
	return true;
}

/* Keys do not stay in memory that others will get. */
static void
forget_texts(struct tls *t)
{
	for (int i = 0; i < N_FILES; i++) {
		if (t->texts[i].p != NULL)
			OPENSSL_cleanse(t->texts[i].p, t->texts[i].cap);
		buf_fini(&t->texts[i]);
	}
}

struct tls *
tls_open(const struct tls_files *files, struct err *err)
{
	struct tls *t = xcalloc(1, sizeof *t);

	t->conf = *files;
	t->names[CERT] = files->cert;
	t->names[KEY] = files->key;
	t->names[CLIENT_CA] = files->client_ca;
	t->looked_mono_ns = clock_mono_ns();
	if (!load(t, err)) {
		tls_close(t);
		return NULL;
	}
	forget_texts(t);
	return t;
}

void
tls_close(struct tls *t)
{
	if (t == NULL)
		return;
	forget_texts(t);
	SSL_CTX_free(t->context);
	free(t);
}

bool
tls_refresh(struct tls *t, int64_t now_mono_ns)
{
	struct err err = { "" };
	bool is_new;

	if (now_mono_ns - t->looked_mono_ns < REFRESH_NS)
		return false;
	t->looked_mono_ns = now_mono_ns;
	is_new = load(t, &err);
	forget_texts(t);
	if (is_new) {
		log_clear(&t->bad);
		log_info("tls_reloaded cert=%s", log_qs(t->names[CERT]));
	} else if (err.msg[0] != '\0' && log_onset(&t->bad, now_mono_ns)) {
		log_warn("tls_not_reloaded error=%s kept_in_use=before",
		    log_qs(err.msg));
	}
	return is_new;
}

struct ssl_st *
tls_session(struct tls *t)
{
	SSL *ssl = SSL_new(t->context);

	ERR_clear_error();
	return ssl;
}
