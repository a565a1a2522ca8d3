/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <assert.h>

#include "sinks/metric_text.h"

void
metric_texts_make(struct metric_texts *texts,
    void (*add)(struct buf *out, enum metric m))
{
	struct buf text = BUF_INIT;

	if (texts->is_made)
		return;
	for (unsigned m = 0; m < METRIC_COUNT; m++) {
		buf_reset(&text);
		if (!metric_is_composed((enum metric)m))
			add(&text, (enum metric)m);
		assert(text.len <= METRIC_TEXT_BYTES);
		str_put(texts->text[m], buf_str(&text));
		texts->len[m] = (unsigned char)text.len;
	}
	buf_fini(&text);
	texts->is_made = true;
}
