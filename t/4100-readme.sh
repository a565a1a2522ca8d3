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
		--metric-resolution=500ms
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

# first_usage FILE: of CPU time, which only grows.
first_usage () {
	awk -F '\t' '$2 == "cpu/usage" { print $3; exit }' "$1"
}

expect_success 'killed and started again, it goes on where it was' '
	wait_for "test -s $STATE_DIRECTORY/sink-exec.cursor" &&
	kill9 sink && mv nodes.tsv before.tsv &&
	spawn sink cheapster-sink-exec ./sink &&
	wait_for "grep -q cpu/usage_rate nodes.tsv" &&
	test "$(first_usage nodes.tsv)" -gt "$(first_usage before.tsv)"
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

expect_success 'the stream goes through jq' '
	block cheapster-tap | sed -n "s/--type=node/& --count=2/p" >tap &&
	sh tap >rates && test "$(wc -l <rates)" -eq 2 &&
	jq -e -s "all(.[]; (.[0][:19] + \"Z\" | fromdate) > 0 and .[1] >= 0)" rates
'

is_same () {
	sort -u before.tsv nodes.tsv >both &&
	sort -u all/nodes.tsv 2>missing | cmp -s - both
}

expect_success 'a sink that was never killed has seen the same' '
	stop collector && mkdir all && cd all && cp ../sink . &&
	spawn all cheapster-sink-exec --name=all ./sink && cd .. &&
	wait_for is_same && stop all && stop sink
'

expect_success 'all of it ends in peace' '
	stop aggregator && stop apiserver &&
	log_is_clean sink "a request to stop" &&
	log_is_clean all "a request to stop" && log_is_clean collector &&
	log_is_clean aggregator && log_is_clean apiserver
'

# unknown_programs: what README.md names that is neither program nor page.
unknown_programs () {
	grep -oE 'cheapster(-[a-z]+)+' "$top_srcdir/README.md" | sort -u |
	while read -r name; do
		command -v "$name" >known || echo "$name"
	done | while read -r name; do
		ls "$top_srcdir/man/$name".[1-8]* >known || echo "$name"
	done
}

expect_success 'the programs it names are there' '
	unknown_programs >unknown && cat unknown && test ! -s unknown
'

done_testing
