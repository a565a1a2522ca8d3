/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "apiserver/stream.h"

void
stream_init(struct stream *s, int fd, struct ssl_st *ssl)
{
	*s = (struct stream){ .fd = fd, .ssl = ssl };
	if (ssl == NULL)
		return;
	SSL_set_accept_state(ssl);
	if (SSL_set_fd(ssl, fd) != 1)
		s->is_broken = true;
}

/* What OpenSSL means; the queue of errors is everybody's, and left empty. */
static enum stream_result
tls_result(struct stream *s, int rv)
{
	int why = SSL_get_error(s->ssl, rv);

	ERR_clear_error();
	switch (why) {
	case SSL_ERROR_NONE:
		return STREAM_DONE;
	case SSL_ERROR_WANT_READ:
		return STREAM_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return STREAM_WANT_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return STREAM_EOF;
	default:
		s->is_broken = true;
		return STREAM_FAILED;
	}
}

enum stream_result
stream_handshake(struct stream *s)
{
	if (s->is_broken)
		return STREAM_FAILED;
	ERR_clear_error();
	return tls_result(s, SSL_do_handshake(s->ssl));
}

static enum stream_result
socket_result(enum stream_result wait)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ?
	    wait : STREAM_FAILED;
}

enum stream_result
stream_read(struct stream *s, char *p, size_t size, size_t *n)
{
	ssize_t got;

	*n = 0;
	if (s->is_broken)
		return STREAM_FAILED;
	if (s->ssl != NULL) {
		ERR_clear_error();
		return tls_result(s, SSL_read_ex(s->ssl, p, size, n));
	}
	got = recv(s->fd, p, size, 0);
	if (got == -1)
		return socket_result(STREAM_WANT_READ);
	*n = (size_t)got;
	return got == 0 ? STREAM_EOF : STREAM_DONE;
}

/* A record at a time: the next one is for the next call. */
static enum stream_result
tls_write(struct stream *s, struct str text, size_t *n)
{
	ERR_clear_error();
	return tls_result(s, SSL_write_ex(s->ssl, text.p, text.len, n));
}

enum stream_result
stream_write(struct stream *s, struct str first, struct str second,
    size_t *n)
{
	struct iovec parts[2] = {
		{ (void *)(uintptr_t)first.p, first.len },
		{ (void *)(uintptr_t)second.p, second.len },
	};
	struct msghdr message = {
		.msg_iov = first.len > 0 ? parts : parts + 1,
		.msg_iovlen = first.len > 0 ? 2 : 1,
	};
	ssize_t sent;

	*n = 0;
	if (s->is_broken)
		return STREAM_FAILED;
	if (s->ssl != NULL)
		return tls_write(s, first.len > 0 ? first : second, n);
	sent = sendmsg(s->fd, &message, MSG_NOSIGNAL);
	if (sent == -1)
		return socket_result(STREAM_WANT_WRITE);
	*n = (size_t)sent;
	return STREAM_DONE;
}

void
stream_shutdown(struct stream *s)
{
	if (s->ssl != NULL && !s->is_broken && SSL_is_init_finished(s->ssl)) {
		ERR_clear_error();
		SSL_shutdown(s->ssl);
		ERR_clear_error();
	}
	shutdown(s->fd, SHUT_WR);
}

void
stream_close(struct stream *s)
{
	if (s->fd == -1)
		return;
	if (s->ssl != NULL && !s->is_broken && SSL_is_init_finished(s->ssl)) {
		ERR_clear_error();
		SSL_shutdown(s->ssl);	/* says so, and does not wait */
		ERR_clear_error();
	}
	SSL_free(s->ssl);
	close(s->fd);
	*s = (struct stream){ .fd = -1 };
}
