/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/resource.h>

#include "apiserver/http.h"

#define CONNECTIONS_MAX 4096
#define DESCRIPTORS_KEPT 96	/* for segments, the bus and the like */

size_t
http_connections_max(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 ||
	    limit.rlim_cur >= CONNECTIONS_MAX + DESCRIPTORS_KEPT)
		return CONNECTIONS_MAX;
	return limit.rlim_cur < 2 * DESCRIPTORS_KEPT ?
	    (size_t)limit.rlim_cur / 2 :
	    (size_t)limit.rlim_cur - DESCRIPTORS_KEPT;
}

bool
http_check(const struct http_conf *conf, struct err *err)
{
	const struct tls_files *tls = &conf->tls;

	if ((tls->cert == NULL) != (tls->key == NULL))
		return err_set(err, "both TLS certificate & key are required "
		    "to enable TLS serving");
	if (tls->client_ca != NULL && tls->cert == NULL)
		return err_set(err, "client cert authentication requires TLS "
		    "certificate & key");
	if (conf->allowed_users != NULL && tls->client_ca == NULL)
		return err_set(err, "--allowed-users protects nothing without "
		    "--tls-client-ca");
	return true;
}
