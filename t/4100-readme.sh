#!/bin/sh
# SPDX-License-Identifier: ISC
# What README.md shows does what README.md says.
. "$(dirname "$0")/lib.sh"
prereq curl jq

# block WORD: the first sh block of README.md with a line that has WORD.
block () {
	awk -v word="$1" '
		/^```sh$/ { is_block = 1; text = ""; next }
		/^```$/ {
			if (is_block && index(text, word)) {
				printf "%s", text
				exit
			}
			is_block = 0
		}
		is_block { text = text $0 "\n" }
	' "$top_srcdir/README.md"
}

expect_success 'the pipeline of the README runs' '
	spawn aggregator cheapster-aggregator &&
	spawn apiserver cheapster-apiserver --listen=127.0.0.1:0 &&
	spawn collector cheapster-collector --source=local: \
		--metric-resolution=200ms
'

expect_success 'the sink is shell and named by its first line' '
	block "while IFS" >sink &&
	chmod +x sink &&
	head -n 1 sink >first && echo "#!/bin/sh" | cmp - first &&
	sh -n sink
'

expect_success 'it writes every metric of every node' '
	spawn sink cheapster-sink-exec ./sink &&
	wait_for "grep -q cpu/usage_rate nodes.tsv" &&
	awk -F "\t" "NF != 3 { exit 1 }" nodes.tsv &&
	test "$(cut -f 1 nodes.tsv | sort -u)" = "$(uname -n)"
'

expect_success 'killed and started again, it goes on where it was' '
	kill9 sink && mv nodes.tsv before.tsv &&
	spawn sink cheapster-sink-exec ./sink &&
	wait_for "test -s nodes.tsv" &&
	newest=$(grep cpu/usage.[0-9] before.tsv | tail -n 1 | cut -f 3) &&
	oldest=$(grep cpu/usage.[0-9] nodes.tsv | head -n 1 | cut -f 3) &&
	test "$oldest" -gt "$(head -n 1 before.tsv | cut -f 3)" &&
	test -n "$newest" && stop sink && log_is_clean sink
'

expect_success 'the queries are answered' '
	block "u=http" >queries &&
	port=$(address_of apiserver http_listening) && port=${port##*:} &&
	sed "s/8082/$port/; s/^curl/curl -sS --fail --noproxy \\*/" \
		queries >queries.sh &&
	sh queries.sh >answers &&
	jq -e -s --arg n "$(uname -n)" "
		length == 5 and .[0] == [\$n] and
		(.[1] | index(\"cpu/usage_rate\")) != null and
		(.[2].metrics[-1].value | type) == \"number\" and
		.[3].metrics[-1].value > 0 and (.[4] | type) == \"array\"
	" answers
'

expect_success 'all of it ends in peace' '
	stop collector && stop aggregator && stop apiserver &&
	log_is_clean collector && log_is_clean aggregator &&
	log_is_clean apiserver
'

expect_success 'relative links lead somewhere' '
	grep -o "](\([^)]*\))" "$top_srcdir/README.md" | sed "s/](//; s/)//" |
	grep -v "^[a-z]*:" | sed "s/#.*//" | sort -u >links &&
	test "$(wc -l <links)" -gt 5 &&
	while read -r link; do
		test -e "$top_srcdir/$link" || { echo "$link" && exit 1; }
	done <links
'

expect_success 'the programs it names are there' '
	grep -oE "cheapster(-[a-z]+)*" "$top_srcdir/README.md" | sort -u |
	grep -vE "^cheapster$|UID|-sink$|-tap$" >names &&
	grep -q cheapster-sink-exec names &&
	while read -r name; do
		command -v "$name" || { echo "$name: missing" && exit 1; }
	done <names
'

done_testing
