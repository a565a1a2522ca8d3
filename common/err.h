/* SPDX-License-Identifier: ISC */
/*
 * An error is a sentence for a human.
 *
 * Functions that can fail for more than one reason return bool and fill the
 * caller's struct err; "return err_set(...)" reads as "fail because".  The
 * message says what was attempted, on what, and why: "token /run/x:
 * Permission denied".  No capital, no full stop, no newline.
 *
 * Only the function that decides what to do about an error logs it, once.
 */
#ifndef COMMON_ERR_H
#define COMMON_ERR_H

#include <stdbool.h>

struct err {
	char msg[256];
};

/* Always returns false.  A message that does not fit is cut at the end. */
__attribute__((format(printf, 2, 3)))
bool err_set(struct err *err, const char *fmt, ...);

/* Puts "context: " before the message that is there.  Returns false. */
__attribute__((format(printf, 2, 3)))
bool err_wrap(struct err *err, const char *fmt, ...);

#endif
