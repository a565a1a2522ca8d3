/* SPDX-License-Identifier: ISC */
/*
 * What the decoder accepts is encoded to a text that means the same and is
 * encoded to itself.
 */
#include "config.h"

#include <stdlib.h>

#include "common/frame_json.h"
#include "t/frames.h"

#define ARENA_BYTES (64u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_line(struct str text)
{
	struct frame_line line, again;
	struct buf b = BUF_INIT;
	struct err err;

	if (frame_line_parse(&line, text, &err)) {
		frame_line_begin(&b, line.topic, line.epoch, line.seq);
		buf_add_str(&b, line.json);
		if (!frame_line_parse(&again, buf_str(&b), &err) ||
		    !str_eq(line.topic, again.topic) ||
		    line.epoch != again.epoch || line.seq != again.seq ||
		    !str_eq(line.json, again.json))
			abort();
	}
	buf_fini(&b);
}

static void
try_frame(struct str text)
{
	struct frames_copy copy = frames_copy(text);
	struct frame f, back;
	struct buf first = BUF_INIT, second = BUF_INIT;
	struct arena a;
	struct err err;

	arena_init(&a, ARENA_BYTES);
	if (frame_decode(&f, &a, copy.text, &err)) {
		struct frames_copy encoded;

		frame_encode(&f, &first);
		encoded = frames_copy(buf_str(&first));
		if (!frame_decode(&back, &a, encoded.text, &err) ||
		    frames_differ(&f, &back) != NULL)
			abort();
		frame_encode(&back, &second);
		if (!str_eq(buf_str(&first), buf_str(&second)))
			abort();
		free(encoded.p);
	}
	free(copy.p);
	buf_fini(&first);
	buf_fini(&second);
	arena_fini(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };

	try_line(text);
	try_frame(text);
	return 0;
}
