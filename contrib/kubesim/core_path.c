/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/str.h"

#include "contrib/kubesim/core_path.h"

static bool
take(char *to, size_t size, struct str from)
{
	if (from.len == 0 || from.len >= size)
		return false;
	memcpy(to, from.p, from.len);
	to[from.len] = '\0';
	return true;
}

bool
core_path_parse(struct core_path *p, const char *path)
{
	struct str rest = str_of(path);
	struct str plural = str_cut(&rest, '/'), name = str_cut(&rest, '/');
	int kind = 0;

	*p = (struct core_path){ .name = "" };
	if (rest.len > 0 && str_is(plural, sim_plural[SIM_NAMESPACE])) {
		if (!take(p->space, sizeof p->space, name))
			return false;
		plural = str_cut(&rest, '/');
		name = rest;
		if (!str_is(plural, sim_plural[SIM_POD]))
			return false;
	} else if (rest.len > 0 || (name.len > 0 &&
	    str_is(plural, sim_plural[SIM_POD]))) {
		return false;
	}
	while (kind < SIM_KIND_COUNT && !str_is(plural, sim_plural[kind]))
		kind++;
	p->kind = (enum sim_kind)kind;
	return kind < SIM_KIND_COUNT &&
	    (name.len == 0 || take(p->name, sizeof p->name, name));
}

bool
core_path_find(const struct core_path *p, const struct sim *s, size_t *at)
{
	size_t n = sim_n_objects(s, p->kind);
	char space[64];

	for (*at = 0; *at < n; ++*at) {
		size_t of = p->kind == SIM_POD ? sim_namespace_of(s, *at) :
		    *at;

		snprintf(space, sizeof space, "ns-%zu", of);
		if (strcmp(p->name, p->kind == SIM_NODE ? s->nodes[*at].name :
		    p->kind == SIM_POD ? s->pods[*at].name : space) == 0 &&
		    (p->kind != SIM_POD || strcmp(p->space, space) == 0))
			return true;
	}
	return false;
}
