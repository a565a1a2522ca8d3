/* SPDX-License-Identifier: ISC */
/* Heapster's URIs, and where the cluster is. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

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
	{ "http://k?inClusterConfig=f&useServiceAccount=T", false, "http://k",
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

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		run(&cases[i]);
	test_v6();
	return done_testing();
}
