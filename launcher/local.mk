# SPDX-License-Identifier: ISC
bin_PROGRAMS += cheapster
cheapster_SOURCES = \
	launcher/child.c \
	launcher/child.h \
	launcher/heapster_flags.c \
	launcher/heapster_flags.h \
	launcher/main.c \
	launcher/options.c \
	launcher/options.h \
	launcher/plan.c \
	launcher/plan.h \
	launcher/program.c \
	launcher/program.h \
	launcher/relay.c \
	launcher/relay.h \
	launcher/spawn.c \
	launcher/spawn.h \
	launcher/supervisor.c \
	launcher/supervisor.h
cheapster_CPPFLAGS = $(AM_CPPFLAGS) -DBINDIR='"$(bindir)"'
cheapster_LDADD = libcommon.a $(EVENT_CORE_LIBS) $(Z_LIBS) -lm
