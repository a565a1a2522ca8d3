/* SPDX-License-Identifier: ISC */
/*
 * Frame to JSON.  Everything goes through a raw pointer into room that was
 * reserved for the longest possible output of the piece at hand.  Each value
 * is followed by a comma; what closes an array or object overwrites the last.
 */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "common/frame_json.h"
#include "common/json_out.h"
#include "common/number.h"
#include "common/number_put.h"

#define PIECE_BYTES 4096	/* asked from the buffer at a time */
#define WORD_BYTES sizeof(uint64_t)

#define X(id, name, kind, type, unit, sets, rollup, help) \
	| (uint64_t)(METRIC_##type == METRIC_FLOAT) << METRIC_##id
static const uint64_t plain_floats = 0 METRICS_PLAIN(X);
#undef X

#define X(id, name, kind, type, unit, sets, rollup, help) \
	| (uint64_t)(METRIC_##type == METRIC_FLOAT) << \
	    (METRIC_##id - METRIC_PLAIN_COUNT)
static const uint64_t labelled_floats = 0 METRICS_LABELLED(X);
#undef X

struct writer {
	struct buf *buf;
	char *p;		/* next byte */
	char *end;		/* of the room */
	uint64_t plain;		/* the columns: metrics that any set has */
	uint64_t labelled;
};

static void
save(struct writer *w)
{
	if (!w->buf->failed && w->p != NULL)
		w->buf->len = (size_t)(w->p - w->buf->p);
}

static bool
more_room(struct writer *w, size_t n)
{
	char *p;

	if (n < PIECE_BYTES)
		n = PIECE_BYTES;
	save(w);
	p = buf_reserve(w->buf, n);
	if (p == NULL) {
		w->end = w->p;
		return false;
	}
	w->p = p;
	w->end = p + n;
	return true;
}

static inline bool
room(struct writer *w, size_t n)
{
	return (size_t)(w->end - w->p) >= n || more_room(w, n);
}

static inline void
put(struct writer *w, const char *bytes, size_t n)
{
	if (!room(w, n))
		return;
	memcpy(w->p, bytes, n);
	w->p += n;
}

#define PUT(w, literal) put(w, literal, sizeof literal - 1)

/* Never the first byte of a frame, so there is one before. */
static inline char *
close_with(char *p, char bracket)
{
	if (p[-1] == ',')
		p--;
	p[0] = bracket;
	p[1] = ',';
	return p + 2;
}

static inline void
put_close(struct writer *w, char bracket)
{
	if (room(w, 2))
		w->p = close_with(w->p, bracket);
}

/* Has a word a byte that cannot stand in a JSON string as it is, or one that
 * is not ASCII and has to be validated? */
static inline uint64_t
special_bytes(uint64_t x)
{
	const uint64_t ones = 0x0101010101010101;
	uint64_t quote = x ^ ones * '"';
	uint64_t backslash = x ^ ones * '\\';

	return (x | (x - ones * ' ') | (quote - ones) | (backslash - ones)) &
	    ones * 0x80;
}

static inline uint64_t
copy_word(char *to, const char *from)
{
	uint64_t word;

	memcpy(&word, from, WORD_BYTES);
	memcpy(to, &word, WORD_BYTES);
	return special_bytes(word);
}

/* Copies s; false if there is a special byte. */
static inline bool
copy_plain(char *p, struct str s)
{
	uint64_t special = 0;

	if (s.len < WORD_BYTES) {
		for (size_t i = 0; i < s.len; i++) {
			p[i] = s.p[i];
			special |= special_bytes((unsigned char)p[i] |
			    0x2020202020202000);
		}
		return special == 0;
	}
	for (size_t i = 0; i + WORD_BYTES < s.len; i += WORD_BYTES)
		special |= copy_word(p + i, s.p + i);
	/* The last word overlaps the one before. */
	special |= copy_word(p + s.len - WORD_BYTES,
	    s.p + s.len - WORD_BYTES);
	return special == 0;
}

static void
put_str(struct writer *w, struct str s)
{
	if (!room(w, s.len + 3))
		return;
	if (!copy_plain(w->p + 1, s)) {
		save(w);
		json_quote(w->buf, s, false);
		w->p = w->end = w->buf->p + w->buf->len;
		PUT(w, ",");
		return;
	}
	w->p[0] = '"';
	w->p += s.len + 1;
	w->p[0] = '"';
	w->p[1] = ',';
	w->p += 2;
}

static inline void
put_name(struct writer *w, const char *key, size_t key_len, struct str s)
{
	put(w, key, key_len);
	put_str(w, s);
}

static inline void
put_field(struct writer *w, const char *key, size_t key_len, struct str s)
{
	if (s.p != NULL)
		put_name(w, key, key_len, s);
}

/* PUT_NAME(w, "\"name\":", s); a field is left out when absent. */
#define PUT_NAME(w, key, s) put_name(w, key, sizeof key - 1, s)
#define PUT_FIELD(w, key, s) put_field(w, key, sizeof key - 1, s)

static inline void
put_time(struct writer *w, const char *key, size_t key_len, int64_t ns)
{
	int64_t us = ns / 1000;

	if (!room(w, key_len + NUMBER_MAX_BYTES + 1))
		return;
	memcpy(w->p, key, key_len);
	w->p += key_len;
	if (us >= 0)
		w->p = number_put_u64(w->p, (uint64_t)us);
	else
		w->p += print_i64(w->p, us);
	*w->p++ = ',';
}

#define PUT_TIME(w, key, ns) put_time(w, key, sizeof key - 1, ns)

static void
put_values(struct writer *w, const union metric_value *values,
    uint64_t present, uint64_t columns, uint64_t floats)
{
	static const char key[] = "\"values\":[";
	size_t n_columns = (size_t)__builtin_popcountll(columns);
	char *p;

	if (!room(w, sizeof key + n_columns * (NUMBER_MAX_BYTES + 1) + 2))
		return;
	memcpy(w->p, key, sizeof key - 1);
	p = w->p + sizeof key - 1;

	/* Cut after the last present one. */
	columns &= present == 0 ? 0 :
	    UINT64_MAX >> __builtin_clzll(present);
	for (; columns != 0; columns &= columns - 1) {
		int m = __builtin_ctzll(columns);

		if ((present >> m & 1) == 0) {
			memcpy(p, "null", 4);
			p += 4;
		} else if (floats >> m & 1)
			p += print_double(p, values[m].f);
		else
			p = number_put_u64(p, values[m].u);
		*p++ = ',';
	}
	w->p = close_with(p, ']');
}

static void
put_resources(struct writer *w, const struct metric_set *s)
{
	if (s->n_resources == 0)
		return;
	PUT(w, "\"resources\":[");
	for (uint32_t i = 0; i < s->n_resources; i++) {
		const struct resource *r = &s->resources[i];

		PUT(w, "{");
		PUT_FIELD(w, "\"resource_id\":", r->resource_id);
		PUT_FIELD(w, "\"make\":", r->make);
		PUT_FIELD(w, "\"model\":", r->model);
		PUT_FIELD(w, "\"accelerator_id\":", r->accelerator_id);
		PUT_FIELD(w, "\"claim\":", r->claim);
		put_values(w, r->values, r->present, w->labelled,
		    labelled_floats);
		put_close(w, '}');
	}
	put_close(w, ']');
}

/* What sets of all types have. */
static void
put_sample(struct writer *w, const struct metric_set *s)
{
	if (s->start_ns != 0)
		PUT_TIME(w, "\"start_us\":", s->start_ns);
	if (s->scraped_ns != 0)
		PUT_TIME(w, "\"scraped_us\":", s->scraped_ns);
	if (s->parts_ns[SET_MEMORY] != 0)
		PUT_TIME(w, "\"memory_us\":", s->parts_ns[SET_MEMORY]);
	if (s->parts_ns[SET_NETWORK] != 0)
		PUT_TIME(w, "\"network_us\":", s->parts_ns[SET_NETWORK]);
	if (s->parts_ns[SET_IO] != 0)
		PUT_TIME(w, "\"io_us\":", s->parts_ns[SET_IO]);
	put_values(w, s->values, s->present, w->plain, plain_floats);
	put_resources(w, s);
}

static void
put_labels(struct writer *w, const struct metric_set *s)
{
	PUT_FIELD(w, "\"labels\":", s->labels);
	if (s->n_stored == 0)
		return;
	PUT(w, "\"stored\":{");
	for (uint32_t i = 0; i < s->n_stored; i++) {
		put_str(w, s->stored[i].key);
		w->p[-1] = ':';
		put_str(w, s->stored[i].value);
	}
	put_close(w, '}');
}

/* Containers of either kind and namespaces: those of one type, from set i on.
 * Returns the index behind the last. */
static size_t
put_leaves(struct writer *w, const struct frame *f, size_t i,
    enum set_type type)
{
	for (; i < f->n_sets && f->sets[i].type == type; i++) {
		const struct metric_set *s = &f->sets[i];

		PUT_NAME(w, "{\"name\":", s->name);
		if (type == SET_POD_CONTAINER)
			PUT_FIELD(w, "\"image\":", s->image);
		else if (type == SET_NAMESPACE)
			PUT_FIELD(w, "\"uid\":", s->namespace_id);
		put_sample(w, s);
		put_close(w, '}');
	}
	return i;
}

static size_t
put_pod(struct writer *w, const struct frame *f, size_t i)
{
	const struct metric_set *s = &f->sets[i];

	PUT_NAME(w, "{\"namespace\":", s->namespace_name);
	PUT_NAME(w, "\"name\":", s->name);
	PUT_FIELD(w, "\"uid\":", s->pod_id);
	PUT_FIELD(w, "\"namespace_id\":", s->namespace_id);
	put_labels(w, s);
	put_sample(w, s);
	PUT(w, "\"containers\":[");
	i = put_leaves(w, f, i + 1, SET_POD_CONTAINER);
	put_close(w, ']');
	put_close(w, '}');
	return i;
}

static void
put_node(struct writer *w, const struct frame *f)
{
	size_t i = 1;

	PUT_NAME(w, "\"node\":{\"name\":", f->node);
	PUT_FIELD(w, "\"hostname\":", f->hostname);
	PUT_FIELD(w, "\"host_id\":", f->host_id);
	PUT_FIELD(w, "\"schedulable\":", f->schedulable);
	if (f->kind == FRAME_NODE) {
		put_labels(w, &f->sets[0]);
		put_sample(w, &f->sets[0]);
		PUT(w, "\"system\":[");
		i = put_leaves(w, f, i, SET_SYS_CONTAINER);
		put_close(w, ']');
		PUT(w, "\"pods\":[");
		while (i < f->n_sets)
			i = put_pod(w, f, i);
		put_close(w, ']');
	}
	put_close(w, '}');
}

static void
put_names(struct writer *w, const struct frame *f)
{
	for (size_t i = 0; i < f->n_nodes; i++)
		put_str(w, f->nodes[i]);
	put_close(w, ']');
}

static void
put_rollup(struct writer *w, const struct frame *f)
{
	PUT(w, "\"answered\":");
	if (room(w, NUMBER_MAX_BYTES))
		w->p = number_put_u64(w->p, f->n_answered);
	PUT(w, ",\"missing\":[");
	put_names(w, f);
	PUT(w, "\"cluster\":{");
	put_sample(w, &f->sets[0]);
	put_close(w, '}');
	PUT(w, "\"namespaces\":[");
	put_leaves(w, f, 1, SET_NAMESPACE);
	put_close(w, ']');
}

static void
put_columns(struct writer *w, uint64_t columns, unsigned first_metric)
{
	for (; columns != 0; columns &= columns - 1)
		put_str(w, metrics[first_metric +
		    (unsigned)__builtin_ctzll(columns)].name);
	put_close(w, ']');
}

static void
put_metrics(struct writer *w, const struct frame *f)
{
	for (size_t i = 0; i < f->n_sets; i++) {
		const struct metric_set *s = &f->sets[i];

		w->plain |= s->present;
		for (uint32_t k = 0; k < s->n_resources; k++)
			w->labelled |= s->resources[k].present;
	}
	PUT(w, "\"metrics\":[");
	put_columns(w, w->plain, 0);
	if (w->labelled != 0) {
		PUT(w, "\"labelled\":[");
		put_columns(w, w->labelled, METRIC_PLAIN_COUNT);
	}
}

void
frame_encode(const struct frame *f, struct buf *out)
{
	struct writer w = { .buf = out };

	assert(f->n_sets > 0 ||
	    (f->kind != FRAME_NODE && f->kind != FRAME_ROLLUP));
	if (!more_room(&w, PIECE_BYTES))
		return;
	static_assert(FRAME_JSON_VERSION == 1, "the version is written here");
	PUT(&w, "{\"v\":1,");
	PUT_NAME(&w, "\"kind\":", frame_kind_name(f->kind));
	PUT_TIME(&w, "\"window_us\":", f->window_ns);
	PUT_TIME(&w, "\"resolution_us\":", f->resolution_ns);
	PUT_FIELD(&w, "\"collector\":", f->collector);
	if (f->asked_ns != 0) {
		PUT_TIME(&w, "\"asked_us\":", f->asked_ns);
		PUT_TIME(&w, "\"took_us\":", f->took_ns);
	}
	if (f->is_partial)
		PUT(&w, "\"partial\":true,");
	switch (f->kind) {
	case FRAME_ROSTER:
		PUT(&w, "\"nodes\":[");
		put_names(&w, f);
		break;
	case FRAME_NODE:
		put_metrics(&w, f);
		put_node(&w, f);
		break;
	case FRAME_FAILED:
		put_node(&w, f);
		PUT_FIELD(&w, "\"error\":", f->error);
		break;
	case FRAME_ROLLUP:
		put_metrics(&w, f);
		put_rollup(&w, f);
		break;
	}
	put_close(&w, '}');
	w.p--;			/* the comma after the whole */
	save(&w);
}
