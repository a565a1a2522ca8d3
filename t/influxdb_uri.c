/* SPDX-License-Identifier: ISC */
/* URIs of InfluxDB as Heapster's sink had them. */
#include "config.h"

#include "apiserver/influxdb_uri.h"

#include "t/tap.h"

#define LOCAL "http://localhost:8086/query?epoch=ns&db=k8s"
#define BOOL(name, text) "failed to parse `" name "` flag - " \
	"strconv.ParseBool: parsing \"" text "\": invalid syntax"

static char *
lookup(const char *name)
{
	static char password[] = "p#s%20s", host[] = "db.example";

	return strcmp(name, "PW") == 0 ? password :
	    strcmp(name, "DB_HOST") == 0 ? host : NULL;
}

static const struct {
	const char *text, *url, *user, *password;
} good[] = {
	{ "", LOCAL, "root", "root" },
	{ "?", LOCAL, "root", "root" },
	{ "?db=&user=u&pw=", LOCAL, "u", "" },
	{ "?user=&pw=x", LOCAL, NULL, NULL },
	{ "?user=a%20b+c&pw=%26%3D%25", LOCAL, "a b c", "&=%" },
	{ "?user=a&user=b&pw=1&pw=2", LOCAL, "a", "1" },
	{ "?retention=7d&concurrency=3&nosuch", LOCAL, "root", "root" },
	{ "?db=a%20b%26c", "http://localhost:8086/query?epoch=ns&db=a%20b%26c",
	    "root", "root" },
	{ "http://monitoring-influxdb:8086?key=val&key2=val2",
	    "http://monitoring-influxdb:8086/query?epoch=ns&db=k8s", "root",
	    "root" },
	{ "http://[::1]:8086/ignored/path?db=x",
	    "http://[::1]:8086/query?epoch=ns&db=x", "root", "root" },
	{ "http://h", "http://h/query?epoch=ns&db=k8s", "root", "root" },
	{ "https://h:1", "https://h:1/query?epoch=ns&db=k8s", "root",
	    "root" },
	{ "http://h:1?secure=true", "https://h:1/query?epoch=ns&db=k8s",
	    "root", "root" },
	{ "https://h:1?secure=false", "http://h:1/query?epoch=ns&db=k8s",
	    "root", "root" },
	{ "http://h:1?pw=a#b&user=c", "http://h:1/query?epoch=ns&db=k8s",
	    "root", "a" },
	{ "http://${DB_HOST}:1?pw=$DB_HOST&user=$NONE",
	    "http://db.example:1/query?epoch=ns&db=k8s", NULL, NULL },
	{ "?user=u&pw=$DB_HOST", LOCAL, "u", "db.example" },
};

static const struct {
	const char *text, *error;
} bad[] = {
	{ "myhost:8086", "expected http://HOST:PORT or nothing before the "
	    "options" },
	{ "/path", "expected http://HOST:PORT or nothing before the options" },
	{ "tcp://h:1", "expected http://HOST:PORT or nothing before the "
	    "options" },
	{ "http://", "no host" },
	{ "http://u:secret@h:1", "a user in a URL is not taken" },
	{ "http://h:x", "not a port: \"x\"" },
	{ "?withfields=yes", BOOL("withfields", "yes") },
	{ "?secure=", BOOL("secure", "") },
	{ "?insecuressl=2", BOOL("insecuressl", "2") },
	{ "?pw=secret%zz", "pw: a control character, or % without two digits" },
	{ "?user=a%0ab",
	    "user: a control character, or % without two digits" },
	{ "?pw=secret&pwFile=/x", "pw and pwFile are one or the other" },
};

static void
is_or_null(const char *got, const char *want, const char *text)
{
	ok(want == NULL ? got == NULL : got != NULL && strcmp(got, want) == 0,
	    "%s: %s", text, want == NULL ? "none" : want);
}

static void
test_options(void)
{
	struct influxdb_uri uri;
	struct err err;

	ok(influxdb_uri_parse(&uri, "?withfields=true&insecuressl=t&"
	    "cluster_name=c1&caFile=/ca.pem&pwFile=/pw", lookup, &err) &&
	    uri.has_fields && uri.is_insecure, "switches are on");
	is_or_null(uri.cluster_name, "c1", "the cluster");
	is_or_null(uri.ca_file, "/ca.pem", "the authority");
	is_or_null(uri.password_file, "/pw", "the file of the password");
	is_or_null(uri.password, NULL, "and so no password");
	influxdb_uri_fini(&uri);
	ok(influxdb_uri_parse(&uri, "?cluster_name=", lookup, &err) &&
	    !uri.has_fields && !uri.is_insecure && uri.cluster_name == NULL,
	    "or off");
	influxdb_uri_fini(&uri);
}

int
main(void)
{
	struct influxdb_uri uri;
	struct err err;

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		if (!ok(influxdb_uri_parse(&uri, good[i].text, lookup, &err),
		    "takes \"%s\"", good[i].text)) {
			diag("%s", err.msg);
			continue;
		}
		is_str(uri.query_url, good[i].url, "as %s", good[i].url);
		is_or_null(uri.user, good[i].user, "user");
		is_or_null(uri.password, good[i].password, "password");
		influxdb_uri_fini(&uri);
	}
	ok(influxdb_uri_parse(&uri, "?pw=x$PW", lookup, &err) &&
	    strcmp(uri.password, "xp") == 0,
	    "variables are expanded first, as in Heapster");
	influxdb_uri_fini(&uri);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		ok(!influxdb_uri_parse(&uri, bad[i].text, lookup, &err),
		    "refuses \"%s\"", bad[i].text);
		is_str(err.msg, bad[i].error, "because: %s", bad[i].error);
		ok(strstr(err.msg, "secret") == NULL, "and tells no secret");
	}
	test_options();
	return done_testing();
}
