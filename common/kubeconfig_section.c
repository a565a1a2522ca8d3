/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common/base64.h"
#include "common/mem.h"
#include "common/secret.h"

#include "common/kubeconfig_section.h"

#define KEY_MAX_BYTES 64

bool
section_fail(const struct section *s, const char *key, struct err *err)
{
	return err_wrap(err, "%s \"%s\": %s", s->kind, s->name, key);
}

bool
section_get(const struct yaml_tree **out, const struct section *s,
    const char *key, struct err *err)
{
	return yaml_tree_get(out, s->map, key, err) ||
	    err_wrap(err, "%s \"%s\"", s->kind, s->name);
}

bool
section_text(struct str *out, const struct section *s, const char *key,
    struct err *err)
{
	const struct yaml_tree *t;

	*out = (struct str){ NULL, 0 };
	if (!section_get(&t, s, key, err))
		return false;
	if (t == NULL)
		return true;
	if (t->kind != YAML_TREE_SCALAR) {
		err_set(err, "line %zu: not a string", t->line);
		return section_fail(s, key, err);
	}
	if (t->value.len > 0)
		*out = t->value;
	return true;
}

/* An empty string, list or map is nothing. */
bool
section_has(bool *out, const struct section *s, const char *key,
    struct err *err)
{
	const struct yaml_tree *t;

	if (!section_get(&t, s, key, err))
		return false;
	*out = t != NULL && (t->value.len > 0 || t->first != NULL);
	return true;
}

bool
section_bool(bool *out, const struct section *s, const char *key,
    struct err *err)
{
	static const char *const words[2][4] = {
		{ "false", "no", "off", "n" }, { "true", "yes", "on", "y" }
	};
	struct str text;

	*out = false;
	if (!section_text(&text, s, key, err))
		return false;
	if (text.len == 0)
		return true;
	for (size_t i = 0; i < 2; i++) {
		for (size_t k = 0; k < 4; k++) {
			if (strcasecmp(text.p, words[i][k]) == 0) {
				*out = i == 1;
				return true;
			}
		}
	}
	err_set(err, "neither true nor false");
	return section_fail(s, key, err);
}

bool
section_string(char **out, const struct section *s, const char *key,
    struct err *err)
{
	struct str text;

	*out = NULL;
	if (!section_text(&text, s, key, err))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f) {
			err_set(err, "has a control character");
			return section_fail(s, key, err);
		}
	}
	if (text.len > 0)
		*out = str_dup(text);
	return true;
}

char *
section_resolve(const struct section *s, struct str text)
{
	const char *slash = strrchr(s->path, '/');

	if (text.p[0] == '/' || slash == NULL)
		return str_dup(text);
	return xasprintf("%.*s%.*s", (int)(slash + 1 - s->path), s->path,
	    STR_ARG(text));
}

bool
section_file(char **out, const struct section *s, const char *key,
    struct err *err)
{
	char *text;

	*out = NULL;
	if (!section_string(&text, s, key, err))
		return false;
	if (text == NULL)
		return true;
	*out = section_resolve(s, str_of(text));
	free(text);
	if (access(*out, R_OK) == 0)
		return true;
	err_set(err, "%s: %s", *out, strerror(errno));
	section_fail(s, key, err);
	free(*out);
	*out = NULL;
	return false;
}

/* A certificate or key is found wrong here, not when it is used. */
static bool
decode_pem(char **out, struct str text, struct err *err)
{
	char *pem = xcalloc(BASE64_DECODED_MAX(text.len) + 1, 1);
	size_t len;

	if (!base64_decode(text, pem, &len))
		err_set(err, "not base64");
	else if (strlen(pem) != len || strstr(pem, "-----BEGIN ") == NULL)
		err_set(err, "not PEM");
	else
		*out = pem;
	if (*out == NULL)
		secret_free_bytes(pem, BASE64_DECODED_MAX(text.len));
	return *out != NULL;
}

bool
section_pem(char **pem, char **file, const struct section *s,
    const char *key, struct err *err)
{
	char data_key[KEY_MAX_BYTES];
	struct str text;

	*pem = *file = NULL;
	snprintf(data_key, sizeof data_key, "%s-data", key);
	if (!section_text(&text, s, data_key, err))
		return false;
	if (text.len == 0)
		return section_file(file, s, key, err);
	return decode_pem(pem, text, err) || section_fail(s, data_key, err);
}
