/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/mem.h"
#include "common/number.h"

#include "contrib/kubesim/web.h"

#define IDLE_S 3600
#define BODY_BYTES_MAX (1 << 20)
#define WRITE_BYTES_MAX (1 << 20)

struct web_stats web_stats;
static char *believed;		/* token */

SSL_CTX *
web_tls(const char *cert_file, const char *key_file,
    const char *client_ca_file, struct err *err)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

	if (tls != NULL &&
	    SSL_CTX_use_certificate_chain_file(tls, cert_file) == 1 &&
	    SSL_CTX_use_PrivateKey_file(tls, key_file, SSL_FILETYPE_PEM) == 1 &&
	    SSL_CTX_check_private_key(tls) == 1) {
		if (client_ca_file == NULL)
			return tls;
		SSL_CTX_set_verify(tls, SSL_VERIFY_PEER |
		    SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
		SSL_CTX_set_session_id_context(tls, (const void *)"kubesim",
		    7);
		if (SSL_CTX_load_verify_file(tls, client_ca_file) == 1)
			return tls;
	}
	SSL_CTX_free(tls);
	err_set(err, "%s, %s: not a certificate and its key in PEM", cert_file,
	    key_file);
	return NULL;
}

static struct bufferevent *
make_connection(struct event_base *base, void *arg)
{
	const struct web_conf *conf = arg;
	struct bufferevent *connection = conf->tls == NULL ?
	    bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE) :
	    bufferevent_openssl_socket_new(base, -1, SSL_new(conf->tls),
	    BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);

	if (connection == NULL)
		return NULL;
	bufferevent_set_max_single_write(connection, WRITE_BYTES_MAX);
	if (conf->limit != NULL)
		bufferevent_add_to_rate_limit_group(connection, conf->limit);
	return connection;
}

struct evhttp *
web_open(struct event_base *base, struct web_conf *conf,
    void (*handle)(struct evhttp_request *request, void *arg), void *arg)
{
	struct evhttp *http = evhttp_new(base);

	if (http == NULL)
		return NULL;
	evhttp_set_gencb(http, handle, arg);
	evhttp_set_bevcb(http, make_connection, conf);
	evhttp_set_timeout(http, IDLE_S);
	evhttp_set_max_body_size(http, BODY_BYTES_MAX);
	return http;
}

uint64_t
web_number(const struct evkeyvalq *query, const char *key,
    uint64_t otherwise)
{
	const char *text = evhttp_find_header(query, key);
	uint64_t value;

	return text != NULL && parse_u64(str_of(text), &value) ? value :
	    otherwise;
}

void
web_reply(struct evhttp_request *request, int status, const char *type,
    const struct buf *body)
{
	struct evbuffer *out = evhttp_request_get_output_buffer(request);

	evhttp_add_header(evhttp_request_get_output_headers(request),
	    "Content-Type", type);
	evbuffer_add(out, body->p, body->len);
	web_stats.bytes_sent += body->len;
	evhttp_send_reply(request, status, NULL, NULL);
}

void
web_refuse(struct evhttp_request *request, int status, const char *reason,
    const char *message)
{
	struct buf body = BUF_INIT;

	buf_addf(&body, "{\"kind\":\"Status\",\"apiVersion\":\"v1\","
	    "\"metadata\":{},\"status\":\"Failure\",\"message\":\"%s\","
	    "\"reason\":\"%s\",\"code\":%d}", message, reason, status);
	web_reply(request, status, "application/json", &body);
	buf_fini(&body);
}

void
web_abandon(struct evhttp_request *request)
{
	if (evhttp_request_get_connection(request) == NULL)
		evhttp_request_free(request);
}

void
web_break(struct evhttp_connection *connection)
{
	evutil_socket_t fd = bufferevent_getfd(
	    evhttp_connection_get_bufferevent(connection));

	if (fd != -1)
		shutdown(fd, SHUT_RDWR);
}

void
web_drop(struct evhttp_request *request)
{
	web_break(evhttp_request_get_connection(request));
	evhttp_send_error(request, 503, "dropped");
}

void
web_set_token(const char *token)
{
	free(believed);
	believed = token == NULL ? NULL : xstrdup(token);
}

bool
web_is_authorized(struct evhttp_request *request)
{
	const char *said = evhttp_find_header(
	    evhttp_request_get_input_headers(request), "Authorization");

	return believed == NULL || (said != NULL &&
	    strncmp(said, "Bearer ", 7) == 0 &&
	    strcmp(said + 7, believed) == 0);
}
