#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""check-elastic.py FRAMES DOCS [VERSION]

Whether the documents that fake-elastic.py has hold all points of the frames and
no others, each in its index of the day and under its family."""
import collections
import json
import sys
import time

from frame_points import points

FAMILIES = ("cpu", "filesystem", "memory", "network")


def text_of(window_us, form):
    return time.strftime(form, time.gmtime(window_us // 1000000))


def key_of(name, labels, at):
    return name, json.dumps(dict(labels, cluster_name="default"), sort_keys=True), at


def values_of(document, family):
    if family == "general":
        return {document["MetricsName"]: document["MetricsValue"]}
    return document["Metrics"]


def stored(lines, version):
    for line in lines:
        index, _, text = line.split(" ", 2)
        document = json.loads(text)
        family, = (k[:-len("MetricsTimestamp")] for k in document
                   if k.endswith("MetricsTimestamp"))
        at = document[family + "MetricsTimestamp"]
        family = family.lower()
        day = at[:10].replace("-", ".")
        assert index in ("heapster-" + day, "heapster"), index
        if version >= 6:
            assert document["@timestamp"] == at and document["family"] == family
        for name, value in values_of(document, family).items():
            assert (name.split("/")[0] if name.split("/")[0] in FAMILIES
                    else "general") == family, (name, family)
            yield key_of(name, document["MetricsTags"], at), value["value"]


def main():
    version = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    want, got = {}, collections.defaultdict(list)
    with open(sys.argv[1], encoding="utf-8") as lines:
        for name, labels, value, window_us in points(lines):
            want[key_of(name, labels, text_of(window_us, "%Y-%m-%dT%H:%M:%SZ"))] = value
    with open(sys.argv[2], encoding="utf-8") as lines:
        for key, value in stored(lines, version):
            got[key].append(value)
    wrong = [f"{key}: {got.get(key)}, not {value}"
             for key, value in want.items() if got.get(key) != [value]]
    wrong += [f"{key}: not published" for key in got if key not in want]
    print("\n".join(wrong[:10]))
    print(len(got), "points")
    return bool(wrong) or not want


sys.exit(main())
