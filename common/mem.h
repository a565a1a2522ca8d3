/* SPDX-License-Identifier: ISC */
/*
 * Allocation that cannot fail: the process ends with exit code 71 and one
 * line on stderr when memory is out.  For start-up and for structures whose
 * size is bounded before.  The results are freed with free().
 */
#ifndef COMMON_MEM_H
#define COMMON_MEM_H

#include <stddef.h>

/*
 * For a process that makes and frees messages of half a megabyte all day: the
 * heap keeps that much, and does not go back to the kernel for each of them.
 * All threads share one heap.
 */
void mem_init(void);

void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n, size_t size);	/* n * size is checked */
char *xstrdup(const char *s);

__attribute__((format(printf, 1, 2)))
char *xasprintf(const char *fmt, ...);

#endif
