# SPDX-License-Identifier: ISC
bin_PROGRAMS += cheapster-sink-exec cheapster-sink-log cheapster-sink-null

cheapster_sink_exec_SOURCES = sinks/exec.c sinks/child.c sinks/child.h
cheapster_sink_exec_LDADD = $(BUS_LIBS)

cheapster_sink_log_SOURCES = sinks/log.c sinks/format_log.c sinks/format_log.h
cheapster_sink_log_LDADD = $(BUS_LIBS)

cheapster_sink_null_SOURCES = sinks/null.c
cheapster_sink_null_LDADD = $(BUS_LIBS)
