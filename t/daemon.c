/* SPDX-License-Identifier: ISC */
/* What daemons have in common before their loop runs. */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include <sys/wait.h>

#include "common/daemon.h"
#include "t/tap.h"

static const struct opt *const tables[] = { daemon_options, NULL };

static const struct opt_program program = {
	.name = "cheapster-test",
	.synopsis = "",
	.summary = "Test.",
	.tables = tables,
	.is_tool = true,
};

/* The first random number of a new process. */
static long
draw(void)
{
	char name[] = "t", run_dir[] = "--run-dir=.", check[] = "--check";
	char *argv[] = { name, run_dir, check, NULL };
	static struct daemon d;
	int fds[2];
	long got = -1;
	pid_t child;

	if (pipe(fds) == -1 || (child = fork()) == -1)
		bail("pipe, fork");
	if (child == 0) {
		daemon_init(&d, &program, 3, argv);
		got = random();
		_exit(write(fds[1], &got, sizeof got) != sizeof got);
	}
	close(fds[1]);
	if (read(fds[0], &got, sizeof got) != sizeof got)
		got = -1;
	close(fds[0]);
	waitpid(child, NULL, 0);
	return got;
}

int
main(void)
{
	long numbers[3];

	for (int i = 0; i < 3; i++) {
		numbers[i] = draw();
		ok(numbers[i] >= 0, "a process draws a number");
	}
	ok(numbers[0] != numbers[1] || numbers[0] != numbers[2],
	    "and another one another");
	return done_testing();
}
