/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include "common/authority.h"
#include "common/number.h"

bool
authority_check(struct str authority, bool needs_port, struct err *err)
{
	struct str port = authority, host;
	uint64_t number;

	if (authority.len > 0 &&
	    memchr(authority.p, '@', authority.len) != NULL)
		return err_set(err, "a user in a URL is not taken");
	for (size_t i = 0; i < authority.len; i++)
		if (authority.p[i] <= ' ' || authority.p[i] == 0x7f)
			return err_set(err, "not a host: \"%.*s\"",
			    STR_ARG(authority));
	if (authority.len > 0 && authority.p[0] == '[') {
		host = str_cut(&port, ']');
		if (port.p == NULL || (port.len > 0 && port.p[0] != ':'))
			return err_set(err, "bracket without its pair");
		host.len--;
		str_cut(&port, ':');
	} else {
		host = str_cut(&port, ':');
	}
	if (host.len == 0)
		return err_set(err, "no host");
	if (port.p == NULL)
		return !needs_port || err_set(err, "http needs a port");
	if (!parse_u64(port, &number) || number == 0 || number > 65535)
		return err_set(err, "not a port: \"%.*s\"", STR_ARG(port));
	return true;
}
