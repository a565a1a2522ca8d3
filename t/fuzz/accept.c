/* SPDX-License-Identifier: ISC */
/*
 * Any Accept, any field selector, and any text as labels: what is chosen is
 * there, what is refused has a reason, and forms for people never fail.
 */
#include "config.h"

#include <assert.h>
#include <stdint.h>

#include "common/json_out.h"

#include "apiserver/field_selector.h"
#include "apiserver/kube_text.h"
#include "apiserver/label_list.h"
#include "apiserver/negotiate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_accept(struct str text)
{
	for (enum kube_offer offer = KUBE_OFFERS_PLAIN;
	    offer <= KUBE_OFFERS_DISCOVERY; offer++) {
		struct kube_wish wish;
		enum negotiation n = negotiate(text, offer, &wish);

		assert(wish.form < KUBE_FORM_COUNT);
		assert(n == NEGOTIATED || wish.view == KUBE_ITSELF);
		assert(offer != KUBE_OFFERS_PLAIN ||
		    wish.view == KUBE_ITSELF);
	}
}

static void
try_fields(struct str text)
{
	const struct str values[FIELD_COUNT] = {
		STR_INIT("a"), STR_INIT("b"), STR_INIT("c"),
	};
	struct field_selector fields;
	struct buf error = BUF_INIT;
	struct arena a;

	arena_init(&a, 1 << 20);
	if (field_selector_parse(&fields, &a, text, &error))
		field_selector_matches(&fields, values);
	else
		assert(error.len > 0);
	buf_fini(&error);
	arena_fini(&a);
}

static void
try_texts(struct str text)
{
	struct object_labels labels = { .joined = text,
		.separator = STR(",") };
	struct label_list list;
	struct buf json = BUF_INIT, out = BUF_INIT;

	label_list_read(&list, &labels);
	for (size_t i = 1; i < list.n; i++)
		assert(str_cmp(list.items[i - 1].key, list.items[i].key) < 0);
	buf_addf(&json, "{\"a\":[");
	json_quote(&json, text, true);
	buf_addf(&json, "]}");
	kube_text_indent(&out, buf_str(&json));
	kube_text_yaml(&out, buf_str(&json));
	kube_text_indent(&out, text);
	kube_text_yaml(&out, text);
	buf_fini(&json);
	buf_fini(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };

	try_accept(text);
	try_fields(text);
	try_texts(text);
	return 0;
}
