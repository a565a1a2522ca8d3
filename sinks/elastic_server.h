/* SPDX-License-Identifier: ISC */
/*
 * An Elasticsearch or OpenSearch: its nodes, who we are there, and that it
 * knows of our documents before they come.
 *
 * One node is asked until it fails; then the next one is, at once, until all
 * have failed in a row.  What an answer says of us or of the documents is
 * final: no other node would say anything else.
 *
 * A template, or in versions 2 and 5 the index of a day and its aliases, is
 * made when it is not there, and looked for again after each failure, as the
 * server may be a new one.  Who may not make it may still write.
 *
 * Without credentials in the URI, those of AWS in the environment sign each
 * request: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN.
 */
#ifndef SINKS_ELASTIC_SERVER_H
#define SINKS_ELASTIC_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/err.h"
#include "common/log.h"

#include "sinks/elastic_version.h"
#include "sinks/http_client.h"
#include "sinks/sink_operand.h"
#include "sinks/sink_uri.h"

#define ELASTIC_NODES_MAX 64
#define ELASTIC_DAYS_MAX 8

struct elastic_server {
	struct http_client *http;
	char *nodes[ELASTIC_NODES_MAX];	/* "http://HOST:PORT/PATH" */
	size_t n_nodes;
	size_t node;			/* who is asked */
	size_t n_failed;		/* in a row */
	struct sink_secret password, api_key, token;
	char *authorization;		/* of the header; NULL */
	char *node_user, *node_password;	/* of a URL; NULL */
	char *sigv4, *session_token;	/* of AWS; NULL */
	const char *index;
	enum elastic_version version;
	enum elastic_version said_version;	/* found last; UNKNOWN: none */
	bool is_stream, want_template, want_sniff;
	bool is_prepared;		/* the template is there */
	int64_t days[ELASTIC_DAYS_MAX];	/* whose indices are there */
	size_t n_days;
	char *url;			/* of the request in work */
	struct arena arena;
	struct log_condition failing, not_made;
};

/* Takes the options; the client is open. */
bool elastic_server_open(struct elastic_server *s, struct http_client *http,
    struct sink_uri *uri, struct err *err);
void elastic_server_close(struct elastic_server *s);

/* A request to the node in turn; path begins with '/'.  Valid until the next
 * one. */
void elastic_server_request(struct elastic_server *s, const char *path,
    struct http_request *request);

/* After an answer that is no 2xx: whether another node is to be asked now. */
bool elastic_server_elsewhere(struct elastic_server *s,
    const struct http_answer *answer);
void elastic_server_answered(struct elastic_server *s);	/* it was one */

/* After a refusal of our credentials: perhaps there are new ones. */
void elastic_server_renew(struct elastic_server *s);

/* elastic_prepare.c: */

/* Asks which version it is, unless that is known. */
bool elastic_server_find_version(struct elastic_server *s, struct err *err);
/* What was found may not hold any more.  False: it was not found, but given. */
bool elastic_server_doubt_version(struct elastic_server *s);

/* Makes what is missing for documents of that day, which is a time in it. */
bool elastic_server_prepare(struct elastic_server *s, int64_t day_ns,
    struct err *err);
void elastic_server_forget(struct elastic_server *s);	/* what is there */

/* Whether each node is there and knows us. */
bool elastic_server_check(struct elastic_server *s, struct err *err);

#endif
