/* SPDX-License-Identifier: ISC */
/*
 * The bytes of one accepted connection, in the clear or through TLS.
 *
 * Nothing here blocks or waits: what cannot go on says for what it would have
 * to wait.  All that was decrypted has to be read before one may wait for the
 * descriptor again: it would not speak up.
 */
#ifndef APISERVER_STREAM_H
#define APISERVER_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "common/str.h"

struct ssl_st;

struct stream {
	int fd;			/* -1: closed */
	struct ssl_st *ssl;	/* NULL: in the clear */
	bool is_broken;		/* TLS failed: nothing more may be said */
};

enum stream_result {
	STREAM_DONE,
	STREAM_WANT_READ,
	STREAM_WANT_WRITE,
	STREAM_EOF,
	STREAM_FAILED,
};

/* Takes fd over; ssl too, or NULL. */
void stream_init(struct stream *s, int fd, struct ssl_st *ssl);

enum stream_result stream_handshake(struct stream *s);

/* Up to size bytes into p, at least one if STREAM_DONE. */
enum stream_result stream_read(struct stream *s, char *p, size_t size,
    size_t *n);

/* As much as there is room for of both, the first one first. */
enum stream_result stream_write(struct stream *s, struct str first,
    struct str second, size_t *n);

/* Says that nothing more will come; what the other says can be read. */
void stream_shutdown(struct stream *s);

void stream_close(struct stream *s);

#endif
