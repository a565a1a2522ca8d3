/* SPDX-License-Identifier: ISC */
/*
 * Which of n collectors asks which node: rendezvous hashing of its name.  One
 * more collector takes from each of the others what is its own, and nothing
 * else moves.  Pure, and the same in every process.
 */
#ifndef COLLECTOR_SHARD_H
#define COLLECTOR_SHARD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "common/str.h"

#define SHARDS_MAX 1024

struct shard {
	uint32_t index;		/* from 0 */
	uint32_t n;		/* 0 is as 1: all nodes */
};

/* "I/N" with 0 <= I < N */
bool shard_parse(struct shard *out, struct str text, struct err *err);
bool shard_owns(const struct shard *s, struct str node);

#endif
