/* SPDX-License-Identifier: ISC */
/*
 * Where an InfluxDB is and what is in it, as the URI of Heapster's sink says:
 *
 *	[http[s]://HOST[:PORT]][?OPTION=VALUE&...]
 *
 *	user, pw	root and root; an empty user: nobody
 *	pwFile		the password is the first line of this file, which is
 *			read again for each question
 *	db		k8s
 *	withfields	false; true: "cpu/limit" is the field limit of cpu, and
 *			not the field value of "cpu/limit"
 *	secure		false, but with https:
 *	insecuressl	false; true: whoever answers is believed
 *	caFile		whom to believe instead of the system's authorities
 *	cluster_name	only what is of this cluster; without it of any
 *
 * The default is http://localhost:8086.  $NAME and ${NAME} are variables of
 * the environment.  Other options are the sink's and ignored; of one that
 * comes twice the first counts.  No error has a value of an option that may
 * be secret.  Pure.
 */
#ifndef APISERVER_INFLUXDB_URI_H
#define APISERVER_INFLUXDB_URI_H

#include <stdbool.h>

#include "common/err.h"

/* All on the heap. */
struct influxdb_uri {
	char *query_url;	/* "http://HOST:PORT/query?db=k8s&epoch=ns" */
	char *user;		/* NULL: nobody */
	char *password;		/* or NULL */
	char *password_file;	/* or NULL */
	char *ca_file;		/* or NULL */
	char *cluster_name;	/* or NULL */
	bool has_fields;
	bool is_insecure;
};

/* lookup gives the variables of the environment: getenv. */
bool influxdb_uri_parse(struct influxdb_uri *out, const char *text,
    char *(*lookup)(const char *name), struct err *err);
void influxdb_uri_fini(struct influxdb_uri *uri);	/* wipes the password */

#endif
