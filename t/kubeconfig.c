/* SPDX-License-Identifier: ISC */
/* What kubeconfig files say, and what they must not say. */
#include "config.h"

#include <errno.h>
#include <unistd.h>

#include "common/kubeconfig.h"
#include "t/tap.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static char dir[] = "/tmp/chkXXXXXX";

static const char *
in_dir(const char *name)
{
	static char paths[4][64];
	static unsigned at;
	char *path = paths[at++ % 4];

	snprintf(path, sizeof paths[0], "%s/%s", dir, name);
	return path;
}

static void
put(const char *name, const char *text)
{
	FILE *f = fopen(in_dir(name), "w");

	if (f == NULL || fputs(text, f) == EOF || fclose(f) != 0)
		bail("%s: %s", name, strerror(errno));
}

#define CONTEXTS \
	"apiVersion: v1\n" \
	"kind: Config\n" \
	"current-context: one\n" \
	"contexts:\n" \
	"- name: one\n" \
	"  context: {cluster: c, user: u}\n" \
	"- name: nobody\n" \
	"  context: {cluster: c}\n"

/* text may be split over several arguments of the macro. */
#define WITH(cluster, user) CONTEXTS \
	"clusters:\n- name: c\n  cluster:\n" cluster \
	"users:\n- name: u\n  user:\n" user

#define SERVER "    server: https://10.0.0.1:6443/\n"
#define NO_USER "    {}\n"

static bool
parse(struct cluster_access *out, const char *text, const char *context,
    struct err *err)
{
	return kubeconfig_parse(out, str_of(text), in_dir("config"), context,
	    err);
}

static void
test_token(void)
{
	struct cluster_access a;
	struct err err = { "" };

	ok(parse(&a, WITH(SERVER, "    token: abc\n"), NULL, &err),
	    "a token %s", err.msg);
	is_str(a.server, "https://10.0.0.1:6443", "the server");
	is_str(a.token, "abc", "the token");
	ok(a.ca_file == NULL && a.ca_pem == NULL && !a.is_insecure,
	    "the system's CAs are believed");
	access_fini(&a);
	ok(parse(&a, WITH(SERVER, "    token: abc\n"), "nobody", &err) &&
	    a.token == NULL, "a context without a user is nobody");
	access_fini(&a);
}

static void
test_data(void)
{
	struct cluster_access a;
	struct err err = { "" };

	ok(parse(&a, WITH(SERVER
	    "    certificate-authority-data: LS0tLS1CRUdJTiBDQQ==\n"
	    "    certificate-authority: nowhere\n"
	    "    tls-server-name: k.example\n",
	    "    client-certificate-data: LS0tLS1CRUdJTiBDRVJU\n"
	    "    client-key-data: LS0tLS1CRUdJTiBLRVk=\n"), "one", &err), "data %s", err.msg);
	is_str(a.ca_pem, "-----BEGIN CA", "the CA wins over its file");
	is_str(a.cert_pem, "-----BEGIN CERT", "the certificate");
	is_str(a.key_pem, "-----BEGIN KEY", "the key");
	is_str(a.tls_server_name, "k.example", "the certificate's name");
	ok(a.ca_file == NULL && a.token == NULL, "and nothing else");
	access_fini(&a);
}

static void
test_files(void)
{
	struct cluster_access a;
	struct err err = { "" };

	put("ca.pem", "x");
	put("t", "abc");
	ok(parse(&a, WITH(SERVER "    certificate-authority: ca.pem\n",
	    "    tokenFile: t\n    token: other\n"), NULL, &err),
	    "files %s", err.msg);
	is_str(a.ca_file, in_dir("ca.pem"), "stand beside the kubeconfig");
	is_str(a.token_file, in_dir("t"), "so does the token's");
	ok(a.token == NULL, "which wins over the token");
	access_fini(&a);
	unlink(in_dir("ca.pem"));
	unlink(in_dir("t"));
}

static void
test_exec(void)
{
	struct cluster_access a;
	struct err err = { "" };

	ok(parse(&a, WITH(SERVER, "    exec:\n"
	    "      apiVersion: client.authentication.k8s.io/v1\n"
	    "      command: ./plugin\n"
	    "      args: [get, token]\n"
	    "      installHint: |\n        Two\n        lines\n"
	    "      env:\n      - {name: A, value: b}\n"
	    "      interactiveMode: IfAvailable\n"
	    "      provideClusterInfo: true\n"), NULL, &err),
	    "a plugin %s", err.msg);
	if (a.exec.argv == NULL)
		bail("no plugin");
	is_str(a.exec.argv[0], in_dir("./plugin"), "beside the kubeconfig");
	is_str(a.exec.argv[2], "token", "its arguments");
	ok(a.exec.argv[3] == NULL, "and no more");
	is_str(a.exec.env[0], "A=b", "its environment");
	is_str(a.exec.install_hint, "Two\nlines\n", "where to get it");
	ok(a.exec.want_cluster_info, "it wants to know the cluster");
	access_fini(&a);
}

static void
test_several(void)
{
	struct cluster_access a;
	struct err err = { "" };
	char paths[256];

	put("a", "current-context: one\nclusters:\n- name: c\n"
	    "  cluster: {server: https://a}\n");
	put("b", WITH("    server: https://b\n", "    token: abc\n"));
	snprintf(paths, sizeof paths, "%s::%s:%s", in_dir("a"),
	    in_dir("nowhere"), in_dir("b"));
	ok(kubeconfig_load(&a, paths, NULL, &err), "several files %s",
	    err.msg);
	is_str(a.server, "https://a", "the first that has it wins");
	is_str(a.token, "abc", "the second has the rest");
	access_fini(&a);
	ok(!kubeconfig_load(&a, in_dir("nowhere"), NULL, &err) &&
	    strstr(err.msg, "nowhere: No such file") != NULL,
	    "one that is not there: %s", err.msg);
	unlink(in_dir("a"));
	unlink(in_dir("b"));
}

static void
test_refused(void)
{
	static const struct { const char *text, *context, *want; } vectors[] = {
		{ "", NULL, "no context given, and no current-context" },
		{ "\t", NULL, "line " },
		{ "apiVersion: v2\n", NULL, "apiVersion is not v1" },
		{ "kind: Pod\n", NULL, "kind is not Config" },
		{ CONTEXTS, "two", "there is no context \"two\"" },
		{ CONTEXTS, NULL, "there is no cluster \"c\"" },
		{ WITH("    {}\n", NO_USER), NULL, "server" },
		{ WITH("    server: me@x\n", NO_USER), NULL, "expected http" },
		{ WITH(SERVER "    proxy-url: http://p\n", NO_USER), NULL,
		    "proxies are not supported" },
		{ WITH(SERVER "    insecure-skip-tls-verify: true\n"
		    "    certificate-authority-data: LS0tLS1CRUdJTiBDQQ==\n", NO_USER), NULL,
		    "given together with insecure-skip-tls-verify" },
		{ WITH(SERVER "    certificate-authority-data: '!!'\n",
		    NO_USER), NULL, "certificate-authority-data" },
		{ WITH(SERVER "    certificate-authority: /nowhere/ca\n",
		    NO_USER), NULL, "/nowhere/ca: No such file" },
		{ WITH(SERVER, "    username: me\n    password: sesame\n"),
		    NULL, "user names and passwords are not supported" },
		{ WITH(SERVER, "    auth-provider: {name: gcp}\n"), NULL,
		    "not supported; exec is" },
		{ WITH(SERVER, "    as: root\n"), NULL,
		    "acting as somebody else is not supported" },
		{ WITH(SERVER, "    client-key-data: LS0tLS1CRUdJTiBLRVk=\n"), NULL,
		    "given without its client-certificate" },
		{ WITH(SERVER, "    token: \"sesame sesame\"\n"), NULL,
		    "token" },
		{ WITH(SERVER, "    exec: {command: x, apiVersion: "
		    "client.authentication.k8s.io/v1alpha1}\n"), NULL,
		    "not client.authentication.k8s.io/v1 or" },
		{ WITH(SERVER, "    exec: {command: x, interactiveMode: "
		    "Always, apiVersion: client.authentication.k8s.io/v1}\n"),
		    NULL, "it wants a terminal" },
		{ WITH(SERVER, "    exec: {apiVersion: "
		    "client.authentication.k8s.io/v1}\n"), NULL,
		    "nothing given" },
		{ CONTEXTS "clusters:\n- name: c\n  cluster: {server: "
		    "https://a}\n- name: c\n  cluster: {server: https://b}\n",
		    NULL, "\"c\" is there twice in clusters" },
		{ CONTEXTS "clusters: 7\n", NULL, "clusters is not a list" },
		{ CONTEXTS "clusters: *x\n", NULL, "alias" },
	};

	for (size_t i = 0; i < COUNT(vectors); i++) {
		struct cluster_access a;
		struct err err = { "" };

		ok(!parse(&a, vectors[i].text, vectors[i].context, &err) &&
		    strstr(err.msg, vectors[i].want) != NULL &&
		    strstr(err.msg, in_dir("config")) != NULL,
		    "refused: %s", err.msg);
		ok(strstr(err.msg, "sesame") == NULL && a.server == NULL &&
		    a.token == NULL, "no secret is told, nothing is left");
	}
}

int
main(void)
{
#ifndef HAVE_LIBYAML
	skip("built without libyaml");
	return done_testing();
#endif
	if (mkdtemp(dir) == NULL)
		bail("mkdtemp: %s", strerror(errno));
	test_token();
	test_data();
	test_files();
	test_exec();
	test_several();
	test_refused();
	rmdir(dir);
	return done_testing();
}
