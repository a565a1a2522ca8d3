# SPDX-License-Identifier: ISC
# "make bench" builds and runs what measures; a bench fails no build.
# One line per bench: BENCHES += bench/NAME, which is built from bench/NAME.c,
# and bench_NAME_LDADD = ... if it links more than CORE_LIBS.
BENCHES += bench/bus
bench_bus_LDADD = $(BUS_LIBS)

BENCHES += bench/frame
bench_frame_SOURCES = bench/frame.c bench/made.c bench/made.h
bench_frame_LDADD = $(CORE_LIBS) $(JANSSON_LIBS)

BENCHES += bench/json
bench_json_LDADD = libcollector.a $(CORE_LIBS) $(JANSSON_LIBS)

BENCHES += bench/kubelet
bench_kubelet_LDADD = libcollector.a $(CORE_LIBS)

BENCHES += bench/local
bench_local_LDADD = libcollector.a $(CORE_LIBS)

BENCHES += bench/metrics
bench_metrics_SOURCES = bench/metrics.c bench/made.c bench/made.h
bench_metrics_LDADD = libapiserver.a $(CORE_LIBS) $(Z_LIBS)

BENCHES += bench/number
bench_number_LDADD = $(CORE_LIBS)

BENCHES += bench/sinks
bench_sinks_SOURCES = bench/sinks.c bench/made.c bench/made.h
bench_sinks_LDADD = libformat.a libsinks.a $(CORE_LIBS) $(Z_LIBS)

if SQLITE
BENCHES += bench/sqlite
bench_sqlite_SOURCES = bench/sqlite.c bench/made.c bench/made.h
bench_sqlite_LDADD = libsqlitesink.a libapiserver.a $(SQLITE_LIBS) \
	$(LOOP_LIBS)

bench-sqlite: bench/sqlite$(EXEEXT)
	@bench/sqlite 500
endif

BENCHES += bench/store
bench_store_SOURCES = bench/store.c bench/made.c bench/made.h
bench_store_LDADD = libapiserver.a $(CORE_LIBS) $(Z_LIBS)

# Needs a cluster: bench/cluster.py runs it beside the pipeline.
FLOOR = bench/floor
bench_floor_LDADD = libcollector.a $(BUS_LIBS) $(YAML_LIBS) $(CURL_LIBS)

# Needs an API server that is filled: bench/api.py runs it.
ASKER = bench/api
bench_api_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
bench_api_LDADD = $(CORE_LIBS) $(OPENSSL_LIBS)

# Needs sinks that have something to send: bench/sinks.py runs it.
WIRE = bench/wire
if KAFKA
BROKERS = t/bin/mock-kafka
endif

EXTRA_PROGRAMS += $(BENCHES) $(FLOOR) $(ASKER) $(WIRE)
CLEANFILES += $(BENCHES) $(FLOOR) $(ASKER) $(WIRE)

# The pipeline and kubesim: minutes.  BENCH_NODES=5000 for the largest, and
# BENCH_FLAGS='--resolution=15 --windows=20' or the like: bench/cluster.py.
BENCH_NODES = 100,500,1000
BENCH_FLAGS =
EXTRA_DIST += bench/api.py bench/cluster.py bench/metrics-api.py bench/soak.py

# The answers of the API: BENCH_API_FLAGS='--nodes=100 --scraping=0'.
BENCH_API_FLAGS =

# Each sink against a server that costs nothing: BENCH_SINKS_FLAGS=--nodes=100.
BENCH_SINKS_FLAGS =
EXTRA_DIST += bench/sinks.py

# Those of the Metrics API, over TLS: METRICS_API_FLAGS='--nodes=100'.
METRICS_API_FLAGS =

# An API server that comes back: RESTART_FLAGS='--nodes=5000' or the like.
RESTART_FLAGS =
EXTRA_DIST += bench/restart.py

# Rude clients for ten minutes, no part of any other target.
SOAK_SECONDS = 600

.PHONY: bench bench-api bench-cluster bench-metrics-api bench-programs
.PHONY: bench-restart bench-sinks bench-sqlite soak

bench-programs: $(BENCHES) $(FLOOR) $(ASKER) $(WIRE)

bench: $(BENCHES)
	@for bench in $(BENCHES); do \
		top_srcdir='$(srcdir)' ./$$bench || exit 1; \
	done
	@$(MAKE) $(AM_MAKEFLAGS) bench-restart
	@$(MAKE) $(AM_MAKEFLAGS) bench-cluster
	@$(MAKE) $(AM_MAKEFLAGS) bench-api
	@$(MAKE) $(AM_MAKEFLAGS) bench-sinks
	@$(MAKE) $(AM_MAKEFLAGS) bench-metrics-api

bench-api: all contrib/kubesim/kubesim $(ASKER)
	@python3 $(srcdir)/bench/api.py $(BENCH_API_FLAGS)

bench-sinks: all contrib/kubesim/kubesim $(WIRE) $(BROKERS)
	@python3 $(srcdir)/bench/sinks.py $(BENCH_SINKS_FLAGS)

bench-metrics-api: all contrib/kubesim/kubesim $(ASKER)
	@python3 $(srcdir)/bench/metrics-api.py $(METRICS_API_FLAGS)

bench-restart: cheapster-apiserver$(EXEEXT) bench/store
	@python3 $(srcdir)/bench/restart.py $(RESTART_FLAGS)

soak: all contrib/kubesim/kubesim
	@python3 $(srcdir)/bench/soak.py --seconds=$(SOAK_SECONDS)

bench-cluster: all contrib/kubesim/kubesim $(FLOOR)
	@python3 $(srcdir)/bench/cluster.py --nodes=$(BENCH_NODES) \
	    $(BENCH_FLAGS)
	@python3 $(srcdir)/bench/cluster.py --nodes=$(BENCH_NODES) --https \
	    $(BENCH_FLAGS)
