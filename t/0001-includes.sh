#!/bin/sh
# SPDX-License-Identifier: ISC
# Who may include whom.
. "$(dirname "$0")/lib.sh"

# These neither wait nor talk: what time it is, they are told.
pure='
	aggregator/answers aggregator/nodes aggregator/rate aggregator/rollup aggregator/window
	apiserver/api_stats apiserver/attributes apiserver/auth_rules
	apiserver/export_api apiserver/identify
	apiserver/historical_out apiserver/historical_query
	apiserver/history_buckets apiserver/influxdb_*
	apiserver/label_* apiserver/metric_alias apiserver/model_*
	apiserver/openapi apiserver/resource_* apiserver/review
	apiserver/review_cache apiserver/status apiserver/store* apiserver/user
	collector/cadvisor* collector/cgroup_* collector/custom
	collector/enrich collector/field
	collector/kube_* collector/label_rules collector/list_stream
	collector/local* collector/node_address collector/object_*
	collector/pod_sum collector/pod_tree collector/procfs collector/prometheus*
	collector/resource collector/schedule collector/shard
	collector/summary*
	common/access common/arena common/authority common/backoff common/base64 common/buf common/columns
	common/counters common/cursor common/err common/expand common/exporter
	common/frame*
	common/hash common/intern common/journal common/json* common/kubeconfig*
	common/labels
	common/mem common/metric common/number* common/opt* common/percent
	common/quantiles common/quantity
	common/secret common/selector common/series* common/str common/timestamp
	common/token common/varint common/yaml_tree
	contrib/kubesim/model contrib/kubesim/objects
	contrib/kubesim/resource contrib/kubesim/summary
	sinks/batch sinks/decimal sinks/format_* sinks/glob sinks/http_verdict
	sinks/influxql sinks/point* sinks/prometheus_* sinks/sink_uri
	sinks/snappy sinks/sqlite_options sinks/thin tools/format* tools/group
	tools/parse_*
'
programs='collector aggregator apiserver sinks launcher tools'

# sources FOLDER...: their .c and .h files, relative to $top_srcdir.
sources () {
	for _folder in "$@"; do
		find "$_folder" -maxdepth 1 -name '*.[ch]'
	done | sort
}

# includes FILE: FILE:LINE:NAME of everything that is included with quotes.
includes () {
	sed -n 's/^[ 	]*#[ 	]*include[ 	]*"\([^"]*\)".*/\1/p' "$1" |
	sed "s|^|$1: |"
}

# only_from FOLDER ALLOWED: all includes of FOLDER are of folders that match.
only_from () {
	for _file in $(sources "$1"); do
		includes "$_file"
	done | grep -v ': config\.h$' | grep -vE ": ($2)/[^/]*\$" >"$scratch/bad"
	cat "$scratch/bad"
	test ! -s "$scratch/bad"
}

expect_success 'common/ includes only common/' '
	cd "$top_srcdir" && only_from common common
'

for folder in $programs; do
	expect_success "$folder/ includes only $folder/ and common/" '
		cd "$top_srcdir" && only_from $folder "$folder|common"
	'
done

# A header of sinks/ belongs to one sink, or to libsinks.a.
expect_success 'a sink includes nothing of another sink' '
	cd "$top_srcdir" &&
	shared=$(sed -n "/^libsinks_a_SOURCES/,/[^\\\\]\$/s/^	\(.*\.h\).*/\1/p" \
		sinks/local.mk) &&
	echo "$shared" | grep -q sinks/points.h &&
	for header in $(find sinks -name "*.h"); do
		! echo "$shared" | grep -qx "$header" || continue
		users=$(grep -lx "main(.*" sinks/*.c |
			xargs grep -lF "\"$header\"") || users=
		test "$(printf "%s" "$users" | grep -c .)" -le 1 ||
			echo "$header is included by" $users
	done >"$scratch/bad" &&
	cat "$scratch/bad" && test ! -s "$scratch/bad"
'

expect_success 'every .c includes "config.h" before anything else' '
	cd "$top_srcdir" &&
	for file in $(find common $programs contrib/kubesim t bench -name "*.c"); do
		awk "/^[ \t]*#[ \t]*include/ { print FILENAME \": \" \$0; exit }" \
			"$file"
	done >"$scratch/first" &&
	! grep -v ": #include \"config.h\"\$" "$scratch/first"
'

expect_success 'no header includes or asks what configure found' '
	cd "$top_srcdir" &&
	! grep -nE "^[ 	]*#.*(HAVE_|config\.h)" \
		$(find common $programs contrib/kubesim t bench -name "*.h")
'

if ! test -f "$top_builddir/config.h"; then
	skip 'pure modules know no library' 'not configured'
else
	expect_success 'pure modules include neither loop, bus nor client' '
		cd "$top_srcdir" &&
		printf "%s\n" "$pure" | tr -s " \t" "\n\n" |
		while read -r module; do
			find . -path "./$module.[ch]"
		done >"$scratch/pure" &&
		test -s "$scratch/pure" &&
		cd "$top_builddir" &&
		while read -r file; do
			${CC:-cc} ${TEST_CFLAGS--I. "-I$top_srcdir"} -M \
				"$top_srcdir/$file" >"$scratch/depends" || return 1
			! grep -oE "[^ ]*/(event2|nng|curl)/[^ ]*" \
				"$scratch/depends" || echo "$file"
		done <"$scratch/pure" >"$scratch/bad" &&
		cat "$scratch/bad" && test ! -s "$scratch/bad"
	'
fi

done_testing
