# SPDX-License-Identifier: ISC
# The cluster simulator, for tests and benches: it is not installed.
check_PROGRAMS += contrib/kubesim/kubesim
check_LIBRARIES += libkubesim.a

libkubesim_a_CFLAGS = $(AM_CFLAGS) $(CONVERSION_CFLAGS)
libkubesim_a_SOURCES = \
	contrib/kubesim/core_path.c \
	contrib/kubesim/core_path.h \
	contrib/kubesim/discovery.c \
	contrib/kubesim/discovery.h \
	contrib/kubesim/model.c \
	contrib/kubesim/model.h \
	contrib/kubesim/objects.c \
	contrib/kubesim/objects.h \
	contrib/kubesim/resource.c \
	contrib/kubesim/resource.h \
	contrib/kubesim/summary.c \
	contrib/kubesim/summary.h

contrib_kubesim_kubesim_SOURCES = \
	contrib/kubesim/aggregator.c \
	contrib/kubesim/aggregator.h \
	contrib/kubesim/api.c \
	contrib/kubesim/api.h \
	contrib/kubesim/churn.c \
	contrib/kubesim/churn.h \
	contrib/kubesim/control.c \
	contrib/kubesim/control.h \
	contrib/kubesim/events.c \
	contrib/kubesim/events.h \
	contrib/kubesim/kubelets.c \
	contrib/kubesim/kubelets.h \
	contrib/kubesim/main.c \
	contrib/kubesim/reviews.c \
	contrib/kubesim/reviews.h \
	contrib/kubesim/truth.c \
	contrib/kubesim/truth.h \
	contrib/kubesim/upstream.c \
	contrib/kubesim/upstream.h \
	contrib/kubesim/web.c \
	contrib/kubesim/web.h
contrib_kubesim_kubesim_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_OPENSSL_CFLAGS) \
	$(OPENSSL_CFLAGS)
contrib_kubesim_kubesim_LDADD = libkubesim.a libcommon.a \
	$(EVENT_OPENSSL_LIBS) $(EVENT_EXTRA_LIBS) $(EVENT_CORE_LIBS) \
	$(OPENSSL_LIBS) $(JANSSON_LIBS) $(Z_LIBS) -lm
