# SPDX-License-Identifier: ISC
# A page without options is one line: dist_man_MANS += man/cheapster-bus.7
#
# man/PROGRAM.8.in is the page of a program; the line @OPTIONS@ in it is
# replaced by what "PROGRAM --help=man" prints.  It takes a line in the list
# and one that names the program.
OPTION_MANS = \
	man/cheapster.8 \
	man/cheapster-aggregator.8 \
	man/cheapster-apiserver.8 \
	man/cheapster-collector.8 \
	man/cheapster-sink-exec.8 \
	man/cheapster-sink-log.8 \
	man/cheapster-sink-null.8

man/cheapster.8: cheapster$(EXEEXT)
man/cheapster-aggregator.8: cheapster-aggregator$(EXEEXT)
man/cheapster-apiserver.8: cheapster-apiserver$(EXEEXT)
man/cheapster-collector.8: cheapster-collector$(EXEEXT)
man/cheapster-sink-exec.8: cheapster-sink-exec$(EXEEXT)
man/cheapster-sink-log.8: cheapster-sink-log$(EXEEXT)
man/cheapster-sink-null.8: cheapster-sink-null$(EXEEXT)

man_MANS = $(OPTION_MANS)
EXTRA_DIST += $(OPTION_MANS:=.in)
CLEANFILES += $(OPTION_MANS)
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
