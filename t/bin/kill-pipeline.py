#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Runs the pipeline and kills one process after another with -9.

    kill-pipeline.py KILLS NODES RESOLUTION_MS PORT FRAMES

Each of collector, aggregator, apiserver and sink in turn, at a random moment,
and starts it again at once.  The sink appends every frame it gets to FRAMES.
The seed of the moments is printed.
"""
import os
import random
import signal
import subprocess
import sys
import time

kills, nodes, resolution_ms, port = (int(a) for a in sys.argv[1:5])
frames = sys.argv[5]
seed = int(os.environ.get("SEED", time.time_ns() % 1_000_000))
print(f"seed {seed}", flush=True)
random.seed(seed)

resolution = f"--metric-resolution={resolution_ms}ms"
keep = os.path.join(os.path.dirname(os.path.abspath(__file__)), "keep-frames.py")
commands = {
    "aggregator": ["cheapster-aggregator"],
    "apiserver": ["cheapster-apiserver", "--listen=127.0.0.1:0"],
    "sink": ["cheapster-sink-exec", "--", keep, frames],
    "collector": ["cheapster-collector", resolution] + [
        f"--source=kubelet:http://127.0.0.1:{port}/n{i}/stats/summary"
        for i in range(nodes)],
}
logs = {name: open(f"{name}.log", "ab") for name in commands}


def start(name):
    return subprocess.Popen(commands[name], stdin=subprocess.DEVNULL,
                            stdout=logs[name], stderr=logs[name])


running = {name: start(name) for name in commands}
time.sleep(3 * resolution_ms / 1000)
for i in range(kills):
    name = list(commands)[i % len(commands)]
    time.sleep(random.uniform(0.02, 0.35))
    if running[name].poll() is not None:
        sys.exit(f"{name} ended by itself with {running[name].returncode}")
    running[name].kill()
    running[name].wait()
    running[name] = start(name)
# What is under way gets three windows to arrive.
time.sleep(3 + 3 * resolution_ms / 1000)
for name in ("collector", "aggregator", "apiserver", "sink"):
    running[name].send_signal(signal.SIGTERM)
    if running[name].wait(10) != 0:
        sys.exit(f"{name} ended with {running[name].returncode}")
