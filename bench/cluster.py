#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The whole pipeline against kubesim; "NAME VALUE UNIT" per line.

    bench/cluster.py [--nodes=100,500,1000] [--https] [--pods=30]
                     [--resolution=5] [--windows=15] [--churn=120]

Run where the programs are.  For each number of nodes, in this order:

cpu      user and system time per window, of each process and of all, over the
         last third of the windows
floor    the same of one process that only asks, decodes and keeps (bench/floor),
         afterwards; and how many times that all processes take.  HTTP only
memory   resident, of each process and of all, when the store is full: it keeps
         every metric for that many windows
latency  from a kubelet's answer until the API has that window's rate of that
         node, asked every millisecond
rates    of the API, that are those of the model
"""
import argparse
import http.client
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time

PROCESSES = ("collector", "aggregator", "apiserver")
RATES_MAX = 15000
LATENCIES = 40


def fnv(text):
    value = 2166136261
    for byte in text.encode():
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return value


def say(name, value, unit):
    print(f"{name:<44} {value:>12} {unit}", flush=True)


def cpu_s(process):
    """Of all threads, of those that have ended too."""
    return time.clock_gettime(~process.pid << 3 | 2)


def rss_bytes(process):
    for line in open(f"/proc/{process.pid}/status"):
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024


class Api:
    """JSON over one connection."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port)

    def get(self, path):
        self.connection.request("GET", path)
        answer = self.connection.getresponse()
        body = answer.read()
        return json.loads(body) if answer.status == 200 else None

    def newest(self, path):
        """(timestamp, value) of a series, or None."""
        series = self.get("/api/v1/model" + path)
        points = series and series["metrics"]
        return (points[-1]["timestamp"], points[-1]["value"]) if points \
            else None


class Pipeline:
    subject = "/CN=kubesim"  # of its certificate

    def __init__(self, directory, options, n_nodes):
        self.directory = directory
        self.options = options
        self.n_nodes = n_nodes
        self.processes = {}
        self.logs = open(f"{directory}/log", "ab")

    def path(self, name):
        return os.path.join(self.directory, name)

    def start(self, name, *command):
        self.processes[name] = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.logs,
            stderr=self.logs, env=dict(
                os.environ, RUNTIME_DIRECTORY=self.path("run"),
                STATE_DIRECTORY=self.path("state")))

    def make_certificate(self):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-keyout",
             self.path("key"), "-out", self.path("cert"), "-days", "2",
             "-subj", self.subject, "-addext",
             "subjectAltName=IP:127.0.0.1"], check=True,
            stderr=subprocess.DEVNULL)

    def start_kubesim(self, *flags):
        command = [
            "contrib/kubesim/kubesim", f"--nodes={self.n_nodes}",
            f"--pods={self.options.pods}", f"--churn={self.options.churn}",
            f"--port-file={self.path('port')}",
            f"--truth={self.path('truth')}", *flags]
        if self.options.https:
            self.make_certificate()
            command += [f"--tls-cert={self.path('cert')}",
                        f"--tls-key={self.path('key')}"]
        self.start("kubesim", *command)
        while not os.path.exists(self.path("port")):
            time.sleep(0.01)
        return int(open(self.path("port")).read())

    def source(self, port):
        if not self.options.https:
            return (f"kubernetes:http://127.0.0.1:{port}"
                    "?inClusterConfig=false&kubeletHttps=false")
        return (f"kubernetes:https://127.0.0.1:{port}"
                "?inClusterConfig=false&insecure=true")

    def start_all(self):
        self.port = port = self.start_kubesim()
        retention_s = self.options.resolution * self.options.windows
        self.start("aggregator", "./cheapster-aggregator")
        self.start("apiserver", "./cheapster-apiserver",
                   "--listen=127.0.0.1:0", f"--retention={retention_s}s")
        self.start("collector", "./cheapster-collector",
                   f"--metric-resolution={self.options.resolution}s",
                   "--kubelet-insecure-tls", "--metrics-listen=127.0.0.1:0",
                   f"--source={self.source(port)}")

    def logged(self, process, key):
        """Waits for NAME: ... KEY=VALUE in the log."""
        while True:
            for line in open(self.path("log")):
                if line.startswith(f"cheapster-{process}:"):
                    for word in line.split():
                        if word.startswith(key + "="):
                            return word[len(key) + 1:]
            time.sleep(0.05)

    def stop(self, names=PROCESSES + ("kubesim",)):
        for name in names:
            process = self.processes.pop(name, None)
            if process:
                process.terminate()
                process.wait(30)


def sleep_windows(options, n):
    """Until the n-th window from now is a tenth of a window old."""
    r = options.resolution
    time.sleep((time.time() // r + n + 0.1) * r - time.time())


def measure_cost(pipeline, prefix, n_pods):
    """CPU over the last third of the windows, memory at their end."""
    options = pipeline.options
    n_measured = max(options.windows // 3, 2)
    sleep_windows(options, options.windows + 3 - n_measured)
    processes = {name: pipeline.processes[name]
                 for name in PROCESSES + ("kubesim",)}
    before = {name: cpu_s(p) for name, p in processes.items()}
    sleep_windows(options, n_measured)
    ms = {name: 1000 * (cpu_s(p) - before[name]) / n_measured
          for name, p in processes.items()}
    for name in processes:
        say(f"{prefix} cpu {name}", f"{ms[name]:.1f}", "ms/window")
    total_ms = sum(ms[name] for name in PROCESSES)
    say(f"{prefix} cpu sum", f"{total_ms:.1f}", "ms/window")
    say(f"{prefix} cpu per pod", f"{1000 * total_ms / n_pods:.2f}",
        "us/window")
    bytes_of = {name: rss_bytes(p) for name, p in processes.items()}
    for name in processes:
        say(f"{prefix} memory {name}", f"{bytes_of[name] / 1e6:.1f}", "MB")
    total = sum(bytes_of[name] for name in PROCESSES)
    say(f"{prefix} memory sum", f"{total / 1e6:.1f}", "MB")
    say(f"{prefix} memory per pod", f"{total / n_pods:.0f}", "bytes")
    return total_ms


def measure_floor(pipeline, prefix, total_ms):
    """What only asking and decoding costs, once the pipeline is at rest."""
    options = pipeline.options
    if options.https:
        return
    pipeline.stop(("collector", "aggregator", "apiserver"))
    connection = http.client.HTTPConnection("127.0.0.1", pipeline.port)
    connection.request("GET", "/api/v1/nodes")
    with open(pipeline.path("urls"), "w") as urls:
        for item in json.loads(connection.getresponse().read())["items"]:
            status = item["status"]
            address = next(a["address"] for a in status["addresses"]
                           if a["type"] == "InternalIP")
            port = status["daemonEndpoints"]["kubeletEndpoint"]["Port"]
            print(f"http://{address}:{port}/stats/summary", file=urls)
    out = subprocess.run(
        ["bench/floor", pipeline.path("urls"), str(options.resolution),
         str(max(options.windows // 3, 2))], check=True,
        stdout=subprocess.PIPE, text=True).stdout.split()
    say(f"{prefix} floor cpu", out[0], "ms/window")
    say(f"{prefix} floor ratio", f"{total_ms / float(out[0]):.2f}", "x")


def answers(pipeline):
    """Yields (node, seconds) of each answer, as it comes; else None."""
    truth = open(pipeline.path("truth"))
    truth.seek(0, os.SEEK_END)
    rest = ""
    while True:
        rest += truth.readline()
        if not rest.endswith("\n"):
            yield None
            continue
        event = json.loads(rest)
        rest = ""
        if event["event"] == "answer" and event["ok"]:
            yield event["node"], event["time_ms"] / 1000


def measure_latency(pipeline, api, prefix):
    """Watches the answers of one node after the other."""
    found = []
    stream = answers(pipeline)
    for _ in range(LATENCIES):
        answer = next(stream)
        while answer is None or time.time() - answer[1] > 0.01:
            if answer is None:
                time.sleep(0.0005)
            answer = next(stream)
        node, answered_s = answer
        path = f"/nodes/{node}/metrics/cpu/usage_rate"
        r = pipeline.options.resolution
        window = time.strftime("%Y-%m-%dT%H:%M:%SZ",
                               time.gmtime(answered_s // r * r))
        while True:
            newest = api.newest(path)
            if newest and newest[0] == window:
                break
            time.sleep(0.001)
        found.append(1000 * (time.time() - answered_s))
        time.sleep(random.uniform(0, r / 8))
    found.sort()
    for percent in (50, 90, 100):
        at = min(len(found) * percent // 100, len(found) - 1)
        say(f"{prefix} latency p{percent}", f"{found[at]:.1f}", "ms")


def check_rates(pipeline, api, prefix):
    """Of pods that are not too young: what the API and what the model says."""
    born_before_ms = 1000 * (time.time() - 3 * pipeline.options.resolution)
    uids = {}
    for line in open(pipeline.path("truth")):
        event = json.loads(line)
        pod = event.get("namespace"), event.get("name")
        if event["event"] == "add":
            uids.pop(pod, None)
            if event["time_ms"] < born_before_ms:
                uids[pod] = event["uid"]
        elif event["event"] == "delete":
            uids.pop(pod, None)
    pods = random.sample(sorted(uids.items()), min(len(uids), RATES_MAX))
    right = wrong = 0
    for (namespace, name), uid in pods:
        newest = api.newest(f"/namespaces/{namespace}/pods/{name}"
                            "/metrics/cpu/usage_rate")
        want = sum(1 + fnv(f"{uid}/{c}") % 1999 for c in ("c0", "c1"))
        is_right = newest is not None and newest[1] == want
        right += is_right
        wrong += not is_right
    say(f"{prefix} rates right", right, f"of {len(pods)} pods")
    say(f"{prefix} rates wrong", wrong, "pods")


def objects_bytes(pipeline):
    host, port = pipeline.logged("collector", "address").split(":")
    connection = http.client.HTTPConnection(host, int(port))
    connection.request("GET", "/metrics")
    for line in connection.getresponse().read().decode().splitlines():
        if "objects_bytes" in line and not line.startswith("#"):
            return int(line.split()[1])


def measure(options, n_nodes):
    prefix = f"{n_nodes}x{options.pods}{' https' if options.https else ''}"
    n_pods = n_nodes * options.pods
    with tempfile.TemporaryDirectory(prefix="ch") as directory:
        pipeline = Pipeline(directory, options, n_nodes)
        try:
            pipeline.start_all()
            address = pipeline.logged("apiserver", "address")
            api = Api(int(address.rsplit(":", 1)[1]))
            total_ms = measure_cost(pipeline, prefix, n_pods)
            say(f"{prefix} objects per pod",
                f"{objects_bytes(pipeline) / n_pods:.0f}", "bytes")
            measure_latency(pipeline, api, prefix)
            check_rates(pipeline, api, prefix)
            measure_floor(pipeline, prefix, total_ms)
        finally:
            pipeline.stop()
            if options.log:
                sys.stdout.write(open(pipeline.path("log")).read())


def raise_limit():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--nodes", default="100,500,1000")
    parser.add_argument("--pods", type=int, default=30)
    parser.add_argument("--resolution", type=int, default=5)
    parser.add_argument("--windows", type=int, default=15)
    parser.add_argument("--churn", type=int, default=120)
    parser.add_argument("--https", action="store_true")
    parser.add_argument("--log", action="store_true")
    options = parser.parse_args()
    raise_limit()
    for n_nodes in options.nodes.split(","):
        measure(options, int(n_nodes))


if __name__ == "__main__":
    main()
