#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Compares what the aggregator published with what kubesim says has happened.

check-cluster.py FRAMES TRUTH WINDOWS

FRAMES has what keep-frames.py kept, TRUTH what "kubesim --truth" wrote.
contrib/kubesim/model.h says what every rate is.
"""
import collections
import json
import statistics
import sys

SYSTEM_MILLI = 80
NODE_NETWORK = 1_000_000
HISTORY_WINDOWS_MAX = 3     # a silence longer than that begins anew
FAULTS_SHOWN = 30
faults = collections.Counter()
checked = collections.Counter()


def expect(is_true, what, *details):
    """Counts a claim, and says which ones do not hold."""
    checked[what] += 1
    if is_true:
        return
    faults[what] += 1
    if sum(faults.values()) <= FAULTS_SHOWN:
        print("not so:", what, *details)


def fnv(text):
    value = 2166136261
    for byte in text.encode():
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return value


def cpu_milli(uid, container):
    return 1 + fnv(f"{uid}/{container}") % 1999


def network_bytes_per_s(uid, way):
    return 1000 * (1 + fnv(f"{uid}/{way}") % 1000)


class Truth:
    """What has happened, in the order in which it has."""

    def __init__(self, path):
        self.answers = {}                           # (node, ms): (line, ok)
        self.events = collections.defaultdict(list)  # node: [(line, event)]
        node_of = {}
        for at, line in enumerate(open(path)):
            event = json.loads(line)
            if event["event"] == "answer":
                self.answers.setdefault((event["node"], event["time_ms"]),
                                        (at, event["ok"]))
                continue
            node = node_of.setdefault(event["uid"], event.get("node"))
            self.events[node].append((at, event))

    def between(self, node, before, after):
        """The node's events after one answer and before another."""
        first, last = self.answers[before][0], self.answers[after][0]
        return [event for at, event in self.events[node] if first < at < last]


class Values:
    """One set of a frame: metric name to value, of those that are there."""

    def __init__(self, frame, item):
        self.of = dict(zip(frame["metrics"], item["values"]))

    def __getitem__(self, metric):
        return self.of.get(metric)


def numbers(item):
    if isinstance(item, dict):
        for value in item.values():
            yield from numbers(value)
    elif isinstance(item, list):
        for value in item:
            yield from numbers(value)
    elif isinstance(item, (int, float)) and not isinstance(item, bool):
        yield item


def check_container(frame, pod, container, is_same, began):
    """is_same: of the same pod in the frame before."""
    uid, name = pod["uid"], container["name"]
    rate = Values(frame, container)["cpu/usage_rate"]
    where = frame["node"]["name"], frame["window_us"], uid, name, rate
    if not is_same or name in began:
        expect(rate is None, "what began anew has no rate yet", *where)
    else:
        expect(rate == cpu_milli(uid, name),
               "a container's CPU rate is the model's", *where,
               cpu_milli(uid, name))


def check_network(frame, item, item_before, model):
    """Sections that are optional may be missing, in either frame."""
    values, where = Values(frame, item), (frame["node"]["name"],
                                          frame["window_us"])
    for way in "rx", "tx":
        rate = values[f"network/{way}_rate"]
        if (item_before is not None and
                item_before[f"network/{way}"] is not None and
                values[f"network/{way}"] is not None):
            expect(rate == model(way), "a network rate is the model's",
                   *where, rate)
        else:
            expect(rate is None, "without two counters there is no rate",
                   *where, rate)


def check_pod(frame, pod, is_same, began):
    uid = pod["uid"]
    values = Values(frame, pod)
    where = frame["node"]["name"], frame["window_us"], uid
    for container in pod["containers"]:
        check_container(frame, pod, container, is_same, began)
    parts = [cpu_milli(uid, c["name"]) for c in pod["containers"]]
    rate = values["cpu/usage_rate"]
    if is_same:
        expect(rate == sum(parts), "a pod's CPU rate is that of its parts",
               *where, rate, sum(parts))
    else:
        expect(rate is None, "a new pod has no rate yet", *where, rate)


def node_milli(before, after, events):
    """Of a node between two frames: pods that came or went count in part."""
    def containers(frame):
        return {p["uid"]: [c["name"] for c in p["containers"]]
                for p in frame["node"]["pods"]}
    t0 = before["node"]["scraped_us"] // 1000
    t1 = after["node"]["scraped_us"] // 1000
    names = containers(before) | containers(after)
    since = dict.fromkeys(containers(before), t0)
    total = SYSTEM_MILLI * (t1 - t0)
    usual = next(iter(names.values()))

    def used(uid, until):
        milli = sum(cpu_milli(uid, c) for c in names.get(uid, usual))
        return milli * (until - since.pop(uid))
    for event in events:
        if event["event"] == "add":
            since[event["uid"]] = event["time_ms"]
        elif event["event"] == "delete":
            total += used(event["uid"], event["time_ms"])
    total += sum(used(uid, t1) for uid in list(since))
    return total // (t1 - t0)


def check_node(frame, before, truth):
    """before: the last frame of this node that was an answer, or None."""
    name = frame["node"]["name"]
    now = name, frame["node"]["scraped_us"] // 1000
    expect(truth.answers.get(now, (0, False))[1],
           "what is published was answered", *now)
    events, pods_before = [], {}
    if before is not None:
        events = truth.between(
            name, (name, before["node"]["scraped_us"] // 1000), now)
        pods_before = {p["uid"]: Values(before, p)
                       for p in before["node"]["pods"]}
        rate = Values(frame, frame["node"])["cpu/usage_rate"]
        want = node_milli(before, frame, events)
        expect(rate == want, "a node's CPU rate is that of its parts", *now,
               rate, want)
    check_network(frame, frame["node"],
                  before and Values(before, before["node"]),
                  lambda _: NODE_NETWORK)
    began = collections.defaultdict(set)
    for event in events:
        if event["event"] in ("restart", "reset"):
            began[event["uid"]].add(event["container"])
    for pod in frame["node"]["pods"]:
        uid = pod["uid"]
        check_pod(frame, pod, uid in pods_before, began[uid])
        check_network(frame, pod, pods_before.get(uid),
                      lambda way, uid=uid: network_bytes_per_s(uid, way))


def sums(frames, metric):
    """Of the pods of one window: by namespace."""
    total = collections.Counter()
    for frame in frames:
        for pod in frame["node"]["pods"]:
            total[pod["namespace"]] += Values(frame, pod)[metric] or 0
    return total


def check_rollup(rollup, nodes, failed):
    window = rollup["window_us"]
    expect(rollup["answered"] == len(nodes), "all answers are counted",
           window, rollup["answered"], len(nodes))
    missing = {f["node"]["name"] for f in failed}
    expect(set(rollup["missing"]) == missing, "who is missing is named",
           window, sorted(missing ^ set(rollup["missing"])), len(missing))
    if not nodes:
        return
    for metric in ("cpu/usage_rate", "memory/usage", "memory/request"):
        parts = sums(nodes, metric)
        for namespace in rollup["namespaces"]:
            value = Values(rollup, namespace)[metric] or 0
            expect(value == parts[namespace["name"]],
                   "a namespace is the sum of its pods", window,
                   namespace["name"], metric, value,
                   parts[namespace["name"]])
        value = Values(rollup, rollup["cluster"])[metric] or 0
        expect(value == sum(parts.values()),
               "the cluster is the sum of its namespaces", window, metric,
               value, sum(parts.values()))


def check_schedule(windows, names):
    """Each node is heard of in each window, and no window is left out."""
    order = sorted(windows)
    for window in order[:-1]:
        heard = collections.Counter(
            f["node"]["name"] for f in windows[window]
            if f["kind"] != "rollup")
        expect(set(heard) == names and max(heard.values()) == 1,
               "each node is heard of once in each window", window,
               sorted(names - set(heard))[:3], heard.most_common(1))
    steps = {b - a for a, b in zip(order, order[1:])}
    expect(len(steps) == 1, "no window is left out", sorted(steps))


def offsets(windows, chosen):
    """When each node was asked, since the beginning of those windows."""
    found = collections.defaultdict(list)
    for window in chosen:
        for frame in windows[window]:
            if frame["kind"] == "node":
                found[frame["node"]["name"]].append(
                    frame["node"]["scraped_us"] - window)
    return {name: statistics.median(us) for name, us in found.items()}


def dead_windows(windows):
    """Those of a node that fails at least three times in a row."""
    row, dead = collections.defaultdict(list), set()
    for window in sorted(windows):
        failed = {f["node"]["name"] for f in windows[window]
                  if f["kind"] == "failed"}
        row = collections.defaultdict(list, {
            name: row[name] + [window] for name in failed})
        for of_node in row.values():
            if len(of_node) >= 3:
                dead.update(of_node)
    return dead


def check_delays(windows):
    """Who is dead or hangs delays nobody.  Of each node most windows count,
    so that a moment in which the machine stood still does not."""
    dead = dead_windows(windows)
    expect(len(dead) >= 3, "a node was dead for a while", len(dead))
    usual = offsets(windows, set(windows) - dead)
    resolution = next(f["resolution_us"] for frames in windows.values()
                      for f in frames)
    for name, us in offsets(windows, dead).items():
        expect(name in usual and abs(us - usual[name]) < resolution / 4,
               "beside a dead node all are asked when they always are", name,
               us, usual.get(name))
    # Asked up to half a window after one whose time runs out later: first.
    overtaken = collections.defaultdict(list)
    for frames in windows.values():
        names = [f["node"]["name"] for f in frames if f["kind"] != "rollup"]
        for at, frame in enumerate(frames):
            if "timed out" not in frame.get("error", ""):
                continue
            hanging = usual.get(frame["node"]["name"], 0)
            for other in (f["node"]["name"] for f in frames
                          if f["kind"] == "node"):
                if 0 < usual.get(other, 0) - hanging < resolution / 2:
                    overtaken[other].append(names.index(other) < at)
    expect(len(overtaken) > 0, "nodes were asked after one that hangs")
    for name, was_first in overtaken.items():
        if len(was_first) >= 3:
            expect(2 * sum(was_first) > len(was_first),
                   "who is asked after one that hangs is heard of before it",
                   name, was_first)


def check_answers(truth, frames):
    """What was answered is published, but for the first and last moments."""
    published = {(f["node"]["name"], f["node"]["scraped_us"] // 1000)
                 for f in frames if f["kind"] == "node"}
    times = [ms for _, ms in published]
    for (node, ms), (_, ok) in truth.answers.items():
        if ok and min(times) <= ms <= max(times):
            expect((node, ms) in published, "what is answered is published",
                   node, ms)


def check_enriched(frames):
    """The last frame of each node knows its pods."""
    for frame in {f["node"]["name"]: f for f in frames}.values():
        for pod in frame["node"]["pods"]:
            values = Values(frame, pod)
            expect(values["cpu/request"] == 100 * len(pod["containers"]) and
                   pod["labels"].startswith("app:app-"),
                   "pods have their requests and labels in the end",
                   pod["uid"], values["cpu/request"], pod.get("labels"))


def main():
    frames = [json.loads(line) for line in open(sys.argv[1])]
    truth = Truth(sys.argv[2])
    windows = collections.defaultdict(list)
    last = {}
    for frame in frames:
        windows[frame["window_us"]].append(frame)
        expect(min(numbers(frame)) >= 0, "no number is negative")
        if frame["kind"] == "node":
            name = frame["node"]["name"]
            before = last.get(name)
            if before and (frame["window_us"] - before["window_us"] >
                           HISTORY_WINDOWS_MAX * frame["resolution_us"]):
                before = None
            check_node(frame, before, truth)
            last[name] = frame
    for frames_of_window in windows.values():
        kinds = collections.defaultdict(list)
        for frame in frames_of_window:
            kinds[frame["kind"]].append(frame)
        for rollup in kinds["rollup"]:
            check_rollup(rollup, kinds["node"], kinds["failed"])
    check_schedule(windows, set(last))
    check_delays(windows)
    check_answers(truth, frames)
    check_enriched([f for f in frames if f["kind"] == "node"])
    expect(len(windows) >= int(sys.argv[3]), "all windows are there",
           len(windows))
    for what, n in checked.items():
        print(f"{what}: {n - faults[what]} of {n}")
    sys.exit(1 if faults else 0)


main()
