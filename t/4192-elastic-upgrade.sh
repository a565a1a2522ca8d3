#!/bin/sh
# SPDX-License-Identifier: ISC
# An Elasticsearch may be upgraded while the sink runs.
. "$(dirname "$0")/lib.sh"
prereq python3

# publish N: frames of N seconds later than the first ones.
publish () {
	sed "s/1700000000/$((1700000000 + $1))/g
		s/1700000001/$((1700000001 + $1))/g" \
		"$top_srcdir/t/data/tools/frames.txt" | cheapster-pub
}
expect_success 'an Elasticsearch 6 has documents' '
	echo ok >mode && echo 6.8.23 >version &&
	spawn_raw server python3 "$top_srcdir/t/bin/fake-elastic.py" \
		"$scratch/port" "$scratch" && wait_for "test -s port" &&
	spawn aggregator cheapster-aggregator && publish 0 &&
	spawn sink cheapster-sink-elasticsearch \
		"http://127.0.0.1:$(cat port)?batchdelay=20ms" &&
	wait_for "test -s docs"
'
expect_success 'as 8 it refuses what is for 6, which is asked once' '
	echo 8.13.0 >version && rm docs && : >forget && publish 10 &&
	wait_for "grep -q \"points_refused.*a type too few\" sink.log"
'
expect_success 'what comes then is for 8' '
	publish 20 && wait_for "grep -q family docs" &&
	grep "elasticsearch_version like=8" sink.log && grep _index_template asked &&
	stop sink && log_is_clean sink points_refused
'
expect_success 'all of it ends in peace' '
	stop aggregator && log_is_clean aggregator && stop server 143
'
done_testing
