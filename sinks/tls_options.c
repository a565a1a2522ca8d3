/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "sinks/tls_options.h"

bool
tls_options(struct fetch_identity *identity, struct sink_uri *uri,
    struct err *err)
{
	identity->ca_file = sink_uri_string(uri, "ca");
	identity->cert_file = sink_uri_string(uri, "cert");
	identity->key_file = sink_uri_string(uri, "key");
	identity->server_name = sink_uri_string(uri, "servername");
	if (!sink_uri_bool(uri, "insecure", &identity->is_insecure, err))
		return false;
	return (identity->cert_file == NULL) == (identity->key_file == NULL) ||
	    err_set(err, "`cert` and `key` go together");
}
