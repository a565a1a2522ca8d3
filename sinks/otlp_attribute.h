/* SPDX-License-Identifier: ISC */
/*
 * Attributes of OTLP, encoded one after another.  One without a value is left
 * out.  Pure.
 */
#ifndef SINKS_OTLP_ATTRIBUTE_H
#define SINKS_OTLP_ATTRIBUTE_H

#include "common/buf.h"
#include "common/str.h"

enum otlp_encoding { OTLP_PROTOBUF, OTLP_JSON };

/* Where they go: the tag of the field.  In JSON there are commas between. */
struct otlp_attributes {
	struct buf *out;
	enum otlp_encoding encoding;
	char tag;
	size_t begin;		/* of them, in out */
};

/* They begin here. */
struct otlp_attributes otlp_attributes(struct buf *out,
    enum otlp_encoding encoding, unsigned field);

void otlp_attribute(struct otlp_attributes *a, struct str key,
    struct str value);

/* Its key is both, one after another. */
void otlp_attribute_of(struct otlp_attributes *a, struct str prefix,
    struct str key, struct str value);

/* Its value is a list of one. */
void otlp_attribute_list(struct otlp_attributes *a, struct str key,
    struct str value);

#endif
