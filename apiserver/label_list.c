/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "apiserver/label_list.h"

static void
insert(struct label_list *l, struct str key, struct str value)
{
	size_t at = l->n;

	while (at > 0 && str_cmp(l->items[at - 1].key, key) > 0)
		at--;
	if (at > 0 && str_eq(l->items[at - 1].key, key)) {
		l->items[at - 1].value = value;
		return;
	}
	if (l->n == LABEL_LIST_MAX)
		return;
	memmove(&l->items[at + 1], &l->items[at],
	    (l->n - at) * sizeof l->items[0]);
	l->items[at] = (struct label){ key, value };
	l->n++;
}

/* The first label; the rest is behind the separator. */
static struct str
cut(struct str *rest, struct str separator)
{
	struct str head = *rest;
	const char *at = separator.len == 0 ? NULL :
	    memmem(head.p, head.len, separator.p, separator.len);

	if (at == NULL) {
		*rest = STR("");
		return head;
	}
	head.len = (size_t)(at - head.p);
	rest->p = at + separator.len;
	rest->len -= head.len + separator.len;
	return head;
}

void
label_list_read(struct label_list *out, const struct object_labels *labels)
{
	struct str rest = labels->joined;

	out->n = 0;
	while (rest.len > 0) {
		struct str value = cut(&rest, labels->separator);
		struct str key = str_cut(&value, ':');

		if (key.len > 0)
			insert(out, key, value.p == NULL ? STR("") : value);
	}
	for (size_t i = 0; i < labels->n_stored; i++)
		insert(out, labels->stored[i].key, labels->stored[i].value);
}
