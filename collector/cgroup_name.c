/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "collector/cgroup_name.h"

#define ID_MIN_CHARS 12
#define ID_CHARS 64

static bool
has_suffix(struct str s, struct str suffix)
{
	return s.len >= suffix.len && memcmp(s.p + s.len - suffix.len,
	    suffix.p, suffix.len) == 0;
}

static struct str
without(struct str s, size_t n_front, size_t n_back)
{
	return (struct str){ s.p + n_front, s.len - n_front - n_back };
}

static bool
contains(struct str s, struct str what)
{
	return s.len >= what.len && memmem(s.p, s.len, what.p, what.len) !=
	    NULL;
}

static bool
is_id(struct str s, size_t min_chars)
{
	if (s.len < min_chars || s.len > ID_CHARS)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') ||
		    (s.p[i] >= 'a' && s.p[i] <= 'f')))
			return false;
	return true;
}

/* The part behind the last sep; all of s without one. */
static struct str
behind_last(struct str s, char sep)
{
	const char *at = memrchr(s.p, sep, s.len);

	return at == NULL ? s : without(s, (size_t)(at + 1 - s.p), 0);
}

static bool
is_uid(struct str s)
{
	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') ||
		    (s.p[i] >= 'a' && s.p[i] <= 'z') ||
		    s.p[i] == '-' || s.p[i] == '_'))
			return false;
	return true;
}

static bool
pod_uid(struct str name, struct str *out_uid)
{
	static const struct str pod = STR_INIT("pod");
	static const struct str infix = STR_INIT("-pod");
	static const struct str slice = STR_INIT(".slice");

	if (!has_suffix(name, slice)) {
		if (!str_has_prefix(name, pod))
			return false;
		*out_uid = without(name, pod.len, 0);
		return is_uid(*out_uid);
	}
	name = without(name, 0, slice.len);
	for (size_t i = name.len; i-- > 0;) {
		struct str rest = without(name, i, 0);

		if (!str_has_prefix(rest, infix))
			continue;
		*out_uid = without(rest, infix.len, 0);
		return is_uid(*out_uid);
	}
	return false;
}

static enum cgroup_kind
classify_in_pod(struct str name, struct str *out_id)
{
	static const struct str scope = STR_INIT(".scope");

	if (contains(name, STR("conmon")))
		return CGROUP_IGNORED;
	if (has_suffix(name, scope))
		name = without(name, 0, scope.len);
	name = behind_last(name, '-');
	if (!is_id(name, ID_MIN_CHARS))
		return CGROUP_IGNORED;
	*out_id = name;
	return CGROUP_POD_CONTAINER;
}

static bool
is_container_scope(struct str name)
{
	static const struct str prefixes[] = {
		STR_INIT("docker-"), STR_INIT("libpod-"), STR_INIT("crio-"),
		STR_INIT("cri-containerd-"), STR_INIT("nerdctl-"),
		STR_INIT("machine-"), STR_INIT("lxc-"),
	};

	if (contains(name, STR("conmon")))
		return false;
	for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
		if (str_has_prefix(name, prefixes[i]))
			return true;
	return false;
}

static bool
is_plain_container(const struct cgroup_place *parent, struct str name)
{
	return is_id(behind_last(name, '-'), ID_CHARS) ||
	    str_has_prefix(name, STR("lxc.payload.")) ||
	    str_is(parent->name, "lxc") || str_is(parent->name, "lxc.payload");
}

static bool
is_other_unit(struct str name)
{
	static const struct str suffixes[] = {
		STR_INIT(".mount"), STR_INIT(".socket"), STR_INIT(".swap"),
	};

	for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
		if (has_suffix(name, suffixes[i]))
			return true;
	return false;
}

static bool
is_kubepods(struct str name)
{
	return str_is(name, "kubepods") || str_is(name, "kubepods.slice") ||
	    has_suffix(name, STR("-kubepods.slice"));
}

enum cgroup_kind
cgroup_classify(const struct cgroup_place *parent, struct str name,
    struct str *out_id)
{
	*out_id = (struct str){ NULL, 0 };
	if (parent->kind == CGROUP_POD)
		return classify_in_pod(name, out_id);
	if (parent->kind == CGROUP_PODS)
		return pod_uid(name, out_id) ? CGROUP_POD : CGROUP_PODS;
	if (is_kubepods(name))
		return CGROUP_PODS;
	if (has_suffix(name, STR(".slice")))
		return parent->depth == 0 ? CGROUP_UNIT : CGROUP_INNER;
	if (has_suffix(name, STR(".service")))
		return CGROUP_UNIT;
	if (has_suffix(name, STR(".scope")))
		return is_container_scope(name) ? CGROUP_CONTAINER :
		    CGROUP_IGNORED;
	if (is_other_unit(name) || str_has_prefix(name, STR("lxc.monitor")))
		return CGROUP_IGNORED;
	if (is_plain_container(parent, name))
		return CGROUP_CONTAINER;
	return parent->depth == 0 || parent->kind == CGROUP_PLAIN ?
	    CGROUP_PLAIN : CGROUP_INNER;
}

bool
pod_log_name_parse(struct str name, struct pod_log_name *out)
{
	out->namespace_name = str_cut(&name, '_');
	out->pod = str_cut(&name, '_');
	out->uid = name;
	return out->namespace_name.len > 0 && out->pod.len > 0 &&
	    is_uid(out->uid);
}

bool
container_log_name_parse(struct str name, struct container_log_name *out)
{
	static const struct str suffix = STR_INIT(".log");

	if (!has_suffix(name, suffix))
		return false;
	name = without(name, 0, suffix.len);
	out->pod = str_cut(&name, '_');
	out->namespace_name = str_cut(&name, '_');
	if (name.p == NULL)
		return false;
	out->id = behind_last(name, '-');
	if (out->id.len == name.len || !is_id(out->id, ID_MIN_CHARS))
		return false;
	out->container = without(name, 0, out->id.len + 1);
	return out->pod.len > 0 && out->namespace_name.len > 0 &&
	    out->container.len > 0;
}

bool
pod_uid_eq(struct str a, struct str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		char x = a.p[i] == '_' ? '-' : a.p[i];
		char y = b.p[i] == '_' ? '-' : b.p[i];

		if (x != y)
			return false;
	}
	return true;
}
