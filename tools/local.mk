# SPDX-License-Identifier: ISC
# For people and scripts at a bus.
bin_PROGRAMS += cheapster-pub
cheapster_pub_SOURCES = tools/pub.c tools/input.c tools/input.h \
	tools/address.c tools/address.h
cheapster_pub_LDADD = libtools.a $(BUS_LIBS)

bin_PROGRAMS += cheapster-tap
cheapster_tap_SOURCES = tools/tap.c tools/output.c tools/output.h \
	tools/address.c tools/address.h
cheapster_tap_LDADD = libtools.a $(BUS_LIBS)

# The pure parts, so that tests can link with them.
noinst_LIBRARIES += libtools.a
libtools_a_CFLAGS = $(AM_CFLAGS) $(CONVERSION_CFLAGS)
libtools_a_SOURCES = \
	tools/format_ndjson.c \
	tools/format_ndjson.h \
	tools/group.c \
	tools/group.h \
	tools/parse_ndjson.c \
	tools/parse_ndjson.h
