/* SPDX-License-Identifier: ISC */
/*
 * Telling the supervisor how we are.
 *
 * systemd: $NOTIFY_SOCKET (path or abstract), READY=1, STOPPING=1, WATCHDOG=1
 * (at half of $WATCHDOG_USEC when that is set).  Anybody else: --ready-fd N,
 * to which a newline is written and which is then closed (s6's convention).
 * READY means: listening or subscribed, and doing the job.
 */
#ifndef COMMON_NOTIFY_H
#define COMMON_NOTIFY_H

#include <stdint.h>

void notify_ready(int ready_fd);	/* -1: none */
void notify_stopping(void);
void notify_watchdog(void);
int64_t notify_watchdog_interval_ns(void);	/* 0: not wanted */

#endif
