#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""check-statsd-server.py FRAMES GAUGES

Whether a StatsD server has a gauge for all points of the frames and no others,
with the value that was published last.  The names are as the server makes them:
what is no letter, digit, '_', '-', '.', ';' or '=' is gone from them."""
import json
import re
import sys

from frame_points import points
from statsd_lines import line


def server_name(name):
    name = re.sub(r"\s+", "_", name).replace("/", "-")
    return re.sub(r"[^a-zA-Z_\-0-9.;=]", "", name)


def wanted(frames):
    want = {}
    for point in points(frames):
        name, value = line(*point[:3]).split(":")
        want[server_name(name)] = float(value.split("|")[0])
    return want


def main():
    with open(sys.argv[1], encoding="utf-8") as frames:
        want = wanted(frames)
    with open(sys.argv[2], encoding="utf-8") as gauges:
        got = {n: v for n, v in json.load(gauges, parse_int=float).items()
               if not n.startswith("statsd.")}
    bad = [f"{n}: {got.get(n)} instead of {want.get(n)}"
           for n in sorted(set(want) | set(got)) if want.get(n) != got.get(n)]
    print("\n".join(bad[:10]))
    print(len(got), "gauges")
    return bad != [] or not want


sys.exit(main())
