# SPDX-License-Identifier: ISC
# C unit tests: t/NAME.t is built from t/NAME.c.  What needs more than that
# and CORE_LIBS adds t_NAME_t_SOURCES or t_NAME_t_LDADD below the list.
UNIT_TESTS += t/access.t
UNIT_TESTS += t/answer_cache.t
UNIT_TESTS += t/api_golden.t
UNIT_TESTS += t/api_stats.t
UNIT_TESTS += t/arena.t
UNIT_TESTS += t/attributes.t
UNIT_TESTS += t/audit_id.t
UNIT_TESTS += t/backoff.t
UNIT_TESTS += t/base64.t
UNIT_TESTS += t/batch.t
UNIT_TESTS += t/body.t
UNIT_TESTS += t/buf.t
UNIT_TESTS += t/bus.t
UNIT_TESTS += t/bus_close.t
UNIT_TESTS += t/bus_hostile.t
UNIT_TESTS += t/bus_pure.t
UNIT_TESTS += t/bus_survey.t
UNIT_TESTS += t/cadvisor.t
UNIT_TESTS += t/cadvisor_pods.t
UNIT_TESTS += t/cgroup.t
UNIT_TESTS += t/clean_path.t
UNIT_TESTS += t/clock.t
UNIT_TESTS += t/counters.t
UNIT_TESTS += t/cursor.t
UNIT_TESTS += t/daemon.t
UNIT_TESTS += t/elastic.t
UNIT_TESTS += t/enrich.t
UNIT_TESTS += t/err.t
UNIT_TESTS += t/exec_plugin.t
UNIT_TESTS += t/expand.t
UNIT_TESTS += t/exposition.t
UNIT_TESTS += t/fetch.t
UNIT_TESTS += t/first_usage.t
UNIT_TESTS += t/format_elasticsearch.t
UNIT_TESTS += t/format_graphite.t
UNIT_TESTS += t/format_influxdb.t
UNIT_TESTS += t/format_kafka.t
UNIT_TESTS += t/format_log.t
UNIT_TESTS += t/format_ndjson.t
UNIT_TESTS += t/format_opentsdb.t
UNIT_TESTS += t/format_otlp.t
UNIT_TESTS += t/format_remote_write.t
UNIT_TESTS += t/format_riemann.t
UNIT_TESTS += t/format_statsd.t
UNIT_TESTS += t/frame.t
UNIT_TESTS += t/frame_json.t
UNIT_TESTS += t/frame_line.t
UNIT_TESTS += t/frame_refusal.t
UNIT_TESTS += t/hash.t
UNIT_TESTS += t/historical_api.t
UNIT_TESTS += t/historical_pure.t
UNIT_TESTS += t/history_buckets.t
UNIT_TESTS += t/history_influxdb.t
UNIT_TESTS += t/http.t
UNIT_TESTS += t/http_access.t
UNIT_TESTS += t/http_head.t
UNIT_TESTS += t/http_request.t
UNIT_TESTS += t/identify.t
UNIT_TESTS += t/influxdb_answer.t
UNIT_TESTS += t/influxdb_query.t
UNIT_TESTS += t/influxdb_uri.t
UNIT_TESTS += t/intern.t
UNIT_TESTS += t/journal.t
UNIT_TESTS += t/json.t
UNIT_TESTS += t/json_grammar.t
UNIT_TESTS += t/json_out.t
UNIT_TESTS += t/kafka_options.t
UNIT_TESTS += t/kube_golden.t
UNIT_TESTS += t/kube_object.t
UNIT_TESTS += t/kube_source.t
UNIT_TESTS += t/kube_text.t
UNIT_TESTS += t/kubeconfig.t
UNIT_TESTS += t/kubelet_api.t
UNIT_TESTS += t/kubelet_refusal.t
UNIT_TESTS += t/kubesim_model.t
UNIT_TESTS += t/label_rules.t
UNIT_TESTS += t/label_selector.t
UNIT_TESTS += t/label_text.t
UNIT_TESTS += t/labels.t
UNIT_TESTS += t/list_options.t
UNIT_TESTS += t/list_stream.t
UNIT_TESTS += t/local.t
UNIT_TESTS += t/local_edges.t
UNIT_TESTS += t/local_live.t
UNIT_TESTS += t/log.t
UNIT_TESTS += t/loop.t
UNIT_TESTS += t/mem.t
UNIT_TESTS += t/metric.t
UNIT_TESTS += t/metrics_api.t
UNIT_TESTS += t/metrics_golden.t
UNIT_TESTS += t/model_api.t
UNIT_TESTS += t/model_golden.t
UNIT_TESTS += t/negotiate.t
UNIT_TESTS += t/node_address.t
UNIT_TESTS += t/notify.t
UNIT_TESTS += t/number.t
UNIT_TESTS += t/number_units.t
UNIT_TESTS += t/object_cache.t
UNIT_TESTS += t/openapi.t
UNIT_TESTS += t/opt.t
UNIT_TESTS += t/percent.t
UNIT_TESTS += t/pod_sum.t
UNIT_TESTS += t/pod_tree.t
UNIT_TESTS += t/points.t
UNIT_TESTS += t/procfs.t
UNIT_TESTS += t/prometheus.t
UNIT_TESTS += t/quantiles.t
UNIT_TESTS += t/quantity.t
UNIT_TESTS += t/rate.t
UNIT_TESTS += t/rate_golden.t
UNIT_TESTS += t/rate_held.t
UNIT_TESTS += t/recall.t
UNIT_TESTS += t/resolve.t
UNIT_TESTS += t/resource.t
UNIT_TESTS += t/resource_api.t
UNIT_TESTS += t/resource_golden.t
UNIT_TESTS += t/review.t
UNIT_TESTS += t/review_cache.t
UNIT_TESTS += t/rollup.t
UNIT_TESTS += t/schedule.t
UNIT_TESTS += t/series.t
UNIT_TESTS += t/server_stats.t
UNIT_TESTS += t/shard.t
UNIT_TESTS += t/sink_uri.t
UNIT_TESTS += t/source.t
UNIT_TESTS += t/spool.t
UNIT_TESTS += t/store.t
UNIT_TESTS += t/store_damage.t
UNIT_TESTS += t/str.t
UNIT_TESTS += t/summary.t
UNIT_TESTS += t/summary_golden.t
UNIT_TESTS += t/summary_sets.t
UNIT_TESTS += t/timestamp.t
UNIT_TESTS += t/token.t
UNIT_TESTS += t/usage.t
UNIT_TESTS += t/user.t
UNIT_TESTS += t/vectors.t
UNIT_TESTS += t/watch_plan.t
UNIT_TESTS += t/window.t
UNIT_TESTS += t/window_members.t
if SQLITE
UNIT_TESTS += t/sqlite_care.t
UNIT_TESTS += t/sqlite_damage.t
UNIT_TESTS += t/sqlite_history.t
UNIT_TESTS += t/sqlite_options.t
UNIT_TESTS += t/sqlite_steps.t
UNIT_TESTS += t/thin.t
endif

t_answer_cache_t_LDADD = libapiserver.a $(CORE_LIBS)
t_access_t_LDADD = libcollector.a $(CORE_LIBS) $(YAML_LIBS)
t_body_t_LDADD = libapiserver.a $(CORE_LIBS)
t_cadvisor_t_SOURCES = t/cadvisor.c t/cadvisor_decoded.h t/decoded.h
t_cadvisor_t_LDADD = libcollector.a $(CORE_LIBS)
t_cadvisor_pods_t_SOURCES = t/cadvisor_pods.c t/cadvisor_decoded.h t/decoded.h
t_cadvisor_pods_t_LDADD = libcollector.a libaggregator.a $(CORE_LIBS)
t_cgroup_t_LDADD = libcollector.a $(CORE_LIBS)
t_kube_golden_t_SOURCES = t/kube_golden.c t/kube_text.h
t_kube_golden_t_LDADD = libcollector.a $(CORE_LIBS)
t_kube_object_t_SOURCES = t/kube_object.c t/kube_text.h
t_kube_object_t_LDADD = libcollector.a $(CORE_LIBS)
t_kubeconfig_t_LDADD = libcollector.a $(CORE_LIBS) $(YAML_LIBS)
t_kubelet_api_t_LDADD = libcollector.a $(CORE_LIBS)
t_kubelet_refusal_t_LDADD = libcollector.a $(CORE_LIBS)
t_kubesim_model_t_LDADD = libkubesim.a $(CORE_LIBS)
t_list_stream_t_LDADD = libcollector.a $(CORE_LIBS)
t_watch_plan_t_LDADD = libcollector.a $(CORE_LIBS)
t_clean_path_t_LDADD = libapiserver.a $(CORE_LIBS)
t_daemon_t_LDADD = libcommon.a $(EVENT_CORE_LIBS) -lm
t_enrich_t_LDADD = libcollector.a $(CORE_LIBS)
t_kube_source_t_LDADD = libcollector.a $(CORE_LIBS) $(YAML_LIBS)
t_node_address_t_LDADD = libcollector.a $(CORE_LIBS)
t_token_t_LDADD = libcollector.a $(CORE_LIBS)
t_shard_t_LDADD = libcollector.a $(CORE_LIBS)
t_label_rules_t_LDADD = libcollector.a $(CORE_LIBS)
t_object_cache_t_LDADD = libcollector.a $(CORE_LIBS)
t_exec_plugin_t_LDADD = libcollector.a $(CORE_LIBS)
t_fetch_t_LDADD = $(CORE_LIBS) $(CURL_LIBS) $(EVENT_CORE_LIBS)
t_exposition_t_SOURCES = t/exposition.c t/heapster_batch.h
t_exposition_t_LDADD = libformat.a libsinks.a $(CORE_LIBS) $(Z_LIBS)
t_format_graphite_t_SOURCES = t/format_graphite.c t/formatting.h t/heapster_batch.h
t_format_graphite_t_LDADD = libformat.a libsinks.a $(CORE_LIBS)
t_format_influxdb_t_SOURCES = t/format_influxdb.c t/formatting.h t/heapster_batch.h
t_format_influxdb_t_LDADD = libformat.a libsinks.a $(CORE_LIBS)
t_format_kafka_t_SOURCES = t/format_kafka.c t/heapster_batch.h
t_format_kafka_t_LDADD = libformat.a libsinks.a $(CORE_LIBS)
t_format_log_t_LDADD = libformat.a $(CORE_LIBS)
t_elastic_t_SOURCES = t/elastic.c t/heapster_batch.h
t_elastic_t_LDADD = libformat.a libsinks.a $(CORE_LIBS) $(JANSSON_LIBS)
t_format_elasticsearch_t_SOURCES = t/format_elasticsearch.c t/heapster_batch.h
t_format_elasticsearch_t_LDADD = libformat.a libsinks.a $(CORE_LIBS)
t_format_riemann_t_SOURCES = t/format_riemann.c t/heapster_batch.h
t_format_riemann_t_LDADD = libformat.a libsinks.a $(CORE_LIBS)
t_format_opentsdb_t_SOURCES = t/format_opentsdb.c t/formatting.h t/heapster_batch.h
t_format_opentsdb_t_LDADD = libformat.a libsinks.a $(CORE_LIBS)
t_format_otlp_t_SOURCES = t/format_otlp.c t/heapster_batch.h
t_format_otlp_t_LDADD = libformat.a libsinks.a $(CORE_LIBS)
t_format_remote_write_t_SOURCES = t/format_remote_write.c \
	t/formatting.h t/heapster_batch.h t/unsnappy.h
t_format_remote_write_t_LDADD = libformat.a libsinks.a $(CORE_LIBS)
t_format_statsd_t_SOURCES = t/format_statsd.c t/formatting.h t/heapster_batch.h
t_format_statsd_t_LDADD = libformat.a libsinks.a $(CORE_LIBS)
t_format_ndjson_t_SOURCES = t/format_ndjson.c t/frames.c t/frames.h
t_format_ndjson_t_LDADD = libtools.a $(CORE_LIBS)
t_bus_t_SOURCES = t/bus.c t/bus_fixture.c t/bus_fixture.h
t_bus_t_LDADD = $(BUS_LIBS)
t_bus_close_t_LDADD = $(BUS_LIBS)
t_bus_survey_t_LDADD = $(BUS_LIBS)
t_bus_hostile_t_SOURCES = t/bus_hostile.c t/bus_fixture.c t/bus_fixture.h
t_bus_hostile_t_LDADD = $(BUS_LIBS)
t_bus_pure_t_LDADD = $(BUS_LIBS)
t_history_buckets_t_LDADD = libapiserver.a $(CORE_LIBS)
t_sqlite_care_t_SOURCES = t/sqlite_care.c t/sqlite_fixture.c \
	t/sqlite_fixture.h
t_sqlite_care_t_LDADD = libsqlitesink.a libapiserver.a $(SQLITE_LIBS) \
	$(LOOP_LIBS)
t_sqlite_damage_t_SOURCES = t/sqlite_damage.c t/sqlite_fixture.c \
	t/sqlite_fixture.h
t_sqlite_damage_t_LDADD = libsqlitesink.a libapiserver.a $(SQLITE_LIBS) \
	$(LOOP_LIBS)
t_sqlite_history_t_SOURCES = t/sqlite_history.c t/sqlite_fixture.c \
	t/sqlite_fixture.h
t_sqlite_history_t_LDADD = libsqlitesink.a libapiserver.a $(SQLITE_LIBS) \
	$(LOOP_LIBS)
t_sqlite_options_t_LDADD = libsqlitesink.a $(CORE_LIBS)
t_sqlite_steps_t_SOURCES = t/sqlite_steps.c t/sqlite_fixture.c \
	t/sqlite_fixture.h
t_sqlite_steps_t_LDADD = libsqlitesink.a libapiserver.a $(SQLITE_LIBS) \
	$(LOOP_LIBS)
t_thin_t_LDADD = libsqlitesink.a $(CORE_LIBS)
t_frame_json_t_SOURCES = t/frame_json.c t/frames.c t/frames.h
t_frame_refusal_t_SOURCES = t/frame_refusal.c t/frames.c t/frames.h
t_historical_api_t_SOURCES = t/historical_api.c t/historical_fixture.c \
	t/historical_fixture.h
t_historical_api_t_LDADD = libapiserver.a $(CORE_LIBS) $(Z_LIBS)
t_historical_pure_t_LDADD = libapiserver.a $(CORE_LIBS) $(Z_LIBS)
t_history_influxdb_t_LDADD = libapiserver.a $(LOOP_LIBS) $(CURL_LIBS)
t_influxdb_answer_t_LDADD = libapiserver.a $(CORE_LIBS)
t_influxdb_query_t_LDADD = libapiserver.a $(CORE_LIBS)
t_influxdb_uri_t_LDADD = libapiserver.a $(CORE_LIBS)
t_local_t_SOURCES = t/local.c t/local_fixture.c t/local_fixture.h
t_local_t_LDADD = libcollector.a $(CORE_LIBS)
t_local_edges_t_SOURCES = t/local_edges.c t/local_fixture.c t/local_fixture.h
t_local_edges_t_LDADD = libcollector.a $(CORE_LIBS)
t_local_live_t_LDADD = libcollector.a $(CORE_LIBS)
t_http_t_SOURCES = t/http.c t/http_fixture.c t/http_fixture.h \
	t/store_fixture.c t/store_fixture.h
t_http_t_LDADD = libapiserver.a $(LOOP_LIBS) $(CURL_LIBS) $(OPENSSL_LIBS)
t_http_access_t_LDADD = libapiserver.a $(CORE_LIBS)
t_attributes_t_LDADD = libapiserver.a $(CORE_LIBS)
t_identify_t_LDADD = libapiserver.a $(CORE_LIBS) $(OPENSSL_LIBS)
t_review_t_LDADD = libapiserver.a $(CORE_LIBS)
t_review_cache_t_LDADD = libapiserver.a $(CORE_LIBS) $(OPENSSL_LIBS)
t_user_t_LDADD = libapiserver.a $(CORE_LIBS)
t_http_request_t_LDADD = libapiserver.a $(CORE_LIBS)
t_kafka_options_t_SOURCES = t/kafka_options.c sinks/kafka_options.c \
	sinks/kafka_options.h
t_kafka_options_t_LDADD = libformat.a libsinks.a $(CORE_LIBS)
t_loop_t_LDADD = libcommon.a $(EVENT_CORE_LIBS) -lm
t_api_stats_t_LDADD = libapiserver.a $(CORE_LIBS) $(Z_LIBS)
t_api_golden_t_SOURCES = t/api_golden.c t/captured.c t/captured.h \
	t/captured_store.c t/captured_store.h
t_api_golden_t_LDADD = libapiserver.a $(CORE_LIBS) $(JANSSON_LIBS) \
	$(Z_LIBS)
t_label_text_t_SOURCES = t/label_text.c t/heapster_batch.h
t_label_text_t_LDADD = libformat.a libsinks.a $(CORE_LIBS)
t_label_selector_t_LDADD = libapiserver.a $(CORE_LIBS)
t_model_api_t_SOURCES = t/model_api.c t/store_fixture.c t/store_fixture.h
t_model_api_t_LDADD = libapiserver.a $(CORE_LIBS) $(Z_LIBS)
t_http_head_t_LDADD = libapiserver.a $(CORE_LIBS)
t_audit_id_t_LDADD = libapiserver.a $(CORE_LIBS)
t_list_options_t_LDADD = libapiserver.a $(CORE_LIBS)
t_kube_text_t_LDADD = libapiserver.a $(CORE_LIBS)
t_metrics_api_t_LDADD = libapiserver.a $(CORE_LIBS) $(JANSSON_LIBS) $(Z_LIBS)
t_negotiate_t_LDADD = libapiserver.a $(CORE_LIBS)
t_usage_t_LDADD = libapiserver.a $(CORE_LIBS)
t_server_stats_t_LDADD = libapiserver.a $(CORE_LIBS)
t_metrics_golden_t_SOURCES = t/metrics_golden.c t/captured.c t/captured.h \
	t/metrics_store.c t/metrics_store.h
t_metrics_golden_t_LDADD = libapiserver.a $(CORE_LIBS) $(JANSSON_LIBS) \
	$(Z_LIBS)
t_model_golden_t_SOURCES = t/model_golden.c t/captured.c t/captured.h
t_model_golden_t_LDADD = libapiserver.a $(CORE_LIBS) $(Z_LIBS)
t_pod_sum_t_LDADD = libcollector.a $(CORE_LIBS)
t_first_usage_t_LDADD = libcollector.a $(CORE_LIBS)
t_pod_tree_t_LDADD = libcollector.a $(CORE_LIBS)
t_procfs_t_LDADD = libcollector.a $(CORE_LIBS)
t_batch_t_LDADD = libformat.a libsinks.a $(CORE_LIBS)
t_points_t_SOURCES = t/points.c t/heapster_batch.h
t_points_t_LDADD = libsinks.a $(CORE_LIBS)
t_sink_uri_t_LDADD = libsinks.a $(CORE_LIBS)
t_prometheus_t_LDADD = libcollector.a $(CORE_LIBS)
t_rate_t_LDADD = libaggregator.a $(CORE_LIBS)
t_rate_golden_t_SOURCES = t/rate_golden.c t/decoded.h t/golden.h
t_rate_golden_t_LDADD = libaggregator.a libcollector.a $(CORE_LIBS)
t_rate_held_t_LDADD = libaggregator.a $(CORE_LIBS)
t_resolve_t_SOURCES = t/resolve.c sinks/exchange.c sinks/exchange.h
t_resolve_t_LDADD = libsinks.a $(BUS_LIBS) $(CURL_LIBS)
t_resource_t_SOURCES = t/resource.c t/decoded.h
t_resource_t_LDADD = libcollector.a $(CORE_LIBS)
t_openapi_t_LDADD = libapiserver.a $(CORE_LIBS) $(JANSSON_LIBS) $(Z_LIBS)
t_resource_api_t_LDADD = libapiserver.a $(CORE_LIBS) $(Z_LIBS)
t_resource_golden_t_SOURCES = t/resource_golden.c t/decoded.h t/golden.h
t_resource_golden_t_LDADD = libcollector.a $(CORE_LIBS)
t_rollup_t_LDADD = libaggregator.a $(CORE_LIBS)
t_vectors_t_LDADD = libaggregator.a $(CORE_LIBS)
t_window_t_SOURCES = t/window.c t/windows.h
t_window_t_LDADD = libaggregator.a $(CORE_LIBS)
t_window_members_t_SOURCES = t/window_members.c t/windows.h
t_window_members_t_LDADD = libaggregator.a $(CORE_LIBS)
t_schedule_t_LDADD = libcollector.a $(CORE_LIBS)
t_source_t_LDADD = libcollector.a $(CORE_LIBS) $(YAML_LIBS)
t_store_t_SOURCES = t/store.c t/store_fixture.c t/store_fixture.h \
	t/frames.c t/frames.h
t_recall_t_LDADD = libapiserver.a $(CORE_LIBS)
t_store_t_LDADD = libapiserver.a $(CORE_LIBS) $(Z_LIBS)
t_journal_t_LDADD = libcommon.a $(Z_LIBS) -lm
t_journal_t_SOURCES = t/journal.c t/journal_fixture.c t/journal_fixture.h
t_spool_t_LDADD = libcommon.a $(Z_LIBS) -lm
t_spool_t_SOURCES = t/spool.c t/journal_fixture.c t/journal_fixture.h
t_store_damage_t_SOURCES = t/store_damage.c t/store_fixture.c \
	t/store_fixture.h
t_store_damage_t_LDADD = libapiserver.a $(CORE_LIBS) $(Z_LIBS)
t_json_t_SOURCES = t/json.c t/json_document.h
t_json_grammar_t_SOURCES = t/json_grammar.c t/json_document.h
t_summary_t_SOURCES = t/summary.c t/summary_decoded.h t/decoded.h
t_summary_t_LDADD = libcollector.a $(CORE_LIBS)
t_summary_golden_t_SOURCES = t/summary_golden.c t/summary_decoded.h \
	t/decoded.h t/golden.h
t_summary_golden_t_LDADD = libcollector.a $(CORE_LIBS) $(JANSSON_LIBS)
t_summary_sets_t_SOURCES = t/summary_sets.c t/summary_decoded.h t/decoded.h
t_summary_sets_t_LDADD = libcollector.a $(CORE_LIBS)

# Shell tests: t/NNNN-area-what.sh.
SHELL_TESTS += t/0001-includes.sh
SHELL_TESTS += t/0002-headers.sh
SHELL_TESTS += t/0003-tree.sh
SHELL_TESTS += t/0004-harness.sh
SHELL_TESTS += t/0100-launcher-flags.sh
SHELL_TESTS += t/0101-daemon.sh
SHELL_TESTS += t/0102-heapster-flags.sh
SHELL_TESTS += t/0110-docs.sh
SHELL_TESTS += t/0120-manifests.sh
SHELL_TESTS += t/1010-tap-pub.sh
SHELL_TESTS += t/1030-bus-tls.sh
SHELL_TESTS += t/1100-collector-kubelet.sh
SHELL_TESTS += t/1200-collector-cluster.sh
SHELL_TESTS += t/1210-collector-kubeconfig.sh
SHELL_TESTS += t/1220-replay.sh
SHELL_TESTS += t/1230-collector-kubelets.sh
SHELL_TESTS += t/1240-collector-api.sh
SHELL_TESTS += t/1250-collector-identity.sh
SHELL_TESTS += t/1300-kubesim.sh
SHELL_TESTS += t/2010-farewell.sh
SHELL_TESTS += t/3000-pipeline-local.sh
SHELL_TESTS += t/3100-apiserver.sh
SHELL_TESTS += t/3110-apiserver-connections.sh
SHELL_TESTS += t/3120-composed-metrics.sh
SHELL_TESTS += t/3130-apiservers.sh
SHELL_TESTS += t/3140-apiserver-tls.sh
SHELL_TESTS += t/3145-apiserver-soak.sh
SHELL_TESTS += t/3150-clients.sh
SHELL_TESTS += t/3200-secure-port.sh
SHELL_TESTS += t/3205-secure-hostile.sh
SHELL_TESTS += t/3210-first-value.sh
SHELL_TESTS += t/3220-discovery.sh
SHELL_TESTS += t/3250-historical-influxdb.sh
SHELL_TESTS += t/3260-historical-sqlite.sh
SHELL_TESTS += t/3300-kubectl.sh
SHELL_TESTS += t/3310-kubectl-aggregated.sh
SHELL_TESTS += t/3320-metrics-server.sh
SHELL_TESTS += t/4100-readme.sh
SHELL_TESTS += t/4110-contrib-sinks.sh
SHELL_TESTS += t/4120-sink-exec.sh
SHELL_TESTS += t/4130-sink-influxdb.sh
SHELL_TESTS += t/4131-sink-http.sh
SHELL_TESTS += t/4140-sink-graphite.sh
SHELL_TESTS += t/4150-sink-victoria.sh
SHELL_TESTS += t/4160-sink-statsd.sh
SHELL_TESTS += t/4161-statsd-server.sh
SHELL_TESTS += t/4170-sink-sqlite.sh
SHELL_TESTS += t/4180-sink-prometheus.sh
SHELL_TESTS += t/4185-sink-otlp.sh
SHELL_TESTS += t/4190-sink-elasticsearch.sh
SHELL_TESTS += t/4191-elastic-servers.sh
SHELL_TESTS += t/4192-elastic-upgrade.sh
SHELL_TESTS += t/4195-sink-riemann.sh
SHELL_TESTS += t/4200-sink-kafka.sh
SHELL_TESTS += t/4201-kafka-server.sh
SHELL_TESTS += t/4210-grafana.sh
SHELL_TESTS += t/4220-sink-examples.sh
SHELL_TESTS += t/4300-sink-failures.sh
SHELL_TESTS += t/4310-sink-kills.sh
SHELL_TESTS += t/5000-launcher-restart.sh
SHELL_TESTS += t/5010-bus-kill.sh
SHELL_TESTS += t/5020-spool.sh
SHELL_TESTS += t/5100-kill.sh
SHELL_TESTS += t/5200-cluster.sh

# Stand-ins for the far side, used by the shell tests.
check_PROGRAMS += t/bin/bus-sink t/bin/bus-source t/bin/fake-child
check_PROGRAMS += t/bin/metrics-api
t_bin_metrics_api_SOURCES = t/bin/metrics-api.c t/captured.c t/captured.h \
	t/metrics_store.c t/metrics_store.h
t_bin_metrics_api_LDADD = libapiserver.a $(EVENT_EXTRA_LIBS) \
	$(EVENT_CORE_LIBS) $(CORE_LIBS) $(JANSSON_LIBS) $(Z_LIBS)
t_bin_bus_sink_LDADD = $(BUS_LIBS)
t_bin_bus_source_LDADD = $(BUS_LIBS)
if SQLITE
check_PROGRAMS += t/bin/ask-history
t_bin_ask_history_LDADD = libapiserver.a $(SQLITE_LIBS) $(LOOP_LIBS)
endif
EXTRA_DIST += t/bin/check-elastic.py t/bin/fake-elastic.py
EXTRA_DIST += t/bin/read-elastic.py t/bin/ElasticNode.java.in \
	t/bin/elastic-server.xml
EXTRA_DIST += t/bin/check-riemann.py t/bin/fake-riemann.py
if KAFKA
check_PROGRAMS += t/bin/mock-kafka
t_bin_mock_kafka_LDADD = $(KAFKA_LIBS)
endif
EXTRA_DIST += t/bin/check-cluster.py t/bin/check-frames.py \
	t/bin/check-graphite.py t/bin/check-grafana.py t/bin/check-influxdb.py t/bin/check-kafka.py \
	t/bin/check-manifests.py t/bin/check-replay.py t/bin/check-statsd.py \
	t/bin/check-otlp.py \
	t/bin/check-prometheus.py t/bin/prometheus_series.py \
	t/bin/check-statsd-server.py t/bin/statsd-gauges.js \
	t/bin/statsd_lines.py \
	t/bin/check-victoria.py t/bin/docker-context.py \
	t/bin/fake-cluster.py t/bin/fake-kubelet.py t/bin/fake-receiver.py \
	t/bin/fake-statsd.py t/bin/frame_points.py \
	t/bin/hostile-chain.py t/bin/kafka-server.xml \
	t/bin/keep-frames.py t/bin/kill-pipeline.py \
	t/bin/kubesim-top.py t/bin/replay-cluster.py \
	t/bin/received_points.py t/bin/fake-lines.py \
	t/bin/soak.py

# Fuzz targets: t/fuzz/NAME.fuzz is built from t/fuzz/NAME.c.
FUZZ_TARGETS += t/fuzz/accept.fuzz
FUZZ_TARGETS += t/fuzz/cadvisor.fuzz
FUZZ_TARGETS += t/fuzz/elastic.fuzz
FUZZ_TARGETS += t/fuzz/frame.fuzz
FUZZ_TARGETS += t/fuzz/identify.fuzz
FUZZ_TARGETS += t/fuzz/influxdb.fuzz
FUZZ_TARGETS += t/fuzz/json.fuzz
FUZZ_TARGETS += t/fuzz/kube.fuzz
FUZZ_TARGETS += t/fuzz/kubeconfig.fuzz
FUZZ_TARGETS += t/fuzz/ndjson.fuzz
FUZZ_TARGETS += t/fuzz/number.fuzz
FUZZ_TARGETS += t/fuzz/procfs.fuzz
FUZZ_TARGETS += t/fuzz/quantity.fuzz
FUZZ_TARGETS += t/fuzz/request.fuzz
FUZZ_TARGETS += t/fuzz/resource.fuzz
FUZZ_TARGETS += t/fuzz/review.fuzz
FUZZ_TARGETS += t/fuzz/riemann.fuzz
FUZZ_TARGETS += t/fuzz/selector.fuzz
FUZZ_TARGETS += t/fuzz/series.fuzz
FUZZ_TARGETS += t/fuzz/sink_formats.fuzz
FUZZ_TARGETS += t/fuzz/sink_records.fuzz
FUZZ_TARGETS += t/fuzz/sink_uri.fuzz
FUZZ_TARGETS += t/fuzz/subject.fuzz
FUZZ_TARGETS += t/fuzz/summary.fuzz
t_fuzz_accept_fuzz_LDADD = libapiserver.a $(FUZZ_LDADD)
t_fuzz_cadvisor_fuzz_SOURCES = t/fuzz/cadvisor.c t/fuzz/decoded.h
t_fuzz_cadvisor_fuzz_LDADD = libcollector.a $(FUZZ_LDADD)
t_fuzz_frame_fuzz_SOURCES = t/fuzz/frame.c t/frames.c t/frames.h
t_fuzz_elastic_fuzz_LDADD = libformat.a libsinks.a $(FUZZ_LDADD)
t_fuzz_frame_fuzz_LDADD = $(FUZZ_LDADD)
t_fuzz_identify_fuzz_LDADD = libapiserver.a $(FUZZ_LDADD) $(OPENSSL_LIBS) \
	$(JANSSON_LIBS)
t_fuzz_influxdb_fuzz_LDADD = libapiserver.a $(FUZZ_LDADD)
t_fuzz_json_fuzz_LDADD = $(FUZZ_LDADD) $(JANSSON_LIBS)
t_fuzz_kube_fuzz_LDADD = libcollector.a $(FUZZ_LDADD)
t_fuzz_kubeconfig_fuzz_LDADD = libcollector.a $(FUZZ_LDADD) $(YAML_LIBS)
t_fuzz_ndjson_fuzz_LDADD = libtools.a $(FUZZ_LDADD)
t_fuzz_number_fuzz_LDADD = $(FUZZ_LDADD)
t_fuzz_procfs_fuzz_LDADD = libcollector.a $(FUZZ_LDADD)
t_fuzz_quantity_fuzz_LDADD = $(FUZZ_LDADD)
t_fuzz_request_fuzz_SOURCES = t/fuzz/request.c t/store_fixture.c \
	t/store_fixture.h
t_fuzz_request_fuzz_LDADD = libapiserver.a $(FUZZ_LDADD) $(Z_LIBS)
t_fuzz_resource_fuzz_SOURCES = t/fuzz/resource.c t/fuzz/decoded.h
t_fuzz_resource_fuzz_LDADD = libcollector.a $(FUZZ_LDADD)
t_fuzz_review_fuzz_LDADD = libapiserver.a $(FUZZ_LDADD)
t_fuzz_riemann_fuzz_LDADD = libformat.a libsinks.a $(FUZZ_LDADD)
t_fuzz_selector_fuzz_LDADD = libapiserver.a $(FUZZ_LDADD)
t_fuzz_series_fuzz_LDADD = $(FUZZ_LDADD)
t_fuzz_subject_fuzz_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
t_fuzz_subject_fuzz_LDADD = libapiserver.a $(FUZZ_LDADD) $(OPENSSL_LIBS)
t_fuzz_sink_formats_fuzz_SOURCES = t/fuzz/sink_formats.c t/fuzz/any_frame.h \
	t/frames.c t/frames.h t/unsnappy.h
t_fuzz_sink_records_fuzz_SOURCES = t/fuzz/sink_records.c t/fuzz/any_frame.h \
	t/frames.c t/frames.h
t_fuzz_sink_records_fuzz_LDADD = libformat.a libsinks.a $(FUZZ_LDADD)
t_fuzz_sink_formats_fuzz_LDADD = libformat.a libsinks.a $(FUZZ_LDADD)
t_fuzz_sink_uri_fuzz_LDADD = libsinks.a $(FUZZ_LDADD)
t_fuzz_summary_fuzz_SOURCES = t/fuzz/summary.c t/fuzz/decoded.h
t_fuzz_summary_fuzz_LDADD = libcollector.a $(FUZZ_LDADD)
EXTRA_DIST += t/fuzz/frame.dict t/fuzz/json.dict t/fuzz/quantity.dict
EXTRA_DIST += t/fuzz/cadvisor.dict t/fuzz/number.dict t/fuzz/resource.dict
EXTRA_DIST += t/fuzz/kubeconfig.dict t/fuzz/request.dict t/fuzz/summary.dict

# The rest is the same for all tests.
LDADD = $(CORE_LIBS)
if FUZZING
FUZZ_LDADD = $(FUZZ_ENGINE) $(CORE_LIBS)
else
check_LIBRARIES += t/fuzz/libstandalone.a
t_fuzz_libstandalone_a_SOURCES = t/fuzz/standalone.c
FUZZ_LDADD = t/fuzz/libstandalone.a $(CORE_LIBS)
endif

check_PROGRAMS += $(UNIT_TESTS) $(FUZZ_TARGETS)
noinst_HEADERS += t/tap.h
EXTRA_DIST += \
	$(SHELL_TESTS) \
	t/README \
	t/data \
	t/fuzz/corpus \
	t/fuzz/run \
	t/lib.sh \
	t/lsan.supp \
	t/published.sh \
	t/run \
	t/valgrind.supp

TESTS = $(UNIT_TESTS) $(FUZZ_TARGETS) $(SHELL_TESTS)
TEST_EXTENSIONS = .fuzz .sh .t
TAP_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(srcdir)/build-aux/tap-driver.sh
FUZZ_LOG_DRIVER = $(TAP_DRIVER)
SH_LOG_DRIVER = $(TAP_DRIVER)
T_LOG_DRIVER = $(TAP_DRIVER)
FUZZ_LOG_COMPILER = $(SHELL) $(srcdir)/t/run
SH_LOG_COMPILER = $(SHELL) $(srcdir)/t/run
T_LOG_COMPILER = $(SHELL) $(srcdir)/t/run

# Flags are relative to the build directory: there they can be used.
AM_TESTS_ENVIRONMENT = \
	top_srcdir='$(srcdir)'; export top_srcdir; \
	builddir=`pwd`; export builddir; \
	CC='$(CC)'; export CC; \
	TEST_CFLAGS='$(DEFS) $(AM_CPPFLAGS) $(CPPFLAGS) $(AM_CFLAGS) $(CFLAGS)'; \
	export TEST_CFLAGS; \
	TEST_SANITIZE='$(SANITIZE)'; export TEST_SANITIZE;

.PHONY: check-valgrind fuzz fuzz-programs kafka-server prove test-programs \
	test-programs-only

# For t/4191, 150 MB: jars of servers from Maven Central.
.PHONY: elastic-servers
ELASTIC_MVN = mvn -q -B -f $(abs_srcdir)/t/bin/elastic-server.xml \
	dependency:copy-dependencies -DoutputDirectory=$(abs_builddir)/t/elastic
elastic-servers:
	$(ELASTIC_MVN)/2.4.6 -Dkind=elasticsearch -Dnumber=2.4.6 -Dold
	$(ELASTIC_MVN)/5.6.16 -Dkind=elasticsearch -Dnumber=5.6.16 \
	    -Dlog4j=2.11.1
	$(ELASTIC_MVN)/6.8.23 -Dkind=elasticsearch -Dnumber=6.8.23 \
	    -Dlog4j=2.11.1
	$(ELASTIC_MVN)/7.17.29 -Dkind=elasticsearch -Dnumber=7.17.29 \
	    -Dlog4j=2.17.1
	$(ELASTIC_MVN)/opensearch-2.19.6 -Dkind=opensearch -Dnumber=2.19.6 \
	    -Dlog4j=2.25.4
CLEANFILES += t/elastic/*/*.jar

# One after the other: two makes must not build the same library at once.
test-programs: all
	@$(MAKE) $(AM_MAKEFLAGS) --no-print-directory test-programs-only

test-programs-only: $(check_PROGRAMS)
	@:

# For t/4201, 46 MB: jars of a Kafka from Maven Central.
kafka-server:
	mvn -q -B -f $(abs_srcdir)/t/bin/kafka-server.xml \
	    dependency:copy-dependencies \
	    -DoutputDirectory=$(abs_builddir)/t/kafka

# What that and t/4161 have installed.
clean-local:
	rm -rf t/kafka t/npm

PROVE_FLAGS =
prove: test-programs
	@$(AM_TESTS_ENVIRONMENT) \
	for test in $(TESTS); do \
		test -f $$test || test=$(srcdir)/$$test; \
		tests="$$tests $$test"; \
	done; \
	prove --exec '$(SHELL) $(srcdir)/t/run' $(PROVE_FLAGS) $$tests

check-valgrind: test-programs
	CHEAPSTER_VALGRIND=1 $(MAKE) prove

FUZZ_SECONDS = 60
fuzz-programs: $(FUZZ_TARGETS)

fuzz:
	$(SHELL) $(srcdir)/t/fuzz/run $(FUZZ_SECONDS)
