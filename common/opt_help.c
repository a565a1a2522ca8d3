/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/opt_help.h"
#include "common/log.h"

#define HELP_COLUMNS 80
#define HELP_INDENT 8

static const struct opt standard[] = {
	{ OPT_TYPE_SWITCH, "help", NULL, NULL, NULL,
	    "print this and exit" },
	{ OPT_TYPE_SWITCH, "version", NULL, NULL, NULL,
	    "print name and version and exit" },
	OPT_END
};

static const char *
value_name(const struct opt *o)
{
	return o->arg != NULL ? o->arg : "VALUE";
}

static bool
wants_value(const struct opt *o)
{
	if (o->type == OPT_TYPE_IGNORED)
		return o->arg != NULL;
	return o->type != OPT_TYPE_ALIAS &&
	    o->type != OPT_TYPE_SWITCH && o->type != OPT_TYPE_VERBOSE;
}

static bool
is_list(const struct opt *o)
{
	return o->type == OPT_TYPE_LIST || o->type == OPT_TYPE_WORDS;
}

/* Others' options and second names are for flags alone. */
static bool
has_variable(const struct opt *o)
{
	return o->target != NULL && o->type != OPT_TYPE_IGNORED;
}

static bool
has_default(const struct opt *o)
{
	return o->dflt != NULL && o->dflt[0] != '\0';
}

/* Breaks text at blanks; an over-long word has a line of its own. */
static void
print_wrapped(const char *text)
{
	size_t column = 0;

	for (;;) {
		size_t len;

		text += strspn(text, " ");
		len = strcspn(text, " ");
		if (len == 0)
			break;
		if (column == 0 || column + 1 + len > HELP_COLUMNS) {
			printf("%s%*s", column == 0 ? "" : "\n", HELP_INDENT,
			    "");
			column = HELP_INDENT;
		} else {
			putchar(' ');
			column++;
		}
		printf("%.*s", (int)len, text);
		column += len;
		text += len;
	}
	putchar('\n');
}

static void
print_option(const struct opt *o)
{
	char env[OPT_ENV_NAME_MAX];
	char text[1024];

	if (o->type == OPT_TYPE_GROUP) {
		printf("\n%s:\n", o->help);
		return;
	}
	printf("  --%s", o->name);
	if (wants_value(o))
		printf("=%s", value_name(o));
	else if (o->type == OPT_TYPE_VERBOSE)
		printf("[=LEVEL], -v");
	putchar('\n');

	if (!has_variable(o)) {
		print_wrapped(o->help);
		return;
	}
	opt_env_name(o, env);
	snprintf(text, sizeof text, "%s%s (%s%s$%s)", o->help,
	    is_list(o) ? "; repeatable" : "",
	    has_default(o) ? o->dflt : "", has_default(o) ? ", " : "", env);
	print_wrapped(text);
}

static void
print_help(const struct opt_program *program)
{
	printf("Usage: %s [OPTION ...]%s%s\n%s\n\n", program->name,
	    program->synopsis[0] != '\0' ? " " : "", program->synopsis,
	    program->summary);
	for (const struct opt *const *t = program->tables; *t != NULL; t++)
		for (const struct opt *o = *t; o->type != OPT_TYPE_END; o++)
			print_option(o);
	for (const struct opt *o = standard; o->type != OPT_TYPE_END; o++)
		print_option(o);
}

/* As running text: nothing in it is a request or an escape. */
static void
print_mdoc_text(const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	for (; *text != '\0'; text++) {
		if (*text == '\\')
			fputs("\\e", stdout);
		else
			putchar(*text);
	}
}

static void
print_mdoc_option(const struct opt *o)
{
	char env[OPT_ENV_NAME_MAX];

	printf(".It Fl -%s", o->name);
	if (wants_value(o))
		printf(" Ns = Ns Ar %s", value_name(o));
	else if (o->type == OPT_TYPE_VERBOSE)
		printf(" Ns Oo = Ns Ar LEVEL Oc , Fl v");
	putchar('\n');

	print_mdoc_text(o->help);
	printf("%s.\n", is_list(o) ? "; repeatable" : "");
	if (!has_variable(o))
		return;
	if (has_default(o)) {
		fputs("The default is ", stdout);
		print_mdoc_text(o->dflt);
		puts(".");
	}
	opt_env_name(o, env);
	printf("Environment:\n.Ev %s .\n", env);
}

/* A list for the options below each heading. */
static void
print_mdoc_table(const struct opt *table, bool *is_list_open)
{
	for (const struct opt *o = table; o->type != OPT_TYPE_END; o++) {
		if (o->type == OPT_TYPE_GROUP) {
			if (*is_list_open)
				puts(".El");
			*is_list_open = false;
			printf(".Ss %s\n", o->help);
			continue;
		}
		if (!*is_list_open)
			puts(".Bl -tag -width Ds");
		*is_list_open = true;
		print_mdoc_option(o);
	}
}

static void
print_mdoc(const struct opt_program *program)
{
	bool is_list_open = false;

	for (const struct opt *const *t = program->tables; *t != NULL; t++)
		print_mdoc_table(*t, &is_list_open);
	print_mdoc_table(standard, &is_list_open);
	puts(".El");
}

__attribute__((noreturn))
static void
exit_after_output(const struct opt_program *program)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		exit(EX_OK);
	fprintf(stderr, "%s: standard output: write error\n", program->name);
	exit(EX_IOERR);
}

void
opt_help_and_exit(const struct opt_program *program, const char *format)
{
	if (format == NULL)
		print_help(program);
	else if (strcmp(format, "man") == 0)
		print_mdoc(program);
	else
		opt_usage(program, "--help: neither empty nor man: %s",
		    log_qs(format));
	exit_after_output(program);
}

void
opt_version_and_exit(const struct opt_program *program)
{
	printf("%s %s\n", program->name, PACKAGE_VERSION);
	exit_after_output(program);
}
