# SPDX-License-Identifier: ISC
# One program per sink: cheapster-sink-NAME from sinks/NAME.c.
bin_PROGRAMS += cheapster-sink-elasticsearch
cheapster_sink_elasticsearch_SOURCES = sinks/elasticsearch.c \
	sinks/elastic_prepare.c sinks/elastic_server.c sinks/elastic_server.h
cheapster_sink_elasticsearch_LDADD = libformat.a libsinks.a $(BUS_LIBS) \
	$(CURL_LIBS)

bin_PROGRAMS += cheapster-sink-exec
cheapster_sink_exec_SOURCES = sinks/exec.c sinks/child.c sinks/child.h
cheapster_sink_exec_LDADD = $(BUS_LIBS)

bin_PROGRAMS += cheapster-sink-graphite
cheapster_sink_graphite_SOURCES = sinks/graphite.c
cheapster_sink_graphite_LDADD = libformat.a libsinks.a $(BUS_LIBS)

bin_PROGRAMS += cheapster-sink-influxdb
cheapster_sink_influxdb_SOURCES = sinks/influxdb.c \
	sinks/influx_server.c sinks/influx_server.h
cheapster_sink_influxdb_LDADD = libformat.a libsinks.a $(BUS_LIBS) $(CURL_LIBS)

if KAFKA
bin_PROGRAMS += cheapster-sink-kafka
cheapster_sink_kafka_SOURCES = sinks/kafka.c \
	sinks/kafka_handle.c sinks/kafka_handle.h \
	sinks/kafka_options.c sinks/kafka_options.h \
	sinks/kafka_producer.c sinks/kafka_producer.h
cheapster_sink_kafka_LDADD = libformat.a libsinks.a $(BUS_LIBS) $(KAFKA_LIBS)
endif

bin_PROGRAMS += cheapster-sink-log
cheapster_sink_log_SOURCES = sinks/log.c
cheapster_sink_log_LDADD = libformat.a $(BUS_LIBS)

bin_PROGRAMS += cheapster-sink-null
cheapster_sink_null_SOURCES = sinks/null.c
cheapster_sink_null_LDADD = $(BUS_LIBS)

bin_PROGRAMS += cheapster-sink-opentsdb
cheapster_sink_opentsdb_SOURCES = sinks/opentsdb.c
cheapster_sink_opentsdb_LDADD = libformat.a libsinks.a $(BUS_LIBS) $(CURL_LIBS)

bin_PROGRAMS += cheapster-sink-otlp
cheapster_sink_otlp_SOURCES = sinks/otlp.c
cheapster_sink_otlp_LDADD = libformat.a libsinks.a $(BUS_LIBS) $(CURL_LIBS)

bin_PROGRAMS += cheapster-sink-prometheus
cheapster_sink_prometheus_SOURCES = sinks/prometheus.c
cheapster_sink_prometheus_LDADD = libformat.a libsinks.a $(BUS_LIBS)

bin_PROGRAMS += cheapster-sink-remote-write
cheapster_sink_remote_write_SOURCES = sinks/remote_write.c
cheapster_sink_remote_write_LDADD = libformat.a libsinks.a $(BUS_LIBS) \
	$(CURL_LIBS)

bin_PROGRAMS += cheapster-sink-riemann
cheapster_sink_riemann_SOURCES = sinks/riemann.c \
	sinks/exchange.c sinks/exchange.h
cheapster_sink_riemann_LDADD = libformat.a libsinks.a $(BUS_LIBS) $(CURL_LIBS)

if SQLITE
bin_PROGRAMS += cheapster-sink-sqlite
cheapster_sink_sqlite_SOURCES = sinks/sqlite.c
cheapster_sink_sqlite_LDADD = libsqlitesink.a $(SQLITE_LIBS) $(BUS_LIBS)

# All but main(), so that tests can link with it.
noinst_LIBRARIES += libsqlitesink.a
libsqlitesink_a_SOURCES = \
	sinks/sqlite_care.c \
	sinks/sqlite_db.c \
	sinks/sqlite_db.h \
	sinks/sqlite_frame.c \
	sinks/sqlite_impl.h \
	sinks/sqlite_names.c \
	sinks/sqlite_options.c \
	sinks/sqlite_options.h \
	sinks/thin.c \
	sinks/thin.h
endif

bin_PROGRAMS += cheapster-sink-statsd
cheapster_sink_statsd_SOURCES = sinks/statsd.c
cheapster_sink_statsd_LDADD = libformat.a libsinks.a $(BUS_LIBS)

# Frames as bytes: pure, so that tests can link with it.
noinst_LIBRARIES += libformat.a
libformat_a_SOURCES = \
	sinks/byte_map.c \
	sinks/byte_map.h \
	sinks/decimal.c \
	sinks/decimal.h \
	sinks/elastic_answer.c \
	sinks/elastic_answer.h \
	sinks/elastic_mapping.c \
	sinks/elastic_mapping.h \
	sinks/elastic_version.c \
	sinks/elastic_version.h \
	sinks/exposed.c \
	sinks/exposed.h \
	sinks/exposition.c \
	sinks/exposition.h \
	sinks/format_elasticsearch.c \
	sinks/format_elasticsearch.h \
	sinks/format_graphite.c \
	sinks/format_graphite.h \
	sinks/format_influxdb.c \
	sinks/format_influxdb.h \
	sinks/format_kafka.c \
	sinks/format_kafka.h \
	sinks/format_log.c \
	sinks/format_log.h \
	sinks/format_opentsdb.c \
	sinks/format_opentsdb.h \
	sinks/format_otlp.c \
	sinks/format_otlp.h \
	sinks/format_remote_write.c \
	sinks/format_remote_write.h \
	sinks/format_riemann.c \
	sinks/format_riemann.h \
	sinks/format_statsd.c \
	sinks/format_statsd.h \
	sinks/http_accept.c \
	sinks/http_accept.h \
	sinks/influxql.c \
	sinks/influxql.h \
	sinks/label_text.c \
	sinks/label_text.h \
	sinks/metric_text.c \
	sinks/metric_text.h \
	sinks/otlp_attribute.c \
	sinks/otlp_attribute.h \
	sinks/otlp_join.c \
	sinks/otlp_join.h \
	sinks/otlp_name.c \
	sinks/otlp_name.h \
	sinks/prometheus_labels.c \
	sinks/prometheus_labels.h \
	sinks/prometheus_name.c \
	sinks/prometheus_name.h \
	sinks/protobuf.c \
	sinks/protobuf.h \
	sinks/snappy.c \
	sinks/snappy.h

# What more than one sink uses, and nobody else.
noinst_LIBRARIES += libsinks.a
libsinks_a_SOURCES = \
	sinks/batch.c \
	sinks/batch.h \
	sinks/delivery.c \
	sinks/delivery.h \
	sinks/glob.c \
	sinks/glob.h \
	sinks/gzip.c \
	sinks/gzip.h \
	sinks/http_client.c \
	sinks/http_client.h \
	sinks/http_verdict.c \
	sinks/http_verdict.h \
	sinks/line_delivery.c \
	sinks/line_delivery.h \
	sinks/point_filter.c \
	sinks/point_filter.h \
	sinks/points.c \
	sinks/points.h \
	sinks/resolve.c \
	sinks/resolve.h \
	sinks/sink_operand.c \
	sinks/sink_operand.h \
	sinks/sink_uri.c \
	sinks/sink_uri.h \
	sinks/stop_grace.h \
	sinks/stream.c \
	sinks/stream.h \
	sinks/tls_options.c \
	sinks/tls_options.h
