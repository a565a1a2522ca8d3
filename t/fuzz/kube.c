/* SPDX-License-Identifier: ISC */
/*
 * Any list, in one piece and in pieces of a few bytes: the same items, the
 * same end.  Every item is decoded as every kind of object, or refused.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "collector/kube_object.h"
#include "collector/list_stream.h"
#include "common/json.h"

#define ARENA_BYTES (16u << 20)

#define CHECK(x) do { if (!(x)) abort(); } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
decode_all(struct str json)
{
	struct kube_status status;
	struct kube_event event;
	struct kube_node node;
	struct kube_pod pod;
	struct kube_meta meta;
	struct arena a;
	struct err err;

	arena_init(&a, ARENA_BYTES);
	if (kube_pod_decode(&pod, &a, json, &err)) {
		CHECK(pod.meta.name.len > 0);
		CHECK(pod.kubelet_uid.len > 0 || pod.meta.uid.len == 0);
		for (size_t i = 0; i < pod.n_containers; i++)
			CHECK(pod.containers[i].name.len > 0);
		CHECK(kube_meta_decode(&meta, &a, json, &err));
		CHECK(str_eq(meta.uid, pod.meta.uid));
	}
	if (kube_node_decode(&node, &a, json, &err))
		CHECK(node.meta.name.len > 0);
	if (kube_event_decode(&event, &a, json, &err))
		CHECK(event.object.len > 0);
	kube_status_decode(&status, &a, json, &err);
	arena_fini(&a);
}

static bool
take_item(void *arg, struct str item, struct err *err)
{
	struct buf *all = arg;

	(void)err;
	buf_add_str(all, item);
	buf_add_char(all, '\n');
	decode_all(item);
	return true;
}

static bool
read_list(struct buf *all, const uint8_t *data, size_t size, size_t piece)
{
	struct list_stream s;
	struct list_end end;
	struct err err;
	bool is_good = true;

	list_stream_init(&s, take_item, all);
	for (size_t at = 0; is_good && at < size; at += piece)
		is_good = list_stream_feed(&s, (struct str){
		    (const char *)data + at,
		    size - at < piece ? size - at : piece }, &err);
	is_good = is_good && list_stream_end(&s, &end, &err);
	if (is_good) {
		buf_add_str(all, end.resource_version);
		buf_add_str(all, end.next_page);
	}
	list_stream_fini(&s);
	return is_good;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole = BUF_INIT, pieces = BUF_INIT;
	char *text = calloc(size + JSON_PAD, 1);
	size_t piece = size == 0 ? 1 : 1 + data[size / 2] % 7;

	CHECK(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	decode_all((struct str){ text, size });
	free(text);
	CHECK(read_list(&whole, data, size, SIZE_MAX / 2) ==
	    read_list(&pieces, data, size, piece));
	CHECK(whole.len == pieces.len &&
	    (whole.len == 0 || memcmp(whole.p, pieces.p, whole.len) == 0));
	buf_fini(&whole);
	buf_fini(&pieces);
	return 0;
}
