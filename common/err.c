/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/err.h"

bool
err_set(struct err *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof err->msg, fmt, ap);
	va_end(ap);
	return false;
}

/* Appends as much of text as fits. */
static void
append(struct err *err, const char *text)
{
	size_t len = strlen(err->msg), room = sizeof err->msg - 1 - len;
	size_t n = strlen(text);

	if (n > room)
		n = room;
	memcpy(err->msg + len, text, n);
	err->msg[len + n] = '\0';
}

bool
err_wrap(struct err *err, const char *fmt, ...)
{
	struct err inner = *err;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof err->msg, fmt, ap);
	va_end(ap);
	append(err, ": ");
	append(err, inner.msg);
	return false;
}
