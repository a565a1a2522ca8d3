# SPDX-License-Identifier: ISC
# The parts of the collector that tests and benches link too.
noinst_LIBRARIES += libcollector.a

libcollector_a_CFLAGS = $(AM_CFLAGS) $(CONVERSION_CFLAGS)
libcollector_a_SOURCES = \
	collector/cgroup_name.c \
	collector/cgroup_name.h \
	collector/cgroup_stat.c \
	collector/cgroup_stat.h \
	collector/field.c \
	collector/field.h \
	collector/local.c \
	collector/local.h \
	collector/local_cgroup.c \
	collector/local_device.c \
	collector/local_file.c \
	collector/local_impl.h \
	collector/local_node.c \
	collector/local_pod.c \
	collector/local_tree.c \
	collector/procfs.c \
	collector/procfs.h
