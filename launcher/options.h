/* SPDX-License-Identifier: ISC */
/*
 * The launcher's own options: all of Heapster's that have an effect, under
 * the names they have there, and ours.  They end up in a struct plan_conf,
 * which says what is made of them; what has no effect is in heapster_flags.h.
 */
#ifndef LAUNCHER_OPTIONS_H
#define LAUNCHER_OPTIONS_H

#include "common/opt.h"
#include "launcher/plan.h"

extern const struct opt launcher_options[];

/* The heading for those that all programs have. */
extern const struct opt launcher_common_heading[];

/* What the options set. */
extern struct plan_conf launcher_conf;

/* Operands mean nothing, as in Heapster: only counted. */
void launcher_take_operand(const char *operand);

/* One line if there were any. */
void launcher_log_operands(void);

/* For opt_program.check: exits if something is missing or does not fit
 * together. */
void launcher_check_options(const struct opt_program *program);

#endif
