/* SPDX-License-Identifier: ISC */
/*
 * The printing half of opt: --help, --help=man and --version.  Only opt.c
 * includes this.
 */
#ifndef COMMON_OPT_HELP_H
#define COMMON_OPT_HELP_H

#include "common/opt.h"

#define OPT_ENV_NAME_MAX 64

void opt_env_name(const struct opt *o, char out[OPT_ENV_NAME_MAX]);

/* format: NULL for people, "man" for mdoc. */
__attribute__((noreturn))
void opt_help_and_exit(const struct opt_program *program, const char *format);
__attribute__((noreturn))
void opt_version_and_exit(const struct opt_program *program);

#endif
