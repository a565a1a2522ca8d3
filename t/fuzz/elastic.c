/* SPDX-License-Identifier: ISC */
/*
 * Any body as an answer of Elasticsearch: the first byte says to what, and how
 * many documents had been sent.  Nothing is taken that was not said to be.
 */
#include "config.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"

#include "sinks/elastic_answer.h"

#define ARENA_BYTES_MAX (1u << 24)
#define DOCUMENTS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
has(struct str body, const char *word)
{
	return body.len > 0 &&
	    memmem(body.p, body.len, word, strlen(word)) != NULL;
}

static void
try_bulk(struct str body, struct arena *a, unsigned how)
{
	enum http_verdict verdicts[DOCUMENTS_MAX];
	struct http_fate fate = {
		.n = how % DOCUMENTS_MAX,
		.verdicts = verdicts,
	};
	bool is_one;

	for (size_t i = 0; i < DOCUMENTS_MAX; i++)
		verdicts[i] = HTTP_ELSEWHERE;
	is_one = elastic_bulk_answer(body, a, &fate);
	assert(!is_one || has(body, "errors") || has(body, "\\u"));
	for (size_t i = 0; i < DOCUMENTS_MAX; i++)
		assert(i < fate.n ? verdicts[i] <= HTTP_REFUSED :
		    verdicts[i] == HTTP_ELSEWHERE);
	for (size_t i = 0; is_one && i < fate.n; i++)
		assert(verdicts[i] != HTTP_REFUSED || fate.refused.len > 0);
	assert(fate.refused.len < 256 && fate.again.len < 256);
	buf_fini(&fate.refused);
	buf_fini(&fate.again);
}

static void
on_address(void *arg, struct str address)
{
	(void)arg;
	assert(address.len == 0 || memchr(address.p, '\0', address.len) == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned how = size > 0 ? data[0] : 0;
	size_t n = size > 0 ? size - 1 : 0;
	enum elastic_version version;
	struct arena arena;
	struct err err;
	struct str body;
	char *text = malloc(n + JSON_PAD);

	if (text == NULL)
		return 0;
	if (n > 0)
		memcpy(text, data + 1, n);
	body = (struct str){ text, n };
	arena_init(&arena, ARENA_BYTES_MAX);
	if (how < 2 * DOCUMENTS_MAX)
		try_bulk(body, &arena, how);
	else if (how % 2 == 0)
		elastic_nodes_answer(body, &arena, on_address, NULL);
	else if (elastic_version_answer(body, &arena, &version, &err))
		assert(version >= ELASTIC_2 && version <= ELASTIC_8);
	arena_fini(&arena);
	free(text);
	return 0;
}
