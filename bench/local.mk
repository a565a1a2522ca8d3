# SPDX-License-Identifier: ISC
# Measurements: "make bench" builds them and prints one figure per line.
BENCHES += \
	bench/frame

bench_frame_SOURCES = bench/frame.c
bench_frame_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
bench_frame_LDADD = $(CORE_LIBS) $(JANSSON_LIBS)

EXTRA_PROGRAMS += $(BENCHES)
CLEANFILES += $(BENCHES)

bench: $(BENCHES)
	@for b in $(BENCHES); do ./$$b || exit 1; done
