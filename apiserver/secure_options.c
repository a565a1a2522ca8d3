/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/ssl.h>

#include "common/buf.h"
#include "common/kubeconfig.h"
#include "common/timestamp.h"

#include "apiserver/listen.h"
#include "apiserver/secure.h"
#include "apiserver/secure_options.h"

struct secure_conf secure_conf;

#define conf secure_conf

const struct opt secure_options[] = {
	OPT_GROUP("The secure port"),
	OPT_STRING("secure-listen", conf.listen, NULL, "ADDRESS:PORT",
	    "where HTTPS is served to those whom the kube-apiserver allows "
	    "it; without it nowhere"),
	OPT_STRING("tls-cert-file", conf.cert_file, NULL, "FILE",
	    "its certificate, and those between it and its CA, in PEM; read "
	    "anew when it changes; without it one is made"),
	OPT_STRING("tls-private-key-file", conf.key_file, NULL, "FILE",
	    "the key of --tls-cert-file"),
	OPT_STRING("cert-dir", conf.cert_dir, NULL, "DIR",
	    "where a certificate that is made is kept; default certificates "
	    "in the state directory"),
	OPT_STRING("tls-min-version", conf.tls_min_version, "VersionTLS12",
	    "VERSION", "VersionTLS12 or VersionTLS13"),
	OPT_WORDS("tls-cipher-suites", conf.tls_ciphers, "NAME,...",
	    "of TLS 1.2, by their standard names; default those of OpenSSL"),
	OPT_STRING("kubeconfig", conf.kubeconfig, NULL, "FILE",
	    "says where the kube-apiserver is that is asked who clients are, "
	    "and who we are; several with colons between them; default the "
	    "service account inside a pod, else $KUBECONFIG"),
	OPT_STRING("kube-context", conf.kube_context, NULL, "NAME",
	    "of the kubeconfig file; default its current-context"),
	OPT_STRING("kube-server", conf.kube_server, NULL, "URL",
	    "where the kube-apiserver is, whatever else is said"),
	OPT_STRING("kube-token-file", conf.kube_token_file, NULL, "FILE",
	    "the token that says to it who we are"),
	OPT_STRING("kube-certificate-authority", conf.kube_ca_file, NULL,
	    "FILE", "who signed its certificate"),
	OPT_STRING("kube-client-certificate", conf.kube_cert_file, NULL,
	    "FILE", "shown to it"),
	OPT_STRING("kube-client-key", conf.kube_key_file, NULL, "FILE",
	    "its key"),
	OPT_SWITCH("allow-plain-token", conf.may_send_token_plainly,
	    "send the token also where the URL is http"),
	OPT_STRING("client-ca-file", conf.client_ca_file, NULL, "FILE",
	    "who signs certificates of clients; default what the ConfigMap "
	    "kube-system/extension-apiserver-authentication says, and so "
	    "below"),
	OPT_STRING("requestheader-client-ca-file", conf.proxy_ca_file, NULL,
	    "FILE", "who signs that of the front proxy, whose headers say "
	    "for whom it asks"),
	OPT_WORDS("requestheader-allowed-names",
	    conf.lists[AUTH_ALLOWED_NAMES], "NAME,...",
	    "common names of the front proxy; any if empty"),
	OPT_WORDS("requestheader-username-headers",
	    conf.lists[AUTH_USERNAME_HEADERS], "NAME,...",
	    "headers with a user's name"),
	OPT_WORDS("requestheader-group-headers",
	    conf.lists[AUTH_GROUP_HEADERS], "NAME,...",
	    "headers with groups"),
	OPT_WORDS("requestheader-uid-headers", conf.lists[AUTH_UID_HEADERS],
	    "NAME,...", "headers with a user's uid"),
	OPT_WORDS("requestheader-extra-headers-prefix",
	    conf.lists[AUTH_EXTRA_PREFIXES], "PREFIX,...",
	    "headers with what else there is of a user begin with it"),
	OPT_SWITCH("authentication-skip-lookup", conf.is_lookup_skipped,
	    "do not read the ConfigMap: what flags say is all"),
	OPT_SWITCH("authentication-tolerate-lookup-failure",
	    conf.is_lookup_failure_tolerated,
	    "be ready also while the ConfigMap cannot be read; nobody is "
	    "believed for it"),
	OPT_DURATION("authentication-lookup-interval",
	    conf.lookup_interval_ns, "30s",
	    "how often the ConfigMap and the files of CAs are read"),
	OPT_DURATION("authentication-token-webhook-cache-ttl",
	    conf.reviews.token_ttl_ns, "10s",
	    "how long it is remembered who a token is"),
	OPT_DURATION("authorization-webhook-cache-authorized-ttl",
	    conf.reviews.allowed_ttl_ns, "10s",
	    "how long it is remembered that somebody may do something"),
	OPT_DURATION("authorization-webhook-cache-unauthorized-ttl",
	    conf.reviews.denied_ttl_ns, "10s",
	    "how long it is remembered that somebody may not"),
	OPT_DURATION("review-timeout", conf.reviews.timeout_ns, "10s",
	    "a kube-apiserver that has not said by then who a client is has "
	    "failed"),
	OPT_WORDS("authorization-always-allow-paths", conf.always_allowed,
	    "PATH,...", "paths for everybody, with a star at the end for all "
	    "below; default /healthz,/livez,/readyz"),
	OPT_END
};

bool
secure_is_wanted(void)
{
	return conf.listen != NULL && *conf.listen != '\0';
}

static void
check_times(const struct opt_program *program)
{
	if (conf.lookup_interval_ns < AUTH_INTERVAL_MIN_NS)
		opt_usage(program, "--authentication-lookup-interval: at "
		    "least 100ms, please");
	if (conf.reviews.timeout_ns < NS_PER_MS)
		opt_usage(program, "--review-timeout: at least 1ms, please");
	if (conf.reviews.token_ttl_ns < 0 || conf.reviews.allowed_ttl_ns < 0 ||
	    conf.reviews.denied_ttl_ns < 0)
		opt_usage(program, "a negative time");
}

/* Go's names are the standard ones, but for two that it cuts short.  NULL: no
 * such suite; "": one of TLS 1.3, which are all there. */
static const char *
cipher_name(const char *name)
{
	char longer[128];
	const char *found = OPENSSL_cipher_name(name);
	size_t n = strlen(name);

	if (strncmp(name, "TLS_AES_", 8) == 0 ||
	    strncmp(name, "TLS_CHACHA20_", 13) == 0)
		return "";
	if (found != NULL && strcmp(found, "(NONE)") != 0)
		return found;
	if (n + sizeof "_SHA256" > sizeof longer)
		return NULL;
	memcpy(longer, name, n);
	memcpy(longer + n, "_SHA256", sizeof "_SHA256");
	found = OPENSSL_cipher_name(longer);
	return found != NULL && strcmp(found, "(NONE)") != 0 ? found : NULL;
}

static void
check_tls(const struct opt_program *program)
{
	struct buf names = BUF_INIT;

	if ((conf.cert_file == NULL) != (conf.key_file == NULL))
		opt_usage(program, "--tls-cert-file and "
		    "--tls-private-key-file need each other");
	if (strcmp(conf.tls_min_version, "VersionTLS12") == 0)
		conf.min_version = TLS1_2_VERSION;
	else if (strcmp(conf.tls_min_version, "VersionTLS13") == 0)
		conf.min_version = TLS1_3_VERSION;
	else
		opt_usage(program, "--tls-min-version=%s: VersionTLS12 or "
		    "VersionTLS13, please", conf.tls_min_version);
	for (size_t i = 0; i < conf.tls_ciphers.n; i++) {
		const char *name = cipher_name(conf.tls_ciphers.items[i]);

		if (name == NULL)
			opt_usage(program, "--tls-cipher-suites=%s: no such "
			    "suite", conf.tls_ciphers.items[i]);
		if (*name != '\0')
			buf_addf(&names, "%s%s", names.len > 0 ? ":" : "",
			    name);
	}
	if (names.len > 0)
		conf.ciphers = str_dup(buf_str(&names));
	buf_fini(&names);
}

/* Of a front proxy that flags name, nothing is the ConfigMap's. */
static void
set_auth(const struct opt_program *program)
{
	static const char *const usual[AUTH_N_LISTS] = {
		[AUTH_USERNAME_HEADERS] = "x-remote-user",
		[AUTH_GROUP_HEADERS] = "x-remote-group",
		[AUTH_EXTRA_PREFIXES] = "x-remote-extra-",
	};
	struct auth_conf *auth = &conf.auth;

	auth->client_ca_file = conf.client_ca_file;
	auth->proxy_ca_file = conf.proxy_ca_file;
	auth->is_lookup_skipped = conf.is_lookup_skipped;
	auth->is_failure_tolerated = conf.is_lookup_failure_tolerated;
	auth->interval_ns = conf.lookup_interval_ns;
	for (size_t i = 0; i < AUTH_N_LISTS; i++) {
		const char *dflt = conf.proxy_ca_file != NULL &&
		    conf.lists[i].n == 0 ? usual[i] : NULL;

		for (size_t j = 0; j < conf.lists[i].n; j++)
			if (!auth_list_split(&auth->lists[i],
			    str_of(conf.lists[i].items[j])))
				opt_usage(program, "too many headers");
		auth_list_split(&auth->lists[i], str_of(dflt));
	}
}

bool
secure_find_cluster(struct cluster_access *out, struct err *err)
{
	const char *said = getenv("KUBECONFIG");
	const char *file = conf.kubeconfig;
	bool ok = true;

	if (file == NULL && getenv("KUBERNETES_SERVICE_HOST") == NULL &&
	    conf.kube_server == NULL && said != NULL && *said != '\0')
		file = said;
	if (file != NULL)
		ok = kubeconfig_load(out, file, conf.kube_context, err);
	if (ok && conf.kube_server != NULL)
		ok = access_set_server(out, str_of(conf.kube_server), err) ||
		    err_wrap(err, "--kube-server");
	if (ok && file == NULL && (conf.kube_server == NULL ||
	    getenv("KUBERNETES_SERVICE_HOST") != NULL))
		ok = access_in_cluster(out, NULL, err);
	if (!ok)
		return false;
	if (conf.kube_ca_file != NULL)
		access_set_ca_file(out, conf.kube_ca_file);
	if (conf.kube_cert_file != NULL)
		access_set_certificate(out, conf.kube_cert_file,
		    conf.kube_key_file);
	if (conf.kube_token_file != NULL)
		access_set_token_file(out, conf.kube_token_file);
	return out->server != NULL ||
	    err_set(err, "nothing says where the kube-apiserver is");
}

static void
drop_empty(const char **value)
{
	if (*value != NULL && **value == '\0')
		*value = NULL;
}

void
secure_check(const struct opt_program *program)
{
	struct cluster_access access = { .server = NULL };
	struct err err;

	if (!secure_is_wanted())
		return;
	drop_empty(&conf.cert_file);
	drop_empty(&conf.key_file);
	drop_empty(&conf.client_ca_file);
	drop_empty(&conf.proxy_ca_file);
	if (!listen_check(conf.listen, &err))
		opt_usage(program, "--secure-listen=%s", err.msg);
	if ((conf.kube_cert_file == NULL) != (conf.kube_key_file == NULL))
		opt_usage(program, "--kube-client-certificate and "
		    "--kube-client-key need each other");
	check_times(program);
	check_tls(program);
	set_auth(program);
	if (conf.always_allowed.n == 0)
		conf.always_allowed = (struct opt_list){
			{ "/healthz", "/livez", "/readyz" }, 3 };
	if (!secure_find_cluster(&access, &err))
		opt_usage(program, "--secure-listen: %s", err.msg);
	access_fini(&access);
}
