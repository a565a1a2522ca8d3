# SPDX-License-Identifier: ISC
# A page without options is one line: dist_man_MANS += man/cheapster-bus.7
#
# man/PROGRAM.8.in is the page of a program; the line @OPTIONS@ in it is
# replaced by what "PROGRAM --help=man" prints.  It takes a line in the list
# and one that names the program.
OPTION_MANS = \
	man/cheapster-aggregator.8 \
	man/cheapster-apiserver.8 \
	man/cheapster-collector.8 \
	man/cheapster-pub.1 \
	man/cheapster-sink-elasticsearch.8 \
	man/cheapster-sink-exec.8 \
	man/cheapster-sink-graphite.8 \
	man/cheapster-sink-influxdb.8 \
	man/cheapster-sink-log.8 \
	man/cheapster-sink-null.8 \
	man/cheapster-sink-opentsdb.8 \
	man/cheapster-sink-otlp.8 \
	man/cheapster-sink-prometheus.8 \
	man/cheapster-sink-remote-write.8 \
	man/cheapster-sink-riemann.8 \
	man/cheapster-sink-statsd.8 \
	man/cheapster-tap.1 \
	man/cheapster.8

if SQLITE
OPTION_MANS += man/cheapster-sink-sqlite.8
endif

if KAFKA
OPTION_MANS += man/cheapster-sink-kafka.8
endif

man/cheapster.8: cheapster$(EXEEXT)
man/cheapster-aggregator.8: cheapster-aggregator$(EXEEXT)
man/cheapster-apiserver.8: cheapster-apiserver$(EXEEXT)
man/cheapster-collector.8: cheapster-collector$(EXEEXT)
man/cheapster-pub.1: cheapster-pub$(EXEEXT)
man/cheapster-sink-elasticsearch.8: cheapster-sink-elasticsearch$(EXEEXT)
man/cheapster-sink-exec.8: cheapster-sink-exec$(EXEEXT)
man/cheapster-sink-graphite.8: cheapster-sink-graphite$(EXEEXT)
man/cheapster-sink-influxdb.8: cheapster-sink-influxdb$(EXEEXT)
man/cheapster-sink-kafka.8: cheapster-sink-kafka$(EXEEXT)
man/cheapster-sink-log.8: cheapster-sink-log$(EXEEXT)
man/cheapster-sink-null.8: cheapster-sink-null$(EXEEXT)
man/cheapster-sink-opentsdb.8: cheapster-sink-opentsdb$(EXEEXT)
man/cheapster-sink-otlp.8: cheapster-sink-otlp$(EXEEXT)
man/cheapster-sink-prometheus.8: cheapster-sink-prometheus$(EXEEXT)
man/cheapster-sink-remote-write.8: cheapster-sink-remote-write$(EXEEXT)
man/cheapster-sink-riemann.8: cheapster-sink-riemann$(EXEEXT)
man/cheapster-sink-sqlite.8: cheapster-sink-sqlite$(EXEEXT)
man/cheapster-sink-statsd.8: cheapster-sink-statsd$(EXEEXT)
man/cheapster-tap.1: cheapster-tap$(EXEEXT)

man_MANS = $(OPTION_MANS) man/cheapster-model.7
dist_man_MANS += man/cheapster-bus.7 man/cheapster-sinks.7
EXTRA_DIST += $(OPTION_MANS:=.in) man/cheapster-model.7.in \
	man/cheapster-sink-kafka.8.in \
	man/cheapster-sink-sqlite.8.in
CLEANFILES += $(OPTION_MANS) man/cheapster-model.7

# The line @METRICS@ is replaced by the table of metrics.
noinst_PROGRAMS += man/metrics
man_metrics_SOURCES = man/metrics.c
man_metrics_LDADD = $(CORE_LIBS)

man/cheapster-model.7: man/cheapster-model.7.in man/metrics$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) man && \
	man/metrics >$@.metrics && \
	$(AWK) '$$0 == "@METRICS@" { \
		while ((getline line < metrics) > 0) print line; \
		next \
	} { print }' metrics=$@.metrics $(srcdir)/man/cheapster-model.7.in \
		>$@.tmp && \
	rm $@.metrics && \
	mv $@.tmp $@
SUFFIXES = .1 .1.in .8 .8.in

MAN_GENERATE = \
	$(MKDIR_P) man && \
	program=$(@F) && \
	./$${program%.*} --help=man >$@.options && \
	$(AWK) '$$0 == "@OPTIONS@" { \
		while ((getline line < options) > 0) print line; \
		next \
	} { print }' options=$@.options $< >$@.tmp && \
	rm $@.options && \
	mv $@.tmp $@

.8.in.8:
	$(AM_V_GEN)$(MAN_GENERATE)

.1.in.1:
	$(AM_V_GEN)$(MAN_GENERATE)
