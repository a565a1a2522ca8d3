# SPDX-License-Identifier: ISC
bin_PROGRAMS += cheapster

cheapster_CFLAGS = $(AM_CFLAGS) $(EVENT_CFLAGS)
cheapster_LDADD = $(LOOP_LIBS)
cheapster_SOURCES = \
	launcher/child.c \
	launcher/child.h \
	launcher/main.c \
	launcher/plan.c \
	launcher/plan.h \
	launcher/relay.c \
	launcher/relay.h \
	launcher/spawn.c \
	launcher/spawn.h \
	launcher/supervisor.c \
	launcher/supervisor.h
