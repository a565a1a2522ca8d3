/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/base64.h"
#include "common/json.h"
#include "common/json_out.h"
#include "common/secret.h"
#include "common/timestamp.h"

#include "common/exec_credential.h"
#include "common/exec_plugin.h"
#include "common/token.h"

#define KIND "ExecCredential"
#define CA_BYTES_MAX (1u << 20)
#define ARENA_BYTES_MAX (4u << 20)	/* strings with escapes */

bool
exec_credential_is_version(const char *api_version)
{
	return strcmp(api_version, EXEC_CREDENTIAL_V1) == 0 ||
	    strcmp(api_version, EXEC_CREDENTIAL_V1BETA1) == 0;
}

void
exec_credential_fini(struct exec_credential *c)
{
	secret_free(c->token);
	secret_free(c->cert_pem);
	secret_free(c->key_pem);
	*c = (struct exec_credential){ .token = NULL };
}

bool
exec_credential_is_due(const struct exec_credential *c, int64_t now_wall_ns)
{
	return c->expires_at_ns != 0 &&
	    now_wall_ns >= c->expires_at_ns - EXEC_CREDENTIAL_EARLY_NS;
}

/* What is a file for us is data for a plugin. */
static bool
print_ca(struct json_out *o, const struct cluster_access *access,
    struct err *err)
{
	struct str pem = str_of(access->ca_pem);
	struct buf text = BUF_INIT;
	char *bytes = NULL;

	if (access->ca_file != NULL) {
		int fd = open(access->ca_file, O_RDONLY | O_CLOEXEC);

		if (fd == -1)
			return err_set(err, "%s: %s", access->ca_file,
			    strerror(errno));
		bytes = secret_read(fd, CA_BYTES_MAX, &pem.len, err);
		close(fd);
		if (bytes == NULL)
			return err_wrap(err, "%s", access->ca_file);
		pem.p = bytes;
	}
	if (pem.len > 0) {
		base64_encode(&text, pem);
		json_out_key(o, "certificate-authority-data");
		json_out_str(o, buf_str(&text));
	}
	buf_fini(&text);
	free(bytes);
	return true;
}

bool
exec_credential_print_info(struct buf *out,
    const struct cluster_access *access, struct err *err)
{
	struct json_out o;
	bool ok = true;

	json_out_begin(&o, out, JSON_COMPACT);
	json_out_object(&o);
	json_out_key(&o, "apiVersion");
	json_out_strz(&o, access->exec.api_version);
	json_out_key(&o, "kind");
	json_out_strz(&o, KIND);
	json_out_key(&o, "spec");
	json_out_object(&o);
	if (access->exec.want_cluster_info) {
		json_out_key(&o, "cluster");
		json_out_object(&o);
		json_out_key(&o, "server");
		json_out_strz(&o, access->server);
		if (access->tls_server_name != NULL) {
			json_out_key(&o, "tls-server-name");
			json_out_strz(&o, access->tls_server_name);
		}
		if (access->is_insecure) {
			json_out_key(&o, "insecure-skip-tls-verify");
			json_out_bool(&o, true);
		}
		ok = print_ca(&o, access, err);
		json_out_object_end(&o);
	}
	json_out_key(&o, "interactive");
	json_out_bool(&o, false);
	json_out_object_end(&o);
	json_out_object_end(&o);
	return ok;
}

/* Slices of the text, or of the arena. */
struct answer {
	struct str version, kind, token, cert, key, expires;
};

static void
read_status(struct answer *a, struct json *j)
{
	static const struct json_keys keys = JSON_KEYS("token",
	    "clientCertificateData", "clientKeyData", "expirationTimestamp");
	unsigned hint = 0;

	if (!json_object_begin(j))
		return;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;) {
		switch (k) {
		case 0: json_str(j, &a->token); break;
		case 1: json_str(j, &a->cert); break;
		case 2: json_str(j, &a->key); break;
		case 3: json_str(j, &a->expires); break;
		default: json_skip(j);
		}
	}
}

static bool
read_answer(struct answer *a, struct json *j, struct err *err)
{
	static const struct json_keys keys = JSON_KEYS("apiVersion", "kind",
	    "status");
	unsigned hint = 0;

	if (json_object_begin(j)) {
		for (int k; (k = json_object_next(j, &keys, &hint)) !=
		    JSON_END;) {
			switch (k) {
			case 0: json_str(j, &a->version); break;
			case 1: json_str(j, &a->kind); break;
			case 2: read_status(a, j); break;
			default: json_skip(j);
			}
		}
	}
	return json_end(j, err);
}

static bool
take_answer(struct exec_credential *out, const struct answer *a,
    const char *api_version, struct err *err)
{
	struct str token = a->token;

	if (!str_is(a->kind, KIND))
		return err_set(err, "it is no " KIND);
	if (!str_is(a->version, api_version))
		return err_set(err, "its apiVersion is not %s, as configured",
		    api_version);
	if (token.len == 0 && a->cert.len == 0)
		return err_set(err, "neither a token nor a certificate");
	if ((a->cert.len == 0) != (a->key.len == 0))
		return err_set(err, "a certificate or a key alone");
	if (token.len > 0 && !token_check(&token, err))
		return err_wrap(err, "token");
	if (a->expires.len > 0 &&
	    !timestamp_parse(a->expires, &out->expires_at_ns))
		return err_set(err, "expirationTimestamp is not a time");
	if (token.len > 0)
		out->token = str_dup(token);
	if (a->cert.len > 0) {
		out->cert_pem = str_dup(a->cert);
		out->key_pem = str_dup(a->key);
	}
	return true;
}

bool
exec_credential_parse(struct exec_credential *out, struct str text,
    const char *api_version, struct err *err)
{
	struct answer answer = { .token = { NULL, 0 } };
	char *padded = calloc(text.len + JSON_PAD, 1);
	struct arena arena;
	struct json json;
	bool ok;

	*out = (struct exec_credential){ .token = NULL };
	if (padded == NULL)
		return err_set(err, "no memory");
	if (text.len > 0)
		memcpy(padded, text.p, text.len);
	arena_init(&arena, ARENA_BYTES_MAX);
	json_begin(&json, (struct str){ padded, text.len }, &arena);
	ok = read_answer(&answer, &json, err) &&
	    take_answer(out, &answer, api_version, err);
	arena_wipe(&arena);
	arena_fini(&arena);
	secret_free_bytes(padded, text.len);
	if (!ok)
		exec_credential_fini(out);
	return ok;
}

bool
exec_credential_get(struct exec_credential *out,
    const struct cluster_access *access, int64_t timeout_ns,
    const atomic_bool *is_given_up, struct err *err)
{
	const char *command = access->exec.argv[0];
	struct buf info = BUF_INIT;
	char *text = NULL;
	size_t n = 0;
	bool ok;

	*out = (struct exec_credential){ .token = NULL };
	ok = exec_credential_print_info(&info, access, err);
	if (ok) {
		buf_add_char(&info, '\0');
		text = exec_plugin_run(&access->exec, info.p,
		    EXEC_CREDENTIAL_BYTES_MAX, timeout_ns, is_given_up, &n,
		    err);
		ok = text != NULL && (exec_credential_parse(out,
		    (struct str){ text, n }, access->exec.api_version, err) ||
		    err_wrap(err, "answer"));
	}
	secret_free_bytes(text, n);
	buf_fini(&info);
	return ok || err_wrap(err, "plugin %s", command);
}
