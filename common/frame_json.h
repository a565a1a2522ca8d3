/* SPDX-License-Identifier: ISC */
/*
 * Frames as text: the wire, documented in cheapster-bus(7).
 *
 * A line is "<topic> <epoch>.<seq> <json>\n"; the topic is the kind of the
 * frame.  The JSON leads with the version and mirrors the hierarchy; metric
 * names stand once per frame and each set has an array of values in their
 * order, null where absent, cut after the last present one:
 *
 *   {"v":1,"kind":"node","window_us":...,"resolution_us":...,
 *    "collector":"c1","metrics":["cpu/usage",...],"labelled":["filesystem/usage",...],
 *    "node":{"name":"n1","hostname":"n1","host_id":"","labels":"a:b",
 *      "start_us":...,"scraped_us":...,"values":[...],
 *      "resources":[{"resource_id":"/","values":[...]}],
 *      "system":[{"name":"kubelet","start_us":...,"scraped_us":...,"values":[...]}],
 *      "pods":[{"namespace":"default","name":"web","uid":"...","namespace_id":"...",
 *        "labels":"app:web","stored":{"team":"x"},...,"values":[...],
 *        "containers":[{"name":"c","image":"...",...,"values":[...]}]}]}}
 *   {"v":1,"kind":"failed",...,"node":{"name":"n1"},"error":"..."}
 *   {"v":1,"kind":"roster",...,"collector":"c1","nodes":["n1","n2"]}
 *   {"v":1,"kind":"rollup",...,"metrics":[...],"answered":2,"missing":["n3"],
 *    "cluster":{"values":[...]},"namespaces":[{"name":"default","uid":"...","values":[...]}]}
 *
 * Integers are exact in 64 bits.  Absent fields are left out.  A decoder
 * ignores fields and metrics it does not know, accepts any order of fields as
 * long as "metrics" and "labelled" precede the values, and takes null as
 * absent.  It refuses a frame whose "v" is not 1 or whose "kind" it does not
 * know, without the names that tell what a set is, with a known field twice in
 * one object, more values than metrics, or beyond the bounds of frame.h.
 *
 * "asked_us" and "took_us" stand behind "collector" if a kubelet was asked.
 *
 * "memory_us", "network_us" and "io_us" stand behind "scraped_us" where that
 * part of a sample is of another time.
 *
 * Empty arrays are written, but "resources", "stored" and "labelled" are left
 * out.
 *
 * Both directions are single-pass and allocate nothing but from the caller's
 * buf and arena.
 */
#ifndef COMMON_FRAME_JSON_H
#define COMMON_FRAME_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/err.h"
#include "common/frame.h"

#define FRAME_JSON_VERSION 1
#define FRAME_COLUMNS_MAX 256	/* names in "metrics" and in "labelled" */

/* Appends the JSON, without a newline.  out->failed tells of lack of memory. */
void frame_encode(const struct frame *f, struct buf *out);

/*
 * The text must be followed by JSON_PAD readable bytes (json.h) and must live
 * as long as the frame: its strings are slices of it.
 */
bool frame_decode(struct frame *f, struct arena *a, struct str json,
    struct err *err);

/* One line of the bus, cut into its parts; slices of the line. */
struct frame_line {
	struct str topic;
	uint64_t epoch;
	uint64_t seq;
	struct str json;	/* without the newline */
};

/* line without its newline. */
bool frame_line_parse(struct frame_line *out, struct str line,
    struct err *err);

/* Appends "<topic> <epoch>.<seq> ". */
void frame_line_begin(struct buf *out, struct str topic, uint64_t epoch,
    uint64_t seq);

#endif
