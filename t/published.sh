# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2154
# What tests of sinks have in common.  Behind lib.sh:
#
#	. "$top_srcdir/t/published.sh"
#
# What the aggregator has published is in the file "published", a link to what
# cheapster-tap --json --replay has written.

# publish SECONDS: the frames of t/data/tools, so much later.
publish () {
	sed "s/1700000000/$((1700000000 + $1))/g
		s/1700000001/$((1700000001 + $1))/g" \
		"$top_srcdir/t/data/tools/frames.txt" | cheapster-pub
}

# is_published N: so many roll-ups were.
is_published () {
	test "$(grep -c '"kind":"rollup"' published)" -ge "$1"
}

# free_ports N: of TCP, nobody's at the moment, all on one line.
free_ports () {
	python3 -c 'import socket, sys
all = [socket.socket() for i in range(int(sys.argv[1]))]
for s in all:
    s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in all))' "$1"
}
