# SPDX-License-Identifier: ISC
bin_PROGRAMS += cheapster-collector
noinst_LIBRARIES += libcollector.a

# All but main(), so that tests can link with it.
libcollector_a_CFLAGS = $(AM_CFLAGS) $(CONVERSION_CFLAGS)
libcollector_a_SOURCES = \
	collector/access.c \
	collector/access.h \
	collector/authority.c \
	collector/authority.h \
	collector/cgroup_name.c \
	collector/cgroup_name.h \
	collector/cgroup_stat.c \
	collector/cgroup_stat.h \
	collector/exec_credential.c \
	collector/exec_credential.h \
	collector/exec_plugin.c \
	collector/exec_plugin.h \
	collector/fetch.c \
	collector/fetch.h \
	collector/field.c \
	collector/field.h \
	collector/kubeconfig.c \
	collector/kubeconfig.h \
	collector/kubeconfig_section.c \
	collector/kubeconfig_section.h \
	collector/kubeconfig_take.c \
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
	collector/procfs.h \
	collector/schedule.c \
	collector/schedule.h \
	collector/scrape.c \
	collector/scrape.h \
	collector/secret.c \
	collector/secret.h \
	collector/source.c \
	collector/source.h \
	collector/summary.c \
	collector/summary.h \
	collector/summary_merge.c \
	collector/summary_merge.h \
	collector/summary_part.c \
	collector/summary_part.h \
	collector/token.c \
	collector/token.h \
	collector/yaml_tree.c \
	collector/yaml_tree.h

cheapster_collector_SOURCES = collector/main.c
cheapster_collector_LDADD = libcollector.a $(CURL_LIBS) $(YAML_LIBS) $(BUS_LIBS)
