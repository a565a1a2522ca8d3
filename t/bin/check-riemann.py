#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""check-riemann.py FRAMES EVENTS [HOST]

Whether the events that fake-riemann.py has taken are all points of the frames
and no others; one that came twice is the same one.  HOST is that of what is of
no node."""
import json
import sys

from frame_points import points


def main():
    host = sys.argv[3] if len(sys.argv) > 3 else "machine"
    want, got = {}, {}
    with open(sys.argv[1], encoding="utf-8") as lines:
        for name, labels, value, window_us in points(lines):
            key = (name, labels.get("hostname", host), window_us // 1000000,
                   json.dumps(labels, sort_keys=True))
            want[key] = value if value < 2 ** 63 else float(value)
    wrong = []
    with open(sys.argv[2], encoding="utf-8") as lines:
        for line in lines:
            event = json.loads(line)
            key = (event["service"], event["host"], event["time"],
                   json.dumps(event["attributes"], sort_keys=True))
            if got.setdefault(key, event["metric"]) != event["metric"]:
                wrong.append(f"{key}: two values")
    wrong += [f"{key}: {got.get(key)}, not {value}"
              for key, value in want.items() if got.get(key) != value]
    wrong += [f"{key}: not published" for key in got if key not in want]
    print("\n".join(wrong[:10]))
    print(len(got), "points")
    return bool(wrong) or not want


sys.exit(main())
