# SPDX-License-Identifier: ISC
bin_PROGRAMS += cheapster-collector
noinst_LIBRARIES += libcollector.a

# All but main(), so that tests can link with it.
libcollector_a_CFLAGS = $(AM_CFLAGS) $(CONVERSION_CFLAGS)
libcollector_a_SOURCES = \
	collector/ask.c \
	collector/cadvisor.c \
	collector/cadvisor.h \
	collector/cadvisor_stats.c \
	collector/cadvisor_stats.h \
	collector/cgroup_name.c \
	collector/cgroup_name.h \
	collector/cgroup_stat.c \
	collector/cgroup_stat.h \
	collector/cluster.c \
	collector/cluster.h \
	collector/cluster_options.c \
	collector/cluster_options.h \
	collector/custom.c \
	collector/custom.h \
	collector/enrich.c \
	collector/enrich.h \
	collector/field.c \
	collector/field.h \
	collector/first_usage.c \
	collector/first_usage.h \
	collector/kube_event.c \
	collector/kube_node.c \
	collector/kube_object.h \
	collector/kube_pod.c \
	collector/kube_read.c \
	collector/kube_read.h \
	collector/kube_source.c \
	collector/kube_source.h \
	collector/kubelet_api.c \
	collector/kubelet_api.h \
	collector/kubelet_refusal.c \
	collector/kubelet_refusal.h \
	collector/label_rules.c \
	collector/label_rules.h \
	collector/list_stream.c \
	collector/list_stream.h \
	collector/list_watch.c \
	collector/list_watch.h \
	collector/local.c \
	collector/local.h \
	collector/local_cgroup.c \
	collector/local_device.c \
	collector/local_file.c \
	collector/local_impl.h \
	collector/local_node.c \
	collector/local_pod.c \
	collector/local_tree.c \
	collector/node_address.c \
	collector/node_address.h \
	collector/object_cache.c \
	collector/object_cache.h \
	collector/object_table.c \
	collector/object_table.h \
	collector/pod_sum.c \
	collector/pod_sum.h \
	collector/pod_tree.c \
	collector/pod_tree.h \
	collector/procfs.c \
	collector/procfs.h \
	collector/prometheus.c \
	collector/prometheus.h \
	collector/resource.c \
	collector/resource.h \
	collector/schedule.c \
	collector/schedule.h \
	collector/scrape.c \
	collector/scrape.h \
	collector/scrape_impl.h \
	collector/scrape_stats.c \
	collector/shard.c \
	collector/shard.h \
	collector/source.c \
	collector/source.h \
	collector/summary.c \
	collector/summary.h \
	collector/summary_merge.c \
	collector/summary_merge.h \
	collector/summary_part.c \
	collector/summary_part.h \
	collector/target.c \
	collector/watch_failure.c \
	collector/watch_failure.h \
	collector/watch_plan.c \
	collector/watch_plan.h

cheapster_collector_SOURCES = collector/main.c
cheapster_collector_LDADD = libcollector.a $(BUS_LIBS) $(CURL_LIBS) $(YAML_LIBS)
