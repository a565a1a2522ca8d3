#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Compares what the aggregator published with what kubesim says has happened.

check-cluster.py FRAMES TRUTH WINDOWS

FRAMES has what keep-frames.py kept, TRUTH what "kubesim --truth" wrote.
contrib/kubesim/model.h says what every rate is.
"""
import collections
import functools
import json
import statistics
import sys

SYSTEM_MILLI = {"kubelet": 50, "docker-daemon": 30}
NODE_RATES = {
    "memory/page_faults": 7000, "memory/major_page_faults": 1000,
    "network/rx": 1_000_000, "network/tx": 1_000_000,
    "network/rx_errors": 1_000_000, "network/tx_errors": 1_000_000,
}
HISTORY_WINDOWS_MAX = 3     # a silence longer than that begins anew
HELD_WINDOWS_MAX = 3        # how long sums go on with a pod's last rate
FAULTS_SHOWN = 30
PARTS = "cpu", "memory", "io", "network"
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


@functools.lru_cache(None)
def fnv(text):
    value = 2166136261
    for byte in text.encode():
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return value


def cpu_milli(uid, container):
    return 1 + fnv(f"{uid}/{container}") % 1999


@functools.lru_cache(None)
def faults_rates(uid, container):
    return {"memory/page_faults":
            1000 * (1 + fnv(f"{uid}/{container}/faults") % 50),
            "memory/major_page_faults":
            1000 * (1 + fnv(f"{uid}/{container}/major") % 5)}


@functools.lru_cache(None)
def pressure_rates(uid, name):
    rates = {}
    for part in "cpu", "memory", "io":
        percent = 1 + fnv(f"{uid}/{name}/{part}-pressure") % 99
        rates[f"{part}/pressure_some"] = percent / 100
        rates[f"{part}/pressure_full"] = (percent + 1) // 2 / 100
    return rates


@functools.lru_cache(None)
def network_rates(uid):
    rx = 1000 * (1 + fnv(f"{uid}/rx") % 1000)
    tx = 1000 * (1 + fnv(f"{uid}/tx") % 1000)
    return {"network/rx": rx, "network/tx": tx,
            "network/rx_errors": tx, "network/tx_errors": rx}


class Truth:
    """What has happened, in the order in which it has."""

    def __init__(self, path):
        self.answers = {}       # (node, number): (line, ms)
        self.began = collections.defaultdict(list)  # (uid, name): [(ms, line)]
        self.pods = collections.defaultdict(dict)   # node: uid: [from, until]
        node_of = {}
        for at, line in enumerate(open(path)):
            event = json.loads(line)
            what, ms = event["event"], event["time_ms"]
            if what == "answer":
                if event["ok"]:
                    self.answers.setdefault((event["node"], event["answer"]),
                                            (at, ms))
                continue
            uid = event["uid"]
            node = node_of.setdefault(uid, event.get("node"))
            if what == "add":
                self.pods[node][uid] = [ms, float("inf")]
            elif what == "delete":
                self.pods[node][uid][1] = ms
            else:
                self.began[uid, event["container"]].append((ms, at))

    def has_begun(self, uid, container, before, after):
        """Anew, between two samples: (ms, line of the answer)."""
        return any(before < event < after
                   for event in self.began.get((uid, container), ()))

    def used(self, node, names, t0, t1):
        """By the pods of a node: thousandths of a core, times ms."""
        return sum(sum(cpu_milli(uid, c) for c in names) *
                   (min(t1, until) - max(t0, since))
                   for uid, (since, until) in self.pods[node].items()
                   if since < t1 and until > t0)


class Set:
    """One set of a frame: its values by name, and the times of its parts."""

    def __init__(self, frame, item, line, uid=None):
        self.of = dict(zip(frame["metrics"], item["values"]))
        own = item["scraped_us"]
        self.ms = {part: item.get(f"{part}_us", own) // 1000
                   for part in PARTS}
        self.line = line        # of the answer
        self.where = (frame["node"]["name"], frame["window_us"],
                      uid, item["name"])

    def __getitem__(self, metric):
        return self.of.get(metric)

    def sample(self, part):
        return self.ms[part], self.line


class Frame:
    """What a node frame says, to be compared with the next one."""

    def __init__(self, frame, truth):
        node = frame["node"]
        self.raw = frame
        self.window_us = frame["window_us"]
        self.name = node["name"]
        self.node = Set(frame, node, 0)
        self.answer = self.name, self.node["process/count"]
        line = truth.answers.get(self.answer, (0, 0))[0]
        self.node.line = line
        self.system = {s["name"]: Set(frame, s, line) for s in node["system"]}
        self.pods = {p["uid"]: Set(frame, p, line, p["uid"])
                     for p in node["pods"]}
        self.containers = {
            p["uid"]: {c["name"]: Set(frame, c, line, p["uid"])
                       for c in p["containers"]} for p in node["pods"]}


def numbers(item):
    if isinstance(item, dict):
        for value in item.values():
            yield from numbers(value)
    elif isinstance(item, list):
        for value in item:
            yield from numbers(value)
    elif isinstance(item, (int, float)) and not isinstance(item, bool):
        yield item


def rate_of(counter):
    return f"{counter}_rate"


def check_rates(now, before, rates, what, is_reset=None):
    """before: None if there is none; is_reset(t0, t1) between the samples."""
    for counter, want in rates.items():
        part = counter.split("/")[0]
        rate = now[rate_of(counter)]
        is_known = (before is not None and before[counter] is not None and
                    now[counter] is not None)
        where = now.where + (counter, rate, want)
        if not is_known:
            expect(rate is None, f"{what}: no rate without two samples",
                   *where)
        elif now.ms[part] <= before.ms[part]:
            expect(rate is None, f"{what}: no rate without a newer sample",
                   *where)
        elif is_reset and is_reset(before.sample(part), now.sample(part)):
            expect(rate is None, f"{what}: no rate of what began anew",
                   *where)
        else:
            expect(rate is not None and
                   abs(rate - want) <= 1e-9 * (want or 1),
                   f"{what}: {counter} grows as the model says", *where)


def check_containers(pod, containers, containers_before, uid, truth):
    for name, now in containers.items():
        check_rates(now, containers_before.get(name),
                    {"cpu/usage": cpu_milli(uid, name),
                     **faults_rates(uid, name), **pressure_rates(uid, name)},
                    "container", lambda t0, t1, name=name: truth.has_begun(
                        uid, name, t0, t1))


def check_pod(uid, now, before, containers):
    rates = {"cpu/usage": sum(cpu_milli(uid, c) for c in containers),
             **network_rates(uid), **pressure_rates(uid, "pod")}
    for counter in "memory/page_faults", "memory/major_page_faults":
        if now[counter] is not None:
            rates[counter] = sum(faults_rates(uid, c)[counter]
                                 for c in containers)
            continue
        parts = [c[rate_of(counter)] for c in containers.values()
                 if c[rate_of(counter)] is not None]
        rate = now[rate_of(counter)]
        expect(abs(rate - sum(parts)) < 1e-6 if parts else rate is None,
               "pod: what it does not say is that of its containers",
               *now.where, counter, rate, parts)
    check_rates(now, before, rates, "pod")


def check_node(frame, before, truth):
    """before: the last frame of this node that was an answer, or None."""
    expect(frame.answer in truth.answers, "what is published was answered",
           *frame.answer)
    names = next(iter(frame.containers.values()))

    def used(now, then, others=0):
        if then is None or now.ms["cpu"] <= then.ms["cpu"]:
            return None
        t0, t1 = then.ms["cpu"], now.ms["cpu"]
        return truth.used(frame.name, names, t0, t1) // (t1 - t0) + others
    node_before = before and before.node
    check_rates(frame.node, node_before, {
        "cpu/usage": used(frame.node, node_before,
                          sum(SYSTEM_MILLI.values())),
        **NODE_RATES, **pressure_rates(frame.name, "node")}, "node")
    for name, now in frame.system.items():
        then = before and before.system.get(name)
        model_name = "runtime" if name == "docker-daemon" else name
        rates = {"cpu/usage": SYSTEM_MILLI.get(name) or used(now, then),
                 **NODE_RATES, **pressure_rates(frame.name, model_name)}
        check_rates(now, then, {counter: rate for counter, rate in
                                rates.items() if "network" not in counter},
                    "system container")
    for uid, pod in frame.pods.items():
        containers = frame.containers[uid]
        check_containers(pod, containers, before.containers.get(uid, {})
                         if before else {}, uid, truth)
        check_pod(uid, pod, before and before.pods.get(uid), containers)


def hold(frame, before):
    """With what rate of CPU each pod is in the sums, and of which window."""
    for uid, pod in frame.pods.items():
        then = before and before.pods.get(uid)
        pod.counted = pod["cpu/usage_rate"], frame.window_us
        if (pod.counted[0] is None and then is not None and
                pod.ms["cpu"] == then.ms["cpu"]):
            pod.counted = then.counted


def counted(frame, pod):
    rate, window_us = pod.counted
    age = frame.window_us - window_us
    return rate if rate is not None and \
        age <= HELD_WINDOWS_MAX * frame.raw["resolution_us"] else 0


def sums(frames, metric):
    """Of the pods of one window: by namespace."""
    total = collections.Counter()
    for frame in frames:
        for pod in frame.raw["node"]["pods"]:
            now = frame.pods[pod["uid"]]
            total[pod["namespace"]] += counted(frame, now) \
                if metric == "cpu/usage_rate" else now[metric] or 0
    return total


def value_of(frame, item, metric):
    return dict(zip(frame["metrics"], item["values"])).get(metric) or 0


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
            value = value_of(rollup, namespace, metric)
            expect(value == parts[namespace["name"]],
                   "a namespace is the sum of its pods", window,
                   namespace["name"], metric, value,
                   parts[namespace["name"]])
        value = value_of(rollup, rollup["cluster"], metric)
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


def offsets(nodes, chosen, truth):
    """When each node answered, since the beginning of those windows."""
    found = collections.defaultdict(list)
    for window in chosen:
        for frame in nodes[window]:
            if frame.answer in truth.answers:
                found[frame.name].append(
                    1000 * truth.answers[frame.answer][1] - window)
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


def check_delays(windows, nodes, truth):
    """Who is dead or hangs delays nobody.  Of each node most windows count,
    so that a moment in which the machine stood still does not."""
    dead = dead_windows(windows)
    expect(len(dead) >= 3, "a node was dead for a while", len(dead))
    usual = offsets(nodes, set(windows) - dead, truth)
    resolution = next(f["resolution_us"] for frames in windows.values()
                      for f in frames)
    for name, us in offsets(nodes, dead, truth).items():
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


def check_answers(truth, published):
    """What was answered is published, but for the first and last moments."""
    times = [truth.answers[answer][1] for answer in published
             if answer in truth.answers]
    for answer, (_, ms) in truth.answers.items():
        if min(times) <= ms <= max(times):
            expect(answer in published, "what is answered is published",
                   *answer, ms)


def check_enriched(frames):
    """The last frame of each node knows its pods."""
    for frame in frames:
        for pod in frame.raw["node"]["pods"]:
            now = frame.pods[pod["uid"]]
            expect(now["cpu/request"] == 100 * len(pod["containers"]) and
                   pod["labels"].startswith("app:app-"),
                   "pods have their requests and labels in the end",
                   *now.where)


def main():
    frames = [json.loads(line) for line in open(sys.argv[1])]
    truth = Truth(sys.argv[2])
    windows = collections.defaultdict(list)
    nodes = collections.defaultdict(list)       # window: its node frames
    last, published = {}, set()
    for frame in frames:
        windows[frame["window_us"]].append(frame)
        expect(min(numbers(frame)) >= 0, "no number is negative")
        if frame["kind"] != "node":
            continue
        now = Frame(frame, truth)
        before = last.get(now.name)
        if before and (now.window_us - before.window_us >
                       HISTORY_WINDOWS_MAX * frame["resolution_us"]):
            before = None
        check_node(now, before, truth)
        hold(now, before)
        last[now.name] = now
        nodes[now.window_us].append(now)
        published.add(now.answer)
    for window, frames_of_window in windows.items():
        failed = [f for f in frames_of_window if f["kind"] == "failed"]
        for rollup in frames_of_window:
            if rollup["kind"] == "rollup":
                check_rollup(rollup, nodes[window], failed)
    check_schedule(windows, set(last))
    check_delays(windows, nodes, truth)
    check_answers(truth, published)
    check_enriched(last.values())
    expect(len(windows) >= int(sys.argv[3]), "all windows are there",
           len(windows))
    for what, n in checked.items():
        print(f"{what}: {n - faults[what]} of {n}")
    sys.exit(1 if faults else 0)


main()
