/* SPDX-License-Identifier: ISC */
/*
 * t/bin/metrics-api PORT-FILE: just as much of a kube-apiserver as kubectl needs to
 * ask the Metrics API, which is the real one, with the cluster of
 * t/data/metrics-server-0.7.2 at the moment when it was asked there.  Plain HTTP
 * on 127.0.0.1; what was asked is printed.  Ends with SIGTERM.
 */
#include "config.h"

#include <netinet/in.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/timestamp.h"

#include "apiserver/api.h"

#include "t/metrics_store.h"

#define NODE "\"metadata\":{\"name\":\"rig-node\",\"labels\":" \
	"{\"kubernetes.io/os\":\"linux\"}},\"status\":{\"allocatable\":" \
	"{\"cpu\":\"4\",\"memory\":\"4Gi\"},\"capacity\":{\"cpu\":\"4\"," \
	"\"memory\":\"4Gi\"}}}"

static struct api api;
static int64_t now_ns;

/* What is Kubernetes' own. */
static const struct { const char *path, *body; } constants[] = {
	{ "/api", "{\"kind\":\"APIVersions\",\"versions\":[\"v1\"]}" },
	{ "/api/v1", "{\"kind\":\"APIResourceList\",\"groupVersion\":\"v1\","
	    "\"resources\":[{\"name\":\"nodes\",\"singularName\":\"node\","
	    "\"namespaced\":false,\"kind\":\"Node\",\"verbs\":[\"get\","
	    "\"list\"]},{\"name\":\"pods\",\"singularName\":\"pod\","
	    "\"namespaced\":true,\"kind\":\"Pod\",\"verbs\":[\"get\","
	    "\"list\"]}]}" },
	{ "/api/v1/namespaces/gamma", "{\"kind\":\"Namespace\","
	    "\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"gamma\"}}" },
	{ "/api/v1/nodes", "{\"kind\":\"NodeList\",\"apiVersion\":\"v1\","
	    "\"metadata\":{},\"items\":[{" NODE "]}" },
	{ "/api/v1/nodes/rig-node", "{\"kind\":\"Node\","
	    "\"apiVersion\":\"v1\"," NODE },
};

static void
send_text(struct evhttp_request *r, int status, const char *type,
    struct str body)
{
	struct evbuffer *out = evbuffer_new();

	if (type != NULL)
		evhttp_add_header(evhttp_request_get_output_headers(r),
		    "Content-Type", type);
	evbuffer_add(out, body.p, body.len);
	evhttp_send_reply(r, status, NULL, out);
	evbuffer_free(out);
}

static struct str
header(struct evhttp_request *r, const char *name)
{
	return str_of(evhttp_find_header(evhttp_request_get_input_headers(r),
	    name));
}

static void
ask_api(struct evhttp_request *r)
{
	static const char *const methods[] = { "GET", "POST", "HEAD", "PUT",
		"DELETE" };
	struct api_response rs = { .status = 0 };
	struct api_request rq = {
		.method = STR("PATCH"),
		.query = str_of(evhttp_request_get_uri(r)),
		.accept = header(r, "Accept"),
		.if_none_match = header(r, "If-None-Match"),
		.now_ns = now_ns,
		.is_secure = true,
	};

	for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
		if ((unsigned)evhttp_request_get_command(r) == 1u << i)
			rq.method = str_of(methods[i]);
	rq.path = str_cut(&rq.query, '?');
	api_answer(&api, &rq, &rs);
	send_text(r, rs.status, rs.content_type, buf_str(&rs.body));
	buf_fini(&rs.body);
}

static void
on_request(struct evhttp_request *r, void *arg)
{
	const char *path = evhttp_uri_get_path(
	    evhttp_request_get_evhttp_uri(r));

	(void)arg;
	printf("%s\n", evhttp_request_get_uri(r));
	fflush(stdout);
	for (size_t i = 0; i < sizeof constants / sizeof constants[0]; i++)
		if (strcmp(path, constants[i].path) == 0) {
			send_text(r, 200, "application/json",
			    str_of(constants[i].body));
			return;
		}
	ask_api(r);
}

static void
on_term(evutil_socket_t signal_number, short what, void *arg)
{
	(void)signal_number;
	(void)what;
	event_base_loopbreak(arg);
}

static void
say_port(const char *path, struct evhttp_bound_socket *socket)
{
	struct sockaddr_in address;
	socklen_t len = sizeof address;
	char other[400];
	FILE *f;

	getsockname(evhttp_bound_socket_get_fd(socket),
	    (struct sockaddr *)&address, &len);
	snprintf(other, sizeof other, "%s.new", path);
	f = fopen(other, "w");
	if (f == NULL || fprintf(f, "%d\n", ntohs(address.sin_port)) < 0 ||
	    fclose(f) != 0 || rename(other, path) != 0)
		exit(1);
}

int
main(int argc, char **argv)
{
	static struct store_counters counters;
	const struct captured *rows;
	size_t n = captured_read_from("metrics-server-0.7.2", "paths", &rows);
	struct event_base *base = event_base_new();
	struct evhttp *http = evhttp_new(base);
	struct event *term;
	struct err err;

	if (argc != 2)
		return 64;
	timestamp_parse(STR("2026-11-23T09:17:13Z"), &now_ns);
	api = (struct api){ .label_separator = STR(",") };
	api.store = store_open(NULL, 900 * NS_PER_S, 64 << 20, &counters,
	    &err);
	metrics_fill_store(api.store, rows, n);
	evhttp_set_allowed_methods(http, EVHTTP_REQ_GET | EVHTTP_REQ_POST |
	    EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE);
	evhttp_set_gencb(http, on_request, NULL);
	say_port(argv[1], evhttp_bind_socket_with_handle(http, "127.0.0.1",
	    0));
	term = evsignal_new(base, SIGTERM, on_term, base);
	event_add(term, NULL);
	event_base_dispatch(base);
	event_free(term);
	evhttp_free(http);
	event_base_free(base);
	api_fini(&api);
	store_close(api.store);
	return 0;
}
