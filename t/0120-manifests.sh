#!/bin/sh
# SPDX-License-Identifier: ISC
# The manifests of contrib/k8s fit together, and programs take their flags.
. "$(dirname "$0")/lib.sh"
prereq python3 openssl
python3 -c 'import yaml' 2>/dev/null || skip_all 'needs python3-yaml'

expect_success 'they are read without a complaint' '
	for manifest in "$top_srcdir"/contrib/k8s/*.yaml; do
		python3 "$top_srcdir/t/bin/check-manifests.py" \
			"$manifest" >>commands || return
	done &&
	test "$(wc -l <commands)" -ge 8
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
expect_success 'the secrets hold what the bus takes' '
	"$top_srcdir/contrib/k8s/bus-secrets" >secrets.yaml &&
	python3 -c "
import base64, sys, yaml
for thing in yaml.safe_load_all(sys.stdin):
    for name, value in thing.get(\"data\", {}).items():
        with open(thing[\"metadata\"][\"name\"] + \".\" + name, \"wb\") as file:
            file.write(base64.b64decode(value))" <secrets.yaml &&
	for name in cheapster-bus cheapster-bus-node; do
		openssl verify -CAfile "$name.ca.crt" "$name.tls.crt" || return
	done &&
	openssl x509 -noout -checkhost cheapster-aggregator.cheapster.svc \
		-in cheapster-bus.tls.crt | grep -q "does match" &&
	! openssl x509 -noout -checkhost cheapster-aggregator.cheapster.svc \
		-in cheapster-bus-node.tls.crt | grep -q "does match" &&
	spawn agg cheapster-aggregator --bus-ca=cheapster-bus.ca.crt \
		--bus-cert=cheapster-bus.tls.crt \
		--bus-key=cheapster-bus.tls.key \
		--raw-bus=tls+tcp://127.0.0.1:0 \
		--raw-replay=tls+tcp://127.0.0.1:0 && stop agg
'
done_testing
