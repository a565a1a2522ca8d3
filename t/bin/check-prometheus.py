#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""check-prometheus.py FRAMES URL pushed|pulled

Whether a Prometheus has the points of the frames and no others.  Those that it
was sent have cluster="pushed", and are all of them; of those that it has come
for, the newest of each node and of the roll-ups have to be there."""
import json
import math
import sys
import urllib.parse
import urllib.request

from frame_points import points
from prometheus_series import series


def expected(lines):
    for name, labels, value, window_us in points(lines):
        called, tags, value = series(name, labels, value, False)
        yield (called, tuple(sorted(tags.items())), window_us // 1000), value


def newest(lines):
    """The last NODE frame of each node, and the last ROLLUP."""
    frames = {}
    for line in lines:
        frame = json.loads(line)
        if frame["kind"] in ("node", "rollup"):
            frames[frame.get("node", {}).get("name")] = line
    return frames.values()


def stored(url, selector):
    query = urllib.parse.urlencode({"query": selector + "[1h]"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{url}/api/v1/query?{query}", timeout=20) as answer:
        result = json.load(answer)["data"]["result"]
    for one in result:
        labels = {k: v for k, v in one["metric"].items()
                  if k not in ("__name__", "cluster", "job", "instance")}
        for when, value in one["values"]:
            yield (one["metric"]["__name__"], tuple(sorted(labels.items())),
                   round(when * 1000)), float(value)


def main():
    path, url, kind = sys.argv[1:4]
    with open(path, encoding="utf-8") as f:
        lines = list(f)
    known = dict(expected(lines))
    if kind == "pushed":
        want, selector = known, '{cluster="pushed"}'
    else:
        want = dict(expected(newest(lines)))
        selector = '{cluster="",__name__=~"heapster_.+"}'
    got = dict(stored(url, selector))
    wrong = [f"{key}: missing" for key in want if key not in got]
    wrong += [f"{key}: {value}, not {known.get(key)}"
              for key, value in got.items() if key not in known or
              not math.isclose(value, known[key], rel_tol=1e-12)]
    print("\n".join(wrong[:10]))
    print(len(got), "points")
    return bool(wrong) or not want


sys.exit(main())
