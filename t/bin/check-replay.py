#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Compares frames of replay-cluster.py with what was replayed.

    check-replay.py WHAT FRAMES DATA

WHAT is metrics, values, rates, pods or node.  The last frame of the node and
the last rollup are looked at.
"""
import json
import sys

# Which kinds of sets have a metric: Node, System container, Pod, Container,
# namespace (n) and cluster (K).
METRICS = """
uptime NSPC
cpu/usage NSPC
cpu/usage_rate NSPCnK
cpu/request NPCnK
cpu/limit NPCnK
memory/usage NSPCnK
memory/working_set NSPC
memory/rss NSPC
memory/available NSPC
memory/page_faults NSPC
memory/page_faults_rate NSPC
memory/major_page_faults NSPC
memory/major_page_faults_rate NSPC
memory/request NPCnK
memory/limit NPCnK
network/rx NP
network/rx_rate NP
network/rx_errors NP
network/rx_errors_rate NP
network/tx NP
network/tx_rate NP
network/tx_errors NP
network/tx_errors_rate NP
ephemeral_storage/usage NPC
ephemeral_storage/request NPC
ephemeral_storage/limit NPC
ephemeral_storage/node_capacity N
ephemeral_storage/node_allocatable N
ephemeral_storage/node_utilization N
ephemeral_storage/node_reservation N
restart_count PC
cpu/node_capacity N
cpu/node_allocatable N
cpu/node_utilization N
cpu/node_reservation N
memory/node_capacity N
memory/node_allocatable N
memory/node_utilization N
memory/node_reservation N
process/count NP
process/limit N
filesystem/usage NPC
filesystem/limit NPC
filesystem/available NPC
filesystem/inodes NPC
filesystem/inodes_free NPC
"""
UNITS = {"m": 1, "": 1000, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}
faults = 0


def expect(got, want, *where):
    global faults
    if got != want:
        faults += 1
        print(*where, "got", got, "expected", want)


def quantity(text, unit=""):
    """In milli for unit "m"."""
    digits = text.rstrip("KMGim")
    scale = UNITS[text[len(digits):]]
    if unit != "m" and scale == 1000:
        scale = 1
    return int(digits) * scale


def kinds_of(frame):
    """Yields (letter, item) of all sets of a frame."""
    if frame["kind"] == "rollup":
        yield "K", frame["cluster"]
        for item in frame["namespaces"]:
            yield "n", item
        return
    node = frame["node"]
    yield "N", node
    for item in node["system"]:
        yield "S", item
    for pod in node["pods"]:
        yield "P", pod
        for item in pod["containers"]:
            yield "C", item


def values(frame, item):
    return {name: value for name, value in
            zip(frame["metrics"], item["values"]) if value is not None}


def check_metrics(frames):
    have = {}
    for frame in frames:
        for kind, item in kinds_of(frame):
            names = list(values(frame, item))
            for resource in item.get("resources", []):
                names += [name for name, value in
                          zip(frame["labelled"], resource["values"])
                          if value is not None]
            for name in names:
                have.setdefault(name, set()).add(kind)
    want = {name: set(kinds) for name, kinds in
            (line.split() for line in METRICS.split("\n") if line)}
    for name in sorted(have.keys() | want.keys()):
        expect(have.get(name, set()), want.get(name, set()), name)


def check_rates(frames):
    node, _ = frames
    want = {"cpu/usage_rate": 250, "network/rx_rate": 1000,
            "network/tx_rate": 1000, "network/rx_errors_rate": 0,
            "memory/page_faults_rate": 2}
    for kind, item in kinds_of(node):
        got = values(node, item)
        for name, rate in want.items():
            if name.removesuffix("_rate") in got:
                expect(got.get(name), rate, kind, item["name"], name)


def pods_by_uid(frame):
    return {pod["uid"]: pod for pod in frame["node"]["pods"]}


def check_values(frames, data):
    """What does not grow is what the kubelet said."""
    node = frames[0]
    pods = pods_by_uid(node)
    summary = json.load(open(data + "/kubelet-1.26/summary.body"))
    for said in summary["pods"]:
        pod = pods.get(said["podRef"]["uid"])
        expect(pod is not None, True, said["podRef"])
        if pod is None:
            continue
        got = {item["name"]: values(node, item)
               for item in pod["containers"]}
        expect(sorted(got), sorted(c["name"] for c in said["containers"]),
               pod["name"])
        for container in said["containers"]:
            of = got[container["name"]]
            memory = container["memory"]
            for name, key in (("usage", "usageBytes"), ("rss", "rssBytes"),
                              ("working_set", "workingSetBytes")):
                expect(of.get("memory/" + name), memory[key], pod["name"],
                       container["name"], name)
            expect(of["ephemeral_storage/usage"],
                   container["rootfs"]["usedBytes"] +
                   container["logs"]["usedBytes"], pod["name"],
                   container["name"], "ephemeral storage")
        expect(values(node, pod)["memory/working_set"],
               said["memory"]["workingSetBytes"], pod["name"])
        volumes = {r["resource_id"] for r in pod["resources"]}
        expect(volumes, {"Volume:" + v["name"] for v in said["volume"]},
               pod["name"])


def requested(container, list_name, resource, unit):
    resources = container.get("resources", {}).get(list_name, {})
    return quantity(resources[resource], unit) if resource in resources else 0


def check_pods(frames, data):
    """What the kube-apiserver said of them."""
    node = frames[0]
    pods = pods_by_uid(node)
    found = 0
    for said in json.load(open(data + "/kube-apiserver-1.26/pods.body"))[
            "items"]:
        pod = pods.get(said["metadata"]["uid"])
        if pod is None:
            continue
        found += 1
        labels = said["metadata"]["labels"]
        expect(set(pod["labels"].split(",")),
               {f"{key}:{value}" for key, value in labels.items()},
               pod["name"], "labels")
        got = {c["name"]: values(node, c) for c in pod["containers"]}
        status = {c["name"]: c for c in said["status"]["containerStatuses"]}
        for metric, list_name, resource, unit in (
                ("cpu/request", "requests", "cpu", "m"),
                ("cpu/limit", "limits", "cpu", "m"),
                ("memory/request", "requests", "memory", ""),
                ("memory/limit", "limits", "memory", "")):
            total = 0
            for container in said["spec"]["containers"]:
                want = requested(container, list_name, resource, unit)
                total += want
                expect(got[container["name"]].get(metric), want, pod["name"],
                       container["name"], metric)
            expect(values(node, pod).get(metric), total, pod["name"], metric)
        for name, container in got.items():
            expect(container["restart_count"], status[name]["restartCount"],
                   pod["name"], name, "restart_count")
    expect(found, len(pods) - 1, "pods that are known")


def check_node(frames, data):
    node, rollup = frames
    got = values(node, node["node"])
    said = json.load(open(data + "/kube-apiserver-1.26/nodes.body"))[
        "items"][0]
    for what in "capacity", "allocatable":
        of = said["status"][what]
        expect(got[f"cpu/node_{what}"], quantity(of["cpu"], "m"), what)
        expect(got[f"memory/node_{what}"], quantity(of["memory"]), what)
    allocatable = quantity(said["status"]["allocatable"]["memory"])
    expect(got["memory/node_utilization"],
           float(f"{got['memory/usage'] / allocatable:.15g}"),
           "memory/node_utilization")
    expect(got["cpu/node_utilization"], 250 / 2000, "cpu/node_utilization")
    total = sum(values(node, pod)["memory/request"]
                for pod in node["node"]["pods"]
                if "memory/request" in values(node, pod))
    expect(got["memory/request"], total, "memory/request of the node")
    expect(values(rollup, rollup["cluster"])["memory/request"], total,
           "memory/request of the cluster")


def main():
    what, path, data = sys.argv[1:]
    last = {}
    for line in open(path):
        frame = json.loads(line)
        last[frame["kind"]] = frame
    frames = last["node"], last["rollup"]
    if what in ("metrics", "rates"):
        globals()["check_" + what](frames)
    else:
        globals()["check_" + what](frames, data)
    sys.exit(1 if faults else 0)


main()
