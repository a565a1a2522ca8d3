# SPDX-License-Identifier: ISC
bin_PROGRAMS += cheapster-aggregator
noinst_LIBRARIES += libaggregator.a

# All but main(), so that tests can link with it.
libaggregator_a_CFLAGS = $(AM_CFLAGS) $(CONVERSION_CFLAGS)
libaggregator_a_SOURCES = \
	aggregator/answers.c \
	aggregator/answers.h \
	aggregator/nodes.c \
	aggregator/nodes.h \
	aggregator/rate.c \
	aggregator/rate.h \
	aggregator/rollup.c \
	aggregator/rollup.h \
	aggregator/window.c \
	aggregator/window.h

cheapster_aggregator_SOURCES = aggregator/main.c
cheapster_aggregator_LDADD = libaggregator.a $(BUS_LIBS)
