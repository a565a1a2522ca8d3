/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/json_out.h"

#include "apiserver/status.h"

static void
member(struct json_out *o, const char *key, struct str value)
{
	if (value.len == 0)
		return;
	json_out_key(o, key);
	json_out_str(o, value);
}

void
status_write(struct api_response *rs, const struct status_text *s)
{
	struct json_out o;

	rs->status = s->code;
	rs->content_type = "application/json";
	buf_reset(&rs->body);
	json_out_begin(&o, &rs->body, JSON_COMPACT);
	o.html_safe = true;
	json_out_object(&o);
	member(&o, "kind", STR("Status"));
	member(&o, "apiVersion", STR("v1"));
	json_out_key(&o, "metadata");
	json_out_object(&o);
	json_out_object_end(&o);
	member(&o, "status", STR("Failure"));
	member(&o, "message", s->message);
	member(&o, "reason", str_of(s->reason));
	if (s->has_details) {
		json_out_key(&o, "details");
		json_out_object(&o);
		member(&o, "name", s->name);
		member(&o, "group", s->group);
		member(&o, "kind", s->kind);
		json_out_object_end(&o);
	}
	json_out_key(&o, "code");
	json_out_i64(&o, s->code);
	json_out_object_end(&o);
	buf_add_char(&rs->body, '\n');
}
