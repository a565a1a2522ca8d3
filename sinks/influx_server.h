/* SPDX-License-Identifier: ISC */
/*
 * An InfluxDB: where its points go, who we are there, and that there is a
 * database for them.
 *
 * Version 1 has users with passwords, databases and retention policies: both
 * are made before the first points, and again after each failure, as the
 * server may be a new one.  Who may not make them may still write.  A policy
 * that is there is changed only if a retention was given.
 *
 * Version 2 (also 3) has tokens, organisations and buckets, which somebody
 * else makes.
 */
#ifndef SINKS_INFLUX_SERVER_H
#define SINKS_INFLUX_SERVER_H

#include <stdbool.h>

#include "common/err.h"
#include "common/log.h"

#include "sinks/http_client.h"
#include "sinks/sink_operand.h"
#include "sinks/sink_uri.h"

struct influx_server {
	struct http_client *http;
	char *base_url;
	char *write_url;
	char *authorization;	/* version 2: of the header; NULL */
	struct sink_secret secret;	/* password or token */
	const char *user;	/* version 1; "": no authentication */
	const char *database;
	const char *retention;	/* NULL: not given */
	bool is_version_2;
	bool is_prepared;
	struct log_condition not_made;
};

/* Takes the options; the client is open. */
bool influx_server_open(struct influx_server *s, struct http_client *http,
    struct sink_uri *uri, struct err *err);
void influx_server_close(struct influx_server *s);

/* Makes what is missing.  False: not now, or not as this user. */
bool influx_server_prepare(struct influx_server *s, struct err *err);

/* Whether the server is there and knows us. */
bool influx_server_check(struct influx_server *s, struct err *err);

/* After a refusal of our credentials: perhaps there are new ones. */
void influx_server_renew(struct influx_server *s);

#endif
