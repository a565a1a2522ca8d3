/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/secret.h"

#include "sinks/sink_operand.h"

#define SECRET_BYTES_MAX 16384

/* A password may be in the query, or before an '@'. */
static void
wipe_operand(char *operand)
{
	char *from = strchr(operand, '@') != NULL ? operand :
	    strchr(operand, '?');

	if (from != NULL)
		explicit_bzero(from, strlen(from));
}

bool
sink_operand(struct sink_uri *uri, char **operands, struct err *err)
{
	bool is_good;

	if (operands[0] != NULL && operands[1] != NULL)
		return err_set(err, "more than one operand");
	is_good = sink_uri_parse(uri, operands[0] == NULL ? STR("") :
	    str_of(operands[0]), err);
	if (operands[0] != NULL)
		wipe_operand(operands[0]);
	return is_good || err_wrap(err, "operand");
}

void
sink_operand_done(const struct sink_uri *uri)
{
	struct buf unknown = BUF_INIT;

	sink_uri_unknown(uri, &unknown);
	if (unknown.len > 0)
		log_warn("options_unknown names=%s error=\"they have no "
		    "effect\"", log_q(buf_str(&unknown)));
	buf_fini(&unknown);
	/* Which one is not said: it may be a password. */
	if (uri->has_undecodable)
		log_warn("option_undecodable error=\"it has no effect: a '%%' "
		    "is written as %%25\"");
}

/* The first line. */
static char *
read_file(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text;
	size_t len;

	if (fd == -1) {
		err_set(err, "%s: %s", path, strerror(errno));
		return NULL;
	}
	text = secret_read(fd, SECRET_BYTES_MAX, &len, err);
	close(fd);
	if (text == NULL) {
		err_wrap(err, "%s", path);
		return NULL;
	}
	/* What is behind the line is secret as well. */
	len = strcspn(text, "\r\n");
	explicit_bzero(text + len, strlen(text + len));
	if (len > 0)
		return text;
	secret_free(text);
	err_set(err, "%s: its first line is empty", path);
	return NULL;
}

bool
sink_secret_open(struct sink_secret *s, struct sink_uri *uri, const char *name,
    struct err *err)
{
	char *file_option = xasprintf("%s-file", name);
	char *env_option = xasprintf("%s-env", name);
	const char *value;

	*s = (struct sink_secret){
		.text = sink_uri_string(uri, name),
		.file = sink_uri_string(uri, file_option),
		.variable = sink_uri_string(uri, env_option),
	};
	free(file_option);
	free(env_option);
	if ((s->text != NULL) + (s->file != NULL) + (s->variable != NULL) > 1)
		return err_set(err, "`%s`, `%s-file` and `%s-env`: one of them "
		    "is enough", name, name, name);
	if (s->file != NULL)
		return sink_secret_reload(s, err);
	value = s->variable == NULL ? s->text : getenv(s->variable);
	if (s->variable != NULL && (value == NULL || *value == '\0'))
		return err_set(err, "`%s-env`: $%s is not set", name,
		    s->variable);
	/* It may go into a header. */
	if (value != NULL && strpbrk(value, "\r\n") != NULL)
		return err_set(err, "`%s` has a line break", name);
	s->value = value == NULL ? NULL : xstrdup(value);
	return true;
}

bool
sink_secret_reload(struct sink_secret *s, struct err *err)
{
	char *value;

	if (s->file == NULL)
		return true;
	value = read_file(s->file, err);
	if (value == NULL)
		return false;
	secret_free(s->value);
	s->value = value;
	return true;
}

void
sink_secret_fini(struct sink_secret *s)
{
	secret_free(s->value);
	*s = (struct sink_secret){ NULL, NULL, NULL, NULL };
}
