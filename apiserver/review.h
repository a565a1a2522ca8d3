/* SPDX-License-Identifier: ISC */
/*
 * What a kube-apiserver is asked about a client, and what it answers:
 * TokenReview of authentication.k8s.io/v1, SubjectAccessReview of
 * authorization.k8s.io/v1.
 *
 * An answer without a status, or that is no such review, is an error and no
 * verdict: nobody is let in by what is not understood.  Pure.
 */
#ifndef APISERVER_REVIEW_H
#define APISERVER_REVIEW_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/str.h"

#include "apiserver/attributes.h"
#include "apiserver/user.h"

#define REVIEW_TOKEN_PATH "/apis/authentication.k8s.io/v1/tokenreviews"
#define REVIEW_ACCESS_PATH \
	"/apis/authorization.k8s.io/v1/subjectaccessreviews"
#define REVIEW_BYTES_MAX (256u << 10)	/* of an answer */
#define REVIEW_REASON_BYTES_MAX 512

void review_print_token(struct buf *out, struct str token);
void review_print_access(struct buf *out, const struct user *user,
    const struct attributes *a);

/* False: no verdict.  user is closed, or empty if the token is nobody's.
 * answer is followed by JSON_PAD readable bytes; so below. */
bool review_parse_token(struct user *user, struct str answer,
    struct err *err);

struct verdict {
	bool is_allowed;
	char reason[REVIEW_REASON_BYTES_MAX];	/* cut, perhaps "" */
};

bool review_parse_access(struct verdict *out, struct str answer,
    struct err *err);

#endif
