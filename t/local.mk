# SPDX-License-Identifier: ISC
# C unit tests: t/NAME.c -> t/NAME.t.  Shell tests: t/NNNN-area-what.sh.
# Both print TAP and run alone: t/err.t, sh t/0001-includes.sh.
UNIT_TESTS = \
	t/counters.t \
	t/err.t \
	t/expand.t \
	t/frame.t \
	t/frame_json.t \
	t/labels.t \
	t/loop.t \
	t/metric.t \
	t/notify.t \
	t/opt.t

t_counters_t_SOURCES = t/counters.c
t_err_t_SOURCES = t/err.c
t_expand_t_SOURCES = t/expand.c
t_frame_json_t_SOURCES = t/frame_json.c t/frames.c t/frames.h
t_frame_t_SOURCES = t/frame.c
t_labels_t_SOURCES = t/labels.c
t_loop_t_LDADD = $(LOOP_LIBS)
t_loop_t_SOURCES = t/loop.c
t_metric_t_SOURCES = t/metric.c
t_notify_t_SOURCES = t/notify.c
t_opt_t_SOURCES = t/opt.c

# Stand-ins for the far side, used by the shell tests.
check_PROGRAMS += t/bin/fake-child

t_bin_fake_child_SOURCES = t/bin/fake-child.c

SHELL_TESTS = \
	t/0001-includes.sh \
	t/0002-headers.sh \
	t/0003-tree.sh \
	t/0004-harness.sh \
	t/0010-fuzz-corpora.sh \
	t/0100-launcher-flags.sh \
	t/0101-daemon.sh \
	t/5000-launcher-restart.sh

# Fuzz targets: t/fuzz/NAME.c.  "make check" feeds the corpus t/fuzz/corpus/NAME
# to each; "make fuzz" lets libFuzzer search from there.
FUZZ_TARGETS +=
if FUZZ
FUZZ_MAIN =
FUZZ_LIBS = -fsanitize=fuzzer
else
FUZZ_MAIN = t/fuzz/standalone.c
FUZZ_LIBS =
endif

check_PROGRAMS += $(UNIT_TESTS) $(FUZZ_TARGETS)
TESTS += $(UNIT_TESTS) $(SHELL_TESTS)
noinst_HEADERS += t/tap.h
EXTRA_DIST += $(SHELL_TESTS) t/README t/lib.sh t/run-one t/fuzz/corpus
LDADD = $(CORE_LIBS)

TEST_EXTENSIONS = .t .sh
AM_TESTS_ENVIRONMENT = \
	top_srcdir='$(abs_top_srcdir)'; export top_srcdir; \
	top_builddir='$(abs_top_builddir)'; export top_builddir; \
	CC='$(CC)'; export CC;
T_LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
T_LOG_COMPILER = $(SHELL) $(top_srcdir)/t/run-one
SH_LOG_DRIVER = $(T_LOG_DRIVER)
SH_LOG_COMPILER = $(SHELL)

# The same tests by prove, whose output is nicer to read.
prove: $(check_PROGRAMS) $(bin_PROGRAMS)
	@$(AM_TESTS_ENVIRONMENT) cd $(srcdir) && \
	prove --exec '$(SHELL) $(abs_top_srcdir)/t/run-one' $(PROVE_FLAGS) \
	    $(UNIT_TESTS:%=$(abs_top_builddir)/%) $(SHELL_TESTS)

# Unit tests under memcheck; the daemons too where a shell test starts them.
check-valgrind:
	CHEAPSTER_VALGRIND=1 $(MAKE) $(AM_MAKEFLAGS) prove

FUZZ_SECONDS = 60

fuzz:
	mkdir -p build-fuzz
	test -f build-fuzz/Makefile || (cd build-fuzz && \
	    $(abs_top_srcdir)/configure --quiet CC=clang --enable-fuzz)
	$(MAKE) -C build-fuzz fuzz-run FUZZ_SECONDS=$(FUZZ_SECONDS)

fuzz-run: $(FUZZ_TARGETS)
	@for t in $(FUZZ_TARGETS); do \
	    name=$${t##*/}; mkdir -p found/$$name; \
	    echo "$$name: $(FUZZ_SECONDS) s"; \
	    dict=$(srcdir)/t/fuzz/$$name.dict; \
	    ./$$t -max_total_time=$(FUZZ_SECONDS) -max_len=65536 -verbosity=0 \
		-print_final_stats=1 $$(test -f $$dict && echo -dict=$$dict) \
		found/$$name $(srcdir)/t/fuzz/corpus/$$name 2>found/$$name.log || \
		{ cat found/$$name.log; exit 1; }; \
	    grep -E 'number_of_executed_units|peak_rss' found/$$name.log; \
	done

clean-local:
	rm -rf build-fuzz found
