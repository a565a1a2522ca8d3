/* SPDX-License-Identifier: ISC */
/*
 * A fuzz target without a fuzzer: gives it every file of its corpus, or the
 * files named as arguments, and prints TAP.  Inputs are copied to blocks of
 * exactly their size, so that a sanitizer sees the first byte beyond.
 */
#include "config.h"

#include <dirent.h>
#include <stdint.h>

#include "t/tap.h"

#define INPUT_BYTES_MAX (4u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
feed(const char *path)
{
	static uint8_t input[INPUT_BYTES_MAX];
	FILE *f = fopen(path, "rb");
	const char *base = strrchr(path, '/');
	size_t size;
	uint8_t *exact;

	if (f == NULL)
		bail("%s cannot be read", path);
	size = fread(input, 1, sizeof input, f);
	fclose(f);
	exact = malloc(size == 0 ? 1 : size);
	if (exact == NULL)
		bail("no memory");
	memcpy(exact, input, size);
	ok(LLVMFuzzerTestOneInput(exact, size) == 0, "%s",
	    base == NULL ? path : base + 1);
	free(exact);
}

/* t/fuzz/NAME.fuzz has its corpus in t/fuzz/corpus/NAME. */
static void
feed_corpus(const char *program)
{
	char name[512], path[1024];
	struct dirent **entries;
	const char *base = strrchr(program, '/');
	int n;

	base = base == NULL ? program : base + 1;
	snprintf(name, sizeof name, "t/fuzz/corpus/%.*s",
	    (int)strcspn(base, "."), base);
	n = scandir(tap_path(name), &entries, NULL, alphasort);
	if (n < 0)
		bail("%s cannot be read", tap_path(name));
	for (int i = 0; i < n; i++) {
		if (entries[i]->d_name[0] != '.') {
			snprintf(path, sizeof path, "%s/%s", tap_path(name),
			    entries[i]->d_name);
			feed(path);
		}
		free(entries[i]);
	}
	free(entries);
}

int
main(int argc, char **argv)
{
	if (argc < 2)
		feed_corpus(argv[0]);
	for (int i = 1; i < argc; i++)
		feed(argv[i]);
	return done_testing();
}
