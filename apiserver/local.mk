# SPDX-License-Identifier: ISC
bin_PROGRAMS += cheapster-apiserver
noinst_LIBRARIES += libapiserver.a

# All but main(), so that tests can link with it.
libapiserver_a_CFLAGS = $(AM_CFLAGS) $(CONVERSION_CFLAGS)
libapiserver_a_SOURCES = \
	apiserver/api.c \
	apiserver/api.h \
	apiserver/api_stats.c \
	apiserver/api_stats.h \
	apiserver/compress.c \
	apiserver/compress.h \
	apiserver/connections.c \
	apiserver/connections.h \
	apiserver/entities.c \
	apiserver/entities.h \
	apiserver/export_api.c \
	apiserver/go_time.c \
	apiserver/go_time.h \
	apiserver/health_api.c \
	apiserver/history.h \
	apiserver/http.c \
	apiserver/http.h \
	apiserver/index_api.c \
	apiserver/label_name.c \
	apiserver/label_name.h \
	apiserver/label_selector.c \
	apiserver/label_selector.h \
	apiserver/listen.c \
	apiserver/listen.h \
	apiserver/model_api.c \
	apiserver/model_series.c \
	apiserver/model_series.h \
	apiserver/openapi.c \
	apiserver/openapi.h \
	apiserver/recall.c \
	apiserver/recall.h \
	apiserver/resource_api.c \
	apiserver/resource_item.c \
	apiserver/resource_item.h \
	apiserver/resource_table.c \
	apiserver/resource_table.h \
	apiserver/segment.c \
	apiserver/segment.h \
	apiserver/segment_file.c \
	apiserver/segment_file.h \
	apiserver/segment_frame.c \
	apiserver/segment_impl.h \
	apiserver/segment_read.c \
	apiserver/segment_write.c \
	apiserver/store.c \
	apiserver/store.h \
	apiserver/store_impl.h \
	apiserver/store_open.c \
	apiserver/store_query.c \
	apiserver/varint.h

cheapster_apiserver_SOURCES = apiserver/main.c
cheapster_apiserver_LDADD = libapiserver.a $(BUS_LIBS)
