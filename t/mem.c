/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/mem.h"
#include "t/tap.h"

const char *__asan_default_options(void);

/* AddressSanitizer's own allocator ends the process unless told not to. */
const char *
__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void
test_results(void)
{
	char *p = xcalloc(3, 4), *copy = xstrdup("text");
	char *text = xasprintf("%s-%d", copy, 7);

	is_mem(p, 12, "\0\0\0\0\0\0\0\0\0\0\0", 12, "xcalloc gives zeros");
	memcpy(p, "abcd", 4);
	p = xrealloc(p, 1000, 4);
	is_mem(p, 4, "abcd", 4, "xrealloc keeps what was there");
	is_str(copy, "text", "xstrdup copies");
	is_str(text, "text-7", "xasprintf formats");
	free(text);
	free(copy);
	free(p);
	p = xcalloc(0, 4);
	copy = xrealloc(NULL, 0, 4);
	ok(p != NULL && copy != NULL, "nothing is still a block");
	free(copy);
	free(p);
}

/* n * size is beyond all memory. */
static void
test_out_of_memory(void)
{
	volatile size_t n = SIZE_MAX / 2;
	char text[8192] = "";
	size_t len = 0;
	ssize_t got;
	int fds[2], status = 0;
	pid_t child;

	if (pipe(fds) == -1)
		bail("no pipe");
	child = fork();
	if (child == -1)
		bail("no fork");
	if (child == 0) {
		dup2(fds[1], STDERR_FILENO);
		free(xrealloc(NULL, n, 4));
		_exit(0);
	}
	close(fds[1]);
	while ((got = read(fds[0], text + len, sizeof text - 1 - len)) > 0)
		len += (size_t)got;
	close(fds[0]);
	waitpid(child, &status, 0);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == EX_OSERR,
	    "without memory the process ends with code 71");
	ok(strstr(text, " error out_of_memory\n") != NULL,
	    "and says why, in one line");
}

int
main(void)
{
	test_results();
	test_out_of_memory();
	return done_testing();
}
