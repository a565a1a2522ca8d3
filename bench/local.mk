# SPDX-License-Identifier: ISC
# "make bench" builds and runs what measures; a bench fails no build.
# One line per bench: BENCHES += bench/NAME, which is built from bench/NAME.c,
# and bench_NAME_LDADD = ... if it links more than CORE_LIBS.
BENCHES += bench/bus
bench_bus_LDADD = $(BUS_LIBS)

BENCHES += bench/frame
bench_frame_LDADD = $(CORE_LIBS) $(JANSSON_LIBS)

BENCHES += bench/json
bench_json_LDADD = libcollector.a $(CORE_LIBS) $(JANSSON_LIBS)

BENCHES += bench/kubelet
bench_kubelet_LDADD = libcollector.a $(CORE_LIBS)

BENCHES += bench/local
bench_local_LDADD = libcollector.a $(CORE_LIBS)

BENCHES += bench/number
bench_number_LDADD = $(CORE_LIBS)

BENCHES += bench/sinks
bench_sinks_LDADD = libformat.a libsinks.a $(CORE_LIBS) $(Z_LIBS)

BENCHES += bench/store
bench_store_LDADD = libapiserver.a $(CORE_LIBS) $(Z_LIBS)

# Needs a cluster: bench/cluster.py runs it beside the pipeline.
FLOOR = bench/floor
bench_floor_LDADD = libcollector.a $(BUS_LIBS) $(YAML_LIBS) $(CURL_LIBS)

EXTRA_PROGRAMS += $(BENCHES) $(FLOOR)
CLEANFILES += $(BENCHES) $(FLOOR)

# The pipeline and kubesim: minutes.  BENCH_NODES=5000 for the largest, and
# BENCH_FLAGS='--resolution=15 --windows=20' or the like: bench/cluster.py.
BENCH_NODES = 100,500,1000
BENCH_FLAGS =
EXTRA_DIST += bench/cluster.py

.PHONY: bench bench-cluster bench-programs

bench-programs: $(BENCHES) $(FLOOR)

bench: $(BENCHES)
	@for bench in $(BENCHES); do \
		top_srcdir='$(srcdir)' ./$$bench || exit 1; \
	done
	@$(MAKE) $(AM_MAKEFLAGS) bench-cluster

bench-cluster: all contrib/kubesim/kubesim $(FLOOR)
	@python3 $(srcdir)/bench/cluster.py --nodes=$(BENCH_NODES) \
	    $(BENCH_FLAGS)
	@python3 $(srcdir)/bench/cluster.py --nodes=$(BENCH_NODES) --https \
	    $(BENCH_FLAGS)
