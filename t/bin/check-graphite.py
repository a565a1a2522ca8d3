#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""check-graphite.py FRAMES WHISPER-FOLDER [resources]

Whether carbon's files have all points of the frames and no others.  Without
resources in the path several points have one path; one of them is there."""
import collections
import os
import struct
import sys

from frame_points import points


def escaped(name):
    return name.replace(".", "_").replace("/", "_")


def path_of(name, labels, with_resources):
    kind = labels["type"]
    path = {"cluster": ["cluster"]}.get(kind)
    if kind == "ns":
        path = ["namespaces", labels["namespace_name"]]
    elif kind != "cluster":
        path = ["nodes", escaped(labels["hostname"])]
    if kind == "sys_container":
        path += ["sys-containers", escaped(labels["container_name"])]
    if kind in ("pod", "pod_container"):
        path += ["pods", labels["namespace_name"], escaped(labels["pod_name"])]
    if kind == "pod_container":
        path += ["containers", escaped(labels["container_name"])]
    parts = name.split("/")
    if with_resources and "resource_id" in labels:
        parts.insert(1, escaped(labels["resource_id"]))
    return "/".join(path + parts)


def stored(folder):
    """(path, second): value of every point in the first archive of a file."""
    for at, _, files in os.walk(folder):
        for file in files:
            full = os.path.join(at, file)
            with open(full, "rb") as f:
                data = f.read()
            count = struct.unpack(">L", data[12:16])[0]
            offset, _, n = struct.unpack(">LLL", data[16:28])
            assert count >= 1 and file.endswith(".wsp")
            for i in range(n):
                second, value = struct.unpack_from(">Ld", data, offset + 12 * i)
                if second != 0:
                    yield (os.path.relpath(full, folder)[:-4], second), value


def main():
    want = collections.defaultdict(set)
    with open(sys.argv[1], encoding="utf-8") as lines:
        for name, labels, value, window_us in points(lines):
            path = path_of(name, labels, "resources" in sys.argv[3:])
            want[path, window_us // 1000000].add(float("%f" % value))
    got = dict(stored(sys.argv[2]))
    wrong = [f"{key}: {got.get(key)}, not {sorted(values)}"
             for key, values in want.items() if got.get(key) not in values]
    wrong += [f"{key}: not published" for key in got if key not in want]
    print("\n".join(wrong[:10]))
    print(len(got), "points")
    return bool(wrong) or not want


sys.exit(main())
