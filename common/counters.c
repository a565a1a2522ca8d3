/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "common/counters.h"
#include "common/process.h"
#include "common/str.h"

void
counters_register(struct counters *c, const void *values,
    const struct counter_desc *desc, size_t n)
{
	assert(c->n_groups < COUNTERS_GROUPS_MAX);
	c->groups[c->n_groups].values = values;
	c->groups[c->n_groups].desc = desc;
	c->groups[c->n_groups].n = n;
	c->n_groups++;
}

/* cheapster_PROGRAM_NAME, with '-' as '_' and _total after a counter. */
static void
add_name(struct buf *out, const char *program, const struct counter_desc *d)
{
	buf_add_str(out, STR("cheapster_"));
	for (const char *p = program; *p != '\0'; p++)
		buf_add_char(out, *p == '-' ? '_' : *p);
	buf_add_char(out, '_');
	buf_add_str(out, str_of(d->name));
	if (d->kind == COUNTER)
		buf_add_str(out, STR("_total"));
}

static void
print_one(struct buf *out, const char *program, const struct counter_desc *d,
    uint64_t value)
{
	buf_add_str(out, STR("# HELP "));
	add_name(out, program, d);
	buf_addf(out, " %s\n# TYPE ", d->help);
	add_name(out, program, d);
	buf_add_str(out, d->kind == COUNTER ? STR(" counter\n") :
	    STR(" gauge\n"));
	add_name(out, program, d);
	buf_add_char(out, ' ');
	buf_add_u64(out, value);
	buf_add_char(out, '\n');
}

void
counters_add_printer(struct counters *c, counters_printer *print,
    const void *arg)
{
	assert(c->n_printers < COUNTERS_PRINTERS_MAX);
	c->printers[c->n_printers].print = print;
	c->printers[c->n_printers].arg = arg;
	c->n_printers++;
}

void
counters_print_prometheus(const struct counters *c, struct buf *out)
{
	for (size_t i = 0; i < c->n_groups; i++)
		for (size_t j = 0; j < c->groups[i].n; j++)
			print_one(out, c->program, &c->groups[i].desc[j],
			    c->groups[i].values[j]);
	for (size_t i = 0; i < c->n_printers; i++)
		c->printers[i].print(c->printers[i].arg, out);
	process_print_prometheus(out, c->program);
}

void
counters_print_pairs(const struct counters *c, struct buf *out)
{
	for (size_t i = 0; i < c->n_groups; i++)
		for (size_t j = 0; j < c->groups[i].n; j++) {
			if (out->len > 0)
				buf_add_char(out, ' ');
			buf_add_str(out, str_of(c->groups[i].desc[j].name));
			buf_add_char(out, '=');
			buf_add_u64(out, c->groups[i].values[j]);
		}
}
