/* SPDX-License-Identifier: ISC */
/* What a genuine kube-apiserver said, decoded: the same as jq makes of it. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "collector/list_stream.h"
#include "common/json.h"
#include "t/kube_text.h"
#include "t/tap.h"

#define DATA "t/data/kube-apiserver-1.26/"
#define CHUNK_BYTES 997

struct reader {
	struct buf text;
	struct arena arena;
};

static void
load(struct buf *out, const char *name)
{
	FILE *f = fopen(tap_path(name), "r");
	char *p;

	if (f == NULL)
		bail("%s: cannot be opened", name);
	buf_reset(out);
	while ((p = buf_reserve(out, 65536)) != NULL && !feof(f))
		out->len += fread(p, 1, 65536, f);
	fclose(f);
	buf_pad(out);
}

static bool
take_pod(void *arg, struct str item, struct err *err)
{
	struct reader *r = arg;
	struct kube_pod pod;

	arena_reset(&r->arena);
	if (!kube_pod_decode(&pod, &r->arena, item, err))
		return false;
	kube_text_pod(&r->text, &pod);
	return true;
}

static bool
take_node(void *arg, struct str item, struct err *err)
{
	struct reader *r = arg;
	struct kube_node node;

	arena_reset(&r->arena);
	if (!kube_node_decode(&node, &r->arena, item, err))
		return false;
	kube_text_node(&r->text, &node);
	return true;
}

static bool
take_namespace(void *arg, struct str item, struct err *err)
{
	struct reader *r = arg;
	struct kube_meta m;

	arena_reset(&r->arena);
	if (!kube_meta_decode(&m, &r->arena, item, err))
		return false;
	buf_addf(&r->text, "namespace %.*s %.*s", STR_ARG(m.name),
	    STR_ARG(m.uid));
	kube_text_labels(&r->text, &m);
	buf_add_char(&r->text, '\n');
	return true;
}

static void
read_list(struct reader *r, const char *name, list_item_fn *take)
{
	struct buf body = BUF_INIT;
	struct list_stream s;
	struct list_end end;
	struct err err = { "" };
	bool is_good = true;

	load(&body, name);
	list_stream_init(&s, take, r);
	for (size_t at = 0; is_good && at < body.len; at += CHUNK_BYTES)
		is_good = list_stream_feed(&s, (struct str){ body.p + at,
		    body.len - at < CHUNK_BYTES ? body.len - at :
		    CHUNK_BYTES }, &err);
	ok(is_good && list_stream_end(&s, &end, &err), "%s is read: %s", name,
	    err.msg);
	ok(str_is(end.resource_version, "1446") && end.next_page.p == NULL,
	    "and its version");
	list_stream_fini(&s);
	buf_fini(&body);
}

static void
take_event(struct reader *r, struct str line, list_item_fn *take)
{
	static const char *const names[] = { "ADDED", "MODIFIED", "DELETED",
	    "BOOKMARK", "ERROR" };
	struct kube_event event;
	struct err err;

	arena_reset(&r->arena);
	if (!kube_event_decode(&event, &r->arena, line, &err))
		bail("%s", err.msg);
	buf_addf(&r->text, "%s %.*s\n", names[event.type],
	    STR_ARG(event.resource_version));
	/* A bookmark's object has no name. */
	ok(take(r, event.object, &err) == (event.type != KUBE_BOOKMARK),
	    "%s of %.*s", names[event.type], STR_ARG(event.resource_version));
}

static void
read_watch(struct reader *r, const char *name, list_item_fn *take)
{
	struct buf body = BUF_INIT;
	struct str rest;

	load(&body, name);
	rest = buf_str(&body);
	while (rest.len > 0)
		take_event(r, str_cut(&rest, '\n'), take);
	buf_fini(&body);
}

int
main(void)
{
	struct reader r = { .text = BUF_INIT };
	struct buf want = BUF_INIT;

	arena_init(&r.arena, 1u << 20);
	read_list(&r, DATA "pods.body", take_pod);
	read_list(&r, DATA "nodes.body", take_node);
	read_list(&r, DATA "namespaces.body", take_namespace);
	read_watch(&r, DATA "watch-pods-life.body", take_pod);
	read_watch(&r, DATA "watch-nodes.body", take_node);
	read_watch(&r, DATA "watch-namespaces.body", take_namespace);
	load(&want, DATA "objects.golden");
	is_mem(r.text.p, r.text.len, want.p, want.len,
	    "lists and watches");
	buf_fini(&want);
	buf_fini(&r.text);
	arena_fini(&r.arena);
	return done_testing();
}
