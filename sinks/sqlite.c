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
	struct sqlite_options options;
	struct sqlite_db *db;	/* NULL: could not be opened again */
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

	if (!sqlite_options_parse(&s->options, operands[0], err))
		return false;
	s->db = sqlite_db_open(&s->options, &s->counters, err);
	return s->db != NULL;
}

static void
sqlite_sink_count(void *self, struct counters *counters)
{
	struct sqlite_sink *s = self;

	counters_add(counters, &s->counters, sqlite_db_counters);
}

/* What is damaged stays so: the next frame begins a new file. */
static void
leave_damaged(struct sqlite_sink *s, struct err *err)
{
	if (!sqlite_db_is_damaged(s->db))
		return;
	if (sqlite_db_set_aside(s->db, err))
		err_set(err, "%s: a new one begins", s->options.path);
	sqlite_db_close(s->db);
	s->db = NULL;
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
		return;
	}
	if (!sqlite_db_is_damaged(s->db) &&
	    log_onset(&s->care_failing, clock_mono_ns()))
		log_warn("upkeep_failed error=%s", log_qs(err.msg));
	leave_damaged(s, &err);
}

/* Whoever takes the file away, or puts another one there, wants that used. */
static bool
ensure_file(struct sqlite_sink *s, struct err *err)
{
	if (s->db != NULL && sqlite_db_is_there(s->db))
		return true;
	if (s->db != NULL)
		log_warn("database_gone path=%s error=\"what it had is lost, "
		    "or was moved\"", log_q(str_of(s->options.path)));
	sqlite_db_close(s->db);
	s->db = sqlite_db_open(&s->options, &s->counters, err);
	return s->db != NULL;
}

static enum sink_result
sqlite_sink_write(void *self, const struct sink_frame *frame, struct err *err)
{
	struct sqlite_sink *s = self;

	if (!ensure_file(s, err))
		return SINK_RETRY;
	switch (sqlite_db_write(s->db, frame->frame, clock_wall_ns(), err)) {
	case SQLITE_FAILED:
		leave_damaged(s, err);
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
	sqlite_options_fini(&s->options);
}

int
main(int argc, char **argv)
{
	static const struct sink_ops ops = {
		.name = "sqlite",
		.summary = "writes every value into one SQLite database",
		.synopsis = "PATH[?keep=30d]",
		.ctx_size = sizeof(struct sqlite_sink),
		.check_operands = sqlite_sink_check,
		.init = sqlite_sink_init,
		.count = sqlite_sink_count,
		.write = sqlite_sink_write,
		.fini = sqlite_sink_fini,
	};

	return sink_main(&ops, argc, argv);
}
