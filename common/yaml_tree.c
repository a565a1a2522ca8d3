/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#ifdef HAVE_LIBYAML
#include <yaml.h>
#endif

#include "common/yaml_tree.h"

bool
yaml_tree_get(const struct yaml_tree **out, const struct yaml_tree *map,
    const char *key, struct err *err)
{
	*out = NULL;
	if (map == NULL || map->kind == YAML_TREE_NULL)
		return true;
	if (map->kind != YAML_TREE_MAP)
		return err_set(err, "line %zu: no map", map->line);
	for (const struct yaml_tree *t = map->first; t != NULL; t = t->next) {
		if (!str_is(t->key, key))
			continue;
		if (*out != NULL)
			return err_set(err, "line %zu: %s is given twice",
			    t->line, key);
		*out = t;
	}
	if (*out != NULL && (*out)->kind == YAML_TREE_NULL)
		*out = NULL;
	return true;
}

#ifndef HAVE_LIBYAML

bool
yaml_tree_parse(const struct yaml_tree **out, struct arena *arena,
    struct str text, struct err *err)
{
	(void)arena;
	(void)text;
	*out = NULL;
	return err_set(err, "built without libyaml");
}

#else

/* A list or map that is open. */
struct level {
	struct yaml_tree *node;
	struct yaml_tree *last;		/* child so far */
	struct str key;			/* the next value's; absent: not yet */
};

struct builder {
	struct arena *arena;
	struct yaml_tree *root;
	struct level levels[YAML_TREE_DEPTH_MAX];
	size_t depth;
};

/* The innermost one that is open; NULL: none. */
static struct level *
top_of(struct builder *b)
{
	return b->depth == 0 ? NULL : &b->levels[b->depth - 1];
}

static bool
is_key_due(struct builder *b)
{
	const struct level *top = top_of(b);

	return top != NULL && top->node->kind == YAML_TREE_MAP &&
	    top->key.p == NULL;
}

static struct yaml_tree *
add(struct builder *b, enum yaml_tree_kind kind, size_t line)
{
	struct yaml_tree *t = arena_alloc(b->arena, sizeof *t);
	struct level *top = top_of(b);

	if (t == NULL)
		return NULL;
	*t = (struct yaml_tree){ .kind = kind, .line = line };
	if (top == NULL) {
		b->root = t;
		return t;
	}
	t->key = top->key;
	top->key = (struct str){ NULL, 0 };
	if (top->last == NULL)
		top->node->first = t;
	else
		top->last->next = t;
	top->last = t;
	return t;
}

static bool
is_null(const yaml_event_t *event, struct str value)
{
	static const char *const spellings[] = { "", "~", "null", "Null",
		"NULL" };

	if (event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE ||
	    event->data.scalar.tag != NULL)
		return false;
	for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++)
		if (str_is(value, spellings[i]))
			return true;
	return false;
}

static bool
add_scalar(struct builder *b, const yaml_event_t *event, struct err *err)
{
	struct str value = { (const char *)event->data.scalar.value,
	    event->data.scalar.length };
	struct yaml_tree *t;
	struct str copy;

	if (memchr(value.p, '\0', value.len) != NULL)
		return err_set(err, "zero byte");
	copy = arena_str(b->arena, value);
	if (copy.p == NULL)
		return err_set(err, "too much of it");
	if (is_key_due(b)) {
		top_of(b)->key = copy;
		return true;
	}
	t = add(b, is_null(event, value) ? YAML_TREE_NULL : YAML_TREE_SCALAR,
	    event->start_mark.line + 1);
	if (t == NULL)
		return err_set(err, "too much of it");
	t->value = copy;
	return true;
}

static bool
open_level(struct builder *b, enum yaml_tree_kind kind,
    const yaml_event_t *event, struct err *err)
{
	struct yaml_tree *t;

	if (is_key_due(b))
		return err_set(err, "a key that is not a string");
	if (b->depth == YAML_TREE_DEPTH_MAX)
		return err_set(err, "nested deeper than %d levels",
		    YAML_TREE_DEPTH_MAX);
	t = add(b, kind, event->start_mark.line + 1);
	if (t == NULL)
		return err_set(err, "too much of it");
	b->levels[b->depth++] = (struct level){ .node = t };
	return true;
}

/* Sets *is_done at the end of the document. */
static bool
take_event(struct builder *b, const yaml_event_t *event, bool *is_done,
    struct err *err)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return add_scalar(b, event, err);
	case YAML_SEQUENCE_START_EVENT:
		return open_level(b, YAML_TREE_LIST, event, err);
	case YAML_MAPPING_START_EVENT:
		return open_level(b, YAML_TREE_MAP, event, err);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		b->depth--;
		return true;
	case YAML_ALIAS_EVENT:
		return err_set(err, "aliases are not supported");
	case YAML_DOCUMENT_END_EVENT:
	case YAML_STREAM_END_EVENT:
		*is_done = true;
		return true;
	default:
		return true;
	}
}

static bool
explain(const yaml_parser_t *parser, struct err *err)
{
	const char *problem = parser->problem == NULL ? "no memory" :
	    parser->problem;

	if (parser->error == YAML_READER_ERROR)
		return err_set(err, "byte %zu: %s", parser->problem_offset,
		    problem);
	return err_set(err, "line %zu: %s", parser->problem_mark.line + 1,
	    problem);
}

static bool
build(struct builder *b, yaml_parser_t *parser, struct err *err)
{
	bool is_done = false, ok = true;
	yaml_event_t event;

	while (ok && !is_done) {
		if (!yaml_parser_parse(parser, &event))
			return explain(parser, err);
		ok = take_event(b, &event, &is_done, err);
		if (!ok)
			err_wrap(err, "line %zu", event.start_mark.line + 1);
		if (event.type == YAML_SCALAR_EVENT)
			explicit_bzero(event.data.scalar.value,
			    event.data.scalar.length);
		yaml_event_delete(&event);
	}
	return ok;
}

bool
yaml_tree_parse(const struct yaml_tree **out, struct arena *arena,
    struct str text, struct err *err)
{
	struct builder b = { .arena = arena };
	yaml_parser_t parser;
	bool ok;

	*out = NULL;
	if (!yaml_parser_initialize(&parser))
		return err_set(err, "no memory");
	yaml_parser_set_input_string(&parser,
	    (const unsigned char *)(text.p == NULL ? "" : text.p), text.len);
	ok = build(&b, &parser, err);
	/* What it has of the text; it gives us no chance at the rest. */
	explicit_bzero(parser.raw_buffer.start,
	    (size_t)(parser.raw_buffer.end - parser.raw_buffer.start));
	explicit_bzero(parser.buffer.start,
	    (size_t)(parser.buffer.end - parser.buffer.start));
	yaml_parser_delete(&parser);
	if (ok && b.root == NULL)
		ok = add(&b, YAML_TREE_NULL, 1) != NULL ||
		    err_set(err, "no memory");
	*out = ok ? b.root : NULL;
	return ok;
}

#endif
