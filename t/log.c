/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "common/timestamp.h"
#include "t/tap.h"

static char logged[LOG_LINE_MAX * 4];
static FILE *capture;

/* stderr goes to a file from here on. */
static void
begin_capture(void)
{
	capture = tmpfile();
	if (capture == NULL || dup2(fileno(capture), STDERR_FILENO) == -1)
		bail("stderr cannot be captured");
}

/* What was logged since the last call. */
static const char *
take_logged(void)
{
	ssize_t n = pread(fileno(capture), logged, sizeof logged - 1, 0);

	if (n < 0 || ftruncate(fileno(capture), 0) == -1 ||
	    lseek(fileno(capture), 0, SEEK_SET) == -1)
		bail("the log cannot be read");
	logged[n] = '\0';
	return logged;
}

static void
test_levels(void)
{
	unsetenv("JOURNAL_STREAM");
	log_init("prog");
	log_err("broken n=%d", 1);
	is_str(take_logged(), "prog: error broken n=1\n", "errors");
	log_warn("degraded");
	is_str(take_logged(), "prog: warning degraded\n", "warnings");
	log_info("started");
	is_str(take_logged(), "prog: info started\n", "infos");
	log_debug("hidden");
	is_str(take_logged(), "", "no debugging unless asked for");
	log_set_verbose(1);
	ok(log_is_debug(), "asked for");
	log_debug("seen");
	is_str(take_logged(), "prog: debug seen\n", "debugging");
	log_set_verbose(0);
	ok(!log_is_debug(), "and no more");
}

static void
test_journal(void)
{
	setenv("JOURNAL_STREAM", "8:12345", 1);
	log_init("prog");
	log_set_verbose(1);
	log_err("a");
	log_warn("b");
	log_info("c");
	log_debug("d");
	is_str(take_logged(), "<3>a\n<4>b\n<6>c\n<7>d\n",
	    "the journal gets priorities");
	log_set_verbose(0);
	unsetenv("JOURNAL_STREAM");
	log_init("prog");
}

static void
test_timestamps(void)
{
	struct str line, time;
	int64_t at_ns = 0;

	log_set_timestamps(true);
	log_info("started");
	log_set_timestamps(false);
	line = str_of(take_logged());
	time = str_cut(&line, ' ');
	ok(timestamp_parse(time, &at_ns) && at_ns > 0, "a time stands first");
	ok(str_is(line, "prog: info started\n"), "and then the line");
}

static void
test_long_lines(void)
{
	static char text[LOG_LINE_MAX * 2];
	size_t prefix = strlen("prog: info ");

	memset(text, 'x', sizeof text - 1);
	errno = ENOENT;
	log_info("%s", text);
	is_i64(errno, ENOENT, "errno is as it was");
	take_logged();
	is_u64(strlen(logged), LOG_LINE_MAX, "a long line is cut");
	is_str(logged + strlen(logged) - 5, "x...\n", "and says so");
	log_info("%.*s", (int)(LOG_LINE_MAX - 1 - prefix), text);
	take_logged();
	is_u64(strlen(logged), LOG_LINE_MAX, "the longest that fits");
	is_str(logged + strlen(logged) - 5, "xxxx\n", "is whole");
}

static void
test_die(void)
{
	int status = 0;
	pid_t child = fork();

	if (child == -1)
		bail("no fork");
	if (child == 0) {
		fclose(stdout);
		log_die(78, "bad_configuration");
	}
	waitpid(child, &status, 0);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 78,
	    "log_die exits with its code");
	is_str(take_logged(), "prog: error bad_configuration\n",
	    "after its line");
}

static void
test_quoting(void)
{
	static const struct { struct str value; const char *text; } cases[] = {
		{ STR_INIT("n-17"), "n-17" },
		{ STR_INIT(""), "\"\"" },
		{ { NULL, 0 }, "\"\"" },
		{ STR_INIT("two words"), "\"two words\"" },
		{ STR_INIT("a=b"), "\"a=b\"" },
		{ STR_INIT("say \"x\""), "\"say \\\"x\\\"\"" },
		{ STR_INIT("C:\\"), "\"C:\\\\\"" },
		{ STR_INIT("a\nb\t"), "\"a\\x0ab\\x09\"" },
		{ STR_INIT("\0\x7f\x80\xff"), "\"\\x00\\x7f\\x80\\xff\"" },
		{ STR_INIT("/run/a.sock:1,~!%"), "/run/a.sock:1,~!%" },
	};
	char text[300], want[2000] = "\"";
	const char *first;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		is_str(log_q(cases[i].value), cases[i].text, "quotes as %s",
		    cases[i].text);
	is_str(log_qs("a b"), "\"a b\"", "quotes what ends in NUL");
	is_str(log_qs(NULL), "\"\"", "and NULL");

	memset(text, 'x', sizeof text);
	is_u64(strlen(log_q((struct str){ text, 256 })), 256,
	    "256 bytes are whole");
	memset(text, '\n', sizeof text);
	for (int i = 0; i < 256; i++)
		strcat(want, "\\x0a");
	strcat(want, "...\"");
	is_str(log_q((struct str){ text, 257 }), want, "more are cut");

	first = log_q(STR("first"));
	for (int i = 0; i < 8; i++)
		log_q(STR("later"));
	is_str(first, "first", "a result outlasts eight further calls");
}

static void
test_conditions(void)
{
	struct log_condition c = { 0 };
	int64_t now_ns = 5 * NS_PER_S;

	ok(!log_clear(&c), "what is not there does not end");
	ok(log_onset(&c, now_ns), "is logged when it begins");
	ok(!log_onset(&c, now_ns + 1), "and not again at once");
	ok(!log_onset(&c, now_ns + 60 * NS_PER_S - 1), "nor for a minute");
	ok(log_onset(&c, now_ns + 60 * NS_PER_S), "but then");
	is_u64(c.seen, 4, "with how often it was seen");
	ok(!log_onset(&c, now_ns + 119 * NS_PER_S), "the next minute counts "
	    "from there");
	ok(log_clear(&c), "its end is logged");
	ok(!log_clear(&c), "once");
	ok(log_onset(&c, now_ns + 120 * NS_PER_S), "it may begin again");
	is_u64(c.seen, 1, "and is counted anew");
}

int
main(void)
{
	begin_capture();
	test_levels();
	test_journal();
	test_timestamps();
	test_long_lines();
	test_die();
	test_quoting();
	test_conditions();
	return done_testing();
}
