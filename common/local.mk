# SPDX-License-Identifier: ISC
noinst_LIBRARIES += libcommon.a

libcommon_a_CFLAGS = $(AM_CFLAGS) $(CONVERSION_CFLAGS) $(EVENT_CFLAGS)
libcommon_a_SOURCES = \
	common/arena.c \
	common/arena.h \
	common/backoff.c \
	common/backoff.h \
	common/buf.c \
	common/buf.h \
	common/bus.h \
	common/clock.c \
	common/clock.h \
	common/counters.c \
	common/counters.h \
	common/cursor.h \
	common/daemon.c \
	common/daemon.h \
	common/err.c \
	common/err.h \
	common/expand.c \
	common/expand.h \
	common/frame.h \
	common/frame_json.h \
	common/hash.c \
	common/hash.h \
	common/intern.c \
	common/intern.h \
	common/journal.h \
	common/json.h \
	common/json_out.c \
	common/json_out.h \
	common/labels.h \
	common/log.c \
	common/log.h \
	common/loop.c \
	common/loop.h \
	common/mem.c \
	common/mem.h \
	common/metric.h \
	common/metrics_http.c \
	common/metrics_http.h \
	common/notify.c \
	common/notify.h \
	common/number.c \
	common/number.h \
	common/number_units.c \
	common/opt.c \
	common/opt.h \
	common/opt_help.c \
	common/opt_help.h \
	common/quantity.c \
	common/quantity.h \
	common/sink.h \
	common/str.c \
	common/str.h \
	common/timestamp.c \
	common/timestamp.h
