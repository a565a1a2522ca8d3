/* SPDX-License-Identifier: ISC */
/* Labels as text: those of a set once, those of its resources in between. */
#include "config.h"

#include "sinks/label_text.h"

#include "t/heapster_batch.h"

#define NODE "{\"v\":1,\"kind\":\"node\",\"window_us\":1000000," \
	"\"resolution_us\":1000000,\"metrics\":[\"uptime\"]," \
	"\"labelled\":[\"filesystem/usage\",\"accelerator/duty_cycle\"," \
	"\"custom/value\"],\"node\":{\"name\":\"n\",\"stored\":{" \
	"\"a\":\"1\",\"make\":\"mine\",\"b.\":\"2\",\"b,\":\"3\"," \
	"\"zz\":\"4\"},\"values\":[1],\"resources\":[" \
	"{\"resource_id\":\"/\",\"claim\":\"c\",\"values\":[1]}," \
	"{\"make\":\"m\",\"accelerator_id\":\"g\",\"values\":[null,2]}," \
	"{\"resource_id\":\"q\",\"values\":[3,null,4]}]," \
	"\"system\":[{\"name\":\"s\",\"values\":[1]}],\"pods\":[]}}"

/* Without host_id and hostname; what is no letter, digit nor '_' is '_'. */
static bool
take(const void *arg, struct label *label, struct buf *names)
{
	size_t begin = names->len;

	(void)arg;
	if (str_has_prefix(label->key, STR("host")))
		return false;
	for (size_t i = 0; i < label->key.len; i++)
		buf_add_char(names, label->key.p[i] == '.' ||
		    label->key.p[i] == ',' ? '_' : label->key.p[i]);
	label->key = (struct str){ names->p + begin, names->len - begin };
	return true;
}

static void
write_label(const void *arg, struct buf *out, const struct label *label)
{
	(void)arg;
	buf_addf(out, " %.*s=%.*s", STR_ARG(label->key),
	    STR_ARG(label->value));
}

struct listing {
	struct point_filter filter;
	struct label_text_how how;
	struct label_text text;
	struct points points;
	struct buf out;
};

static void
list(void *arg, const struct frame *f)
{
	struct listing *l = arg;
	struct point point;

	label_text_begin(&l->text);
	points_begin(&l->points, f, &l->filter);
	while (points_next(&l->points, &point))
		buf_addf(&l->out, "%.*s%.*s\n", STR_ARG(point.name),
		    STR_ARG(label_text(&l->text, &l->how, &l->points,
		    &point)));
}

#define SET " a=1 b_=3 make=mine nodename=n"
#define REST " type=node zz=4\n"

static const struct {
	const char *what, *query;
	struct label extra;
	bool is_last_kept;
	const char *want;
} cases[] = {
	{ "those of resources win, composed ones have none", "", { { 0 } },
	    false,
	    "uptime" SET REST
	    "filesystem/usage" SET " persistentvolumeclaim=c resource_id=/" REST
	    "accelerator/duty_cycle a=1 accelerator_id=g b_=3 make=m nodename=n"
	    REST
	    "filesystem/usage" SET " resource_id=q" REST
	    "custom/q" SET REST
	    "uptime container_name=s nodename=n type=sys_container\n" },
	{ "no point of the set itself, and an extra one",
	    "?metrics=filesystem/*", { STR_INIT("type"), STR_INIT("x") },
	    false,
	    "filesystem/usage" SET " persistentvolumeclaim=c resource_id=/ "
	    "type=x zz=4\nfilesystem/usage" SET " resource_id=q type=x zz=4\n" },
	{ "the last of those that become one", "?metrics=uptime&types=node",
	    { STR_INIT("0"), STR_INIT("x") }, true,
	    "uptime 0=x a=1 b_=2 make=mine nodename=n" REST },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct listing l = { .how = {
			.take = take,
			.write = write_label,
			.extra = cases[i].extra,
			.is_last_kept = cases[i].is_last_kept,
		} };
		struct sink_uri uri;
		struct err err = { "" };

		if (!sink_uri_parse(&uri, str_of(cases[i].query), &err) ||
		    !point_filter_init(&l.filter, &uri, &err))
			bail("%s", err.msg);
		/* Twice: nothing of the first one is left. */
		batch_each(STR(NODE), list, &l);
		buf_reset(&l.out);
		batch_each(STR(NODE), list, &l);
		is_mem(l.out.p, l.out.len, cases[i].want,
		    strlen(cases[i].want), "%s", cases[i].what);
		label_text_fini(&l.text);
		points_fini(&l.points);
		buf_fini(&l.out);
		sink_uri_fini(&uri);
	}
}

int
main(void)
{
	test_cases();
	return done_testing();
}
