/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "collector/procfs.h"
#include "collector/field.h"
#include "common/number.h"

#define SECTOR_BYTES 512
#define NS_PER_US 1000
#define ROUTE_UP 1
#define CPUS_MAX 65536

bool
procfs_cpu_ticks(struct str text, uint64_t *out_ticks)
{
	/* user nice system idle iowait irq softirq steal */
	static const bool is_work[8] = {
		true, true, true, false, false, true, true, true,
	};
	struct str line;
	uint64_t sum = 0;

	while (line_next(&text, &line)) {
		if (!field_is(&line, "cpu"))
			continue;
		for (size_t i = 0; i < 8; i++) {
			struct str field = field_next(&line);
			uint64_t ticks;

			if (field.len == 0 && i > 3)
				break;
			if (!parse_u64(field, &ticks))
				return false;
			if (is_work[i] &&
			    __builtin_add_overflow(sum, ticks, &sum))
				return false;
		}
		*out_ticks = sum;
		return true;
	}
	return false;
}

bool
procfs_btime(struct str text, uint64_t *out_s)
{
	return procfs_key_u64(text, "btime", out_s);
}

bool
procfs_ticks_to_ns(uint64_t ticks, uint64_t hz, uint64_t *out_ns)
{
	uint64_t whole_ns;

	if (hz == 0 || hz > 1000000000 ||
	    __builtin_mul_overflow(ticks / hz, 1000000000, &whole_ns))
		return false;
	return !__builtin_add_overflow(whole_ns,
	    ticks % hz * 1000000000 / hz, out_ns);
}

static bool
kib_to_bytes(struct str *line, uint64_t *out_bytes)
{
	uint64_t kib;

	return field_u64(line, &kib) &&
	    !__builtin_mul_overflow(kib, 1024, out_bytes);
}

bool
procfs_meminfo(struct str text, struct procfs_meminfo *out)
{
	const struct {
		const char *key;
		uint64_t *value;
	} keys[] = {
		{ "MemTotal:", &out->total_bytes },
		{ "MemFree:", &out->free_bytes },
		{ "Buffers:", &out->buffers_bytes },
		{ "Cached:", &out->cached_bytes },
		{ "Inactive(file):", &out->inactive_file_bytes },
		{ "AnonPages:", &out->anon_bytes },
		{ "SwapTotal:", &out->swap_total_bytes },
		{ "SwapFree:", &out->swap_free_bytes },
	};
	const unsigned all = (1U << sizeof keys / sizeof keys[0]) - 1;
	const unsigned needed = MEMINFO_TOTAL | MEMINFO_FREE;
	struct str line;

	memset(out, 0, sizeof *out);
	while (out->has != all && line_next(&text, &line)) {
		struct str key = field_next(&line);

		for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
			if (str_is(key, keys[i].key) &&
			    kib_to_bytes(&line, keys[i].value))
				out->has |= 1U << i;
	}
	return (out->has & needed) == needed;
}

bool
procfs_key_u64(struct str text, const char *key, uint64_t *out)
{
	struct str line;

	while (line_next(&text, &line))
		if (field_is(&line, key))
			return field_u64(&line, out);
	return false;
}

bool
procfs_u64(struct str text, uint64_t *out)
{
	struct str line = str_cut(&text, '\n');

	return field_u64(&line, out) && line.len == 0;
}

bool
procfs_net_next(struct str *text, struct procfs_net *out)
{
	struct str line;

	while (line_next(text, &line)) {
		/* old kernels put no blank behind the colon */
		if (!field_cut(&line, ':', &out->name))
			continue;
		out->name = field_next(&out->name);
		if (out->name.len == 0 || !field_u64(&line, &out->rx_bytes))
			continue;
		field_skip(&line, 1);
		if (!field_u64(&line, &out->rx_errors))
			continue;
		field_skip(&line, 5);
		if (!field_u64(&line, &out->tx_bytes))
			continue;
		field_skip(&line, 1);
		if (field_u64(&line, &out->tx_errors))
			return true;
	}
	return false;
}

static bool
hex_u32(struct str s, uint32_t *out)
{
	uint32_t v = 0;

	if (s.len == 0 || s.len > 8)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		const char *digits = "0123456789ABCDEF";
		const char *at = s.p[i] == '\0' ? NULL :
		    strchr(digits, s.p[i]);

		if (at == NULL)
			return false;
		v = v << 4 | (uint32_t)(at - digits);
	}
	*out = v;
	return true;
}

bool
procfs_default_route(struct str text, struct str *out_name)
{
	bool is_found = false;
	uint64_t best = 0;
	struct str line;

	while (line_next(&text, &line)) {
		struct str name = field_next(&line);
		uint32_t destination, flags, mask;
		uint64_t metric;

		if (!hex_u32(field_next(&line), &destination))
			continue;
		field_skip(&line, 1);
		if (!hex_u32(field_next(&line), &flags))
			continue;
		field_skip(&line, 2);
		if (!field_u64(&line, &metric) ||
		    !hex_u32(field_next(&line), &mask))
			continue;
		if (destination != 0 || mask != 0 || (flags & ROUTE_UP) == 0 ||
		    (is_found && metric >= best))
			continue;
		is_found = true;
		best = metric;
		*out_name = name;
	}
	return is_found;
}

bool
procfs_disk_next(struct str *text, struct procfs_disk *out)
{
	struct str line;

	while (line_next(text, &line)) {
		uint64_t sectors;

		if (!field_u32(field_next(&line), &out->major) ||
		    !field_u32(field_next(&line), &out->minor))
			continue;
		out->name = field_next(&line);
		field_skip(&line, 2);
		if (!field_u64(&line, &sectors) || __builtin_mul_overflow(
		    sectors, SECTOR_BYTES, &out->read_bytes))
			continue;
		field_skip(&line, 3);
		if (field_u64(&line, &sectors) && !__builtin_mul_overflow(
		    sectors, SECTOR_BYTES, &out->write_bytes))
			return true;
	}
	return false;
}

bool
procfs_mount_next(struct str *text, struct procfs_mount *out)
{
	struct str line;

	while (line_next(text, &line)) {
		struct str field;

		field_skip(&line, 2);
		if (!field_device(field_next(&line), &out->major, &out->minor))
			continue;
		out->root = field_next(&line);
		out->point = field_next(&line);
		do {		/* options and any number of tags */
			field = field_next(&line);
		} while (field.len > 0 && !str_is(field, "-"));
		out->type = field_next(&line);
		field_skip(&line, 1);
		out->super_options = field_next(&line);
		if (out->type.len > 0)
			return true;
	}
	return false;
}

bool
procfs_list_has(struct str list, const char *word)
{
	while (list.p != NULL)
		if (str_is(str_cut(&list, ','), word))
			return true;
	return false;
}

static bool
is_octal(struct str s, size_t at, size_t n)
{
	if (s.len - at < n)
		return false;
	for (size_t i = at; i < at + n; i++)
		if (s.p[i] < '0' || s.p[i] > '7')
			return false;
	return true;
}

bool
procfs_unescape(struct str s, char *p, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		int c = (unsigned char)s.p[i];

		if (c == '\\') {
			if (!is_octal(s, i + 1, 3) || s.p[i + 1] > '3')
				return false;
			c = (s.p[i + 1] - '0') << 6 | (s.p[i + 2] - '0') << 3 |
			    (s.p[i + 3] - '0');
			i += 3;
		}
		if (c == '\0' || n + 1 >= size)
			return false;
		p[n++] = (char)c;
	}
	if (n >= size)
		return false;
	p[n] = '\0';
	return true;
}

static bool
pressure_total_ns(struct str line, uint64_t *out_ns)
{
	static const struct str prefix = STR_INIT("total=");
	struct str field;
	uint64_t us;

	while ((field = field_next(&line)).len > 0)
		if (str_has_prefix(field, prefix))
			return parse_u64((struct str){ field.p + prefix.len,
			    field.len - prefix.len }, &us) &&
			    !__builtin_mul_overflow(us, NS_PER_US, out_ns);
	return false;
}

bool
procfs_pressure(struct str text, struct procfs_pressure *out)
{
	struct str line;

	memset(out, 0, sizeof *out);
	while (line_next(&text, &line)) {
		if (field_is(&line, "some"))
			out->has_some = pressure_total_ns(line, &out->some_ns);
		else if (field_is(&line, "full"))
			out->has_full = pressure_total_ns(line, &out->full_ns);
	}
	return out->has_some || out->has_full;
}

/* A number with a fraction, in units of 1 / 10^n_digits, cut. */
static bool
decimal(struct str s, unsigned n_digits, uint64_t *out)
{
	struct str whole = str_cut(&s, '.');
	uint64_t v;

	if (!parse_u64(whole, &v))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	for (size_t i = 0; i < n_digits; i++) {
		uint64_t digit = i < s.len ? (uint64_t)(s.p[i] - '0') : 0;

		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, digit, &v))
			return false;
	}
	*out = v;
	return true;
}

bool
procfs_loadavg(struct str text, struct procfs_loadavg *out)
{
	struct str line = str_cut(&text, '\n');
	struct str running, threads;

	if (!decimal(field_next(&line), 3, &out->load_milli))
		return false;
	field_skip(&line, 2);
	threads = field_next(&line);
	return field_cut(&threads, '/', &running) &&
	    parse_u64(threads, &out->n_threads);
}

bool
procfs_uptime_ms(struct str text, uint64_t *out_ms)
{
	struct str line = str_cut(&text, '\n');

	return decimal(field_next(&line), 3, out_ms);
}

bool
procfs_cpu_list(struct str text, uint64_t *out_n)
{
	struct str list = str_cut(&text, '\n');
	uint64_t n = 0;

	while (list.p != NULL) {
		struct str last = str_cut(&list, ',');
		struct str first = str_cut(&last, '-');
		uint64_t from, to;

		if (!parse_u64(first, &from))
			return false;
		to = from;
		if (last.p != NULL && !parse_u64(last, &to))
			return false;
		if (to < from || to >= CPUS_MAX)
			return false;
		n += to - from + 1;
	}
	*out_n = n;
	return n > 0 && n <= CPUS_MAX;
}
