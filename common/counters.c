/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/resource.h>
#include <sys/time.h>

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "common/counters.h"
#include "common/number.h"
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

/* The second field of statm: resident pages. */
static uint64_t
resident_bytes(void)
{
	char text[256];
	struct str rest;
	uint64_t pages;
	ssize_t n;
	int fd;

	fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return 0;
	n = read(fd, text, sizeof text);
	close(fd);
	if (n <= 0)
		return 0;
	rest = (struct str){ text, (size_t)n };
	str_cut(&rest, ' ');
	if (!parse_u64(str_cut(&rest, ' '), &pages))
		return 0;
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void
print_process(struct buf *out, const char *program)
{
	struct rusage usage;
	struct timeval cpu;

	getrusage(RUSAGE_SELF, &usage);
	timeradd(&usage.ru_utime, &usage.ru_stime, &cpu);
	buf_addf(out,
	    "# HELP process_resident_memory_bytes resident memory\n"
	    "# TYPE process_resident_memory_bytes gauge\n"
	    "process_resident_memory_bytes %" PRIu64 "\n"
	    "# HELP process_cpu_seconds_total user and system time\n"
	    "# TYPE process_cpu_seconds_total counter\n"
	    "process_cpu_seconds_total %jd.%06jd\n"
	    "# HELP cheapster_build_info what is running\n"
	    "# TYPE cheapster_build_info gauge\n"
	    "cheapster_build_info{version=\"%s\",program=\"%s\"} 1\n",
	    resident_bytes(), (intmax_t)cpu.tv_sec, (intmax_t)cpu.tv_usec,
	    PACKAGE_VERSION, program);
}

void
counters_print_prometheus(const struct counters *c, struct buf *out)
{
	for (size_t i = 0; i < c->n_groups; i++)
		for (size_t j = 0; j < c->groups[i].n; j++)
			print_one(out, c->program, &c->groups[i].desc[j],
			    c->groups[i].values[j]);
	print_process(out, c->program);
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
