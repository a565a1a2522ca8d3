/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "apiserver/audit_id.h"

static bool
is_good(struct str said)
{
	if (said.len == 0 || said.len >= AUDIT_ID_MAX)
		return false;
	for (size_t i = 0; i < said.len; i++)
		if (said.p[i] <= ' ' || said.p[i] > '~')
			return false;
	return true;
}

/* Of version 4.  Nothing hangs on it that nobody can guess it. */
static void
make_uuid(char *id)
{
	uint8_t b[16] = { 0 };

	(void)!getrandom(b, sizeof b, GRND_NONBLOCK);
	b[6] = (b[6] & 0x0f) | 0x40;
	b[8] = (b[8] & 0x3f) | 0x80;
	snprintf(id, AUDIT_ID_MAX, "%02x%02x%02x%02x-%02x%02x-%02x%02x-"
	    "%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3], b[4],
	    b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
	    b[15]);
}

void
audit_id_choose(char id[AUDIT_ID_MAX], struct str said)
{
	if (!is_good(said)) {
		make_uuid(id);
		return;
	}
	memcpy(id, said.p, said.len);
	id[said.len] = '\0';
}
