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


# What the sample has, by hand: name, divisor.
PROMETHEUS = {
    "cpu/usage": ("cpu_usage_seconds_total", 1e9),
    "cpu/usage_rate": ("cpu_usage_cores", 1000),
    "memory/usage": ("memory_usage_bytes", 1),
    "memory/working_set": ("memory_working_set_bytes", 1),
    "filesystem/usage": ("filesystem_usage_bytes", 1),
}
SHORT = {"nodename": "node", "namespace_name": "namespace", "pod_name": "pod",
         "container_name": "container", "hostname": "host", "pod_id": "uid",
         "container_base_image": "image", "type": "type",
         "resource_id": "resource_id"}
DROPPED = ("labels", "host_id", "namespace_id", "schedulable")


def prometheus(name, labels):
    tags = {SHORT.get(k, "label_" + k): v for k, v in labels.items()
            if v and k not in DROPPED}
    return "heapster_" + PROMETHEUS[name][0], dict(tags, cluster="c")


def expected(lines, kind):
    shape = {"labelled": opentsdb}.get(kind) or globals()[kind]
    for name, labels, value, window_us in points(lines):
        if kind == "opentsdb" and any(r in labels for r in RESOURCES):
            continue
        if kind not in ("graphite", "prometheus") and value >= 1 << 63:
            continue
        if kind == "prometheus":
            value /= PROMETHEUS[name][1]
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
