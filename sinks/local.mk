# SPDX-License-Identifier: ISC
# One program per sink: cheapster-sink-NAME from sinks/NAME.c.
bin_PROGRAMS += cheapster-sink-exec
cheapster_sink_exec_SOURCES = sinks/exec.c sinks/child.c sinks/child.h
cheapster_sink_exec_LDADD = $(BUS_LIBS)

bin_PROGRAMS += cheapster-sink-log
cheapster_sink_log_SOURCES = sinks/log.c
cheapster_sink_log_LDADD = libformat.a $(BUS_LIBS)

bin_PROGRAMS += cheapster-sink-null
cheapster_sink_null_SOURCES = sinks/null.c
cheapster_sink_null_LDADD = $(BUS_LIBS)

if SQLITE
bin_PROGRAMS += cheapster-sink-sqlite
cheapster_sink_sqlite_SOURCES = sinks/sqlite.c
cheapster_sink_sqlite_LDADD = libsqlitesink.a $(SQLITE_LIBS) $(BUS_LIBS)

# All but main(), so that tests can link with it.
noinst_LIBRARIES += libsqlitesink.a
libsqlitesink_a_SOURCES = \
	sinks/sqlite_care.c \
	sinks/sqlite_db.c \
	sinks/sqlite_db.h \
	sinks/sqlite_frame.c \
	sinks/sqlite_impl.h \
	sinks/sqlite_names.c \
	sinks/sqlite_options.c \
	sinks/sqlite_options.h \
	sinks/thin.c \
	sinks/thin.h
endif

# Frames as bytes: pure, so that tests can link with it.
noinst_LIBRARIES += libformat.a
libformat_a_SOURCES = \
	sinks/format_log.c \
	sinks/format_log.h
