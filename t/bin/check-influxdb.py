#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""check-influxdb.py FRAMES URL USER PASSWORD DATABASE [fields]

Whether an InfluxDB has all points of the frames and no others, by its own
query language.  Says what is different, and how many there are."""
import base64
import json
import sys
import urllib.parse
import urllib.request

from frame_points import points

IDS = ("namespace_id", "pod_id", "hostname", "host_id")


def expected(lines, with_fields):
    for name, labels, value, window_us in points(lines):
        if isinstance(value, int) and value >= 1 << 63:
            continue
        tags = {k: v for k, v in labels.items() if k not in IDS and v != ""}
        tags["cluster_name"] = "default"
        field = "value"
        if with_fields and "/" in name:
            name, field = name.split("/", 1)
        yield (name, tuple(sorted(tags.items())), field, window_us * 1000, value)


def stored(url, user, password, database):
    query = urllib.parse.urlencode({
        "db": database, "epoch": "ns",
        "q": 'SELECT * FROM "default"./.*/ GROUP BY *'})
    request = urllib.request.Request(f"{url}/query?{query}")
    secret = base64.b64encode(f"{user}:{password}".encode()).decode()
    request.add_header("Authorization", "Basic " + secret)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=20) as answer:
        result = json.load(answer)["results"][0]
    for series in result.get("series", []):
        tags = tuple(sorted((k, v) for k, v in series["tags"].items()
                            if v != ""))
        for row in series["values"]:
            for field, value in zip(series["columns"][1:], row[1:]):
                if value is not None:
                    yield (series["name"], tags, field, row[0], value)


def main():
    frames, url, user, password, database = sys.argv[1:6]
    with open(frames, encoding="utf-8") as lines:
        want = set(expected(lines, "fields" in sys.argv[6:]))
    got = set(stored(url, user, password, database))
    for point in sorted(want - got, key=str)[:10]:
        print("missing:", point)
    for point in sorted(got - want, key=str)[:10]:
        print("not published:", point)
    print(len(got), "points")
    return got != want or not want


sys.exit(main())
