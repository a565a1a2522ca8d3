/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "collector/cgroup_stat.h"
#include "collector/field.h"
#include "collector/procfs.h"
#include "common/number.h"

#define V1_NO_LIMIT_BYTES (UINT64_C(1) << 62)
#define NS_PER_US 1000

bool
cgroup_max(struct str text, uint64_t *out)
{
	struct str rest = text;

	if (!str_is(str_cut(&rest, '\n'), "max"))
		return procfs_u64(text, out);
	*out = CGROUP_NO_LIMIT;
	return true;
}

bool
cgroup_v1_limit(struct str text, uint64_t *out)
{
	if (!procfs_u64(text, out))
		return false;
	if (*out >= V1_NO_LIMIT_BYTES)
		*out = CGROUP_NO_LIMIT;
	return true;
}

bool
cgroup_cpu_usage_ns(struct str text, uint64_t *out_ns)
{
	uint64_t us;

	return procfs_key_u64(text, "usage_usec", &us) &&
	    !__builtin_mul_overflow(us, NS_PER_US, out_ns);
}

static bool
quota_to_milli(uint64_t quota_us, uint64_t period_us, uint64_t *out_milli)
{
	if (period_us == 0 ||
	    __builtin_mul_overflow(quota_us, 1000, &quota_us))
		return false;
	*out_milli = quota_us / period_us;
	return true;
}

bool
cgroup_cpu_max(struct str text, uint64_t *out_milli)
{
	struct str line = str_cut(&text, '\n');
	struct str quota = field_next(&line);
	uint64_t quota_us, period_us;

	if (!field_u64(&line, &period_us))
		return false;
	if (str_is(quota, "max")) {
		*out_milli = CGROUP_NO_LIMIT;
		return true;
	}
	return parse_u64(quota, &quota_us) &&
	    quota_to_milli(quota_us, period_us, out_milli);
}

bool
cgroup_v1_cpu_max(struct str quota, struct str period, uint64_t *out_milli)
{
	struct str rest = quota;
	uint64_t quota_us, period_us;

	if (str_is(str_cut(&rest, '\n'), "-1")) {
		*out_milli = CGROUP_NO_LIMIT;
		return true;
	}
	return procfs_u64(quota, &quota_us) &&
	    procfs_u64(period, &period_us) &&
	    quota_to_milli(quota_us, period_us, out_milli);
}

bool
cgroup_memory(struct str text, bool is_v1, struct cgroup_memory *out)
{
	const struct {
		const char *key;
		const char *v1_key;
		uint64_t *value;
	} keys[] = {
		{ "anon", "total_rss", &out->anon_bytes },
		{ "file", "total_cache", &out->file_bytes },
		{ "inactive_file", "total_inactive_file",
		    &out->inactive_file_bytes },
		{ "pgfault", "total_pgfault", &out->n_pgfault },
		{ "pgmajfault", "total_pgmajfault", &out->n_pgmajfault },
		{ NULL, "total_swap", &out->swap_bytes },
	};
	const unsigned all = is_v1 ? 63 : 31;
	struct str line;

	memset(out, 0, sizeof *out);
	while (out->has != all && line_next(&text, &line)) {
		struct str key = field_next(&line);

		if (is_v1 && !str_has_prefix(key, STR("total_")))
			continue;
		for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
			const char *want = is_v1 ? keys[i].v1_key : keys[i].key;

			if (want != NULL && str_is(key, want) &&
			    field_u64(&line, keys[i].value))
				out->has |= 1U << i;
		}
	}
	return out->has != 0;
}

/* "rbytes=N" of the line, wherever it stands */
static bool
named_u64(struct str line, struct str name, uint64_t *out)
{
	struct str field;

	while ((field = field_next(&line)).len > 0)
		if (str_has_prefix(field, name))
			return parse_u64((struct str){ field.p + name.len,
			    field.len - name.len }, out);
	return false;
}

bool
cgroup_io_next(struct str *text, struct cgroup_io *out)
{
	struct str line;

	while (line_next(text, &line)) {
		if (field_device(field_next(&line), &out->major, &out->minor) &&
		    named_u64(line, STR("rbytes="), &out->read_bytes) &&
		    named_u64(line, STR("wbytes="), &out->write_bytes))
			return true;
	}
	return false;
}

/* "MAJOR:MINOR Read N", and for the same device other operations */
static bool
v1_io_value(struct str *text, struct cgroup_io *out, const char *operation,
    uint64_t *value)
{
	struct str rest = *text;
	struct str line;
	uint32_t major, minor;

	if (!line_next(&rest, &line) ||
	    !field_device(field_next(&line), &major, &minor) ||
	    !field_is(&line, operation) || !field_u64(&line, value))
		return false;
	out->major = major;
	out->minor = minor;
	*text = rest;
	return true;
}

bool
cgroup_v1_io_next(struct str *text, struct cgroup_io *out)
{
	struct str line;
	struct cgroup_io write;

	for (;;) {
		if (!v1_io_value(text, out, "Read", &out->read_bytes)) {
			if (!line_next(text, &line))
				return false;
		} else if (v1_io_value(text, &write, "Write",
		    &write.write_bytes) && write.major == out->major &&
		    write.minor == out->minor) {
			out->write_bytes = write.write_bytes;
			return true;
		}
	}
}
