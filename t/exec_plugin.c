/* SPDX-License-Identifier: ISC */
/* Plugins that answer, fail, or are not there. */
#include "config.h"

#include <string.h>

#include "common/secret.h"
#include "common/timestamp.h"

#include "common/exec_plugin.h"

#include "t/tap.h"

#define TIMEOUT_NS (20 * NS_PER_S)
#define NO_SUCH "No such file or directory"

static char shell[] = "/bin/sh", flag[] = "-c";

/* What /bin/sh says to the script, or the error. */
static void
run(char *script, const char *want, const char *title)
{
	char *argv[] = { shell, flag, script, NULL };
	struct exec_plugin plugin = { .argv = argv };
	struct err err;
	size_t n = 0;
	char *text = exec_plugin_run(&plugin, "info", 64, TIMEOUT_NS, NULL, &n,
	    &err);

	if (text != NULL)
		is_mem(text, n, want, strlen(want), "%s", title);
	else
		is_str(err.msg, want, "%s", title);
	secret_free_bytes(text, n);
}

static void
test_run(void)
{
	char says[] = "echo $KUBERNETES_EXEC_INFO", fails[] = "exit 3";
	char talks[] = "while :; do echo 0123456789abcdef; done";

	run(says, "info\n", "it is told who asks, and answers");
	run(fails, "ended with status 3", "it fails");
	run(talks, "answered more than 64 bytes", "it answers too much");
}

static void
test_missing(void)
{
	static const struct { const char *hint, *want; } vectors[] = {
		{ NULL, NO_SUCH },
		{ "get it", NO_SUCH "; get it" },
		{ "\n Get it\n\n  from\there\x1b[1m\r\n",
		    NO_SUCH "; Get it from here [1m" },
	};
	char path[] = "./no-such-plugin";
	char *argv[] = { path, NULL };
	static char large[1000];

	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		struct exec_plugin plugin = { .argv = argv,
		    .install_hint = (char *)(uintptr_t)vectors[i].hint };
		struct err err = { "" };
		size_t n = 0;

		ok(exec_plugin_run(&plugin, "", 64, TIMEOUT_NS, NULL, &n,
		    &err) == NULL, "hint %zu: it is missing", i);
		is_str(err.msg, vectors[i].want, "and that is said");
	}
	memset(large, 'x', sizeof large - 1);
	{
		struct exec_plugin plugin = { .argv = argv,
		    .install_hint = large };
		struct err err = { "" };
		size_t n = 0;

		exec_plugin_run(&plugin, "", 64, TIMEOUT_NS, NULL, &n, &err);
		ok(strncmp(err.msg, NO_SUCH "; xxx", sizeof NO_SUCH + 4) == 0,
		    "a long hint is cut");
	}
}

int
main(void)
{
	test_run();
	test_missing();
	return done_testing();
}
