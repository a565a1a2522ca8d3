#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""check-victoria.py FRAMES URL KIND

Whether a VictoriaMetrics has all points of the frames and no others.  KIND is
how they came and what they are called: opentsdb, labelled (the same, with
labelled metrics), influxdb, graphite or prometheus."""
import json
import math
import re
import sys
import urllib.parse
import urllib.request

from frame_points import points
from prometheus_series import NAMES, series

CUMULATIVE = re.compile(r"^(uptime|cpu/usage|memory/(major_)?page_faults|"
                        r"network/[rt]x(_errors)?|disk/io_(read|write)_bytes|"
                        r".*/pressure_(some|full))$")
IDS = ("namespace_id", "pod_id", "hostname", "host_id")
RESOURCES = ("resource_id", "accelerator_id")


def clean(text):
    return re.sub(r"[^A-Za-z0-9./_-]", "_", text)


def opentsdb(name, labels):
    kind = "_cumulative" if CUMULATIVE.match(name) else "_gauge"
    tags = {clean(k): clean(v) for k, v in labels.items() if v}
    return clean(name).replace("/", "_") + kind, dict(tags, cluster="k8s-cluster")


def influxdb(name, labels):
    tags = {k: v for k, v in labels.items() if k not in IDS and v}
    return name + "_value", dict(tags, cluster_name="default")


def graphite(name, labels):
    tags = {k: re.sub(r"[ ;]", "_", v) for k, v in labels.items()
            if k not in IDS and v}
    return "kubernetes." + name.replace("/", "."), tags


def prometheus(name, labels):
    called, tags, _ = series(name, labels, 0, True)
    return called, dict(tags, cluster="c")


def expected(lines, kind):
    shape = {"labelled": opentsdb}.get(kind) or globals()[kind]
    for name, labels, value, window_us in points(lines):
        if kind == "opentsdb" and any(r in labels for r in RESOURCES):
            continue
        if kind not in ("graphite", "prometheus") and value >= 1 << 63:
            continue
        if kind == "prometheus":
            value /= NAMES[name][1]
        called, tags = shape(name, labels)
        yield (called, tuple(sorted(tags.items())), window_us // 1000), value


def stored(url):
    query = urllib.parse.urlencode({"match[]": '{__name__!=""}'})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{url}/api/v1/export?{query}", timeout=20) as answer:
        for line in answer:
            series = json.loads(line)
            name = series["metric"].pop("__name__")
            tags = tuple(sorted(series["metric"].items()))
            for when, value in zip(series["timestamps"], series["values"]):
                yield (name, tags, when), value


def main():
    frames, url, kind = sys.argv[1:4]
    with open(frames, encoding="utf-8") as lines:
        want = dict(expected(lines, kind))
    got = dict(stored(url))
    wrong = [f"{key}: {got.get(key)}, not {value}"
             for key, value in want.items() if key not in got or
             not math.isclose(got[key], value, rel_tol=1e-12)]
    wrong += [f"{key}: not published" for key in got if key not in want]
    print("\n".join(wrong[:10]))
    print(len(got), "points")
    return bool(wrong) or not want


sys.exit(main())
