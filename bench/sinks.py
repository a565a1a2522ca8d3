#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""What each sink costs per window of a cluster; "NAME VALUE UNIT" per line.

    bench/sinks.py [--nodes=500] [--pods=30] [--windows=6] [--resolution=5]
                   [--sinks=influxdb,graphite] [--log]

Run where the programs are.  A pipeline against kubesim fills the aggregator's
journal with so many windows; then collector and kubesim end, and one sink after
another takes all of it from there, as fast as it can, and sends it to a server
that costs nothing (bench/wire).  For each:

cpu      user and system time of the sink per window, and how much of it is the
         system's
of goal  the same as a share of what a sink may cost at 500x30
floor    what the null sink takes, which only receives and decodes, and what
         sending as many bytes takes, out of one buffer
points   that it has sent, bytes that the server got

A sink that is not built is passed over.
That all frames were taken and no point was refused is checked, and that lines
have come whole.
"""
import argparse
import collections
import http.client
import os
import re
import subprocess
import tempfile
import time

import cluster
from cluster import cpu_s, say

GOAL_MS = 183
Sink = collections.namedtuple("Sink", "name operand way")
# What the server has to look like: "http", "lines", "kafka", or None for none.
SINKS = (
    Sink("null", None, None),
    Sink("influxdb", "http://127.0.0.1:{port}", "http"),
    Sink("graphite", "tcp://127.0.0.1:{port}", "lines"),
    Sink("remote-write", "http://127.0.0.1:{port}/write", "http"),
    Sink("opentsdb", "http://127.0.0.1:{port}", "http"),
    Sink("kafka", "?brokers={port}&timeseriestopic=heapster-metrics", "kafka"),
)


class Recorded(cluster.Pipeline):
    """An aggregator that has some windows in its journal."""

    def record(self):
        r = self.options.resolution
        self.start("aggregator", "./cheapster-aggregator",
                   "--journal-bytes=4Gi", "--metrics-listen=127.0.0.1:0")
        port = self.start_kubesim()
        # Not in the middle of a window, whose nodes would not all be asked.
        time.sleep(r - time.time() % r)
        self.start("collector", "./cheapster-collector",
                   f"--metric-resolution={r}s", f"--source={self.source(port)}")
        while self.count("aggregator", "windows_closed") \
                < self.options.windows:
            time.sleep(0.2)
        self.stop(("collector", "kubesim"))
        time.sleep(2 * r)          # the farewell's window

    def count(self, process, counter):
        """A counter of the process, 0 while it is not there."""
        host, port = self.logged(process, "address").split(":")
        connection = http.client.HTTPConnection(host, int(port))
        connection.request("GET", "/metrics")
        for line in connection.getresponse().read().decode().splitlines():
            if re.match(rf"\w+_{counter}(_total)?(\{{.*\}})? ", line):
                return int(float(line.split()[1]))
        return 0


class Server:
    """bench/wire, which knows at its end what it was sent."""

    def __init__(self):
        self.process = subprocess.Popen(
            ["bench/wire", "serve"], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def end(self):
        """(requests, bytes)"""
        self.process.terminate()
        lines = [line.split() for line in self.process.stdout]
        self.process.wait()
        return sum(int(a) for a, _ in lines), sum(int(b) for _, b in lines)


class Kafka:
    """librdkafka's brokers, of t/bin/mock-kafka; nobody counts what they
    got."""

    program = "t/bin/mock-kafka"

    def __init__(self, pipeline):
        place, commands = pipeline.path("brokers"), pipeline.path("commands")
        os.mkfifo(commands)
        self.commands = os.open(commands, os.O_RDWR)
        self.process = subprocess.Popen(
            [self.program, place, "/dev/null", commands])
        while not os.path.exists(place) or not open(place).read().strip():
            time.sleep(0.05)
        self.port = open(place).read().strip()

    def end(self):
        self.process.terminate()
        self.process.wait()
        os.close(self.commands)
        return 0, 0


def stopped(pipeline, name):
    """The counters that the sink ends with."""
    for line in open(pipeline.path("log")):
        if line.startswith(f"cheapster-{name}: ") and " stopped " in line:
            return dict(w.split("=", 1) for w in line.split() if "=" in w)
    raise SystemExit(f"{name} has not ended as it should")


def send_floor_ms(n_bytes, n_requests, way):
    server = Server()
    n_each = max(n_bytes // max(n_requests, 1), 1) if way == "http" \
        else 1 << 20
    out = subprocess.run(
        ["bench/wire", "send", str(server.port), str(n_bytes), str(n_each),
         way], check=True, stdout=subprocess.PIPE, text=True).stdout
    server.end()
    return float(out)


def measure(pipeline, sink, prefix, n_frames, n_windows):
    """CPU per window in ms, or None: it is not there."""
    name = f"sink-{sink.name}"
    program = f"./cheapster-{name}"
    if not os.path.exists(program) or \
            sink.way == "kafka" and not os.path.exists(Kafka.program):
        return None
    server = Kafka(pipeline) if sink.way == "kafka" else Server()
    operands = [] if sink.operand is None else \
        [sink.operand.format(port=server.port)]
    pipeline.start(name, program, "--metrics-listen=127.0.0.1:0",
                   f"--state-dir={pipeline.path(name)}", *operands)
    while pipeline.count(name, "frames_written") < n_frames:
        time.sleep(0.1)
    cpu_ms = 1000 * cpu_s(pipeline.processes[name]) / n_windows
    system_ms = 1000 * system_s(pipeline.processes[name]) / n_windows
    pipeline.stop((name,))
    n_requests, n_bytes = server.end()
    say(f"{prefix} {sink.name} cpu", f"{cpu_ms:.1f}", "ms/window")
    say(f"{prefix} {sink.name} system", f"{system_ms:.1f}", "ms/window")
    if sink.way is not None:
        tell_sent(pipeline, sink, prefix, n_requests, n_bytes, n_windows)
        say(f"{prefix} {sink.name} of goal", f"{100 * cpu_ms / GOAL_MS:.0f}",
            "%")
    return cpu_ms


def system_s(process):
    with open(f"/proc/{process.pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return int(fields[12]) / os.sysconf("SC_CLK_TCK")


def tell_sent(pipeline, sink, prefix, n_requests, n_bytes, n_windows):
    counters = stopped(pipeline, f"sink-{sink.name}")
    for counter in ("frames_dropped", "points_refused", "lines_lost"):
        if int(counters.get(counter, 0)) != 0:
            raise SystemExit(f"{sink.name}: {counter}={counters[counter]}")
    if sink.way == "lines" and n_bytes != int(counters["bytes_sent"]):
        raise SystemExit(f"{sink.name}: the server got {n_bytes} bytes")
    say(f"{prefix} {sink.name} points",
        int(counters["points_sent"]) // n_windows, "/window")
    if sink.way == "kafka":
        return
    say(f"{prefix} {sink.name} bytes", f"{n_bytes / n_windows / 1e6:.1f}",
        "MB/window")
    floor_ms = send_floor_ms(n_bytes, n_requests, sink.way) / n_windows
    say(f"{prefix} {sink.name} floor send", f"{floor_ms:.1f}", "ms/window")


def measure_all(options):
    wanted = options.sinks and ["null"] + options.sinks.split(",")
    prefix = f"{options.nodes}x{options.pods} sink"
    with tempfile.TemporaryDirectory(prefix="ch") as directory:
        pipeline = Recorded(directory, options, options.nodes)
        try:
            pipeline.record()
            n_frames = pipeline.count("aggregator", "lines_published")
            n_windows = round(n_frames / (options.nodes + 1))
            say(f"{prefix} windows", n_windows, f"{n_frames} frames")
            for sink in SINKS:
                if not wanted or sink.name in wanted:
                    measure(pipeline, sink, prefix, n_frames, n_windows)
        finally:
            pipeline.stop(list(pipeline.processes))
            if options.log:
                print(open(pipeline.path("log")).read())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--nodes", type=int, default=500)
    parser.add_argument("--pods", type=int, default=30)
    parser.add_argument("--resolution", type=int, default=5)
    parser.add_argument("--windows", type=int, default=6)
    parser.add_argument("--churn", type=int, default=120)
    parser.add_argument("--sinks", default="")
    parser.add_argument("--log", action="store_true")
    options = parser.parse_args()
    options.https = False
    cluster.raise_limit()
    measure_all(options)


if __name__ == "__main__":
    main()
