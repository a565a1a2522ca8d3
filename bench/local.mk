# SPDX-License-Identifier: ISC
# Measurements: "make bench" builds them and prints one figure per line.
EXTRA_PROGRAMS += $(BENCHES)
CLEANFILES += $(BENCHES)

bench: $(BENCHES)
	@for b in $(BENCHES); do ./$$b || exit 1; done
