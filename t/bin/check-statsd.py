#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""check-statsd.py FRAMES LINES

Whether the lines that fake-statsd.py has written are those of all points of
the frames and no others, in Etsy's form."""
import sys

from frame_points import points
from statsd_lines import line


def main():
    with open(sys.argv[1], encoding="utf-8") as frames:
        want = {line(*point[:3]) for point in points(frames)}
    got = set()
    with open(sys.argv[2], encoding="utf-8") as lines:
        for text in lines:
            count, _, text = text.rstrip("\n").partition(" ")
            assert 1 <= int(count) <= 5, "lines of a datagram"
            got.add(text)
    print("\n".join([f"missing: {t}" for t in sorted(want - got)][:10] +
                    [f"not published: {t}" for t in sorted(got - want)][:10]))
    print(len(got), "lines")
    return got != want or not want


sys.exit(main())
