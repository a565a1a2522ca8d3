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
	apiserver/body.c \
	apiserver/body.h \
	apiserver/clean_path.c \
	apiserver/clean_path.h \
	apiserver/compress.c \
	apiserver/compress.h \
	apiserver/connection.c \
	apiserver/connection.h \
	apiserver/entities.c \
	apiserver/entities.h \
	apiserver/go_time.c \
	apiserver/go_time.h \
	apiserver/health_api.c \
	apiserver/history.h \
	apiserver/http.c \
	apiserver/http.h \
	apiserver/http_access.c \
	apiserver/http_access.h \
	apiserver/http_body.c \
	apiserver/http_check.c \
	apiserver/http_head.c \
	apiserver/http_head.h \
	apiserver/http_request.c \
	apiserver/http_request.h \
	apiserver/listen.c \
	apiserver/listen.h \
	apiserver/model_api.c \
	apiserver/recall.c \
	apiserver/recall.h \
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
	apiserver/stream.c \
	apiserver/stream.h \
	apiserver/tls.c \
	apiserver/tls.h \
	apiserver/tls_peer.c \
	apiserver/varint.h

cheapster_apiserver_SOURCES = apiserver/main.c
cheapster_apiserver_LDADD = libapiserver.a $(BUS_LIBS) $(OPENSSL_LIBS)
