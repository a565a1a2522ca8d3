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
	( cd "$top_srcdir/contrib/k8s/metrics-server" &&
	python3 "$top_srcdir/t/bin/check-manifests.py" metrics-api.yaml \
		apiservices.yaml ) >>commands &&
	test "$(wc -l <commands)" -ge 10
'
# complains OF SED-SCRIPT [MANIFEST]: if that is changed
complains () {
	sed "$2" "$top_srcdir/contrib/k8s/${3-daemonset}.yaml" >changed.yaml &&
	must_fail 1 python3 "$top_srcdir/t/bin/check-manifests.py" \
		changed.yaml >/dev/null 2>complaint &&
	grep -q -e "$1" complaint || { cat complaint; return 1; }
}
expect_success 'the kustomization has all of them' '
	cd "$top_srcdir/contrib/k8s/metrics-server" &&
	sed -n "s/^  - //p" kustomization.yaml | sort >"$scratch/listed" &&
	ls ./*.yaml | sed "s,^\./,,;/^kustomization/d" | sort >"$scratch/there" &&
	diff "$scratch/there" "$scratch/listed"
'
expect_success 'and would not be if they did not fit together' '
	complains "cheapster-aggregator: cannot be dialled until" \
		"/publishNotReady/d" &&
	complains "nobody is at cheapster-aggregator:9405" s/svc:9400/svc:9405/ &&
	complains "apiserver: writes more than" \
		"s/, --store-bytes=[0-9]*Mi//" cheapster &&
	complains "collector: writes more than" "/journal-bytes/d" &&
	complains "aggregator: its spool has no room" "/spool-bytes/d" &&
	complains "aggregator: its spool has no room" "/mountPath:.*spool/d" &&
	complains "apiserver: does not listen at 8082 of every" \
		s/=:8082/=0.0.0.0:8082/ &&
	complains "aggregator: does not listen at 9400 of every" \
		"s/\[::\]:9400/0.0.0.0:9400/" &&
	complains "every container gets the token" /automount/d cheapster &&
	complains "collector: the token is for collectors" s/serviceAccountToken:/x:/
'
# complains_of_api TEXT SED-SCRIPT: if the Metrics API's are changed
complains_of_api () {
	_folder=$top_srcdir/contrib/k8s/metrics-server
	sed "$2" "$_folder/metrics-api.yaml" >changed.yaml &&
	sed "$2" "$_folder/apiservices.yaml" >services.yaml &&
	must_fail 1 python3 "$top_srcdir/t/bin/check-manifests.py" \
		changed.yaml services.yaml >/dev/null 2>complaint &&
	grep -q -e "$1" complaint || { cat complaint; return 1; }
}
expect_success 'nor would those of the Metrics API be' '
	complains_of_api "auth-delegator: neither" \
		"s/name: system:auth-delegator/name: view/" &&
	complains_of_api "authentication-reader: neither" \
		s/extension-apiserver-authentication-reader/x/ &&
	complains_of_api "v1 is not preferred" \
		"s/versionPriority: 110/versionPriority: 90/" &&
	complains_of_api "v1: no such service" "s/^    port: 443/    port: 444/" &&
	complains_of_api "nobody is at cheapster-out:9409" s/svc:9400/svc:9409/ &&
	complains_of_api "apiserver: does not listen at 10250" \
		s/secure-listen=:/secure-listen=127.0.0.1:/ &&
	complains_of_api "rules: neither more" "/metrics.k8s.io\]/,+2s/, watch//"
'
expect_success 'a sink is added by taking comments away' '
	sed "/^        # - name: sink-NAME/,/^      volumes:/s/^        # /        /
		s/^        # - {name: sink-NAME/        - {name: sink-NAME/
		s/NAME/prometheus/" "$top_srcdir/contrib/k8s/daemonset.yaml" \
		>changed.yaml &&
	python3 "$top_srcdir/t/bin/check-manifests.py" changed.yaml >with &&
	grep -q "^/usr/bin/cheapster-sink-prometheus" with && cat with >>commands
'
if command -v kubernetes-validate >/dev/null; then
	expect_success 'each is what the schemas of Kubernetes allow' '
		kubernetes-validate --strict "$top_srcdir"/contrib/k8s/*.yaml \
			"$top_srcdir"/contrib/k8s/metrics-server/metrics-api.yaml
	'
else
	skip 'each is what the schemas of Kubernetes allow' \
		'needs the Python package kubernetes-validate'
fi
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
# context TREE: what the image would be built from
context () {
	python3 "$top_srcdir/t/bin/docker-context.py" \
		"$top_srcdir/.dockerignore" "$1"
}
expect_success 'an image is not built from what was made in place' '
	mkdir -p tree/.git tree/build/dev tree/common/.deps tree/man tree/t &&
	touch tree/.git/HEAD tree/build/dev/Makefile tree/config.status \
		tree/config.h tree/config.log tree/configure tree/Makefile \
		tree/Makefile.in tree/cheapster tree/cheapster-apiserver \
		tree/libcommon.a tree/common/buf.o tree/common/.deps/buf.Po \
		tree/common/buf.c tree/configure.ac tree/man/cheapster.8 \
		tree/man/cheapster.8.in tree/t/buf.t tree/t/buf.log &&
	context tree >sent && diff - sent <<-\EOF
	configure.ac
	common/buf.c
	man/cheapster.8.in
	EOF
'
expect_success 'but from every source' '
	context "$top_srcdir" | sort >sent &&
	( cd "$top_srcdir" && ls configure.ac Makefile.am */local.mk */*.[ch] \
		m4/*.m4 man/*.in man/cheapster-bus.7 contrib/packages \
		contrib/install-packages contrib/kubesim/*.[ch] ) | sort >needed &&
	comm -13 sent needed >missing && cat missing && test ! -s missing
'
if command -v systemd-analyze >/dev/null; then
	expect_success 'systemd reads the units, also of any sink' '
		for unit in "$top_srcdir"/contrib/systemd/*.service; do
			name=$(basename "$unit" | sed "s/@/@log/") &&
			sed "s,^ExecStart=,&$top_builddir/," "$unit" >"$name" ||
				return
		done &&
		{ systemd-analyze verify --man=no ./cheapster*.service \
			>said 2>&1 || :; } &&
		cat said && ! grep cheapster said
	'
else
	skip 'systemd reads the units, also of any sink' 'needs systemd-analyze'
fi
dockerfile=$top_srcdir/contrib/k8s/Dockerfile
# finds_sinks: as installed, each is started; nobody is at port 1.
finds_sinks () {
	set --
	for _path in image/usr/bin/cheapster-sink-*; do
		_name=${_path##*-sink-}
		case $_name in
		exec) _operand=true ;;
		kafka) _operand='?brokers=127.0.0.1:1&timeout=1s' ;;
		log | null) _operand= ;;
		prometheus) _operand='?listen=127.0.0.1:0' ;;
		sqlite) _operand=$scratch/history.db ;;
		*) _operand=//127.0.0.1:1 ;;
		esac
		set -- "$@" "--sink=$_name:$_operand"
	done
	test $# -ge 12 || return
	image/usr/bin/cheapster --check --source=local: \
		--listen-ip=127.0.0.1 "$@" >check.log 2>&1
	for _sink; do
		_name=${_sink#--sink=} _name=${_name%%:*}
		grep -qxE -e "cheapster: info check_ok name=sink-$_name" \
			-e "cheapster: .* name=sink-$_name pid=.* status=69" \
			check.log || { cat check.log; return 1; }
	done
}
if test -f "$top_builddir/Makefile"; then
	expect_success 'it has the programs of the manifests, as installed' '
		MAKEFLAGS= make -s -C "$top_builddir" install-exec prefix=/usr \
			bindir=/usr/bin DESTDIR="$scratch/image" >install.log 2>&1 &&
		grep -q "COPY --from=build /image/usr/bin /usr/bin" "$dockerfile" &&
		cut -f 1 commands | while read -r path; do
			test -x "image$path" || return
		done &&
		test -x image/usr/bin/cheapster
	'
	expect_success 'and the launcher finds every sink beside itself' '
		finds_sinks
	'
else
	skip 'it has the programs of the manifests, as installed' 'needs Makefile'
	skip 'and the launcher finds every sink beside itself' 'needs Makefile'
fi
# packages_needed: those of the libraries that the programs are linked with
packages_needed () {
	readelf -d image/usr/bin/* |
	sed -n "s/.*(NEEDED).*\[\(.*\)\]/\1/p" | sort -u |
	while read -r library; do
		dpkg -S "*/$library" | cut -d: -f1
	done | sort -u | grep -v "^libc6"
}
# packages_installed: those of the image
packages_installed () {
	sed -n "/no-install-recommends/,/&&/p" "$dockerfile" |
	sed "s/.*no-install-recommends//; s/[\\&]//g" | xargs -n 1 | sort |
	grep -vx ca-certificates
}
# Of a build with all that it can have.
system=$TEST_SANITIZE$(cat /etc/debian_version 2>/dev/null)
for library in KAFKA LIBYAML SQLITE; do
	grep -q "^#define HAVE_$library 1" "$top_builddir/config.h" || system=
done
case $system in
12*)
	expect_success 'and the libraries that they need, but no others' '
		packages_needed >needed && packages_installed >installed &&
		diff needed installed
	' ;;
*)
	skip 'and the libraries that they need, but no others' \
		'the image is a plain build on Debian 12, of everything' ;;
esac
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
