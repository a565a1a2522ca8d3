/* SPDX-License-Identifier: ISC */
/* The arguments of a program, as the plan puts them together. */
#ifndef LAUNCHER_PROGRAM_H
#define LAUNCHER_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

#include "launcher/plan.h"

struct text_arg {
	const char *flag;
	const char *value;
};

__attribute__((format(printf, 2, 3)))
void program_add(struct program *p, const char *fmt, ...);

/* "--FLAG=VALUE" of those that are there; an empty one is none, as in
 * Heapster. */
void program_add_texts(struct program *p, const struct text_arg *args,
    size_t n);

/* "--FLAG=IP:PORT"; an empty ip is every address. */
void program_add_address(struct program *p, const char *flag, const char *ip,
    uint64_t port);

#endif
