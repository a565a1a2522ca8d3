/* SPDX-License-Identifier: ISC */
/*
 * The items of a Kubernetes list, one at a time, while the list arrives.
 *
 *	{"kind":"PodList","metadata":{"resourceVersion":"7","continue":"..."},
 *	 "items":[{...},{...}]}
 *
 * A list of all pods is hundreds of megabytes; of that, one item is held at a
 * time, and the list's metadata.  Chunks may be cut anywhere.  Members may
 * come in any order, compact or indented; those but items and metadata are
 * skipped.  Items are not validated here: their decoder does that.
 *
 * Pure.
 */
#ifndef COLLECTOR_LIST_STREAM_H
#define COLLECTOR_LIST_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/err.h"
#include "common/str.h"

#define LIST_ITEM_BYTES_MAX (8u << 20)	/* etcd takes 1.5 MiB */
#define LIST_METADATA_BYTES_MAX (64u << 10)
#define LIST_KEY_BYTES_MAX 16		/* longer than "metadata" */

/*
 * item is an object, followed by JSON_PAD readable bytes, and valid for the
 * call.  False ends the stream with *err.
 */
typedef bool list_item_fn(void *arg, struct str item, struct err *err);

/* What the end of a list says; the strings borrow from the stream. */
struct list_end {
	struct str resource_version;
	struct str next_page;	/* "continue"; absent on the last page */
};

/* Private. */
struct list_stream {
	list_item_fn *on_item;
	void *arg;
	unsigned depth;
	bool is_in_string;
	bool is_escaped;
	bool is_key;		/* the string, or what follows the comma */
	bool is_in_items;
	bool is_done;		/* the outer object is closed */
	unsigned capture_depth;	/* of the value being kept; 0: none is */
	char key[LIST_KEY_BYTES_MAX];
	size_t n_key;
	struct buf item;
	struct buf metadata;
	struct arena arena;	/* of struct list_end */
	size_t n_items;
};

void list_stream_init(struct list_stream *s, list_item_fn *on_item, void *arg);
void list_stream_fini(struct list_stream *s);
void list_stream_reset(struct list_stream *s);	/* for the next page */

bool list_stream_feed(struct list_stream *s, struct str bytes,
    struct err *err);

/* False: the list is cut off, or says no resourceVersion. */
bool list_stream_end(struct list_stream *s, struct list_end *out,
    struct err *err);

#endif
