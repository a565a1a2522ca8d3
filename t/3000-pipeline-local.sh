#!/bin/sh
# SPDX-License-Identifier: ISC
# The main job: the whole pipeline on this machine, and what it says is true.
. "$(dirname "$0")/lib.sh"
prereq curl jq

# model PATH: the answer of the model API.
model () {
	http_get "http://$(address_of all http_listening)/api/v1/model/$1"
}
# newest PATH: the value of its newest point.
newest () {
	model "$1" | jq '.metrics[-1].value'
}
# has_points PATH N
has_points () {
	test "$(model "$1" | jq '.metrics | length')" -ge "$2"
}
# cpu_ms [STEAL]: what this machine has used since its start; with a word also
# what its host has taken from it, which kernels count or not.
cpu_ms () {
	awk -v hz="$(getconf CLK_TCK)" -v steal="$1" '$1 == "cpu" {
		print int(($2 + $3 + $4 + $7 + $8 + (steal ? $9 : 0)) * 1000 / hz)
	}' /proc/stat
}
meminfo () {
	echo $(($(awk -v key="$1:" '$1 == key { print $2 }' /proc/meminfo) * 1024))
}

expect_success 'one command starts everything' '
	spawn all cheapster --source=local: --sink=null --listen-ip=127.0.0.1 \
		--heapster-port=0 --metric-resolution=1s &&
	wait_for "test -n \"\$(address_of all http_listening)\""
'
node=$(hostname)
expect_success 'within two windows it names this machine' '
	wait_for "model nodes/ | jq -e \". == [\\\"$node\\\"]\""
'
expect_success 'it is healthy' '
	wait_for "test \"\$(http_get http://$(address_of all http_listening)/healthz)\" = ok"
'
expect_success 'cpu/usage lies between two readings of the kernel' '
	before=$(cpu_ms) &&
	n=$(model "nodes/$node/metrics/cpu/usage" | jq ".metrics | length") &&
	wait_for "has_points nodes/$node/metrics/cpu/usage $((n + 2))" &&
	usage=$(newest "nodes/$node/metrics/cpu/usage") &&
	after=$(cpu_ms steal) &&
	echo "before $before ms, usage $usage ns, after $after ms" &&
	test "$((usage / 1000000))" -ge "$((before - 200))" &&
	test "$((usage / 1000000))" -le "$((after + 200))"
'
expect_success 'cpu/usage_rate is the mean of what the kernel counted' '
	series=$(model "nodes/$node/metrics/cpu/usage_rate") &&
	echo "$series" &&
	cores=$(getconf _NPROCESSORS_ONLN) &&
	echo "$series" | jq -e "[.metrics[].value] |
		length > 0 and all(. >= 0 and . <= $((cores * 1050)))"
'
expect_success 'memory/usage is what is not free' '
	usage=$(newest "nodes/$node/metrics/memory/usage") &&
	now=$(($(meminfo MemTotal) - $(meminfo MemFree))) &&
	echo "usage $usage, now $now" &&
	test "$usage" -ge "$((now * 7 / 10))" &&
	test "$usage" -le "$((now * 13 / 10))"
'
expect_success 'memory/working_set leaves out inactive files' '
	set=$(newest "nodes/$node/metrics/memory/working_set") &&
	usage=$(newest "nodes/$node/metrics/memory/usage") &&
	inactive=$(meminfo "Inactive(file)") &&
	echo "working set $set, usage $usage, inactive $inactive" &&
	test "$set" -gt 0 && test "$set" -le "$usage" &&
	test "$((usage - set))" -ge "$((inactive * 7 / 10))" &&
	test "$((usage - set))" -le "$((inactive * 13 / 10))"
'
expect_success 'uptime counts from the start of the machine' '
	uptime_ms=$(newest "nodes/$node/metrics/uptime") &&
	now_ms=$(cut -d" " -f1 /proc/uptime | tr -d .)0 &&
	echo "$uptime_ms, now $now_ms" &&
	test "$uptime_ms" -le "$((now_ms + 2000))" &&
	test "$uptime_ms" -ge "$((now_ms - 5000))"
'
expect_success 'the root file system is as large as df says' '
	limit=$(newest "nodes/$node/metrics/filesystem/limit?labels=resource_id:/") &&
	test "$limit" = "$(df -B1 --output=size / | tail -n 1 | tr -d " ")"
'

# A cgroup of our own, whose numbers we know, where we may make one.
group=
for root in /sys/fs/cgroup/cpuacct /sys/fs/cgroup/cpu,cpuacct /sys/fs/cgroup; do
	if test -e "$root/cpuacct.usage" || test -e "$root/cgroup.controllers"; then
		mkdir "$root/cheapster-test-$$.service" 2>/dev/null &&
			group=$root/cheapster-test-$$.service && break
	fi
done
if test -z "$group"; then
	skip 'a service has the CPU that its cgroup has' 'no cgroup can be made'
else
	# group_us: CPU time of the cgroup so far.
	group_us () {
		if test -e "$group/cpuacct.usage"; then
			echo $(($(cat "$group/cpuacct.usage") / 1000))
		else
			sed -n 's/^usage_usec //p' "$group/cpu.stat"
		fi
	}
	# burn: keeps a core busy within the cgroup.
	burn () {
		sh -c "echo \$\$ >$group/cgroup.procs; while :; do :; done" &
		burner=$!
	}
	expect_success 'a service has the CPU that its cgroup has' '
		path=nodes/$node/freecontainers/cheapster-test-$$.service/metrics &&
		burn && wait_for "test \$(group_us) -gt 0" &&
		before=$(group_us) &&
		wait_for "has_points $path/cpu/usage 3" &&
		usage=$(newest "$path/cpu/usage") &&
		rate=$(newest "$path/cpu/usage_rate") &&
		after=$(group_us) &&
		kill $burner && { wait $burner 2>/dev/null || :; } &&
		echo "before $before us, usage $usage ns, after $after us, rate $rate" &&
		test "$((usage / 1000))" -ge "$before" &&
		test "$((usage / 1000))" -le "$after" &&
		test "$rate" -gt 50 && test "$rate" -le 1050
	'
	rmdir "$group" 2>/dev/null || { sleep 0.5; rmdir "$group"; }
fi

expect_success 'all of it stops in order' '
	stop all && ! grep -E "LeakSanitizer|runtime error" "$scratch/all.log"
'
done_testing
