/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "common/json_out.h"

#include "sinks/otlp_attribute.h"
#include "sinks/protobuf.h"

/* KeyValue and AnyValue */
#define KEY PROTOBUF_BYTES(1)
#define VALUE PROTOBUF_BYTES(2)
#define STRING PROTOBUF_BYTES(1)
#define ARRAY PROTOBUF_BYTES(5)
#define ITEM PROTOBUF_BYTES(1)

struct otlp_attributes
otlp_attributes(struct buf *out, enum otlp_encoding encoding, unsigned field)
{
	return (struct otlp_attributes){
		.out = out,
		.encoding = encoding,
		.tag = PROTOBUF_BYTES(field),
		.begin = out->len,
	};
}

static void
add_protobuf(struct otlp_attributes *a, struct str prefix, struct str key,
    struct str value, bool is_list)
{
	size_t n_key = prefix.len + key.len;
	size_t n_string = protobuf_bytes_len(value.len);
	size_t n_array = protobuf_bytes_len(n_string);
	size_t n_value = is_list ? protobuf_bytes_len(n_array) : n_string;

	protobuf_add_varint(a->out, a->tag, protobuf_bytes_len(n_key) +
	    protobuf_bytes_len(n_value));
	protobuf_add_varint(a->out, KEY, n_key);
	buf_add_str(a->out, prefix);
	buf_add_str(a->out, key);
	protobuf_add_varint(a->out, VALUE, n_value);
	if (is_list) {
		protobuf_add_varint(a->out, ARRAY, n_array);
		protobuf_add_varint(a->out, ITEM, n_string);
	}
	protobuf_add_bytes(a->out, STRING, value);
}

/* As one string: the quotes between the two parts go. */
static void
add_key(struct buf *out, struct str prefix, struct str key)
{
	size_t at;

	json_quote(out, prefix, false);
	at = out->len - 1;
	json_quote(out, key, false);
	if (out->failed)
		return;
	memmove(out->p + at, out->p + at + 2, out->len - at - 2);
	out->len -= 2;
}

static void
add_json(struct otlp_attributes *a, struct str prefix, struct str key,
    struct str value, bool is_list)
{
	if (a->out->len > a->begin)
		buf_add_char(a->out, ',');
	buf_add_str(a->out, STR("{\"key\":"));
	add_key(a->out, prefix, key);
	buf_add_str(a->out, is_list ? STR(",\"value\":{\"arrayValue\":{"
	    "\"values\":[{\"stringValue\":") :
	    STR(",\"value\":{\"stringValue\":"));
	json_quote(a->out, value, false);
	buf_add_str(a->out, is_list ? STR("}]}}}") : STR("}}"));
}

static void
add(struct otlp_attributes *a, struct str prefix, struct str key,
    struct str value, bool is_list)
{
	if (value.len == 0)
		return;
	if (a->encoding == OTLP_JSON)
		add_json(a, prefix, key, value, is_list);
	else
		add_protobuf(a, prefix, key, value, is_list);
}

void
otlp_attribute(struct otlp_attributes *a, struct str key, struct str value)
{
	add(a, key, STR(""), value, false);
}

void
otlp_attribute_of(struct otlp_attributes *a, struct str prefix, struct str key,
    struct str value)
{
	add(a, prefix, key, value, false);
}

void
otlp_attribute_list(struct otlp_attributes *a, struct str key,
    struct str value)
{
	add(a, key, STR(""), value, true);
}
