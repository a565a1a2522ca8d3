/* SPDX-License-Identifier: ISC */
/* Which URLs a kubelet is asked by. */
#include "config.h"

#include <string.h>

#include "collector/kubelet_api.h"
#include "t/tap.h"

static void
test_paths(void)
{
	static const struct {
		const char *path;
		bool is_safe;
	} paths[] = {
		{ "/", true },
		{ "/metrics", true },
		{ "/metrics/", true },
		{ "/metrics/nodes/n-1.a_b~c/resource", true },
		{ "/.hidden/a..b/...", true },
		{ "", false },
		{ "metrics", false },
		{ "/..", false },
		{ "/.", false },
		{ "/../../../namespaces/kube-system/secrets", false },
		{ "/a/../b", false },
		{ "/a/./b", false },
		{ "/a/..", false },
		{ "//a", false },
		{ "/a//b", false },
		{ "/%2e%2e/a", false },
		{ "/a?b", false },
		{ "/a#b", false },
		{ "/a;b", false },
		{ "/a\\..\\b", false },
		{ "/a b", false },
		{ "/a@b", false },
		{ "/a:b", false },
		{ "/\x7f", false },
		{ "/\xc3\xa4", false },
	};
	char text[KUBELET_PATH_BYTES_MAX + 1];

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		ok(kubelet_path_is_safe(str_of(paths[i].path)) ==
		    paths[i].is_safe, "\"%s\" is %s", paths[i].path,
		    paths[i].is_safe ? "a path" : "refused");
	ok(!kubelet_path_is_safe((struct str){ NULL, 0 }), "none is refused");
	ok(!kubelet_path_is_safe((struct str){ "/a\0b", 4 }),
	    "and what has a NUL");
	memset(text, 'a', sizeof text);
	text[0] = '/';
	ok(kubelet_path_is_safe((struct str){ text, sizeof text - 1 }),
	    "%d bytes are a path", KUBELET_PATH_BYTES_MAX);
	ok(!kubelet_path_is_safe((struct str){ text, sizeof text }),
	    "one more is not");
}

static void
test_proxies(void)
{
	static const struct {
		const char *name;
		uint16_t port;
		bool is_plain;
		const char *url;	/* NULL: refused */
		const char *title;
	} cases[] = {
		{ "n1", 0, false, "http://h/api/v1/nodes/n1/proxy",
		    "the node's port is the kube-apiserver's affair" },
		{ "n1", 0, true, "http://h/api/v1/nodes/n1/proxy",
		    "and so is how it is spoken to" },
		{ "n1", 10255, true, "http://h/api/v1/nodes/n1:10255/proxy",
		    "a port that was given" },
		{ "n1", 7, false, "http://h/api/v1/nodes/https:n1:7/proxy",
		    "and one with TLS" },
		{ "a/../b", 0, false, NULL, "a name that is a path" },
		{ "a?b", 7, false, NULL, "or has a query" },
		{ "", 0, false, NULL, "or is none" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf url = BUF_INIT;
		bool is_good = kubelet_proxy_url(&url, "http://h",
		    str_of(cases[i].name), cases[i].port, cases[i].is_plain);

		buf_add_char(&url, '\0');
		ok(is_good == (cases[i].url != NULL), "%s", cases[i].title);
		is_str(url.p, cases[i].url == NULL ? "" : cases[i].url,
		    "%s: the URL", cases[i].title);
		buf_fini(&url);
	}
}

int
main(void)
{
	test_paths();
	test_proxies();
	return done_testing();
}
