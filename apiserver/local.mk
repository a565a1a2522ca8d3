# SPDX-License-Identifier: ISC
bin_PROGRAMS += cheapster-apiserver
noinst_LIBRARIES += libapiserver.a

# All but main(), so that tests can link with it.
libapiserver_a_CFLAGS = $(AM_CFLAGS) $(CONVERSION_CFLAGS)
libapiserver_a_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
libapiserver_a_SOURCES = \
	apiserver/answer_cache.c \
	apiserver/answer_cache.h \
	apiserver/api.c \
	apiserver/api.h \
	apiserver/api_stats.c \
	apiserver/api_stats.h \
	apiserver/attributes.c \
	apiserver/attributes.h \
	apiserver/audit_id.c \
	apiserver/audit_id.h \
	apiserver/auth.c \
	apiserver/auth.h \
	apiserver/auth_rules.c \
	apiserver/auth_rules.h \
	apiserver/body.c \
	apiserver/body.h \
	apiserver/clean_path.c \
	apiserver/clean_path.h \
	apiserver/client_cert.c \
	apiserver/client_cert.h \
	apiserver/compress.c \
	apiserver/compress.h \
	apiserver/connection.c \
	apiserver/connection.h \
	apiserver/entities.c \
	apiserver/entities.h \
	apiserver/export_api.c \
	apiserver/field_selector.c \
	apiserver/field_selector.h \
	apiserver/gate.c \
	apiserver/gate.h \
	apiserver/go_time.c \
	apiserver/go_time.h \
	apiserver/health_api.c \
	apiserver/historical.h \
	apiserver/historical_api.c \
	apiserver/historical_out.c \
	apiserver/historical_out.h \
	apiserver/historical_query.c \
	apiserver/historical_query.h \
	apiserver/history.h \
	apiserver/history_buckets.c \
	apiserver/history_buckets.h \
	apiserver/history_influxdb.c \
	apiserver/history_source.c \
	apiserver/history_source.h \
	apiserver/http.c \
	apiserver/http.h \
	apiserver/http_access.c \
	apiserver/http_access.h \
	apiserver/http_body.c \
	apiserver/http_check.c \
	apiserver/http_head.c \
	apiserver/http_head.h \
	apiserver/http_impl.h \
	apiserver/http_request.c \
	apiserver/http_request.h \
	apiserver/http_respond.c \
	apiserver/identify.c \
	apiserver/identify.h \
	apiserver/index_api.c \
	apiserver/influxdb_answer.c \
	apiserver/influxdb_answer.h \
	apiserver/influxdb_query.c \
	apiserver/influxdb_query.h \
	apiserver/influxdb_uri.c \
	apiserver/influxdb_uri.h \
	apiserver/kube_answer.c \
	apiserver/kube_answer.h \
	apiserver/kube_text.c \
	apiserver/kube_text.h \
	apiserver/kube_yaml.c \
	apiserver/label_list.c \
	apiserver/label_list.h \
	apiserver/kube_client.c \
	apiserver/kube_client.h \
	apiserver/label_name.c \
	apiserver/label_name.h \
	apiserver/label_selector.c \
	apiserver/label_selector.h \
	apiserver/listen.c \
	apiserver/listen.h \
	apiserver/metric_alias.c \
	apiserver/metric_alias.h \
	apiserver/list_options.c \
	apiserver/list_options.h \
	apiserver/metrics_api.c \
	apiserver/metrics_discovery.c \
	apiserver/metrics_discovery.h \
	apiserver/metrics_impl.h \
	apiserver/metrics_list.c \
	apiserver/metrics_openapi.c \
	apiserver/metrics_openapi.h \
	apiserver/metrics_table.c \
	apiserver/model_api.c \
	apiserver/model_series.c \
	apiserver/model_series.h \
	apiserver/negotiate.c \
	apiserver/negotiate.h \
	apiserver/openapi.c \
	apiserver/openapi.h \
	apiserver/protobuf.c \
	apiserver/protobuf.h \
	apiserver/recall.c \
	apiserver/recall.h \
	apiserver/resource_api.c \
	apiserver/resource_item.c \
	apiserver/resource_item.h \
	apiserver/resource_table.c \
	apiserver/resource_table.h \
	apiserver/review.c \
	apiserver/review.h \
	apiserver/review_cache.c \
	apiserver/review_cache.h \
	apiserver/reviews.c \
	apiserver/reviews.h \
	apiserver/secure.c \
	apiserver/secure.h \
	apiserver/secure_api.c \
	apiserver/secure_options.c \
	apiserver/secure_options.h \
	apiserver/segment.c \
	apiserver/segment.h \
	apiserver/segment_file.c \
	apiserver/segment_file.h \
	apiserver/segment_frame.c \
	apiserver/segment_impl.h \
	apiserver/segment_read.c \
	apiserver/segment_write.c \
	apiserver/self_signed.c \
	apiserver/self_signed.h \
	apiserver/server_stats.c \
	apiserver/server_stats.h \
	apiserver/status.c \
	apiserver/status.h \
	apiserver/store.c \
	apiserver/store.h \
	apiserver/store_frames.c \
	apiserver/store_impl.h \
	apiserver/store_open.c \
	apiserver/store_query.c \
	apiserver/stream.c \
	apiserver/stream.h \
	apiserver/tls.c \
	apiserver/tls.h \
	apiserver/tls_peer.c \
	apiserver/usage.c \
	apiserver/usage.h \
	apiserver/usage_node.c \
	apiserver/usage_node.h \
	apiserver/usage_text.c \
	apiserver/user.c \
	apiserver/user.h

if SQLITE
libapiserver_a_SOURCES += \
	apiserver/history_sqlite.c \
	apiserver/history_sqlite_answer.c \
	apiserver/history_sqlite_impl.h \
	apiserver/history_sqlite_read.c
endif

cheapster_apiserver_SOURCES = apiserver/main.c
cheapster_apiserver_LDADD = libapiserver.a $(SQLITE_LIBS) $(BUS_LIBS) \
	$(YAML_LIBS) $(CURL_LIBS) $(OPENSSL_LIBS)
