#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""What must be true of the frames that a sink got from fake-kubelets.

    check-frames.py WHAT NODES RESOLUTION_MS FRAMES

WHAT is one of the functions below that begin with check_.
"""
import importlib.machinery
import importlib.util
import json
import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
loader = importlib.machinery.SourceFileLoader(
    "fake_kubelet", os.path.join(here, "fake-kubelet.py"))
spec = importlib.util.spec_from_loader("fake_kubelet", loader)
kubelet = importlib.util.module_from_spec(spec)
loader.exec_module(kubelet)

n_nodes, resolution_us = int(sys.argv[2]), int(sys.argv[3]) * 1000


def read(path):
    """Frames by (node or "rollup", window): the different contents of each."""
    found = {}
    with open(path) as file:
        for line in file:
            frame = json.loads(line)
            who = frame["node"]["name"] if "node" in frame else frame["kind"]
            found.setdefault((who, frame["window_us"]), set()).add(line)
    return found


def values(frame, part):
    pairs = zip(frame["metrics"], part.get("values", []))
    return {name: value for name, value in pairs if value is not None}


found = read(sys.argv[4])
windows = sorted({window for who, window in found if who == "rollup"})
frames = {key: json.loads(next(iter(lines))) for key, lines in found.items()}


def check_windows():
    """No window is missing between the first and the last."""
    assert len(windows) > 3, windows
    for a, b in zip(windows, windows[1:]):
        assert b - a == resolution_us, f"gap between {a} and {b}"
    print(len(windows), "windows")


def check_nodes():
    """Every node has one NODE frame per window, with one content."""
    for window in windows:
        for i in range(n_nodes):
            lines = found.get((f"n{i}", window))
            assert lines, f"n{i} is missing in {window}"
            assert len(lines) == 1, f"n{i} differs from itself in {window}"
            assert frames[f"n{i}", window]["kind"] == "node", \
                frames[f"n{i}", window]
    print(len(windows) * n_nodes, "node frames")


def expect(frame, part, name, want, where):
    got = values(frame, part).get(name)
    assert got == want, f"{where} {name}: {got}, expected {want}"


def check_rates():
    """From the second window on every rate is there, and exact."""
    n = 0
    for window in windows[1:]:
        for i in range(n_nodes):
            frame = frames[f"n{i}", window]
            node = frame["node"]
            where = f"n{i} {window}"
            expect(frame, node, "cpu/usage_rate", 1000 * (i + 1), where)
            expect(frame, node, "network/rx_rate", 3e6, where)
            expect(frame, node["system"][0], "cpu/usage_rate", 7, where)
            assert len(node["pods"]) == kubelet.PODS, where
            for pod in node["pods"]:
                j = int(pod["name"][1:])
                milli = [kubelet.rate_milli(i, j, k)
                         for k in range(kubelet.CONTAINERS)]
                expect(frame, pod, "cpu/usage_rate", sum(milli), where)
                expect(frame, pod, "network/tx_rate", 4e6, where)
                for container in pod["containers"]:
                    k = int(container["name"][1:])
                    expect(frame, container, "cpu/usage_rate", milli[k], where)
                    expect(frame, container, "memory/page_faults_rate", 2e6,
                           where)
                    n += 1
    print(n, "containers")


def check_rollups():
    """Every roll-up is complete and its sums are exact."""
    sums = {}
    for i in range(n_nodes):
        for j in range(kubelet.PODS):
            name = f"ns{j % 2}"
            sums[name] = sums.get(name, 0) + sum(
                kubelet.rate_milli(i, j, k) for k in range(kubelet.CONTAINERS))
    memory = n_nodes * kubelet.PODS * sum(
        10_000_000 * (k + 1) for k in range(kubelet.CONTAINERS))
    for window in windows[1:]:
        assert len(found["rollup", window]) == 1, f"two roll-ups of {window}"
        frame = frames["rollup", window]
        assert frame["answered"] == n_nodes, f"{window}: {frame}"
        assert not frame.get("missing"), f"{window}: {frame['missing']}"
        expect(frame, frame["cluster"], "cpu/usage_rate", sum(sums.values()),
               window)
        expect(frame, frame["cluster"], "memory/usage", memory, window)
        got = {n["name"]: values(frame, n)["cpu/usage_rate"]
               for n in frame["namespaces"]}
        assert got == sums, f"{window}: {got}, expected {sums}"
    print(len(windows), "roll-ups")


try:
    globals()["check_" + sys.argv[1]]()
except AssertionError as error:
    sys.exit(f"{sys.argv[1]}: {error}")
