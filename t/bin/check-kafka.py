#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""check-kafka.py FRAMES MESSAGES

Whether the messages that mock-kafka has written are those of all points of the
frames, each one once, and no others."""
import collections
import datetime
import json
import sys

from frame_points import points


def time_of(window_us):
    time = datetime.datetime.fromtimestamp(window_us // 10**6,
                                           datetime.timezone.utc)
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def wanted(frames):
    for name, labels, value, window_us in points(frames):
        yield json.dumps({"MetricsName": name, "MetricsValue": {"value": value},
                          "MetricsTimestamp": time_of(window_us),
                          "MetricsTags": dict(sorted(labels.items()))})


def main():
    with open(sys.argv[1], encoding="utf-8") as frames:
        want = collections.Counter(wanted(frames))
    got = collections.Counter()
    partitions = collections.Counter()
    with open(sys.argv[2], encoding="utf-8") as lines:
        for line in lines:
            partition, _, value = line.split(" ", 2)
            partitions[partition] += 1
            got[json.dumps(json.loads(value))] += 1
    print("\n".join([f"missing: {t}" for t in sorted((want - got))[:10]] +
                    [f"too much: {t}" for t in sorted((got - want))[:10]]))
    print(sum(got.values()), "messages in", dict(partitions))
    return got != want or not want


sys.exit(main())
