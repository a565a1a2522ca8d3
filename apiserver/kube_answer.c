/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "common/json_out.h"

#include "apiserver/kube_answer.h"
#include "apiserver/kube_text.h"
#include "apiserver/protobuf.h"

#define REPRESENTATIONS "application/json, application/yaml, " \
	"application/vnd.kubernetes.protobuf"
#define STREAMS ", application/json;stream=watch, " \
	"application/vnd.kubernetes.protobuf;stream=watch"

enum { STATUS_METADATA = 1, STATUS_STATUS, STATUS_MESSAGE, STATUS_REASON,
	STATUS_DETAILS, STATUS_CODE };
enum { DETAILS_NAME = 1, DETAILS_GROUP, DETAILS_KIND, DETAILS_CAUSES,
	DETAILS_RETRY, DETAILS_UID };

bool
kube_is_true(struct str value)
{
	return value.p != NULL && !str_is(value, "0") &&
	    !(value.len == 5 && strncasecmp(value.p, "false", 5) == 0);
}

static bool
wants_pretty(struct api *api, const struct api_request *rq)
{
	struct str pretty = api_parameter(api, rq, "pretty");

	if (pretty.len == 0)
		return rq->is_person;
	return str_is(pretty, "1") || str_is(pretty, "t") ||
	    str_is(pretty, "T") || str_is(pretty, "true") ||
	    str_is(pretty, "True") || str_is(pretty, "TRUE");
}

/* What a form is asked for in vain is told in none of those that are there. */
static void
refuse(struct api_response *rs, enum negotiation why, enum kube_offer offer)
{
	struct kube_wish wish = { .form = KUBE_JSON, .is_pretty = true };

	if (why == NEGOTIATE_NO_TYPE)
		kube_answer_status(rs, &wish, &(struct kube_status){
			.code = 406, .reason = "NotAcceptable",
			.message = offer == KUBE_OFFERS_OBJECTS ?
			    STR("406: Not Acceptable\n\nAvailable "
			    "representations: " REPRESENTATIONS STREAMS) :
			    STR("406: Not Acceptable\n\nAvailable "
			    "representations: " REPRESENTATIONS),
			.has_details = true,
		});
	else
		kube_answer_status(rs, &wish, &(struct kube_status){
			.code = 406, .reason = "NotAcceptable",
			.message = STR("only the following media types are "
			    "accepted: " REPRESENTATIONS),
		});
}

bool
kube_answer_begin(struct api *api, const struct api_request *rq,
    enum kube_offer offer, struct kube_wish *wish, struct api_response *rs)
{
	enum negotiation n = negotiate(rq->accept, offer, wish);

	rs->is_compressible = true;
	rs->compress_min_bytes = KUBE_COMPRESS_MIN_BYTES;
	if (n != NEGOTIATED) {
		refuse(rs, n, offer);
		return false;
	}
	wish->is_pretty |= wants_pretty(api, rq);
	return true;
}

/* The body becomes what the function makes of it. */
static void
convert(struct api_response *rs, void (*fn)(struct buf *out, struct str json))
{
	struct buf json = rs->body;

	rs->body = BUF_INIT;
	fn(&rs->body, buf_str(&json));
	rs->body.failed |= json.failed;
	buf_fini(&json);
}

void
kube_answer_end(struct api_response *rs, const struct kube_wish *wish)
{
	if (rs->status == 0)
		rs->status = 200;
	rs->content_type = kube_form_type(wish->form);
	rs->is_private = true;
	if (wish->form == KUBE_YAML)
		convert(rs, kube_text_yaml);
	else if (wish->form == KUBE_JSON && wish->is_pretty)
		convert(rs, kube_text_indent);
	else if (wish->form == KUBE_JSON)
		buf_add_char(&rs->body, '\n');
}

static void
json_member(struct json_out *json, const char *key, struct str value)
{
	if (value.len == 0)
		return;
	json_out_key(json, key);
	json_out_str(json, value);
}

static void
causes_json(struct json_out *json, const struct kube_status *s)
{
	if (s->n_causes == 0)
		return;
	json_out_key(json, "causes");
	json_out_array(json);
	for (size_t i = 0; i < s->n_causes; i++) {
		json_out_object(json);
		json_member(json, "reason", str_of(s->causes[i].reason));
		json_member(json, "message", str_of(s->causes[i].message));
		json_member(json, "field", str_of(s->causes[i].field));
		json_out_object_end(json);
	}
	json_out_array_end(json);
}

static void
status_json(struct buf *out, const struct kube_status *s)
{
	struct json_out json;

	json_out_begin(&json, out, JSON_COMPACT);
	json.html_safe = true;
	json_out_object(&json);
	json_member(&json, "kind", STR("Status"));
	json_member(&json, "apiVersion", STR("v1"));
	json_out_key(&json, "metadata");
	json_out_object(&json);
	json_out_object_end(&json);
	json_member(&json, "status", STR("Failure"));
	json_member(&json, "message", s->message);
	json_member(&json, "reason", str_of(s->reason));
	if (s->has_details) {
		json_out_key(&json, "details");
		json_out_object(&json);
		json_member(&json, "name", s->name);
		json_member(&json, "group", s->group);
		json_member(&json, "kind", s->kind);
		causes_json(&json, s);
		json_out_object_end(&json);
	}
	json_out_key(&json, "code");
	json_out_i64(&json, s->code);
	json_out_object_end(&json);
}

static void
causes_proto(struct buf *out, const struct kube_status *s)
{
	for (size_t i = 0; i < s->n_causes; i++) {
		size_t at = proto_begin(out, DETAILS_CAUSES);

		proto_str(out, 1, str_of(s->causes[i].reason));
		proto_str(out, 2, str_of(s->causes[i].message));
		proto_str(out, 3, str_of(s->causes[i].field));
		proto_end(out, at);
	}
}

static void
status_proto(struct buf *out, const struct kube_status *s)
{
	size_t object = proto_object(out, STR("v1"), STR("Status"));
	size_t at = proto_begin(out, STATUS_METADATA);

	for (unsigned field = 1; field <= 3; field++)
		proto_str(out, field, STR(""));
	proto_end(out, at);
	proto_str(out, STATUS_STATUS, STR("Failure"));
	proto_str(out, STATUS_MESSAGE, s->message);
	proto_str(out, STATUS_REASON, str_of(s->reason));
	if (s->has_details) {
		at = proto_begin(out, STATUS_DETAILS);
		proto_str(out, DETAILS_NAME, s->name);
		proto_str(out, DETAILS_GROUP, s->group);
		proto_str(out, DETAILS_KIND, s->kind);
		causes_proto(out, s);
		proto_u64(out, DETAILS_RETRY, 0);
		proto_str(out, DETAILS_UID, STR(""));
		proto_end(out, at);
	}
	proto_u64(out, STATUS_CODE, (uint64_t)s->code);
	proto_object_end(out, object);
}

void
kube_answer_status(struct api_response *rs, const struct kube_wish *wish,
    const struct kube_status *status)
{
	rs->status = status->code;
	buf_reset(&rs->body);
	if (wish->form == KUBE_PROTOBUF)
		status_proto(&rs->body, status);
	else
		status_json(&rs->body, status);
	kube_answer_end(rs, wish);
}

void
kube_answer_bad(struct api_response *rs, const struct kube_wish *wish,
    struct str message)
{
	kube_answer_status(rs, wish, &(struct kube_status){
		.code = 400, .reason = "BadRequest", .message = message,
	});
}

/* In the words of Kubernetes; several are in brackets. */
void
kube_answer_invalid(struct api_response *rs, const struct kube_wish *wish,
    const struct list_fault *faults, size_t n)
{
	struct buf message = BUF_INIT;

	buf_addf(&message, "ListOptions.meta.k8s.io \"\" is invalid: %s",
	    n > 1 ? "[" : "");
	for (size_t i = 0; i < n; i++)
		buf_addf(&message, "%s%s: %s", i == 0 ? "" : ", ",
		    faults[i].field, faults[i].message);
	buf_addf(&message, "%s", n > 1 ? "]" : "");
	kube_answer_status(rs, wish, &(struct kube_status){
		.code = 422, .reason = "Invalid",
		.message = buf_str(&message), .has_details = true,
		.group = STR("meta.k8s.io"), .kind = STR("ListOptions"),
		.causes = faults, .n_causes = n,
	});
	buf_fini(&message);
}

void
kube_answer_method(struct api_response *rs)
{
	kube_answer_status(rs, &(struct kube_wish){ .form = KUBE_JSON },
	    &(struct kube_status){
		.code = 405, .reason = "MethodNotAllowed", .has_details = true,
		.message = STR("the server does not allow this method on the "
		    "requested resource"),
	    });
}

void
kube_answer_nothing(struct api_response *rs)
{
	kube_answer_status(rs, &(struct kube_wish){ .form = KUBE_JSON },
	    &(struct kube_status){
		.code = 404, .reason = "NotFound", .has_details = true,
		.message = STR("the server could not find the requested "
		    "resource"),
	    });
}
