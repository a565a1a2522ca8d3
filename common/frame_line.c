/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/frame_json.h"
#include "common/number.h"

static bool
is_topic(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < 'a' || s.p[i] > 'z')
			return false;
	return s.len > 0;
}

bool
frame_line_parse(struct frame_line *out, struct str line, struct err *err)
{
	struct str rest = line;
	struct str position;
	struct str epoch;

	out->topic = str_cut(&rest, ' ');
	position = str_cut(&rest, ' ');
	epoch = str_cut(&position, '.');
	out->json = rest;
	if (!is_topic(out->topic))
		return err_set(err, "line: no topic");
	if (!parse_u64(epoch, &out->epoch) || !parse_u64(position, &out->seq))
		return err_set(err, "line: no <epoch>.<seq> behind the topic");
	if (out->json.len == 0 || out->json.p[0] != '{')
		return err_set(err, "line: no JSON object behind the number");
	return true;
}

void
frame_line_begin(struct buf *out, struct str topic, uint64_t epoch,
    uint64_t seq)
{
	buf_add_str(out, topic);
	buf_add_char(out, ' ');
	buf_add_u64(out, epoch);
	buf_add_char(out, '.');
	buf_add_u64(out, seq);
	buf_add_char(out, ' ');
}
