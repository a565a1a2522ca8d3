#!/bin/sh
# SPDX-License-Identifier: ISC
# The manifests of contrib/k8s fit together, and programs take their flags.
. "$(dirname "$0")/lib.sh"
prereq python3
python3 -c 'import yaml' 2>/dev/null || skip_all 'needs python3-yaml'

expect_success 'they are read without a complaint' '
	python3 "$top_srcdir/t/bin/check-manifests.py" \
		"$top_srcdir"/contrib/k8s/*.yaml >commands &&
	test "$(wc -l <commands)" -ge 4
'
tab=$(printf '\t')
# accepts COMMAND-LINE: separated by tabs
accepts () {
	(
		IFS=$tab
		# shellcheck disable=SC2086
		set -f -- $1
		unset IFS
		_name=$(basename "$1") && shift &&
		KUBERNETES_SERVICE_HOST=10.0.0.1 KUBERNETES_SERVICE_PORT=443 \
			"$_name" --check "$@"
	)
}
expect_success 'the programs accept what they are given' '
	while IFS= read -r line; do
		accepts "$line" || { echo "$line"; return 1; }
	done <commands
'
expect_success 'and no more than that' '
	must_fail 64 accepts "/usr/bin/cheapster-collector${tab}--colour=red"
'
expect_success 'the image has the programs that they name' '
	cut -f 1 commands | while read -r path; do
		test -x "$top_builddir/$(basename "$path")" || return
	done
'
done_testing
