/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/resource.h>
#include <sys/time.h>

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/number.h"
#include "common/process.h"

#define START_FIELD 19		/* of stat, behind the name */

/* A file of /proc/self, cut at what text holds; empty if it cannot be read. */
static struct str
read_file(const char *path, char *text, size_t max)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd == -1)
		return STR("");
	n = read(fd, text, max);
	close(fd);
	return (struct str){ text, n > 0 ? (size_t)n : 0 };
}

/* A field of those between blanks, from 0. */
static uint64_t
field(struct str text, unsigned i)
{
	uint64_t value;

	while (i-- > 0 && text.p != NULL)
		str_cut(&text, ' ');
	return text.p != NULL && parse_u64(str_cut(&text, ' '), &value) ?
	    value : 0;
}

static uint64_t
open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	uint64_t n = 0;

	if (dir == NULL)
		return 0;
	for (struct dirent *e; (e = readdir(dir)) != NULL;)
		n += e->d_name[0] != '.';
	closedir(dir);
	return n - 1;		/* without that of the directory */
}

/* The kernel counts from the start of the machine. */
static double
start_seconds(void)
{
	char text[1024];
	struct str stat = read_file("/proc/self/stat", text, sizeof text);
	const char *end = memrchr(stat.p, ')', stat.len);
	struct timespec wall, boot;
	double started;

	if (end == NULL || stat.len - (size_t)(end - stat.p) < 2 ||
	    clock_gettime(CLOCK_REALTIME, &wall) == -1 ||
	    clock_gettime(CLOCK_BOOTTIME, &boot) == -1)
		return 0;
	stat.len -= (size_t)(end + 2 - stat.p);
	stat.p = end + 2;
	started = (double)field(stat, START_FIELD) /
	    (double)sysconf(_SC_CLK_TCK);
	return (double)(wall.tv_sec - boot.tv_sec) +
	    (double)(wall.tv_nsec - boot.tv_nsec) / 1e9 + started;
}

static void
print(struct buf *out, const char *name, const char *type, const char *help,
    double value)
{
	char text[NUMBER_MAX_BYTES];

	buf_addf(out, "# HELP process_%s %s\n# TYPE process_%s %s\n"
	    "process_%s ", name, help, name, type, name);
	buf_add(out, text, print_double(text, value));
	buf_add_char(out, '\n');
}

void
process_print_prometheus(struct buf *out, const char *program)
{
	char text[256];
	struct str statm = read_file("/proc/self/statm", text, sizeof text);
	double page = (double)sysconf(_SC_PAGESIZE);
	struct rlimit files = { .rlim_cur = 0 };
	struct rusage usage;
	struct timeval cpu;

	getrusage(RUSAGE_SELF, &usage);
	getrlimit(RLIMIT_NOFILE, &files);
	timeradd(&usage.ru_utime, &usage.ru_stime, &cpu);
	print(out, "resident_memory_bytes", "gauge", "resident memory",
	    (double)field(statm, 1) * page);
	print(out, "virtual_memory_bytes", "gauge", "size of the address space",
	    (double)field(statm, 0) * page);
	print(out, "cpu_seconds_total", "counter", "user and system time",
	    (double)cpu.tv_sec + (double)cpu.tv_usec / 1e6);
	print(out, "open_fds", "gauge", "open file descriptors",
	    (double)open_descriptors());
	print(out, "max_fds", "gauge", "how many may be open",
	    (double)files.rlim_cur);
	print(out, "start_time_seconds", "gauge", "when it was started, since "
	    "1970", start_seconds());
	buf_addf(out, "# HELP cheapster_build_info what is running\n"
	    "# TYPE cheapster_build_info gauge\n"
	    "cheapster_build_info{version=\"%s\",program=\"%s\"} 1\n",
	    PACKAGE_VERSION, program);
}
