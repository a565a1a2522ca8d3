# SPDX-License-Identifier: ISC
# One line per page: dist_man_MANS += man/cheapster-bus.7
