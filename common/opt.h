/* SPDX-License-Identifier: ISC */
/*
 * Option tables: flags, environment, --help and the man page are one table.
 *
 * - Long options only, "--name=value" or "--name value"; '_' and '-' in names
 *   are the same.  A switch takes no value or =true/=false.  -v and --v are
 *   --verbose; as in Heapster a number may follow: -v 4, -v=4, --v=4.  -l is
 *   --node-selector where there is one, as metrics-server has it.
 * - Every option is also read from the environment as CHEAPSTER_NAME (upper
 *   case, '-' as '_'); a flag wins over it, and an empty variable is none.
 *   A list in the environment is split at commas; OPT_WORDS are everywhere.
 * - A bad flag is one line on stderr and exit 64 (EX_USAGE).  --help and
 *   --version print to stdout and exit 0.  --help=man prints the OPTIONS
 *   section in mdoc, from which the man pages are built.
 *
 * A row can also be a heading, which --help and the manual page show; another
 * name of an option; or an option of somebody else's that is accepted and
 * has no effect, of which is remembered that it was given.
 *
 * The macros bind an option to a variable of the right type: a wrong type
 * does not compile.  Values point into argv or the environment, or into
 * static defaults: nothing is freed.
 */
#ifndef COMMON_OPT_H
#define COMMON_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum opt_type {
	OPT_TYPE_END,
	OPT_TYPE_STRING,	/* const char * */
	OPT_TYPE_LIST,		/* struct opt_list, repeatable */
	OPT_TYPE_WORDS,		/* the same, each value split at commas */
	OPT_TYPE_SWITCH,	/* bool */
	OPT_TYPE_U64,		/* uint64_t */
	OPT_TYPE_DURATION,	/* int64_t nanoseconds */
	OPT_TYPE_SIZE,		/* uint64_t bytes */
	OPT_TYPE_VERBOSE,	/* uint64_t: bare --verbose and -v count, =N sets */
	OPT_TYPE_IGNORED,	/* bool: it was given; a switch if arg is NULL */
	OPT_TYPE_ALIAS,		/* dflt is the name it stands for */
	OPT_TYPE_GROUP,		/* help is a heading for what follows */
};

#define OPT_LIST_MAX 64

struct opt_list {
	const char *items[OPT_LIST_MAX];
	size_t n;
};

struct opt {
	enum opt_type type;
	const char *name;	/* with '-' */
	void *target;
	const char *dflt;	/* parsed like a flag; NULL: target untouched */
	const char *arg;	/* what --help calls the value: "URL", "DURATION" */
	const char *help;	/* one sentence, no full stop */
};

#define OPT_CHECKED(var, type) (1 ? &(var) : (type *)0)
#define OPT_STRING(name, var, dflt, arg, help) \
	{ OPT_TYPE_STRING, name, OPT_CHECKED(var, const char *), dflt, arg, help }
#define OPT_LIST(name, var, arg, help) \
	{ OPT_TYPE_LIST, name, OPT_CHECKED(var, struct opt_list), NULL, arg, help }
#define OPT_WORDS(name, var, arg, help) \
	{ OPT_TYPE_WORDS, name, OPT_CHECKED(var, struct opt_list), NULL, arg, help }
#define OPT_SWITCH(name, var, help) \
	{ OPT_TYPE_SWITCH, name, OPT_CHECKED(var, bool), NULL, NULL, help }
#define OPT_U64(name, var, dflt, arg, help) \
	{ OPT_TYPE_U64, name, OPT_CHECKED(var, uint64_t), dflt, arg, help }
#define OPT_DURATION(name, var, dflt, help) \
	{ OPT_TYPE_DURATION, name, OPT_CHECKED(var, int64_t), dflt, "DURATION", help }
#define OPT_SIZE(name, var, dflt, help) \
	{ OPT_TYPE_SIZE, name, OPT_CHECKED(var, uint64_t), dflt, "BYTES", help }
#define OPT_VERBOSE(var) \
	{ OPT_TYPE_VERBOSE, "verbose", OPT_CHECKED(var, uint64_t), NULL, \
	    "LEVEL", "say more; twice or =2: still more" }
#define OPT_IGNORED(name, var, arg, help) \
	{ OPT_TYPE_IGNORED, name, OPT_CHECKED(var, bool), NULL, arg, help }
#define OPT_ALIAS(name, of) \
	{ OPT_TYPE_ALIAS, name, NULL, of, NULL, "the same as --" of }
#define OPT_GROUP(title) { OPT_TYPE_GROUP, "", NULL, NULL, NULL, title }
#define OPT_END { OPT_TYPE_END, NULL, NULL, NULL, NULL, NULL }

struct opt_program {
	const char *name;		/* "cheapster-collector" */
	const char *synopsis;		/* operands: "[FILE ...]" may be there,
					 * "FILE ..." must, "" must not */
	const char *summary;		/* one line for --help */
	const struct opt *const *tables;	/* NULL-terminated: own first,
						 * then shared ones */

	/* Run by a person, not supervised: daemon.h says what is different. */
	bool is_tool;

	/* May be NULL: then operands come after the options.  Else they may
	 * be anywhere before "--", and each is given to it. */
	void (*on_operand)(const char *operand);

	/* May be NULL.  An environment variable that stands for the operand
	 * where argv has none: arguments are seen by every user. */
	const char *operand_variable;

	/* May be NULL: opt_parse() calls it when all values are there, before
	 * anything has happened; it calls opt_usage() for what is missing or
	 * does not fit together. */
	void (*check)(const struct opt_program *program);
};

/*
 * Reads environment and argv into the targets.  Returns the index of the
 * first operand in argv; permutes nothing: operands come after the options,
 * or after "--".  Exits on --help, --version and on a bad flag.
 */
int opt_parse(const struct opt_program *program, int argc, char **argv);

/* For errors found after parsing: one line, "try --help", exit 64. */
__attribute__((format(printf, 2, 3), noreturn))
void opt_usage(const struct opt_program *program, const char *fmt, ...);

#endif
