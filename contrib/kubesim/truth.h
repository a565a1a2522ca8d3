/* SPDX-License-Identifier: ISC */
/*
 * What has really happened, one JSON object per line, written before anybody
 * is told of it:
 *
 *	{"event":"answer","node":"node-3","answer":N,"time_ms":T,"ok":true}
 *					N is also how many processes the node
 *					has in that summary
 *	{"event":"add","node":...,"uid":...,"namespace":...,"name":...,
 *	 "time_ms":T}			and "delete"; what is there at first
 *					comes first
 *	{"event":"restart","uid":...,"container":"c0","time_ms":T}
 *					and "reset"
 */
#ifndef CONTRIB_KUBESIM_TRUTH_H
#define CONTRIB_KUBESIM_TRUTH_H

#include "common/err.h"

#include "contrib/kubesim/model.h"

struct truth;			/* NULL is fine everywhere: nothing is written */

struct truth *truth_open(const char *path, struct err *err);
void truth_close(struct truth *t);

void truth_answer(struct truth *t, const struct sim *s, size_t node,
    int64_t at_ms, bool is_ok);
void truth_pod(struct truth *t, const char *event, const struct sim *s,
    size_t slot, int64_t at_ms);
void truth_container(struct truth *t, const char *event, const struct sim *s,
    size_t slot, size_t container, int64_t at_ms);

#endif
