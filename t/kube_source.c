/* SPDX-License-Identifier: ISC */
/* Heapster's URIs, and where the cluster is. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/kube_source.h"
#include "t/tap.h"

static const struct source_case {
	const char *text;
	bool is_in_pod;
	const char *server;	/* or the error */
	bool is_insecure, has_token, is_plain;
	uint16_t port;
} cases[] = {
	{ "", true, "https://10.0.0.1:443", .has_token = true },
	{ "''", true, "https://10.0.0.1:443", .has_token = true },
	{ "", false, "not inside a cluster: " },
	{ "https://k:6443", true, "https://k:6443", .has_token = true },
	{ "https://k:6443/clusters/c1/?inClusterConfig=false", false,
	    "https://k:6443/clusters/c1" },
	{ "http://k?inClusterConfig=f&useServiceAccount=T", false, "http://k" },
	{ "https://k:6443", false, "not inside a cluster: " },
	{ "https://k:6443?inClusterConfig=true", false, "https://k:6443",
	    .has_token = true },
	{ "https://[fd00::1]:6443?inClusterConfig=0&insecure=1", false,
	    "https://[fd00::1]:6443", .is_insecure = true },
	{ "http://k?inClusterConfig=false&kubeletPort=10255", false,
	    "http://k", .is_plain = true, .port = 10255 },
	{ "http://k?inClusterConfig=false&kubeletPort=10255&kubeletHttps=true",
	    false, "http://k", .port = 10255 },
	{ "http://k?inClusterConfig=false&kubeletHttps=false", false,
	    "http://k", .is_plain = true },
	{ "http://k?inClusterConfig=false&kubeletPort=1&kubeletPort=2&&",
	    false, "http://k", .port = 1 },
	{ "http://k?inClusterConfig=false&apiVersion=v9", false, "http://k" },
	{ "?inClusterConfig=false", true, "no address of a kube-apiserver" },
	{ "http://k?insecure=zz", false,
	    "insecure: not true or false: \"zz\"" },
	{ "http://k?insecure", false, "insecure: not true or false: \"\"" },
	{ "http://k?kubeletPort=0", false, "kubeletPort: not a port: \"0\"" },
	{ "http://k?kubeletPort=65536", false,
	    "kubeletPort: not a port: \"65536\"" },
	{ "http://k?inClusterConfig=%66alse&kubeletPort=%31%30255", false,
	    "http://k", .is_plain = true, .port = 10255 },
	{ "http://k?auth=%2", false, "auth: % without two digits" },
	{ "http://k?auth=%0x", false, "auth: % without two digits" },
	{ "http://k?auth=%0a", false, "auth: control character" },
	{ "http://k?auth=a%00", false, "auth: control character" },
	{ "http://k?colour=red", false, "unknown option \"colour\"" },
	{ "k:6443", false, "expected http:// or https://" },
	{ "https://", false, "no host" },
	{ "https://u:secret@k", false, "a user in a URL is not taken" },
};

static const struct kube_source_conf conf = {
	.service_account_dir = "/dev/null",
};

static void
run(const struct source_case *c)
{
	struct kube_source s;
	struct err err;

	if (c->is_in_pod) {
		setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1", 1);
		setenv("KUBERNETES_SERVICE_PORT", "443", 1);
	} else {
		unsetenv("KUBERNETES_SERVICE_HOST");
		unsetenv("KUBERNETES_SERVICE_PORT");
	}
	if (!kube_source_parse(&s, str_of(c->text), &conf, &err)) {
		ok(strncmp(err.msg, c->server, strlen(c->server)) == 0,
		    "\"%s\": %s", c->text, err.msg);
		return;
	}
	is_str(s.access.server, c->server, "\"%s\": server", c->text);
	ok(s.access.is_insecure == c->is_insecure &&
	    (s.access.token_file != NULL) == c->has_token &&
	    s.is_kubelet_plain == c->is_plain && s.kubelet_port == c->port,
	    "\"%s\": options", c->text);
	ok(s.access.ca_file == NULL, "\"%s\": no CA where there is none", c->text);
	kube_source_fini(&s);
}

static void
test_v6(void)
{
	struct kube_source s;
	struct err err;

	setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
	setenv("KUBERNETES_SERVICE_PORT", "443", 1);
	ok(kube_source_parse(&s, STR("?host_id_annotation=id"), &conf, &err),
	    "inside a pod with IPv6");
	is_str(s.access.server, "https://[fd00::1]:443", "the address is in brackets");
	is_str(s.host_id_annotation, "id", "and the annotation");
	kube_source_fini(&s);
}

static char dir[] = "/tmp/chkXXXXXX";
static char token_path[64], config_path[64];

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fputs(text, f) == EOF || fclose(f) != 0)
		bail("%s: %s", path, strerror(errno));
}

static void
outside(void)
{
	unsetenv("KUBERNETES_SERVICE_HOST");
	unsetenv("KUBERNETES_SERVICE_PORT");
}

static void
test_decoding(void)
{
	struct kube_source s;
	struct err err;

	outside();
	ok(kube_source_parse(&s, STR("http://k?inClusterConfig=false&"
	    "host_id_annotation=a%2Fb%2bc+d%3D%25&host_id_annotation=no"),
	    &conf, &err), "an encoded value");
	is_str(s.host_id_annotation, "a/b+c d=%", "is decoded");
	kube_source_fini(&s);
}

/* What the last of the two says of who we are. */
static void
test_service_account(void)
{
	struct kube_source_conf here = { .service_account_dir = dir };
	struct kube_source s;
	struct err err;

	outside();
	ok(kube_source_parse(&s, STR("https://k?inClusterConfig=false&"
	    "useServiceAccount=true"), &here, &err), "a service account");
	is_str(s.access.token_file, token_path, "lends its token");
	ok(s.access.ca_file == NULL, "and nothing else");
	kube_source_fini(&s);
}

static void
test_flags(void)
{
	struct kube_source_conf flags = { .service_account_dir = dir,
	    .token_file = "t", .ca_file = "ca", .cert_file = "c",
	    .key_file = "k" };
	struct kube_source s;
	struct err err;

	outside();
	ok(kube_source_parse(&s, STR("https://k?inClusterConfig=false&"
	    "useServiceAccount=true"), &flags, &err), "flags");
	is_str(s.access.token_file, "t", "win: the token");
	is_str(s.access.ca_file, "ca", "the CA");
	is_str(s.access.cert_file, "c", "the certificate");
	is_str(s.access.key_file, "k", "its key");
	kube_source_fini(&s);
	ok(!kube_source_parse(&s, STR("https://k?inClusterConfig=false&"
	    "insecure=true"), &flags, &err), "a CA of what is not verified: %s",
	    err.msg);
}

#ifdef HAVE_LIBYAML
/* A user of a token, of a cluster that is not verified. */
static const char config[] = "current-context: c\n"
    "contexts: [{name: c, context: {cluster: c, user: u}}]\n"
    "clusters: [{name: c, cluster: {server: \"https://file:1\", "
    "insecure-skip-tls-verify: true}}]\n"
    "users: [{name: u, user: {token: abc}}]\n";

static void
test_kubeconfig(void)
{
	struct kube_source_conf home = { .service_account_dir = dir,
	    .kubeconfig_default = config_path };
	struct kube_source s;
	struct err err;

	outside();
	write_file(config_path, config);
	ok(kube_source_parse(&s, STR("https://k:2"), &home, &err),
	    "outside, a server");
	is_str(s.access.server, "https://k:2", "is where the URL says");
	is_str(s.access.token, "abc", "and we are who the file says");
	kube_source_fini(&s);
	ok(kube_source_parse(&s, STR(""), &home, &err), "no server");
	is_str(s.access.server, "https://file:1", "is that of the file");
	kube_source_fini(&s);
	ok(kube_source_parse(&s, STR("https://k:2?inClusterConfig=false"),
	    &home, &err) && s.access.token == NULL,
	    "or alone: inClusterConfig=false");
	kube_source_fini(&s);
	ok(kube_source_parse(&s, STR("?useServiceAccount=1"), &home, &err),
	    "a service account for a kubeconfig file's cluster");
	ok(s.access.token == NULL, "replaces its token");
	is_str(s.access.token_file, token_path, "by its own");
	kube_source_fini(&s);
	home.ca_file = "ca";
	ok(kube_source_parse(&s, STR(""), &home, &err) &&
	    !s.access.is_insecure, "a CA is there to verify with");
	kube_source_fini(&s);
	unlink(token_path);
	ok(kube_source_parse(&s, STR("?useServiceAccount=1"), &home, &err) &&
	    s.access.token_file == NULL, "what cannot be read replaces nothing");
	is_str(s.access.token, "abc", "the token stays");
	kube_source_fini(&s);
	setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1", 1);
	setenv("KUBERNETES_SERVICE_PORT", "443", 1);
	ok(kube_source_parse(&s, STR("https://k:2"), &home, &err) &&
	    s.access.token == NULL && s.access.token_file != NULL,
	    "inside a pod we are the service account all the same");
	kube_source_fini(&s);
	unlink(config_path);
}
#endif

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		bail("mkdtemp: %s", strerror(errno));
	snprintf(token_path, sizeof token_path, "%s/token", dir);
	snprintf(config_path, sizeof config_path, "%s/config", dir);
	write_file(token_path, "def");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		run(&cases[i]);
	test_v6();
	test_decoding();
	test_service_account();
	test_flags();
#ifdef HAVE_LIBYAML
	test_kubeconfig();
#endif
	unlink(token_path);
	rmdir(dir);
	return done_testing();
}
