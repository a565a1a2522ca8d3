/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/opt.h"
#include "common/err.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/number.h"
#include "common/opt_help.h"
#include "common/str.h"

#define OPTS_MAX 256		/* all tables of a program together */

/* What is known about the command line while it is read. */
struct parse {
	const struct opt_program *program;
	int argc;
	char **argv;
	int next;		/* index of the next argument */
	bool is_given[OPTS_MAX];	/* by a flag: the environment is not read */
};

void
opt_usage(const struct opt_program *program, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s: ", program->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, " (try --help)\n");
	exit(EX_USAGE);
}

static bool
list_add(struct opt_list *list, const char *value, struct err *err)
{
	if (list->n == OPT_LIST_MAX)
		return err_set(err, "more than %d values", OPT_LIST_MAX);
	list->items[list->n++] = value;
	return true;
}

/* The copy is not freed: the list's items point into it. */
static bool
list_add_words(struct opt_list *list, const char *value, struct err *err)
{
	char *rest = xstrdup(value);
	char *item;

	while ((item = strsep(&rest, ",")) != NULL)
		if (*item != '\0' && !list_add(list, item, err))
			return false;
	return true;
}

static bool
set_switch(bool *target, const char *value, struct err *err)
{
	if (value == NULL) {
		*target = true;
		return true;
	}
	if (!parse_bool(str_of(value), target))
		return err_set(err, "neither true nor false: %s",
		    log_qs(value));
	return true;
}

static bool
set_u64(uint64_t *target, const char *value, struct err *err)
{
	if (!parse_u64(str_of(value), target))
		return err_set(err, "not a number: %s", log_qs(value));
	return true;
}

static bool
opt_set(const struct opt *o, const char *value, struct err *err)
{
	switch (o->type) {
	case OPT_TYPE_STRING:
		*(const char **)o->target = value;
		return true;
	case OPT_TYPE_LIST:
		return list_add(o->target, value, err);
	case OPT_TYPE_WORDS:
		return list_add_words(o->target, value, err);
	case OPT_TYPE_SWITCH:
		return set_switch(o->target, value, err);
	case OPT_TYPE_U64:
		return set_u64(o->target, value, err);
	case OPT_TYPE_DURATION:
		return parse_duration_ns(str_of(value), o->target, err);
	case OPT_TYPE_SIZE:
		return parse_size_bytes(str_of(value), o->target, err);
	case OPT_TYPE_VERBOSE:
		if (value != NULL)
			return set_u64(o->target, value, err);
		++*(uint64_t *)o->target;
		return true;
	case OPT_TYPE_IGNORED:
		*(bool *)o->target = true;
		return true;
	case OPT_TYPE_ALIAS:
	case OPT_TYPE_GROUP:
	case OPT_TYPE_END:
		break;
	}
	assert(false);
	return false;
}

/* What the environment can set, and has a default. */
static bool
has_value(const struct opt *o)
{
	return o->type != OPT_TYPE_IGNORED && o->type != OPT_TYPE_ALIAS &&
	    o->type != OPT_TYPE_GROUP;
}

static bool
name_matches(const char *name, struct str given)
{
	for (size_t i = 0; i < given.len; i++)
		if (name[i] != (given.p[i] == '_' ? '-' : given.p[i]))
			return false;
	return name[given.len] == '\0';
}

/* Heapster's --v is our --verbose. */
static bool
opt_matches(const struct opt *o, struct str given)
{
	return (o->type != OPT_TYPE_GROUP && name_matches(o->name, given)) ||
	    (o->type == OPT_TYPE_VERBOSE && str_is(given, "v"));
}

static const struct opt *
opt_find(const struct opt_program *program, struct str given, size_t *out_index)
{
	size_t index = 0;

	for (const struct opt *const *t = program->tables; *t != NULL; t++)
		for (const struct opt *o = *t; o->type != OPT_TYPE_END;
		    o++, index++)
			if (opt_matches(o, given)) {
				*out_index = index;
				return o->type != OPT_TYPE_ALIAS ? o :
				    opt_find(program, str_of(o->dflt),
				    out_index);
			}
	return NULL;
}

static void
set_defaults(const struct opt_program *program)
{
	struct err err;
	size_t n = 0;

	for (const struct opt *const *t = program->tables; *t != NULL; t++)
		for (const struct opt *o = *t; o->type != OPT_TYPE_END; o++) {
			bool is_default_valid = o->dflt == NULL ||
			    !has_value(o) || opt_set(o, o->dflt, &err);

			assert(is_default_valid);
			n++;
		}
	assert(n <= OPTS_MAX);
}

void
opt_env_name(const struct opt *o, char out[OPT_ENV_NAME_MAX])
{
	int n = snprintf(out, OPT_ENV_NAME_MAX, "CHEAPSTER_%s", o->name);

	assert(n > 0 && n < OPT_ENV_NAME_MAX);
	for (char *p = out; *p != '\0'; p++)
		*p = *p == '-' ? '_' : (char)toupper((unsigned char)*p);
}

static void
read_environment(struct parse *p)
{
	char name[OPT_ENV_NAME_MAX];
	const char *value;
	struct err err;
	size_t index = 0;
	bool ok;

	for (const struct opt *const *t = p->program->tables; *t != NULL; t++)
		for (const struct opt *o = *t; o->type != OPT_TYPE_END;
		    o++, index++) {
			if (p->is_given[index] || !has_value(o))
				continue;
			opt_env_name(o, name);
			value = getenv(name);
			if (value == NULL || *value == '\0')
				continue;
			ok = o->type == OPT_TYPE_LIST ?
			    list_add_words(o->target, value, &err) :
			    opt_set(o, value, &err);
			if (!ok)
				opt_usage(p->program, "%s: %s", name, err.msg);
		}
}

static bool
is_number(const char *arg)
{
	return arg != NULL && *arg != '\0' &&
	    arg[strspn(arg, "0123456789")] == '\0';
}

static bool
takes_value(const struct opt *o)
{
	if (o->type == OPT_TYPE_IGNORED)
		return o->arg != NULL;
	return o->type != OPT_TYPE_SWITCH && o->type != OPT_TYPE_VERBOSE;
}

static void
parse_long(struct parse *p, const char *arg)
{
	struct str rest = str_of(arg + 2);
	struct str given = str_cut(&rest, '=');
	const char *value = rest.p;
	const struct opt *o;
	struct err err;
	size_t index;

	if (str_is(given, "help"))
		opt_help_and_exit(p->program, value);
	if (str_is(given, "version"))
		opt_version_and_exit(p->program);

	o = opt_find(p->program, given, &index);
	if (o == NULL)
		opt_usage(p->program, "unknown option %s",
		    log_q((struct str){ arg, 2 + given.len }));
	if (value == NULL && takes_value(o)) {
		if (p->next == p->argc)
			opt_usage(p->program, "--%s needs a value", o->name);
		value = p->argv[p->next++];
	}
	p->is_given[index] = true;
	if (!opt_set(o, value, &err))
		opt_usage(p->program, "--%s: %s", o->name, err.msg);
}

/* metrics-server's -l SELECTOR, -l=SELECTOR and -lSELECTOR. */
static bool
parse_selector(struct parse *p, const char *arg)
{
	size_t index;
	const struct opt *o = opt_find(p->program, STR("node-selector"),
	    &index);
	const char *value = arg + 2;
	struct err err;

	if (o == NULL || arg[1] != 'l')
		return false;
	if (*value == '=')
		value++;
	else if (*value == '\0' && p->next == p->argc)
		opt_usage(p->program, "-l: needs a value");
	else if (*value == '\0')
		value = p->argv[p->next++];
	p->is_given[index] = true;
	if (!opt_set(o, value, &err))
		opt_usage(p->program, "-l: %s", err.msg);
	return true;
}

/* -v, -vv, and Heapster's -v=4 and -v 4. */
static void
parse_short(struct parse *p, const char *arg)
{
	const struct opt *o;
	const char *value = NULL;
	size_t n_v = strspn(arg + 1, "v");
	struct err err;
	size_t index;

	if (parse_selector(p, arg))
		return;
	o = opt_find(p->program, STR("verbose"), &index);
	if (o == NULL || n_v == 0 ||
	    (arg[1 + n_v] != '\0' && arg[1 + n_v] != '='))
		opt_usage(p->program, "unknown option %s", log_qs(arg));

	if (arg[1 + n_v] == '=')
		value = arg + 1 + n_v + 1;
	else if (n_v == 1 && p->next < p->argc && is_number(p->argv[p->next]))
		value = p->argv[p->next++];
	if (value != NULL)
		n_v = 1;
	p->is_given[index] = true;
	while (n_v-- > 0)
		if (!opt_set(o, value, &err))
			opt_usage(p->program, "-v: %s", err.msg);
}

/* Options, and operands if they may be among them. */
static void
parse_arguments(struct parse *p)
{
	while (p->next < p->argc) {
		const char *arg = p->argv[p->next];

		if (arg[0] != '-' || arg[1] == '\0') {
			if (p->program->on_operand == NULL)
				break;
			p->program->on_operand(arg);
			p->next++;
			continue;
		}
		p->next++;
		if (strcmp(arg, "--") == 0)
			break;
		if (arg[1] == '-')
			parse_long(p, arg);
		else
			parse_short(p, arg);
	}
	while (p->program->on_operand != NULL && p->next < p->argc)
		p->program->on_operand(p->argv[p->next++]);
}

static void
check_operands(const struct parse *p)
{
	const struct opt_program *program = p->program;
	const char *variable = program->operand_variable;
	const char *value = variable == NULL ? NULL : getenv(variable);
	bool is_in_environment = value != NULL && *value != '\0';

	if (p->next < p->argc && program->synopsis[0] == '\0')
		opt_usage(program, "unexpected operand %s",
		    log_qs(p->argv[p->next]));
	if (is_in_environment && program->synopsis[0] == '\0')
		opt_usage(program, "unexpected operand in %s", variable);
	if (p->next == p->argc && program->synopsis[0] != '\0' &&
	    program->synopsis[0] != '[' && !is_in_environment)
		opt_usage(program, "%s is missing", program->synopsis);
}

int
opt_parse(const struct opt_program *program, int argc, char **argv)
{
	struct parse p = {
		.program = program, .argc = argc, .argv = argv, .next = 1,
	};

	set_defaults(program);
	parse_arguments(&p);
	read_environment(&p);
	check_operands(&p);
	if (program->check != NULL)
		program->check(program);
	return p.next;
}
