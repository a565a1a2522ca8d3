/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/secret.h"

#include "common/kubeconfig.h"
#include "common/kubeconfig_section.h"
#include "common/yaml_tree.h"

/* Of the trees of all files; one of many small values needs 40 MiB. */
#define ARENA_BYTES_MAX (64u << 20)

struct file {
	char *path;
	const struct yaml_tree *root;
};

struct kubeconfig {
	struct arena arena;
	struct file files[KUBECONFIG_FILES_MAX];	/* the first one wins */
	size_t n_files;
	const char *at;		/* the file or files an error is about */
};

static void
init(struct kubeconfig *k)
{
	k->n_files = 0;
	k->at = NULL;
	arena_init(&k->arena, ARENA_BYTES_MAX);
}

static void
fini(struct kubeconfig *k)
{
	for (size_t i = 0; i < k->n_files; i++)
		free(k->files[i].path);
	arena_wipe(&k->arena);
	arena_fini(&k->arena);
}

/* Absent or that one: what else could have the same keys is not ours. */
static bool
check_word(const struct yaml_tree *root, const char *key, const char *want,
    struct err *err)
{
	const struct yaml_tree *t;

	if (!yaml_tree_get(&t, root, key, err))
		return false;
	return t == NULL || str_is(t->value, want) ||
	    err_set(err, "line %zu: %s is not %s", t->line, key, want);
}

static bool
add_text(struct kubeconfig *k, struct str path, struct str text,
    struct err *err)
{
	struct file *f = &k->files[k->n_files];

	if (k->n_files == KUBECONFIG_FILES_MAX)
		return err_set(err, "more than %d files",
		    KUBECONFIG_FILES_MAX);
	if (text.len > KUBECONFIG_BYTES_MAX)
		return err_set(err, "larger than %u bytes",
		    KUBECONFIG_BYTES_MAX);
	if (!yaml_tree_parse(&f->root, &k->arena, text, err) ||
	    !check_word(f->root, "apiVersion", "v1", err) ||
	    !check_word(f->root, "kind", "Config", err))
		return false;
	f->path = str_dup(path);
	k->n_files++;
	return true;
}

/* A file that is not there is none, and no error. */
static bool
add_file(struct kubeconfig *k, struct str path, struct err *err)
{
	char *name = str_dup(path), *text = NULL;
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	bool ok = fd == -1 && errno == ENOENT;
	size_t n = 0;

	if (fd != -1) {
		text = secret_read(fd, KUBECONFIG_BYTES_MAX, &n, err);
		close(fd);
		ok = text != NULL &&
		    add_text(k, path, (struct str){ text, n }, err);
	} else if (!ok) {
		err_set(err, "%s", strerror(errno));
	}
	if (!ok)
		err_wrap(err, "kubeconfig %s", name);
	secret_free_bytes(text, n);
	free(name);
	return ok;
}

static bool
add_files(struct kubeconfig *k, const char *paths, struct err *err)
{
	struct str rest = str_of(paths);

	while (rest.p != NULL) {
		struct str path = str_cut(&rest, ':');

		if (path.len > 0 && !add_file(k, path, err))
			return false;
	}
	return k->n_files > 0 || err_set(err, "kubeconfig %s: %s", paths,
	    *paths == '\0' ? "no file given" : strerror(ENOENT));
}

/* The entry of that name in one file's list; NULL if it has none. */
static bool
find_in_file(const struct yaml_tree **out, const struct file *f,
    const char *list_key, const char *name, struct err *err)
{
	const struct yaml_tree *list, *entry_name;

	*out = NULL;
	if (!yaml_tree_get(&list, f->root, list_key, err))
		return false;
	if (list == NULL)
		return true;
	if (list->kind != YAML_TREE_LIST)
		return err_set(err, "line %zu: %s is not a list", list->line,
		    list_key);
	for (const struct yaml_tree *t = list->first; t != NULL; t = t->next) {
		if (!yaml_tree_get(&entry_name, t, "name", err))
			return false;
		if (entry_name == NULL || !str_is(entry_name->value, name))
			continue;
		if (*out != NULL)
			return err_set(err, "line %zu: \"%s\" is there twice "
			    "in %s", t->line, name, list_key);
		*out = t;
	}
	return true;
}

/* The first file that has it counts.  kind is "cluster", "user", "context". */
static bool
find(struct section *out, struct kubeconfig *k, const char *kind,
    const char *name, struct err *err)
{
	char list_key[16];

	snprintf(list_key, sizeof list_key, "%ss", kind);
	for (size_t i = 0; i < k->n_files; i++) {
		const struct file *f = &k->files[i];
		const struct yaml_tree *entry;

		k->at = f->path;
		*out = (struct section){ f->path, kind, name, NULL };
		if (!find_in_file(&entry, f, list_key, name, err))
			return false;
		if (entry != NULL)
			return yaml_tree_get(&out->map, entry, kind, err);
	}
	return err_set(err, "there is no %s \"%s\"", kind, name);
}

static bool
take_context(struct cluster_access *out, struct kubeconfig *k,
    const char *name, struct err *err)
{
	struct section context, section;
	char *cluster = NULL, *user = NULL;
	bool ok;

	ok = find(&context, k, "context", name, err) &&
	    section_string(&cluster, &context, "cluster", err) &&
	    section_string(&user, &context, "user", err) &&
	    (cluster != NULL || err_set(err, "no cluster given")) &&
	    find(&section, k, "cluster", cluster, err) &&
	    kubeconfig_take_cluster(out, &section, err);
	if (ok && user != NULL)
		ok = find(&section, k, "user", user, err) &&
		    kubeconfig_take_user(out, &section, err);
	free(user);
	free(cluster);
	return ok;
}

/* Of the first file that has one; absent: none has. */
static bool
current_context(struct str *out, struct kubeconfig *k, struct err *err)
{
	*out = (struct str){ NULL, 0 };
	for (size_t i = 0; i < k->n_files && out->len == 0; i++) {
		const struct yaml_tree *t;

		if (!yaml_tree_get(&t, k->files[i].root, "current-context",
		    err))
			return err_wrap(err, "kubeconfig %s",
			    k->files[i].path);
		if (t != NULL)
			*out = t->value;
	}
	return true;
}

static bool
resolve(struct cluster_access *out, struct kubeconfig *k, const char *paths,
    const char *context, struct err *err)
{
	struct str name = str_of(context);

	if (name.len == 0 && !current_context(&name, k, err))
		return false;
	if (name.len == 0)
		return err_set(err, "kubeconfig %s: no context given, and no "
		    "current-context", paths);
	return take_context(out, k, name.p, err) ||
	    err_wrap(err, "kubeconfig %s, context \"%s\"", k->at, name.p);
}

bool
kubeconfig_load(struct cluster_access *out, const char *paths,
    const char *context, struct err *err)
{
	struct kubeconfig k;
	bool ok;

	*out = (struct cluster_access){ .server = NULL };
	init(&k);
	ok = add_files(&k, paths, err) &&
	    resolve(out, &k, paths, context, err);
	if (!ok)
		access_fini(out);
	fini(&k);
	return ok;
}

bool
kubeconfig_parse(struct cluster_access *out, struct str text,
    const char *path, const char *context, struct err *err)
{
	struct kubeconfig k;
	bool ok;

	*out = (struct cluster_access){ .server = NULL };
	init(&k);
	ok = (add_text(&k, str_of(path), text, err) ||
	    err_wrap(err, "kubeconfig %s", path)) &&
	    resolve(out, &k, path, context, err);
	if (!ok)
		access_fini(out);
	fini(&k);
	return ok;
}
