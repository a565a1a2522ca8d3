#!/bin/sh
# SPDX-License-Identifier: ISC
# Whatever is killed with -9, and whenever: no window is lost, none is counted
# twice, every rate is right.  KILLS=200 for the long run.
. "$(dirname "$0")/lib.sh"
prereq python3

kills=${KILLS:-40}
nodes=3
resolution_ms=1000
test -z "$CHEAPSTER_VALGRIND" || skip_all 'its moments are those of real time'
bin=$top_srcdir/t/bin

expect_success "a pipeline runs while its processes are killed $kills times" '
	spawn_raw kubelet python3 "$bin/fake-kubelet.py" --port-file "$scratch/port" $nodes &&
	wait_for "test -s $scratch/port" &&
	python3 "$bin/kill-pipeline.py" $kills $nodes $resolution_ms \
		"$(cat "$scratch/port")" "$scratch/frames" &&
	kill9 kubelet
'
for what in windows nodes rates rollups; do
	expect_success "$(sed -n "/^def check_$what/{n;s/.*\"\"\"\(.*\)\.\"\"\".*/\1/p;}" \
		"$bin/check-frames.py")" "
		python3 '$bin/check-frames.py' $what $nodes $resolution_ms '$scratch/frames'
	"
done
done_testing
