/* SPDX-License-Identifier: ISC */
/*
 * A bearer token in a file that is replaced now and then, as Kubernetes does
 * with those of service accounts.  The file is looked at once a second at
 * most, and read again when it is another one or was written to; once a minute
 * in any case, for file systems whose times are coarse.  What was read last
 * stays in use while the file is away, empty or no token.
 *
 * A token is visible ASCII, at most TOKEN_BYTES_MAX of it; blanks and line
 * breaks around it are not part of it.  Anything else could end the header of
 * HTTP that it stands in, and is refused.  It never appears in an error.
 */
#ifndef COMMON_TOKEN_H
#define COMMON_TOKEN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/err.h"
#include "common/str.h"

#define TOKEN_BYTES_MAX 65536
#define TOKEN_LOOK_NS INT64_C(1000000000)
#define TOKEN_AGE_MAX_NS (60 * INT64_C(1000000000))

/* What tells a file from the one before it. */
struct token_file_id {
	dev_t device;
	ino_t inode;
	off_t size_bytes;
	int64_t written_at_ns;
	int64_t changed_at_ns;
};

/* Begins as { .path = path }; token_fini() releases the rest. */
struct token {
	const char *path;	/* borrowed */
	char *text;		/* NULL: never read */

	/* Private. */
	int64_t looked_mono_ns;
	int64_t read_mono_ns;
	struct token_file_id file_id;
	bool is_failing;
	struct err failure;
};

/*
 * Looks at the file if that is due, always as long as there is no text.
 * False: the last look failed, also if it was not now; text is what it was.
 * text is another pointer afterwards if it says something else, and only then;
 * pointers to the one before are no longer valid.
 */
bool token_refresh(struct token *t, int64_t now_mono_ns, struct err *err);
void token_fini(struct token *t);

/* Takes blanks off both ends.  False: what is left is no token. */
bool token_check(struct str *token, struct err *err);

#endif
