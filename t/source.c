/* SPDX-License-Identifier: ISC */
/*
 * What --source may say, and what it says of what it may not.
 */
#include "config.h"

#include "common/timestamp.h"

#include "collector/source.h"

#include "t/tap.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const struct kube_source_conf nowhere = { .context = NULL };

static void
test_valid(void)
{
	static const struct {
		const char *text;
		enum source_kind kind;
		const char *url, *address;
	} vectors[] = {
		{ "local:", SOURCE_LOCAL, NULL, NULL },
		{ "local", SOURCE_LOCAL, NULL, NULL },
		{ "kubelet:http://127.0.0.1:10255", SOURCE_KUBELET,
		    "http://127.0.0.1:10255/stats/summary",
		    "127.0.0.1:10255" },
		{ "kubelet:http://n1:10255/", SOURCE_KUBELET,
		    "http://n1:10255/stats/summary", "n1:10255" },
		{ "kubelet:http://[::1]:10255", SOURCE_KUBELET,
		    "http://[::1]:10255/stats/summary", "[::1]:10255" },
		{ "kubelet:http://n1:1/a/b?c=d", SOURCE_KUBELET,
		    "http://n1:1/a/b?c=d", "n1:1" },
		{ "kubelet:https://n1", SOURCE_KUBELET,
		    "https://n1/stats/summary", "n1" },
		{ "kubelet:https://[fe80::1]/x", SOURCE_KUBELET,
		    "https://[fe80::1]/x", "[fe80::1]" },
		{ "kubelet:https://n1:65535", SOURCE_KUBELET,
		    "https://n1:65535/stats/summary", "n1:65535" },
	};

	for (size_t i = 0; i < COUNT(vectors); i++) {
		struct err err = { "" };
		struct source s;

		ok(source_parse(&s, vectors[i].text, &nowhere, &err),
		    "%s is valid %s", vectors[i].text, err.msg);
		is_u64(s.kind, vectors[i].kind, "%s: the kind",
		    vectors[i].text);
		is_str(s.url, vectors[i].url, "%s: the URL", vectors[i].text);
		is_str(s.address, vectors[i].address, "%s: the address",
		    vectors[i].text);
		source_fini(&s);
	}
}

static void
test_invalid(void)
{
	static const struct {
		const char *text, *want;	/* behind --source=TEXT: */
	} vectors[] = {
		{ "", "unknown source \"\" (there are local:, kubelet: and "
		    "kubernetes:)" },
		{ "locale:", "unknown source \"locale\" (there are local:, "
		    "kubelet: and kubernetes:)" },
		{ "local:x", "local: takes nothing behind the colon" },
		{ "kubelet", "expected http:// or https://" },
		{ "kubelet:", "expected http:// or https://" },
		{ "kubelet:ftp://n1:1", "expected http:// or https://" },
		{ "kubelet:HTTP://n1:1", "expected http:// or https://" },
		{ "kubelet:http://", "no host" },
		{ "kubelet:http:///x", "no host" },
		{ "kubelet:http://n1", "http needs a port" },
		{ "kubelet:http://n1/x:1", "http needs a port" },
		{ "kubelet:http://[::1]", "http needs a port" },
		{ "kubelet:http://n1:", "not a port: \"\"" },
		{ "kubelet:http://n1:0", "not a port: \"0\"" },
		{ "kubelet:http://n1:65536", "not a port: \"65536\"" },
		{ "kubelet:https://n1:x", "not a port: \"x\"" },
		{ "kubelet:http://[::1:1", "bracket without its pair" },
		{ "kubelet:http://[::1]1", "bracket without its pair" },
		{ "kubelet:http://a b:1", "not a host: \"a b:1\"" },
		{ "kubelet:http://:1", "no host" },
		{ "kubelet:http://[]:1", "no host" },
	};

	for (size_t i = 0; i < COUNT(vectors); i++) {
		char want[256];
		struct err err = { "" };
		struct source s;

		ok(!source_parse(&s, vectors[i].text, &nowhere, &err),
		    "\"%s\" is not", vectors[i].text);
		snprintf(want, sizeof want, "--source=%s: %s",
		    vectors[i].text, vectors[i].want);
		is_str(err.msg, want, "\"%s\": the error", vectors[i].text);
	}
}

static void
test_secret(void)
{
	struct err err = { "" };
	struct source s;

	ok(!source_parse(&s, "kubelet:http://me:secret@n1:1", &nowhere, &err),
	    "a password in a URL is not taken");
	is_str(err.msg, "--source=...: a user in a URL is not taken",
	    "and not told");
	ok(!source_parse(&s, "kubelet:http://me:sec ret@n1:1", &nowhere, &err),
	    "nor one with a blank in it");
	is_str(err.msg, "--source=...: a user in a URL is not taken",
	    "which is not told either");
}

int
main(void)
{
	test_valid();
	test_invalid();
	test_secret();
	is_i64(source_resolution_ns(SOURCE_LOCAL), 10 * NS_PER_S,
	    "a machine is asked every 10 s");
	is_i64(source_resolution_ns(SOURCE_KUBELET), 60 * NS_PER_S,
	    "a kubelet every 60 s");
	return done_testing();
}
