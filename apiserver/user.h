/* SPDX-License-Identifier: ISC */
/*
 * Somebody who asks, as Kubernetes knows people: a name, groups, a uid and
 * whatever else whoever has vouched for him says.
 *
 * It is built by parts and then closed, which makes of it the members of a
 * SubjectAccessReview's spec: that is what is ever done with it, beside his
 * name in a refusal.  The same parts in another order give the same text.
 *
 * Who is not anonymous gets the group system:authenticated, unless he is said to
 * be of system:unauthenticated.  Parts beyond the bounds make a user that user_close() refuses: fewer groups than somebody has
 * could be more rights.  Pure.
 */
#ifndef APISERVER_USER_H
#define APISERVER_USER_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/str.h"

#define USER_ANONYMOUS "system:anonymous"
#define USER_BYTES_MAX 65536u	/* of all of it */
#define USER_PARTS_MAX 1024	/* groups and extra values */

struct user_part {
	bool is_extra;
	size_t key, key_len;	/* of text; of a group none */
	size_t value, value_len;
};

/* Zero-initialise; user_fini() leaves the zero state. */
struct user {
	struct buf name;
	struct buf spec;	/* "user":"x","groups":[...],... when closed */
	bool is_master;		/* of system:masters, who may do everything */

	/* Private, until closed. */
	struct buf uid;
	struct buf text;
	struct user_part *parts;
	size_t n_parts;
	bool is_too_much, is_unauthenticated;
};

void user_set_name(struct user *u, struct str name);
void user_set_uid(struct user *u, struct str uid);
void user_add_group(struct user *u, struct str group);
void user_add_extra(struct user *u, struct str key, struct str value);

/* False: no name, or too much. */
bool user_close(struct user *u, struct err *err);

/* system:anonymous of system:unauthenticated, closed. */
void user_set_anonymous(struct user *u);
bool user_is_anonymous(const struct user *u);

void user_copy(struct user *to, const struct user *closed);
void user_fini(struct user *u);

#endif
