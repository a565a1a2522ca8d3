# SPDX-License-Identifier: ISC
EXTRA_DIST += \
	contrib/check \
	contrib/grafana/README \
	contrib/grafana/influxdb \
	contrib/grafana/influxdb-fields \
	contrib/grafana/make-dashboards \
	contrib/grafana/prometheus \
	contrib/grafana/provisioning \
	contrib/install-packages \
	contrib/k8s/Dockerfile \
	contrib/k8s/bus-secrets \
	contrib/k8s/cheapster.yaml \
	contrib/k8s/daemonset.yaml \
	contrib/k8s/metrics-server/README \
	contrib/k8s/metrics-server/apiservices.yaml \
	contrib/k8s/metrics-server/kustomization.yaml \
	contrib/k8s/metrics-server/metrics-api.yaml \
	contrib/packages \
	contrib/run \
	contrib/sink-c/sink.c \
	contrib/sink-python/sink.py \
	contrib/sink-sh/sink \
	contrib/systemd/cheapster-aggregator.service \
	contrib/systemd/cheapster-apiserver.service \
	contrib/systemd/cheapster-collector.service \
	contrib/systemd/cheapster-sink@.service \
	contrib/systemd/cheapster.service

.PHONY: lint lint-c lint-man lint-sh

lint: lint-sh lint-man lint-c

# All that is a shell script, whatever its name.
lint-sh:
	cd $(srcdir) && shellcheck -S warning \
	    `grep -rlE '^#!/bin/(ba)?sh' .ci contrib t`

# Pages of the source tree and those made from it.
lint-man: all
	@for page in $(srcdir)/man/*.[1-8] man/*.[1-8]; do \
	    test ! -e $$page || mandoc -T lint -W warning $$page || exit 1; \
	done

# Findings are to be read: they fail nothing.
lint-c:
	-cd $(srcdir) && clang-tidy --quiet */*.c -- -I$(abs_top_builddir) -I. \
	    $(DEFS) -std=gnu11
