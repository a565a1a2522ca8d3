/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/wait.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/opt.h"
#include "t/tap.h"

#define ARGS_MAX 8

static const char *name;
static struct opt_list sources;
static bool is_check, is_old, is_older;
static struct opt_list words;
static uint64_t count, verbose, size_bytes;
static int64_t resolution_ns;

static const struct opt own[] = {
	OPT_STRING("name", name, "none", "NAME", "what it is called"),
	OPT_LIST("source", sources, "URI", "where it comes from"),
	OPT_U64("count", count, "3", "N", "how many, in a sentence that is "
	    "long enough to be broken into two lines by the printer"),
	OPT_DURATION("metric-resolution", resolution_ns, "60s", ".dotted"),
	OPT_WORDS("word", words, "WORD,...", "some words"),
	OPT_ALIAS("nmae", "name"),
	OPT_GROUP("What others had"),
	OPT_IGNORED("old", is_old, NULL, "it was of no use"),
	OPT_IGNORED("older", is_older, "N", "it was none either"),
	OPT_END
};

static const struct opt shared[] = {
	OPT_SWITCH("check", is_check, "only look"),
	OPT_SIZE("size", size_bytes, "1Ki", "how much"),
	OPT_VERBOSE(verbose),
	OPT_END
};

static const struct opt *const tables[] = { own, shared, NULL };
static const struct opt_program program = {
	.name = "cheapster-test", .synopsis = "[FILE ...]",
	.summary = "is only a test", .tables = tables,
};

static void
reset(void)
{
	name = NULL;
	sources.n = 0;
	words.n = 0;
	is_check = is_old = is_older = false;
	count = verbose = size_bytes = 0;
	resolution_ns = 0;
}

static int
count_args(const char *const *args)
{
	int n = 0;

	while (args[n] != NULL)
		n++;
	return n;
}

/* All values in one line, so that a case is a line as well. */
static const char *
parse(const char *const *args, int *out_operand)
{
	static char text[512];
	size_t n;

	reset();
	*out_operand = opt_parse(&program, count_args(args), (char **)args);
	n = (size_t)snprintf(text, sizeof text,
	    "%s %d %llu %lld %llu v%llu", name, is_check,
	    (unsigned long long)count, (long long)resolution_ns / 1000000,
	    (unsigned long long)size_bytes, (unsigned long long)verbose);
	for (size_t i = 0; i < sources.n; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, " %s",
		    sources.items[i]);
	for (size_t i = 0; i < words.n; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, " w=%s",
		    words.items[i]);
	snprintf(text + n, sizeof text - n, "%s%s", is_old ? " old" : "",
	    is_older ? " older" : "");
	return text;
}

struct parse_case {
	const char *title;
	const char *args[ARGS_MAX];
	const char *expected;
	int operand;
};

static const struct parse_case parse_cases[] = {
	{ "no flags: the defaults", { "p" }, "none 0 3 60000 1024 v0", 1 },
	{ "--name=value", { "p", "--name=x" }, "x 0 3 60000 1024 v0", 2 },
	{ "--name value", { "p", "--name", "x" }, "x 0 3 60000 1024 v0", 3 },
	{ "a value may look like a flag", { "p", "--name", "--x" },
	    "--x 0 3 60000 1024 v0", 3 },
	{ "a value may be empty", { "p", "--name=" }, " 0 3 60000 1024 v0", 2 },
	{ "a value may hold '='", { "p", "--name=a=b" },
	    "a=b 0 3 60000 1024 v0", 2 },
	{ "'_' is '-'", { "p", "--metric_resolution=5s" },
	    "none 0 3 5000 1024 v0", 2 },
	{ "the last of two wins", { "p", "--name=x", "--name=y" },
	    "y 0 3 60000 1024 v0", 3 },
	{ "a list takes them all, and no comma splits it",
	    { "p", "--source=a,b", "--source", "c" },
	    "none 0 3 60000 1024 v0 a,b c", 4 },
	{ "words are split, and it can be repeated",
	    { "p", "--word=a,,b", "--word", "c" },
	    "none 0 3 60000 1024 v0 w=a w=b w=c", 4 },
	{ "another name is the same", { "p", "--nmae", "x" },
	    "x 0 3 60000 1024 v0", 3 },
	{ "what has no effect is accepted", { "p", "--old", "--older", "x" },
	    "none 0 3 60000 1024 v0 old older", 4 },
	{ "also when it is off, or has a '='", { "p", "--old=false", "--older=" },
	    "none 0 3 60000 1024 v0 old older", 3 },
	{ "a bare switch is on", { "p", "--check" },
	    "none 1 3 60000 1024 v0", 2 },
	{ "a switch can be off", { "p", "--check", "--check=false" },
	    "none 0 3 60000 1024 v0", 3 },
	{ "a switch leaves the next argument alone",
	    { "p", "--check", "false" }, "none 1 3 60000 1024 v0", 2 },
	{ "sizes have units", { "p", "--size=2Mi" },
	    "none 0 3 60000 2097152 v0", 2 },
	{ "-v counts", { "p", "-v", "-v" }, "none 0 3 60000 1024 v2", 3 },
	{ "-vv is two", { "p", "-vv" }, "none 0 3 60000 1024 v2", 2 },
	{ "--verbose counts as well", { "p", "--verbose", "-v" },
	    "none 0 3 60000 1024 v2", 3 },
	{ "--verbose=4 sets", { "p", "--verbose=4" },
	    "none 0 3 60000 1024 v4", 2 },
	{ "--v=4, as in Heapster", { "p", "--v=4" },
	    "none 0 3 60000 1024 v4", 2 },
	{ "-v 4, as in Heapster", { "p", "-v", "4", "op" },
	    "none 0 3 60000 1024 v4", 3 },
	{ "-v=4, as in Heapster", { "p", "-v=4" },
	    "none 0 3 60000 1024 v4", 2 },
	{ "-v and an operand that is no number", { "p", "-v", "op" },
	    "none 0 3 60000 1024 v1", 2 },
	{ "operands end the options", { "p", "--check", "a", "--name=x" },
	    "none 1 3 60000 1024 v0", 2 },
	{ "'--' ends the options and is no operand",
	    { "p", "--", "--name=x" }, "none 0 3 60000 1024 v0", 2 },
	{ "'-' is an operand", { "p", "-" }, "none 0 3 60000 1024 v0", 1 },
};

static void
test_parse(void)
{
	for (size_t i = 0; i < sizeof parse_cases / sizeof parse_cases[0];
	    i++) {
		struct parse_case c = parse_cases[i];
		int operand;

		is_str(parse(c.args, &operand), c.expected, "parses: %s",
		    c.title);
		is_u64((uint64_t)operand, (uint64_t)c.operand,
		    "finds the first operand: %s", c.title);
	}
}

static void
test_environment(void)
{
	const char *none[] = { "p", NULL };
	const char *flags[] = { "p", "--metric-resolution=1s", "--source=x", "-v",
	    NULL };
	int operand;

	setenv("CHEAPSTER_METRIC_RESOLUTION", "30s", 1);
	setenv("CHEAPSTER_SOURCE", "a,b,,c", 1);
	setenv("CHEAPSTER_CHECK", "true", 1);
	setenv("CHEAPSTER_NAME", "", 1);
	setenv("CHEAPSTER_VERBOSE", "2", 1);
	is_str(parse(none, &operand), "none 1 3 30000 1024 v2 a b c",
	    "the environment is read, a list is split, empty is not set");
	free((char *)sources.items[0]);		/* the copy of the list */
	is_str(getenv("CHEAPSTER_SOURCE"), "a,b,,c",
	    "the environment is left as it was");
	is_str(parse(flags, &operand), "none 1 3 1000 1024 v1 x",
	    "a flag wins over the environment, also for a list and -v");
	setenv("CHEAPSTER_METRIC_RESOLUTION", "bad", 1);
	is_str(parse(flags, &operand), "none 1 3 1000 1024 v1 x",
	    "a bad variable that a flag overrides does no harm");
	unsetenv("CHEAPSTER_METRIC_RESOLUTION");
	unsetenv("CHEAPSTER_SOURCE");
	unsetenv("CHEAPSTER_CHECK");
	unsetenv("CHEAPSTER_NAME");
	unsetenv("CHEAPSTER_VERBOSE");
}

/* Runs opt_parse() in a child; the text is what it wrote to fd. */
static int
run(const char *const *args, int fd, char *text, size_t text_size)
{
	size_t len = 0;
	ssize_t n;
	int ends[2], status;
	pid_t pid;

	fflush(stdout);
	if (pipe(ends) == -1 || (pid = fork()) == -1)
		return -1;
	if (pid == 0) {
		dup2(ends[1], fd);
		close(ends[0]);
		close(ends[1]);
		opt_parse(&program, count_args(args), (char **)args);
		_exit(99);
	}
	close(ends[1]);
	while ((n = read(ends[0], text + len, text_size - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	close(ends[0]);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

struct bad_case {
	const char *args[ARGS_MAX];
	const char *message;	/* after the name of the program */
};

static const struct bad_case bad_cases[] = {
	{ { "p", "--foo" }, "unknown option --foo" },
	{ { "p", "--foo=secret" }, "unknown option --foo" },
	{ { "p", "-x" }, "unknown option -x" },
	{ { "p", "-vx" }, "unknown option -vx" },
	{ { "p", "--nam=x" }, "unknown option --nam" },
	{ { "p", "--names=x" }, "unknown option --names" },
	{ { "p", "--name" }, "--name needs a value" },
	{ { "p", "--count=x" }, "--count: not a number: x" },
	{ { "p", "--count=18446744073709551616" },
	    "--count: not a number: 18446744073709551616" },
	{ { "p", "--check=x" }, "--check: neither true nor false: x" },
	{ { "p", "-v=x" }, "-v: not a number: x" },
	{ { "p", "--help=x" }, "--help: neither empty nor man: x" },
};

static void
test_bad(void)
{
	char expected[256], text[1024];
	const char *newline[] = { "p", "--a\nb", NULL };
	const char *no_unit[] = { "p", "--metric-resolution=5", NULL };

	for (size_t i = 0; i < sizeof bad_cases / sizeof bad_cases[0]; i++) {
		struct bad_case c = bad_cases[i];

		snprintf(expected, sizeof expected,
		    "cheapster-test: %s (try --help)\n", c.message);
		is_u64((uint64_t)run(c.args, 2, text, sizeof text), 64,
		    "rejects with 64: %s", c.args[1]);
		is_str(text, expected, "says in one line why: %s", c.args[1]);
	}
	is_u64((uint64_t)run(newline, 2, text, sizeof text), 64,
	    "rejects a flag with a newline in it");
	ok(strchr(text, '\n') == text + strlen(text) - 1,
	    "the newline in a flag does not make a second line");
	is_u64((uint64_t)run(no_unit, 2, text, sizeof text), 64,
	    "rejects a duration without a unit");
	ok(strncmp(text, "cheapster-test: --metric-resolution: ", 37) == 0,
	    "names the flag whose value is bad");

	setenv("CHEAPSTER_COUNT", "many", 1);
	is_u64((uint64_t)run((const char *[]){ "p", NULL }, 2, text, sizeof text),
	    64, "rejects a bad value in the environment with 64");
	is_str(text, "cheapster-test: CHEAPSTER_COUNT: not a number: many "
	    "(try --help)\n", "names the variable whose value is bad");
	unsetenv("CHEAPSTER_COUNT");
}

static const char *operands[ARGS_MAX];
static size_t n_operands;

static void
take_operand(const char *operand)
{
	operands[n_operands++] = operand;
}

static void
test_operands(void)
{
	const char *mixed[] = { "p", "a", "--check", "-", "--name", "x", "--",
	    "--b", NULL };
	const char *none[] = { "p", NULL };
	struct opt_program anywhere = program, needed = program;

	anywhere.on_operand = take_operand;
	reset();
	opt_parse(&anywhere, count_args(mixed), (char **)mixed);
	ok(is_check, "an option after an operand counts, if they may be mixed");
	is_str(name, "x", "and so does one with a value");
	is_u64(n_operands, 3, "all operands are reported");
	is_str(operands[1], "-", "also a lone '-'");
	is_str(operands[2], "--b", "and what is after '--'");

	needed.synopsis = "FILE";
	needed.operand_variable = "CHEAPSTER_TEST_OPERAND";
	setenv("CHEAPSTER_TEST_OPERAND", "x", 1);
	is_u64((uint64_t)opt_parse(&needed, count_args(none), (char **)none), 1,
	    "an operand in the environment is not missing");
	unsetenv("CHEAPSTER_TEST_OPERAND");
}

static size_t
longest_line(const char *text)
{
	size_t longest = 0;

	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		if (len > longest)
			longest = len;
		text += len + (text[len] == '\n');
	}
	return longest;
}

static void
test_help(void)
{
	char text[8192];

	is_u64((uint64_t)run((const char *[]){ "p", "--help", NULL }, 1, text,
	    sizeof text), 0, "--help exits 0");
	ok(strncmp(text, "Usage: cheapster-test [OPTION ...] [FILE ...]\n",
	    46) == 0, "--help begins with the usage");
	ok(strstr(text, "  --metric-resolution=DURATION\n        .dotted (60s,"
	    " $CHEAPSTER_METRIC_RESOLUTION)\n") != NULL,
	    "--help shows default and variable");
	ok(strstr(text, "\nWhat others had:\n  --old\n        it was of no use\n"
	    "  --older=N\n") != NULL, "--help shows headings");
	ok(strstr(text, "  --nmae\n        the same as --name\n") != NULL,
	    "--help shows other names");
	ok(longest_line(text) <= 80, "--help fits into 80 columns");

	is_u64((uint64_t)run((const char *[]){ "p", "--help=man", NULL }, 1, text,
	    sizeof text), 0, "--help=man exits 0");
	ok(strstr(text, ".It Fl -name Ns = Ns Ar NAME\nwhat it is called.\n")
	    != NULL, "--help=man prints mdoc items");
	ok(strstr(text, ".El\n.Ss What others had\n.Bl -tag -width Ds\n.It Fl "
	    "-old\n") != NULL, "--help=man has a list below each heading");
	ok(strstr(text, "\n\\&.dotted.\n") != NULL,
	    "--help=man escapes what would be a request");

	is_u64((uint64_t)run((const char *[]){ "p", "--version", NULL }, 1, text,
	    sizeof text), 0, "--version exits 0");
	is_str(text, "cheapster-test " PACKAGE_VERSION "\n",
	    "--version prints name and version");
	is_u64((uint64_t)run((const char *[]){ "p", "--count=x", "--version", NULL },
	    2, text, sizeof text), 64,
	    "a bad flag before --version is still bad");
}

int
main(void)
{
	test_parse();
	test_environment();
	test_bad();
	test_operands();
	test_help();
	return done_testing();
}
