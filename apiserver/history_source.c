/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/str.h"

#include "apiserver/history_source.h"

static const struct history_kind *const kinds[] = {
	&history_influxdb,
#ifdef HAVE_SQLITE
	&history_sqlite,
#endif
};

/* *uri is what is behind its name. */
static const struct history_kind *
find_kind(const char *text, const char **uri, struct err *err)
{
	struct str rest = str_of(text), name = str_cut(&rest, ':');

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (str_is(name, kinds[i]->name)) {
			*uri = rest.p == NULL ? "" : rest.p;
			return kinds[i];
		}
	}
	err_set(err, "neither influxdb:URL nor sqlite:PATH%s",
#ifdef HAVE_SQLITE
	    ""
#else
	    ", which this build has not"
#endif
	    );
	return NULL;
}

bool
history_source_check(const char *text, struct err *err)
{
	const char *uri;
	const struct history_kind *kind = find_kind(text, &uri, err);

	return kind != NULL && (kind->check == NULL || kind->check(uri, err));
}

bool
history_source_open(struct historical *out, struct loop *loop,
    const char *text, struct err *err)
{
	const char *uri;

	out->kind = find_kind(text, &uri, err);
	if (out->kind == NULL)
		return false;
	out->history = out->kind->open(loop, uri, err);
	return out->history != NULL ||
	    err_wrap(err, "history in %s", out->kind->name);
}
