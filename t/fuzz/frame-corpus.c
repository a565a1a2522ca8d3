/* SPDX-License-Identifier: ISC */
/*
 * Writes the corpus of t/fuzz/frame.c: frame-corpus DIRECTORY
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/frame_json.h"
#include "t/frames.h"

#define N_FRAMES 64
#define BYTES_MAX 1500		/* small inputs are changed more often */

static void
write_frame(const char *directory, uint64_t seed, struct str text)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/random-%02u.json", directory,
	    (unsigned)seed);
	f = fopen(path, "w");
	if (f == NULL || fwrite(text.p, 1, text.len, f) != text.len ||
	    fclose(f) != 0) {
		perror(path);
		exit(71);
	}
}

int
main(int argc, char **argv)
{
	struct arena a;
	struct frame f;
	struct buf b = BUF_INIT;

	if (argc != 2)
		return 64;
	arena_init(&a, 1u << 20);
	for (uint64_t seed = 0; seed < N_FRAMES; seed++) {
		arena_reset(&a);
		buf_reset(&b);
		frames_random(&f, &a, seed);
		frame_encode(&f, &b);
		if (b.len <= BYTES_MAX)
			write_frame(argv[1], seed, buf_str(&b));
	}
	buf_fini(&b);
	arena_fini(&a);
	return 0;
}
