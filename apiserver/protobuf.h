/* SPDX-License-Identifier: ISC */
/*
 * Protocol buffers, as far as Kubernetes needs them: fields one after the
 * other, messages inside messages, and the envelope around an object.
 *
 *	size_t at = proto_begin(out, 1);
 *	proto_str(out, 1, STR("cpu"));
 *	proto_end(out, at);
 *
 * Like Go's generated code we write fields that are empty as well.  Pure.
 */
#ifndef APISERVER_PROTOBUF_H
#define APISERVER_PROTOBUF_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/str.h"

/* Fields are from 1 to 15. */
void proto_varint(struct buf *out, uint64_t v);
void proto_u64(struct buf *out, unsigned field, uint64_t v);
void proto_str(struct buf *out, unsigned field, struct str s);

/* A message as a field: what is written until its end is in it. */
size_t proto_begin(struct buf *out, unsigned field);
void proto_end(struct buf *out, size_t at);

/* "k8s\0", and the type of the object that comes until its end. */
size_t proto_object(struct buf *out, struct str api_version, struct str kind);
void proto_object_end(struct buf *out, size_t at);

#endif
