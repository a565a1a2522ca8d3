/* SPDX-License-Identifier: ISC */
/*
 * What clusters and users say, made into a struct cluster_access.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/secret.h"

#include "common/exec_credential.h"
#include "common/kubeconfig_section.h"
#include "common/token.h"

#define LIST_MAX 256		/* arguments or variables of a plugin */

/* What would mean something else if we went on without it. */
static bool
refuse(const struct section *s, const char *key, const char *why,
    struct err *err)
{
	bool is_there;

	if (!section_has(&is_there, s, key, err))
		return false;
	if (!is_there)
		return true;
	err_set(err, "%s", why);
	return section_fail(s, key, err);
}

bool
kubeconfig_take_cluster(struct cluster_access *out, const struct section *s,
    struct err *err)
{
	struct str server;

	if (!section_text(&server, s, "server", err) ||
	    !refuse(s, "proxy-url", "proxies are not supported", err) ||
	    !section_string(&out->tls_server_name, s, "tls-server-name", err) ||
	    !section_bool(&out->is_insecure, s, "insecure-skip-tls-verify",
	    err) ||
	    !section_pem(&out->ca_pem, &out->ca_file, s,
	    "certificate-authority", err))
		return false;
	if (server.len == 0) {
		err_set(err, "nothing given");
		return section_fail(s, "server", err);
	}
	if (!access_set_server(out, server, err))
		return section_fail(s, "server", err);
	if (out->is_insecure && (out->ca_pem != NULL || out->ca_file != NULL)) {
		err_set(err, "given together with insecure-skip-tls-verify");
		return section_fail(s, "certificate-authority", err);
	}
	return true;
}

static bool
take_certificate(struct cluster_access *out, const struct section *s,
    struct err *err)
{
	bool has_cert, has_key;

	if (!section_pem(&out->cert_pem, &out->cert_file, s,
	    "client-certificate", err) ||
	    !section_pem(&out->key_pem, &out->key_file, s, "client-key", err))
		return false;
	has_cert = out->cert_pem != NULL || out->cert_file != NULL;
	has_key = out->key_pem != NULL || out->key_file != NULL;
	if (has_cert == has_key)
		return true;
	err_set(err, "given without its %s",
	    has_cert ? "client-key" : "client-certificate");
	return section_fail(s, has_cert ? "client-certificate" : "client-key",
	    err);
}

static bool
take_token(struct cluster_access *out, const struct section *s,
    struct err *err)
{
	struct str token;

	if (!section_file(&out->token_file, s, "tokenFile", err) ||
	    !section_text(&token, s, "token", err))
		return false;
	if (out->token_file != NULL || token.len == 0)
		return true;
	if (!token_check(&token, err))
		return section_fail(s, "token", err);
	out->token = str_dup(token);
	return true;
}

bool
kubeconfig_take_user(struct cluster_access *out, const struct section *s,
    struct err *err)
{
	static const char basic[] = "user names and passwords are not "
	    "supported";
	static const char other[] = "acting as somebody else is not supported";
	const struct yaml_tree *exec;

	if (!refuse(s, "username", basic, err) ||
	    !refuse(s, "password", basic, err) ||
	    !refuse(s, "auth-provider", "not supported; exec is", err) ||
	    !refuse(s, "as", other, err) ||
	    !refuse(s, "as-uid", other, err) ||
	    !refuse(s, "as-groups", other, err) ||
	    !refuse(s, "as-user-extra", other, err) ||
	    !take_certificate(out, s, err) || !take_token(out, s, err) ||
	    !section_get(&exec, s, "exec", err))
		return false;
	if (exec == NULL || out->token != NULL || out->token_file != NULL)
		return true;
	return kubeconfig_take_exec(&out->exec, s, exec, err);
}

/* The first of at most LIST_MAX items; NULL: there are none. */
static bool
get_list(const struct yaml_tree **first, const struct section *s,
    const char *key, struct err *err)
{
	const struct yaml_tree *list;
	size_t n = 0;

	*first = NULL;
	if (!section_get(&list, s, key, err))
		return false;
	if (list == NULL)
		return true;
	if (list->kind != YAML_TREE_LIST) {
		err_set(err, "line %zu: not a list", list->line);
		return section_fail(s, key, err);
	}
	*first = list->first;
	for (const struct yaml_tree *t = *first; t != NULL; t = t->next)
		n++;
	if (n <= LIST_MAX)
		return true;
	err_set(err, "more than %d", LIST_MAX);
	return section_fail(s, key, err);
}

/* With a slash, it is a path. */
static bool
take_command(struct exec_plugin *out, const struct section *s,
    struct err *err)
{
	char *command;

	if (!section_string(&command, s, "command", err))
		return false;
	if (command == NULL) {
		err_set(err, "nothing given");
		return section_fail(s, "command", err);
	}
	out->argv = xcalloc(1 + LIST_MAX + 1, sizeof *out->argv);
	out->argv[0] = strchr(command, '/') == NULL ? xstrdup(command) :
	    section_resolve(s, str_of(command));
	free(command);
	return true;
}

static bool
take_args(struct exec_plugin *out, const struct section *s, struct err *err)
{
	const struct yaml_tree *t;
	size_t n = 1;

	if (!get_list(&t, s, "args", err))
		return false;
	for (; t != NULL; t = t->next) {
		if (t->kind != YAML_TREE_SCALAR) {
			err_set(err, "line %zu: not a string", t->line);
			return section_fail(s, "args", err);
		}
		out->argv[n++] = str_dup(t->value);
	}
	return true;
}

static bool
take_variable(char **out, const struct section *s, const struct yaml_tree *t,
    struct err *err)
{
	struct section variable = { s->path, s->kind, s->name, t };
	struct str name, value;

	if (!section_text(&name, &variable, "name", err) ||
	    !section_text(&value, &variable, "value", err))
		return false;
	if (name.len == 0 || memchr(name.p, '=', name.len) != NULL) {
		err_set(err, "line %zu: no name of a variable", t->line);
		return section_fail(s, "env", err);
	}
	*out = xasprintf("%.*s=%.*s", STR_ARG(name), STR_ARG(value));
	return true;
}

static bool
take_env(struct exec_plugin *out, const struct section *s, struct err *err)
{
	const struct yaml_tree *t;

	if (!get_list(&t, s, "env", err))
		return false;
	if (t == NULL)
		return true;
	out->env = xcalloc(LIST_MAX + 1, sizeof *out->env);
	for (size_t n = 0; t != NULL; t = t->next)
		if (!take_variable(&out->env[n++], s, t, err))
			return false;
	return true;
}

static bool
take_hint(struct exec_plugin *out, const struct section *s, struct err *err)
{
	struct str hint;

	if (!section_text(&hint, s, "installHint", err))
		return false;
	if (hint.len > 0)
		out->install_hint = str_dup(hint);
	return true;
}

/* Nobody is there to be asked. */
static bool
check_mode(const struct section *s, struct err *err)
{
	struct str mode;

	if (!section_text(&mode, s, "interactiveMode", err))
		return false;
	if (mode.len == 0 || str_is(mode, "Never") ||
	    str_is(mode, "IfAvailable"))
		return true;
	if (str_is(mode, "Always"))
		err_set(err, "it wants a terminal, which we have not");
	else
		err_set(err, "not Never, IfAvailable or Always");
	return section_fail(s, "interactiveMode", err);
}

bool
kubeconfig_take_exec(struct exec_plugin *out, const struct section *s,
    const struct yaml_tree *exec, struct err *err)
{
	struct section inner = { s->path, "exec of user", s->name, exec };

	if (!take_command(out, &inner, err) || !take_args(out, &inner, err) ||
	    !take_env(out, &inner, err) || !take_hint(out, &inner, err) ||
	    !check_mode(&inner, err) ||
	    !section_bool(&out->want_cluster_info, &inner,
	    "provideClusterInfo", err) ||
	    !section_string(&out->api_version, &inner, "apiVersion", err))
		return false;
	if (out->api_version != NULL &&
	    exec_credential_is_version(out->api_version))
		return true;
	err_set(err, "not " EXEC_CREDENTIAL_V1 " or " EXEC_CREDENTIAL_V1BETA1);
	return section_fail(&inner, "apiVersion", err);
}
