/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/authority.h"
#include "common/mem.h"
#include "common/secret.h"

#include "collector/access.h"

static void
free_list(char **list)
{
	for (size_t i = 0; list != NULL && list[i] != NULL; i++)
		secret_free(list[i]);
	free(list);
}

static void
fini_exec(struct exec_plugin *exec)
{
	free_list(exec->argv);
	free_list(exec->env);
	free(exec->api_version);
	free(exec->install_hint);
	*exec = (struct exec_plugin){ .argv = NULL };
}

void
access_fini(struct cluster_access *a)
{
	free(a->server);
	free(a->tls_server_name);
	free(a->ca_file);
	free(a->ca_pem);
	free(a->cert_file);
	free(a->cert_pem);
	free(a->key_file);
	secret_free(a->key_pem);
	secret_free(a->token);
	free(a->token_file);
	fini_exec(&a->exec);
	*a = (struct cluster_access){ .server = NULL };
}

/* Of what stands behind the host.  Not told: a query may have a secret. */
static bool
check_path(struct str path, struct err *err)
{
	for (size_t i = 0; i < path.len; i++) {
		if (path.p[i] == '?' || path.p[i] == '#')
			return err_set(err, "a URL with a query is not taken");
		if (path.p[i] <= ' ' || path.p[i] > '~')
			return err_set(err, "a URL is visible ASCII");
	}
	return true;
}

bool
access_set_server(struct cluster_access *a, struct str url, struct err *err)
{
	static const struct str https = STR_INIT("https://");
	static const struct str http = STR_INIT("http://");
	size_t scheme = str_has_prefix(url, https) ? https.len :
	    str_has_prefix(url, http) ? http.len : 0;
	struct str authority, path = { NULL, 0 };

	if (scheme == 0)
		return err_set(err, "expected http:// or https://");
	/* Also behind a slash, which a password may have. */
	if (memchr(url.p, '@', url.len) != NULL)
		return err_set(err, "a user in a URL is not taken");
	while (url.len > scheme && url.p[url.len - 1] == '/')
		url.len--;
	authority = (struct str){ url.p + scheme, url.len - scheme };
	for (size_t i = 0; i < authority.len; i++) {
		if (strchr("/?#", authority.p[i]) != NULL) {
			path.p = authority.p + i;
			path.len = authority.len - i;
			authority.len = i;
		}
	}
	if (!check_path(path, err) || !authority_check(authority, false, err))
		return false;
	free(a->server);
	a->server = str_dup(url);
	return true;
}

static void
drop_ca(struct cluster_access *a)
{
	free(a->ca_file);
	free(a->ca_pem);
	a->ca_file = a->ca_pem = NULL;
}

void
access_set_insecure(struct cluster_access *a)
{
	drop_ca(a);
	a->is_insecure = true;
}

void
access_set_ca_file(struct cluster_access *a, const char *path)
{
	drop_ca(a);
	a->ca_file = xstrdup(path);
	a->is_insecure = false;
}

void
access_set_certificate(struct cluster_access *a, const char *cert_file,
    const char *key_file)
{
	free(a->cert_file);
	free(a->cert_pem);
	free(a->key_file);
	secret_free(a->key_pem);
	a->cert_pem = a->key_pem = NULL;
	a->cert_file = xstrdup(cert_file);
	a->key_file = xstrdup(key_file);
}

void
access_set_token_file(struct cluster_access *a, const char *path)
{
	secret_free(a->token);
	a->token = NULL;
	free(a->token_file);
	a->token_file = xstrdup(path);
	fini_exec(&a->exec);
}

static bool
set_server_from_environment(struct cluster_access *out, struct err *err)
{
	const char *host = getenv("KUBERNETES_SERVICE_HOST");
	const char *port = getenv("KUBERNETES_SERVICE_PORT");
	bool is_v6;
	char *url;
	bool ok;

	if (host == NULL || *host == '\0' || port == NULL || *port == '\0')
		return err_set(err, "not inside a cluster: "
		    "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are "
		    "not both set");
	is_v6 = *host != '[' && strchr(host, ':') != NULL;
	url = xasprintf(is_v6 ? "https://[%s]:%s" : "https://%s:%s", host,
	    port);
	ok = strpbrk(host, "/?#") == NULL && strpbrk(port, "/?#") == NULL ?
	    access_set_server(out, str_of(url), err) :
	    err_set(err, "not a host and a port");
	if (!ok)
		err_wrap(err, "KUBERNETES_SERVICE_HOST, "
		    "KUBERNETES_SERVICE_PORT");
	free(url);
	return ok;
}

bool
access_in_cluster(struct cluster_access *a, const char *service_account_dir,
    struct err *err)
{
	const char *dir = service_account_dir == NULL ?
	    ACCESS_SERVICE_ACCOUNT_DIR : service_account_dir;
	char *ca_file = xasprintf("%s/ca.crt", dir);

	if (access(ca_file, R_OK) == 0)
		a->ca_file = ca_file;
	else
		free(ca_file);
	a->token_file = xasprintf("%s/token", dir);
	return a->server != NULL || set_server_from_environment(a, err);
}
