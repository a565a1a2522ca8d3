#!/bin/sh
# SPDX-License-Identifier: ISC
# What the manual pages of the sinks show is what the programs take.
. "$(dirname "$0")/lib.sh"
prereq openssl

KAFKA_PASSWORD=k
OTLP_HEADERS=api-key=k
http_proxy=http://127.0.0.1:1
https_proxy=$http_proxy
export KAFKA_PASSWORD OTLP_HEADERS http_proxy https_proxy

# examples PAGE: its commands that are ours, with what they need before them.
examples () {
	awk '
		/^\.Sh / { is_here = $2 == "EXAMPLES" }
		/^\.(Bd|Ed)/ { is_literal = $1 == ".Bd" }
		is_here && /^\.Dl cheapster/ { print substr($0, 5) }
		is_here && is_literal && (is_more || /^(cheapster|export)/) {
			print
			is_more = /\\e$/
		}
	' "$1" | sed 's/\\e/\\/g; s/ &$//'
}

# In place of a program: asks whether it would work, where all back ends are
# away and all files are ours.
mkdir bin
cat >bin/try <<'EOF'
#!/bin/sh
# What stands for the files and hosts of an argument.
place () {
	printf '%s' "$1" | sed -E "
		s,=kubernetes:\$,=local:,
		s,(tcp|udp|tls)://[a-z0-9.]+(:[0-9]+)?,\1://127.0.0.1:1,
		s,[a-z0-9]+:909[0-9](\&|\,|\$),127.0.0.1:1\1,g
		s,listen=[*]?:[0-9]+,listen=127.0.0.1:0,
		s,/var/lib/cheapster/,$scratch/,
		s,([?\&](ca|cacert|cert))=[^\&]*,\1=$scratch/cert.pem,g
		s,([?\&]key)=[^\&]*,\1=$scratch/key.pem,
		s,(-file)=[^\&]*,\1=$scratch/secret,"
}
n=$#
for argument; do
	case $argument in
	*\\* | *'
'*) echo "a line that does not go on: $argument"; exit 1 ;;
	*.amazonaws.com) export AWS_ACCESS_KEY_ID=k AWS_SECRET_ACCESS_KEY=k ;;
	*brokers=*) argument="$argument&timeout=1s" ;;
	esac
	set -- "$@" "$(place "$argument")"
done
shift "$n"
name=${0##*/}
echo "$name $*" >>"$scratch/tried"
test "$name" != cheapster || set -- --listen-ip=127.0.0.1 "$@"
"$top_builddir/$name" --check "$@" >log 2>&1
code=$?
case $name-$code in
cheapster-0 | cheapster-sink-*-0 | cheapster-sink-*-69) ;;
cheapster-[0-9]*) ! grep -E 'name=.* status=([^6]|6[^9])|sink_unknown' log ;;
*) false ;;
esac && ! grep options_unknown log && exit
cat log
exit 1
EOF
chmod +x bin/try
for program in "$top_builddir"/cheapster "$top_builddir"/cheapster-sink-*; do
	ln -s try "bin/${program##*/}"
done
expect_success 'there is a certificate' '
	openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost \
		-keyout key.pem -out cert.pem 2>/dev/null && echo k >secret &&
	echo "while read -r frame; do echo ok; done" >sink && chmod +x sink
'

# try_examples PAGE: each of them, and at least one.
try_examples () {
	examples "$1" >script && cat script && : >tried &&
	PATH=$scratch/bin:$PATH sh -e script &&
	test "$(wc -l <tried)" -ge 1 &&
	test "$(wc -l <tried)" -eq "$(grep -c "^cheapster" script)"
}
for page in "$top_builddir"/man/cheapster-sink-*.8; do
	name=$(basename "$page" .8)
	test -x "$top_builddir/$name" || continue
	expect_success "$name: its examples work" "
		try_examples '$page'
	"
done
expect_success 'an example that does not would be noticed' '
	echo ".Sh EXAMPLES" >page &&
	! try_examples page &&
	echo ".Dl cheapster-sink-influxdb http://localhost?retention=1x" >>page &&
	! try_examples page &&
	sed -i "s/retention=1x/retentoin=1d/" page && ! try_examples page &&
	sed -i "s/retentoin/retention/" page && try_examples page &&
	echo ".Dl cheapster --source=local: --sink=influxdb:?secure=x" >>page &&
	! try_examples page
'
done_testing
