/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "apiserver/http.h"

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
