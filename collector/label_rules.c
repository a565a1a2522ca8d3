/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "common/mem.h"

#include "collector/label_rules.h"

bool
label_rules_store(struct label_rules *r, struct str text, struct err *err)
{
	while (text.p != NULL) {
		struct str source = str_cut(&text, ',');
		struct str target = str_cut(&source, '=');

		if (source.p == NULL)
			source = target;
		if (source.len == 0 || target.len == 0)
			return err_set(err, "a label without a name");
		if (r->n_stored == LABEL_RULES_MAX)
			return err_set(err, "more than %d labels",
			    LABEL_RULES_MAX);
		r->stored[r->n_stored++] = (struct label){ source, target };
	}
	return true;
}

bool
label_rules_ignore(struct label_rules *r, struct str text, struct err *err)
{
	while (text.p != NULL) {
		struct str name = str_cut(&text, ',');

		if (name.len == 0)
			return err_set(err, "a label without a name");
		if (r->n_ignored == LABEL_RULES_MAX)
			return err_set(err, "more than %d labels",
			    LABEL_RULES_MAX);
		r->ignored[r->n_ignored++] = name;
	}
	return true;
}

static bool
is_ignored(const struct label_rules *r, struct str name)
{
	for (size_t i = 0; i < r->n_ignored; i++)
		if (str_eq(r->ignored[i], name))
			return true;
	return false;
}

/* The byte at i of "key:value"; -1 behind the end. */
static int
joined_byte(const struct label *l, size_t i)
{
	if (i < l->key.len)
		return (unsigned char)l->key.p[i];
	if (i == l->key.len)
		return ':';
	i -= l->key.len + 1;
	return i < l->value.len ? (unsigned char)l->value.p[i] : -1;
}

static int
compare_joined(const void *a, const void *b)
{
	const struct label *x = *(const struct label *const *)a;
	const struct label *y = *(const struct label *const *)b;

	for (size_t i = 0;; i++) {
		int c = joined_byte(x, i), d = joined_byte(y, i);

		if (c != d || c == -1)
			return c - d;
	}
}

void
label_rules_join(const struct label_rules *r, const struct label *labels,
    size_t n, struct buf *out)
{
	const struct label **sorted = xcalloc(n + 1, sizeof(void *));
	size_t n_sorted = 0;

	for (size_t i = 0; i < n; i++)
		if (!is_ignored(r, labels[i].key))
			sorted[n_sorted++] = &labels[i];
	qsort(sorted, n_sorted, sizeof *sorted, compare_joined);
	for (size_t i = 0; i < n_sorted; i++) {
		if (i > 0)
			buf_add_str(out, r->separator);
		buf_add_str(out, sorted[i]->key);
		buf_add_char(out, ':');
		buf_add_str(out, sorted[i]->value);
	}
	free(sorted);
}

size_t
label_rules_stored(const struct label_rules *r, const struct label *labels,
    size_t n, struct label *out)
{
	size_t n_out = 0;

	for (size_t i = 0; i < r->n_stored; i++)
		for (size_t k = 0; k < n && n_out < FRAME_STORED_MAX; k++)
			if (str_eq(r->stored[i].key, labels[k].key))
				out[n_out++] = (struct label){
				    r->stored[i].value, labels[k].value };
	return n_out;
}
