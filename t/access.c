/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/mem.h"

#include "common/access.h"
#include "t/tap.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static char dir[] = "/tmp/chaXXXXXX";
static char token_path[64], ca_path[64];

static void
test_server(void)
{
	static const struct { struct str url; const char *want; } vectors[] = {
		{ STR_INIT("https://10.0.0.1:6443"), "https://10.0.0.1:6443" },
		{ STR_INIT("https://10.0.0.1:6443/"), "https://10.0.0.1:6443" },
		{ STR_INIT("https://a.example//"), "https://a.example" },
		{ STR_INIT("http://localhost:8001"), "http://localhost:8001" },
		{ STR_INIT("https://[::1]:6443"), "https://[::1]:6443" },
		{ STR_INIT("https://r.example/k8s/clusters/c-1"),
		    "https://r.example/k8s/clusters/c-1" },
		{ STR_INIT(""), NULL },
		{ STR_INIT("10.0.0.1:6443"), NULL },
		{ STR_INIT("ftp://a"), NULL },
		{ STR_INIT("https://"), NULL },
		{ STR_INIT("https:///"), NULL },
		{ STR_INIT("https://?a"), NULL },
		{ STR_INIT("https://a:0"), NULL },
		{ STR_INIT("https://a:65536"), NULL },
		{ STR_INIT("https://a:6443x"), NULL },
		{ STR_INIT("https://[::1"), NULL },
		{ STR_INIT("https://me:secret@a"), NULL },
		{ STR_INIT("https://me:sec ret@a"), NULL },
		{ STR_INIT("https://me:sec/ret@a"), NULL },
		{ STR_INIT("https://a?token=secret"), NULL },
		{ STR_INIT("https://a/b?token=secret"), NULL },
		{ STR_INIT("https://a/b#secret"), NULL },
		{ STR_INIT("https://a/b c"), NULL },
		{ STR_INIT("https://a/b\r\nc"), NULL },
		{ STR_INIT("https://a\0b"), NULL },
		{ STR_INIT("https://a/\0b"), NULL },
		{ STR_INIT("https://\xc3\xa9"), NULL },
	};

	for (size_t i = 0; i < COUNT(vectors); i++) {
		struct cluster_access a = { .server = xstrdup("before") };
		const char *want = vectors[i].want;
		struct err err = { "" };

		ok(access_set_server(&a, vectors[i].url, &err) ==
		    (want != NULL), "%s %s: %s",
		    want == NULL ? "refuses" : "takes", vectors[i].url.p,
		    err.msg);
		is_str(a.server, want == NULL ? "before" : want,
		    "and that is the server");
		ok(strstr(err.msg, "sec") == NULL, "no secret is told");
		access_fini(&a);
	}
}

static void
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fputs(text, f) == EOF || fclose(f) != 0)
		bail("%s: %s", path, strerror(errno));
}

static void
set_environment(const char *host, const char *port)
{
	if (host == NULL)
		unsetenv("KUBERNETES_SERVICE_HOST");
	else
		setenv("KUBERNETES_SERVICE_HOST", host, 1);
	if (port == NULL)
		unsetenv("KUBERNETES_SERVICE_PORT");
	else
		setenv("KUBERNETES_SERVICE_PORT", port, 1);
}

static void
test_environment(void)
{
	static const struct {
		const char *host, *port, *server;
	} vectors[] = {
		{ "10.96.0.1", "443", "https://10.96.0.1:443" },
		{ "fd00::1", "6443", "https://[fd00::1]:6443" },
		{ "[fd00::1]", "6443", "https://[fd00::1]:6443" },
		{ "kubernetes.default", "443",
		    "https://kubernetes.default:443" },
		{ NULL, NULL, NULL },
		{ "10.96.0.1", NULL, NULL },
		{ NULL, "443", NULL },
		{ "10.96.0.1", "", NULL },
		{ "", "443", NULL },
		{ "10.96.0.1", "0", NULL },
		{ "10.96.0.1", "443/x", NULL },
		{ "10.96.0.1/x", "443", NULL },
		{ "10.96.0.1", "tcp://10.96.0.1:443", NULL },
		{ "a b", "443", NULL },
	};

	for (size_t i = 0; i < COUNT(vectors); i++) {
		const char *want = vectors[i].server;
		struct cluster_access a = { .server = NULL };
		struct err err = { "" };

		set_environment(vectors[i].host, vectors[i].port);
		ok(access_in_cluster(&a, dir, &err) == (want != NULL),
		    "host %s, port %s: %s %s",
		    vectors[i].host == NULL ? "none" : vectors[i].host,
		    vectors[i].port == NULL ? "none" : vectors[i].port,
		    want == NULL ? "refused" : "taken", err.msg);
		is_str(a.server, want, "the server");
		ok(want != NULL || strstr(err.msg,
		    "KUBERNETES_SERVICE_HOST") != NULL,
		    "the error has the variable");
		access_fini(&a);
	}
}

static void
test_files(void)
{
	struct cluster_access a = { .server = NULL };
	struct err err = { "" };

	set_environment("10.96.0.1", "443");
	ok(access_in_cluster(&a, dir, &err), "a token without a CA");
	ok(a.ca_file == NULL && !a.is_insecure,
	    "the certificate is verified all the same");
	is_str(a.token_file, token_path, "the token's file");
	ok(a.token == NULL, "is for whoever reads it again");
	access_fini(&a);
	put(ca_path, "");
	ok(access_in_cluster(&a, dir, &err), "a token and a CA");
	is_str(a.ca_file, ca_path, "the CA's file");
	access_fini(&a);
	ok(a.server == NULL && a.ca_file == NULL, "fini leaves nothing");
	unlink(ca_path);
}

static void
test_known_server(void)
{
	struct cluster_access a = { .server = xstrdup("https://elsewhere") };
	struct err err = { "" };

	set_environment(NULL, NULL);
	ok(access_in_cluster(&a, NULL, &err), "a server needs no environment");
	is_str(a.server, "https://elsewhere", "and stays");
	is_str(a.token_file, ACCESS_SERVICE_ACCOUNT_DIR "/token",
	    "the folder has a default");
	access_fini(&a);
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		bail("mkdtemp: %s", strerror(errno));
	snprintf(token_path, sizeof token_path, "%s/token", dir);
	snprintf(ca_path, sizeof ca_path, "%s/ca.crt", dir);
	test_server();
	test_environment();
	test_files();
	test_known_server();
	rmdir(dir);
	return done_testing();
}
