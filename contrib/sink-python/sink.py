#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A sink in Python: keeps the newest CPU and memory of every node in a file.

    cheapster-sink-exec --name=nodes contrib/sink-python/sink.py nodes.json

It gets one frame per line on stdin (cheapster-bus(7) describes the fields)
and answers each with one line: "ok" when the frame is safe, "retry" to get it
again later, "drop" to go on without it.
"""
import json
import os
import sys


def values(frame, part):
    """The metrics of one part of a frame by name; absent ones are left out."""
    pairs = zip(frame["metrics"], part.get("values", []))
    return {name: value for name, value in pairs if value is not None}


def main(path):
    nodes = {}
    for line in sys.stdin:
        try:
            frame = json.loads(line)
            if frame["kind"] == "node":
                found = values(frame, frame["node"])
                nodes[frame["node"]["name"]] = {
                    "window_us": frame["window_us"],
                    "cpu_millicores": found.get("cpu/usage_rate"),
                    "memory_bytes": found.get("memory/working_set"),
                }
                with open(path + ".new", "w") as file:
                    json.dump(nodes, file, sort_keys=True)
                os.replace(path + ".new", path)
            print("ok", flush=True)
        except OSError as error:
            print("retry", error, flush=True)
        except (KeyError, ValueError) as error:
            print("drop", repr(error), flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: sink.py FILE")
    main(sys.argv[1])
