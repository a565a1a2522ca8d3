/* SPDX-License-Identifier: ISC */
/*
 * cheapster-sink-sqlite: writes every value of every set into one database,
 * from which the apiserver answers what was long ago.  What is in the file is
 * in common/sqlite_schema.h, how it comes there in sqlite_db.h.
 */
#include "config.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/sink.h"

#include "sinks/sqlite_db.h"
#include "sinks/sqlite_options.h"

struct sqlite_sink {
	struct sqlite_db *db;
	struct sqlite_db_counters counters;
	struct log_condition care_failing;
};

static bool
sqlite_sink_check(char **operands, struct err *err)
{
	struct sqlite_options options;
	bool ok = sqlite_options_parse(&options, operands[0], err);

	if (ok && operands[1] != NULL)
		ok = err_set(err, "unexpected operand %s", operands[1]);
	sqlite_options_fini(&options);
	return ok;
}

static bool
sqlite_sink_init(void *self, char **operands, struct err *err)
{
	struct sqlite_sink *s = self;
	struct sqlite_options options;

	if (!sqlite_options_parse(&options, operands[0], err))
		return false;
	s->db = sqlite_db_open(&options, &s->counters, err);
	sqlite_options_fini(&options);
	return s->db != NULL;
}

static void
sqlite_sink_count(void *self, struct counters *counters)
{
	struct sqlite_sink *s = self;

	counters_add(counters, &s->counters, sqlite_db_counters);
}

/* The frame is safe without it. */
static void
care(struct sqlite_sink *s)
{
	struct err err;
	bool did;

	if (sqlite_db_care(s->db, &did, &err)) {
		if (log_clear(&s->care_failing))
			log_info("upkeep_succeeded");
	} else if (log_onset(&s->care_failing, clock_mono_ns()))
		log_warn("upkeep_failed error=%s", log_qs(err.msg));
}

static enum sink_result
sqlite_sink_write(void *self, const struct sink_frame *frame, struct err *err)
{
	struct sqlite_sink *s = self;

	switch (sqlite_db_write(s->db, frame->frame, clock_wall_ns(), err)) {
	case SQLITE_FAILED:
		return SINK_RETRY;
	case SQLITE_REFUSED:
		return SINK_DROP;
	case SQLITE_WRITTEN:
		break;
	}
	care(s);
	return SINK_OK;
}

static void
sqlite_sink_fini(void *self)
{
	struct sqlite_sink *s = self;

	sqlite_db_close(s->db);
}

int
main(int argc, char **argv)
{
	static const struct sink_ops ops = {
		.name = "sqlite",
		.summary = "writes every value into one SQLite database",
		.synopsis = "PATH[?keep=30d]",
		.ctx_size = sizeof(struct sqlite_sink),
		.check = sqlite_sink_check,
		.init = sqlite_sink_init,
		.count = sqlite_sink_count,
		.write = sqlite_sink_write,
		.fini = sqlite_sink_fini,
	};

	return sink_main(&ops, argc, argv);
}
