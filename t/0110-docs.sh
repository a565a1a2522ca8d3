#!/bin/sh
# SPDX-License-Identifier: ISC
# Every program explains itself, and its manual page agrees.
. "$(dirname "$0")/lib.sh"

# What is installed: bin_PROGRAMS of all folders.
programs=$(sed -n 's/^bin_PROGRAMS *+= *//p' "$top_srcdir"/*/local.mk | sort)

# What needs a library that is not here is not built.
grep -q "^#define HAVE_SQLITE 1" "$top_builddir/config.h" ||
	programs=$(echo "$programs" | grep -vx cheapster-sink-sqlite)
grep -q "^#define HAVE_KAFKA 1" "$top_builddir/config.h" ||
	programs=$(echo "$programs" | grep -vx cheapster-sink-kafka)

# source_page PROGRAM: its page in the source tree.
source_page () {
	ls "$top_srcdir/man/$1".[18].in
}

# page PROGRAM: its page as it is installed.
page () {
	ls "$top_builddir/man/$1".[18]
}

# options_of PAGE: what stands for @OPTIONS@ in it.
options_of () {
	awk '
		/^\.Sh / { is_options = $2 == "OPTIONS" && NF == 2 }
		is_options && ($0 == ".Bl -tag -width Ds" || $1 == ".Ss") {
			is_list = 1
		}
		is_list { text = text $0 "\n" }
		is_list && $0 == ".El" { printf "%s", text; text = ""; is_list = 0 }
	' "$1"
}

# refuses PROGRAM FLAG: one line, exit 64.
refuses () {
	must_fail 64 "$@" >out 2>err &&
	test ! -s out && test "$(wc -l <err)" -eq 1 &&
	grep -q "^$1: .*--nope.*(try --help)$" err
}

expect_success 'there are programs' '
	echo "$programs" | grep -x cheapster-collector
'

for program in $programs; do
	expect_success "$program --help goes to stdout, in 80 columns" '
		$program --help >out 2>err && test ! -s err &&
		head -n 1 out | grep "^Usage: $program " &&
		awk "length > 80 { exit 1 }" out
	'
	expect_success "$program --version says which it is" '
		$program --version >out 2>err && test ! -s err &&
		grep -xE "$program [0-9]+\.[0-9]+\.[0-9]+" out
	'
	expect_success "$program refuses an unknown option" '
		refuses $program --nope
	'
	expect_success "$program reads its options from the environment" '
		must_fail 64 env CHEAPSTER_VERBOSE=nope $program 2>err &&
		test "$(wc -l <err)" -eq 1 && grep CHEAPSTER_VERBOSE err
	'
	expect_success "the manual page of $program has its options" '
		$program --help=man >want && test -s want &&
		test "$(grep -cx @OPTIONS@ "$(source_page $program)")" -eq 1 &&
		options_of "$(page $program)" | cmp - want
	'
	expect_success "it says what every manual page says" '
		for section in NAME SYNOPSIS DESCRIPTION OPTIONS \
			"EXIT STATUS" EXAMPLES "SEE ALSO"; do
			grep -qx "\.Sh $section" "$(page $program)" ||
				echo "$section"
		done >missing &&
		cat missing && test ! -s missing &&
		grep -qx "\.Nm $program" "$(page $program)"
	'
done

if command -v mandoc >/dev/null; then
	expect_success 'mandoc finds nothing wrong with the pages' '
		mandoc -T lint -W warning "$top_builddir"/man/*.[1-8]
	'
else
	skip 'mandoc finds nothing wrong with the pages' 'needs mandoc'
fi

# dead_links FILE: relative links that lead nowhere.
dead_links () {
	grep -o "](\([^)]*\))" "$1" | sed 's/](//; s/)//; s/#.*//' |
	while read -r link; do
		case $link in
		'' | [a-z]*:*) continue ;;
		esac
		test -e "$top_srcdir/$link" || echo "$link"
	done
}

for file in README HACKING SECURITY CHANGES; do
	expect_success "the links in $file.md lead somewhere" '
		dead_links "$top_srcdir/$file.md" >dead &&
		cat dead && test ! -s dead
	'
done

# missing_pages: what the pages refer to and we do not have.
missing_pages () {
	sed -n 's/^\.Xr \(cheapster[a-z-]*\) \([1-8]\).*/\1.\2/p' \
		"$top_srcdir"/man/*.[1-8] "$top_srcdir"/man/*.in | sort -u |
	while read -r page; do
		test -e "$top_srcdir/man/$page" ||
			test -e "$top_srcdir/man/$page.in" || echo "$page"
	done
}

expect_success 'pages refer to pages that exist' '
	missing_pages >missing && cat missing && test ! -s missing
'

# sees PAGE NAME: whether that is in its SEE ALSO.
sees () {
	sed -n '/^\.Sh SEE ALSO/,/^\.Sh [^S]/p' "$top_srcdir/man/$1" |
	grep -q "^\.Xr $2 [1-8]"
}
# unrelated: sinks that the page of all sinks does not name, or do not name it.
unrelated () {
	for page in "$top_srcdir"/man/cheapster-sink-*.8.in; do
		page=${page##*/}
		sees cheapster-sinks.7 "${page%.8.in}" || echo "for $page"
		sees "$page" cheapster-sinks || echo "in $page"
	done
}

expect_success 'the pages of the sinks lead to what they have in common, and back' '
	unrelated >missing && cat missing && test ! -s missing
'

# untold PAGE NAME...: those of Heapster's that its table does not have.
untold () {
	sed -n "/^\.Ss Heapster's /,/^\.El/s/^\.It \(.*\) Ta .* Ta.*/\1/p" \
		"$top_srcdir/man/$1" | tr -d ' ' | tr , '\n' >told
	shift
	printf '%s\n' "$@" | grep -vxFf told
}

while read -r name options; do
	expect_success "$name: every option of Heapster's is accounted for" "
		! untold cheapster-sink-$name.8.in $options
	"
done <<'EOF'
elasticsearch nodes index cluster_name esUserName esUserSecret maxRetries healthCheck sniff startupHealthcheckTimeout ver bulkWorkers pipeline
graphite scheme port prefix
influxdb user pw db retention secure insecuressl withfields cluster_name disable_counter_metrics concurrency
kafka brokers timeseriestopic eventstopic compression user password cacert cert key insecuressl
opentsdb cluster
riemann ttl state tags batchsize
statsd prefix protocolType numMetricsPerMsg renameLabels allowedLabels labelStyle
EOF
expect_success 'and so is every sink' '
	! untold cheapster-sinks.7 elasticsearch gcm graphite hawkular \
		honeycomb influxdb kafka librato log metric monasca opentsdb \
		riemann stackdriver statsd wavefront
'

done_testing
