/* SPDX-License-Identifier: ISC */
/*
 * Any kubeconfig: what is accepted keeps what access.h promises.  The same
 * bytes as the answer of a plugin.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/exec_credential.h"
#include "common/kubeconfig.h"

#define CHECK(x) do { if (!(x)) abort(); } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_access(const struct cluster_access *a)
{
	CHECK(a->server != NULL && strncmp(a->server, "http", 4) == 0);
	CHECK(a->ca_pem == NULL || a->ca_file == NULL);
	CHECK(!a->is_insecure || (a->ca_pem == NULL && a->ca_file == NULL));
	CHECK((a->cert_pem != NULL || a->cert_file != NULL) ==
	    (a->key_pem != NULL || a->key_file != NULL));
	CHECK((a->token != NULL) + (a->token_file != NULL) +
	    (a->exec.argv != NULL) <= 1);
	CHECK(a->exec.argv == NULL || a->exec.argv[0] != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct cluster_access access;
	struct exec_credential credential;
	struct err err = { "" };

	if (kubeconfig_parse(&access, text, "/nowhere/config", NULL, &err))
		check_access(&access);
	else
		CHECK(err.msg[0] != '\0' && access.server == NULL);
	access_fini(&access);
	if (exec_credential_parse(&credential, text, EXEC_CREDENTIAL_V1, &err))
		CHECK(credential.token != NULL || credential.cert_pem != NULL);
	exec_credential_fini(&credential);
	return 0;
}
