/* SPDX-License-Identifier: ISC */
/*
 * bus-sink DIR: takes the lines of the bus "t" in DIR and appends their JSON
 * to DIR/taken, each with one write, and keeps a cursor in DIR.  Ends with 1
 * if lines were lost.
 */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/bus.h"
#include "common/cursor.h"
#include "common/log.h"
#include "common/mem.h"

#define LINES_PER_STORE 100

struct sink {
	struct loop loop;
	struct bus_sub *sub;
	struct bus_sub_counters counters;
	struct cursor cursor;
	int fd;
};

static void
on_line(void *arg, const struct frame_line *line)
{
	struct sink *s = arg;
	struct err err;

	/* The newline is behind the JSON. */
	if (write(s->fd, line->json.p, line->json.len + 1) !=
	    (ssize_t)line->json.len + 1)
		log_die(1, "cannot write");
	cursor_set(&s->cursor, line->epoch, line->seq);
	if (line->seq % LINES_PER_STORE == 0 && !cursor_store(&s->cursor, &err))
		log_die(1, "%s", err.msg);
}

static bool
open_all(struct sink *s, const char *dir, struct err *err)
{
	struct bus_sub_conf conf = { .on_line = on_line, .arg = s };
	char *cursor = xasprintf("%s/cursor", dir);
	char *taken = xasprintf("%s/taken", dir);
	bool is_ok = cursor_load(&s->cursor, cursor, err);

	s->fd = open(taken, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	free(cursor);
	free(taken);
	if (!is_ok || s->fd == -1 || !loop_init(&s->loop, err) ||
	    !bus_addresses(&conf.address, dir, "t", NULL, NULL, NULL, err))
		return false;
	s->sub = bus_sub_open(&s->loop, &conf, &s->counters, err);
	for (size_t i = 0; s->sub != NULL && i < s->cursor.n; i++)
		bus_sub_seed(s->sub, s->cursor.entries[i].epoch,
		    s->cursor.entries[i].seq);
	return s->sub != NULL;
}

int
main(int argc, char **argv)
{
	static struct sink s;
	struct err err = { "cannot open" };

	log_init("bus-sink");
	if (argc != 2)
		log_die(64, "usage: bus-sink DIR");
	if (!open_all(&s, argv[1], &err))
		log_die(69, "%s", err.msg);
	loop_run(&s.loop);
	bus_sub_close(s.sub);
	if (!cursor_store(&s.cursor, &err))
		log_die(1, "%s", err.msg);
	cursor_fini(&s.cursor);
	loop_fini(&s.loop);
	close(s.fd);
	return s.counters.lines_lost > 0;
}
