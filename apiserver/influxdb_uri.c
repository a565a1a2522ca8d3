/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/authority.h"
#include "common/buf.h"
#include "common/expand.h"
#include "common/mem.h"
#include "common/number.h"
#include "common/percent.h"
#include "common/secret.h"
#include "common/str.h"

#include "apiserver/influxdb_uri.h"

enum option {
	OPTION_USER, OPTION_PW, OPTION_PW_FILE, OPTION_DB, OPTION_WITH_FIELDS,
	OPTION_SECURE, OPTION_INSECURE, OPTION_CA_FILE, OPTION_CLUSTER,
	N_OPTIONS
};

static const char *const names[N_OPTIONS] = {
	"user", "pw", "pwFile", "db", "withfields", "secure", "insecuressl",
	"caFile", "cluster_name",
};

/* Values as they were given, decoded, on the heap; NULL: not given. */
struct options {
	char *values[N_OPTIONS];
};

static void
options_fini(struct options *o)
{
	for (size_t i = 0; i < N_OPTIONS; i++)
		secret_free(o->values[i]);
}

/* Nothing of ours has a control character in it. */
static bool
is_clean(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return false;
	return true;
}

static bool
take_option(struct options *o, size_t i, struct str value, struct err *err)
{
	struct buf text = BUF_INIT;
	bool ok;

	/* Decoded it is no longer; a block that grows would leave copies. */
	buf_reserve(&text, value.len + 1);
	ok = percent_decode(&text, value, true) && is_clean(buf_str(&text));
	if (ok)
		o->values[i] = str_dup(buf_str(&text));
	else
		err_set(err, "%s: a control character, or %% without two "
		    "digits", names[i]);
	if (text.p != NULL)
		explicit_bzero(text.p, text.cap);
	buf_fini(&text);
	return ok;
}

static bool
parse_query(struct options *o, struct str query, struct err *err)
{
	while (query.len > 0) {
		struct str value = str_cut(&query, '&');
		struct str name = str_cut(&value, '=');

		if (value.p == NULL)
			value = STR("");
		for (size_t i = 0; i < N_OPTIONS; i++)
			if (str_is(name, names[i]) && o->values[i] == NULL &&
			    !take_option(o, i, value, err))
				return false;
	}
	return true;
}

static bool
take_bool(const struct options *o, enum option i, bool *out, struct err *err)
{
	const char *text = o->values[i];

	return text == NULL || parse_bool(str_of(text), out) ||
	    err_set(err, "failed to parse `%s` flag - strconv.ParseBool: "
	    "parsing \"%s\": invalid syntax", names[i], text);
}

/* What is before the path.  Without "//" there is no host: Heapster took its
 * default then, which nobody had asked for. */
static bool
parse_server(struct str url, struct str *authority, bool *is_secure,
    struct err *err)
{
	static const struct str http = STR_INIT("http://");
	static const struct str https = STR_INIT("https://");
	struct str rest = url;

	*authority = STR("localhost:8086");
	if (url.len == 0)
		return true;
	*is_secure = str_has_prefix(url, https);
	if (!*is_secure && !str_has_prefix(url, http))
		return err_set(err, "expected http://HOST:PORT or nothing "
		    "before the options");
	rest.p += *is_secure ? https.len : http.len;
	rest.len -= *is_secure ? https.len : http.len;
	*authority = str_cut(&rest, '/');
	return authority_check(*authority, false, err);
}

static char *
make_url(struct str authority, bool is_secure, const char *db)
{
	struct buf url = BUF_INIT;
	char *text;

	buf_addf(&url, "http%s://%.*s/query?epoch=ns&db=", is_secure ? "s" :
	    "", STR_ARG(authority));
	percent_encode(&url, str_of(db));
	text = str_dup(buf_str(&url));
	buf_fini(&url);
	return text;
}

/* NULL or empty: the default, which may be NULL. */
static char *
value_or(const char *value, const char *dflt)
{
	if (value != NULL && *value != '\0')
		return xstrdup(value);
	return dflt == NULL ? NULL : xstrdup(dflt);
}

static void
take_user(struct influxdb_uri *out, const struct options *o)
{
	const char *user = o->values[OPTION_USER], *pw = o->values[OPTION_PW];

	out->password_file = value_or(o->values[OPTION_PW_FILE], NULL);
	if (user != NULL && *user == '\0')
		return;
	out->user = value_or(user, "root");
	if (out->password_file == NULL)
		out->password = xstrdup(pw == NULL ? "root" : pw);
}

static bool
take_all(struct influxdb_uri *out, const struct options *o,
    struct str authority, bool is_secure, struct err *err)
{
	if (!take_bool(o, OPTION_SECURE, &is_secure, err) ||
	    !take_bool(o, OPTION_INSECURE, &out->is_insecure, err) ||
	    !take_bool(o, OPTION_WITH_FIELDS, &out->has_fields, err))
		return false;
	if (o->values[OPTION_PW] != NULL && o->values[OPTION_PW_FILE] != NULL)
		return err_set(err, "pw and pwFile are one or the other");
	take_user(out, o);
	out->ca_file = value_or(o->values[OPTION_CA_FILE], NULL);
	out->cluster_name = value_or(o->values[OPTION_CLUSTER], NULL);
	out->query_url = make_url(authority, is_secure,
	    o->values[OPTION_DB] == NULL || *o->values[OPTION_DB] == '\0' ?
	    "k8s" : o->values[OPTION_DB]);
	return true;
}

bool
influxdb_uri_parse(struct influxdb_uri *out, const char *text,
    char *(*lookup)(const char *name), struct err *err)
{
	struct options o = { { NULL } };
	struct buf expanded = BUF_INIT;
	struct str rest, query, url, authority;
	bool is_secure = false, ok;

	*out = (struct influxdb_uri){ .has_fields = false };
	expand_variables(str_of(text), lookup, &expanded);
	rest = buf_str(&expanded);
	query = str_cut(&rest, '#');
	url = str_cut(&query, '?');
	ok = parse_server(url, &authority, &is_secure, err) &&
	    parse_query(&o, query, err) &&
	    take_all(out, &o, authority, is_secure, err);
	if (!ok)
		influxdb_uri_fini(out);
	options_fini(&o);
	if (expanded.p != NULL)
		explicit_bzero(expanded.p, expanded.cap);
	buf_fini(&expanded);
	return ok;
}

void
influxdb_uri_fini(struct influxdb_uri *uri)
{
	free(uri->query_url);
	free(uri->user);
	secret_free(uri->password);
	free(uri->password_file);
	free(uri->ca_file);
	free(uri->cluster_name);
	*uri = (struct influxdb_uri){ .has_fields = false };
}
