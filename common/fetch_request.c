/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/fetch_request.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/secret.h"
#include "common/timestamp.h"

#define USER_AGENT "cheapster/" PACKAGE_VERSION
#define RECEIVE_BYTES (128L << 10)	/* most Summaries at once */
#define CA_CACHE_S 60L			/* then a new file is noticed */

/* A peer that is gone is noticed by what it does not acknowledge, data or
 * probes, for so long; two probes may get lost. */
#define UNACKNOWLEDGED_MS 30000u
#define PROBE_IDLE_S 20L
#define PROBE_INTERVAL_S 5L

/* At least one: 0 would be no limit. */
static long
curl_ms(int64_t ns)
{
	return ns < NS_PER_MS ? 1 : (long)(ns / NS_PER_MS);
}

/* Keepalive alone does not look at connections with data on their way, which
 * the kernel sends again for a quarter of an hour. */
static int
on_connection(void *arg, curl_socket_t fd, curlsocktype purpose)
{
	unsigned ms = UNACKNOWLEDGED_MS;

	(void)arg;
	(void)purpose;
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof ms);
	return CURL_SOCKOPT_OK;
}

static void
set_connection(CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	/* A connection of its own for each request that waits: one that times
	 * out takes its connection along. */
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_connection);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, PROBE_IDLE_S);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, PROBE_INTERVAL_S);
	curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
#if LIBCURL_VERSION_NUM >= 0x075700
	/* Else who gives up waits for a name server that says nothing. */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
}

static void
set_post(CURL *easy, struct fetch_lists *lists, struct str body,
    const char *type)
{
	char *header = xasprintf("Content-Type: %s", type);

	lists->headers = curl_slist_append(lists->headers, header);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
	    (curl_off_t)body.len);
	curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, body.p);
	free(header);
}

static void
set_options(CURL *easy, const struct fetch_request *r,
    struct fetch_lists *lists)
{
	int64_t connect_ns = r->connect_timeout_ns == 0 ? r->timeout_ns :
	    r->connect_timeout_ns;

	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, curl_ms(r->timeout_ns));
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, curl_ms(connect_ns));
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, FETCH_STALL_BYTES);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME,
	    (long)(r->stall_timeout_ns / NS_PER_S));
	set_connection(easy);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, USER_AGENT);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, RECEIVE_BYTES);
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
	if (r->post_json.p != NULL)
		set_post(easy, lists, r->post_json, "application/json");
	else if (r->post_form.p != NULL)
		set_post(easy, lists, r->post_form,
		    "application/x-www-form-urlencoded");
}

static void
connect_to(CURL *easy, struct fetch_lists *lists, struct str address)
{
	char *rule = xasprintf("::%.*s", STR_ARG(address));

	lists->connect_to = curl_slist_append(NULL, rule);
	free(rule);
	curl_easy_setopt(easy, CURLOPT_CONNECT_TO, lists->connect_to);
}

/* A certificate is verified against the host of the URL: there the name goes,
 * and the host into what is connected to and into the header. */
static void
rename_server(CURL *easy, struct fetch_lists *lists, const char *url,
    const char *name)
{
	struct str rest = str_of(url), host;
	size_t n_scheme = (size_t)(strstr(url, "//") + 2 - url);
	const char *port;
	char *new_url, *header;

	rest.p += n_scheme;
	rest.len -= n_scheme;
	host = (struct str){ rest.p, strcspn(rest.p, "/?") };
	port = memrchr(host.p, ':', host.len);
	if (port == NULL || memchr(port, ']', host.len -
	    (size_t)(port - host.p)) != NULL)
		port = host.p + host.len;
	new_url = xasprintf("%.*s%s%s", (int)n_scheme, url, name, port);
	header = xasprintf("Host: %.*s", STR_ARG(host));
	curl_easy_setopt(easy, CURLOPT_URL, new_url);
	lists->headers = curl_slist_append(lists->headers, header);
	connect_to(easy, lists, host);
	free(header);
	free(new_url);
}

static void
set_url(CURL *easy, const struct fetch_request *r, struct fetch_lists *lists)
{
	if (r->identity != NULL && r->identity->server_name != NULL) {
		rename_server(easy, lists, r->url, r->identity->server_name);
		return;
	}
	curl_easy_setopt(easy, CURLOPT_URL, r->url);
	if (r->connect_to != NULL)
		connect_to(easy, lists, str_of(r->connect_to));
}

/* The text, or else the file. */
static void
set_pem(CURL *easy, CURLoption blob_option, const char *pem,
    CURLoption file_option, const char *file)
{
	if (pem != NULL) {
		struct curl_blob blob = {
			.data = (void *)(uintptr_t)pem,
			.len = strlen(pem),
			.flags = CURL_BLOB_COPY,
		};

		curl_easy_setopt(easy, blob_option, &blob);
	} else if (file != NULL) {
		curl_easy_setopt(easy, file_option, file);
	}
}

/* Of a CA that is given, no other: the folder of the system's would be asked
 * as well. */
static void
set_ca(CURL *easy, const struct fetch_identity *id)
{
	if (id->ca_pem != NULL || id->ca_file != NULL)
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	set_pem(easy, CURLOPT_CAINFO_BLOB, id->ca_pem, CURLOPT_CAINFO,
	    id->ca_file);
#if LIBCURL_VERSION_NUM >= 0x075700	/* older ones keep nothing */
	curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, CA_CACHE_S);
#endif
}

/* What was withheld is said once: the cause is the configuration. */
static void
note_withheld(const char *url)
{
	static bool is_told;

	if (!is_told)
		log_warn("token_withheld url=%s error=\"plain HTTP would show "
		    "it to everybody on the way; --allow-plain-token sends it "
		    "all the same\"", log_qs(url));
	is_told = true;
}

static void
set_token(struct fetch_lists *lists, const char *url,
    const struct fetch_identity *id)
{
	char *header;

	if (id->token == NULL)
		return;
	if (!id->may_send_token_plainly && strncmp(url, "https://", 8) != 0) {
		note_withheld(url);
		return;
	}
	header = xasprintf("Authorization: Bearer %s", id->token);
	lists->headers = curl_slist_append(lists->headers, header);
	secret_free(header);
}

static void
set_identity(CURL *easy, const struct fetch_identity *id)
{
	set_ca(easy, id);
	set_pem(easy, CURLOPT_SSLCERT_BLOB, id->cert_pem, CURLOPT_SSLCERT,
	    id->cert_file);
	set_pem(easy, CURLOPT_SSLKEY_BLOB, id->key_pem, CURLOPT_SSLKEY,
	    id->key_file);
	if (id->is_insecure) {
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (id->user != NULL) {
		curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
		curl_easy_setopt(easy, CURLOPT_USERNAME, id->user);
		curl_easy_setopt(easy, CURLOPT_PASSWORD,
		    id->password == NULL ? "" : id->password);
	}
	if (id->is_direct)
		curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
}

void
fetch_request_apply(const struct fetch_request *r, CURL *easy,
    struct fetch_lists *lists)
{
	set_options(easy, r, lists);
	set_url(easy, r, lists);
	if (r->identity != NULL) {
		set_identity(easy, r->identity);
		set_token(lists, r->url, r->identity);
	}
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, lists->headers);
}

void
fetch_lists_fini(struct fetch_lists *lists)
{
	curl_slist_free_all(lists->headers);
	curl_slist_free_all(lists->connect_to);
	*lists = (struct fetch_lists){ NULL, NULL };
}
