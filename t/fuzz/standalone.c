/* SPDX-License-Identifier: ISC */
/*
 * Feeds the files named on the command line to a fuzz target, once each, so
 * that every compiler can run the corpus.  A finding is a crash.
 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
feed(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data;
	size_t size;
	long end;

	if (f == NULL || fseek(f, 0, SEEK_END) == -1 || (end = ftell(f)) < 0) {
		perror(path);
		return 1;
	}
	rewind(f);
	data = malloc((size_t)end + 1);
	if (data == NULL)
		return 1;
	size = fread(data, 1, (size_t)end, f);
	fclose(f);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 0;
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (feed(argv[i]) != 0)
			return 1;
	return 0;
}
